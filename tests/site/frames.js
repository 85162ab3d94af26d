// How many frames a second the explorable page holds, by Chromium's own trace.
// Usage: node frames.js [SITE], after make test-site has installed playwright-core.
//
// Says, while the page plays on two screens at two speeds: frames drawn per second, the longest gap
// between two of them, and the processor's time per frame in all of Chromium's processes. First
// the same for one moving square: what this machine can do just now.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

import { chromium } from "playwright-core";

import { serve } from "./server.js";

const SECONDS = 6;
const FRAMES = "disabled-by-default-devtools.timeline.frame";
const SQUARE = `<div id="x" style="width: 40px; height: 40px; background: teal"></div><script>
  requestAnimationFrame(function move(t) {
    x.style.transform = "translateX(" + ((t / 9) % 300) + "px)";
    requestAnimationFrame(move);
  });</script>`;

const here = path.dirname(fileURLToPath(import.meta.url));
const site = path.resolve(process.argv[2] ?? path.join(here, "../../build/site"));
const folder = mkdtempSync(path.join(tmpdir(), "frames-"));
const server = await serve(site, "/");
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM || "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu"],
});
const system = await browser.newBrowserCDPSession();
try {
  const square = await browser.newPage();
  await square.setContent(SQUARE);
  console.log(`one moving square: ${await measure(square)}`);
  await square.close();
  for (const [width, height] of [[1280, 900], [390, 844]]) {
    for (const speed of ["4", "30"]) {
      const page = await browser.newPage({ viewport: { width, height } });
      await page.goto(`${server.address}book/explore.html`);
      await page.fill('#explore [name="speed"]', speed);
      await page.click('#explore [data-do="play"]');
      await page.locator("#explore .stage").scrollIntoViewIfNeeded();
      console.log(`${width} pixels, ${speed} steps a second: ${await measure(page)}`);
      await page.close();
    }
  }
} finally {
  await browser.close();
  server.close();
  rmSync(folder, { recursive: true });
}

async function measure(page) {
  await page.waitForTimeout(2000); // until what loading began is done
  const file = path.join(folder, "trace.json");
  await browser.startTracing(page, { path: file, categories: [FRAMES] });
  const before = await processorTime();
  await page.waitForTimeout(SECONDS * 1000);
  const used = (await processorTime()) - before;
  await browser.stopTracing();
  const times = JSON.parse(readFileSync(file, "utf8"))
    .traceEvents.filter((event) => event.name === "DrawFrame")
    .map((event) => event.ts / 1000)
    .sort((a, b) => a - b);
  const gaps = times.slice(1).map((time, k) => time - times[k]);
  if (!gaps.length) return "no frames";
  const rate = (1000 * gaps.length) / (times.at(-1) - times[0]);
  return (
    `${rate.toFixed(1)} frames a second, longest gap ${Math.max(...gaps).toFixed(0)} ms, ` +
    `${((1000 * used) / times.length).toFixed(1)} ms of processor time per frame`
  );
}

async function processorTime() {
  const { processInfo } = await system.send("SystemInfo.getProcessInfo");
  return processInfo.reduce((total, { cpuTime }) => total + cpuTime, 0);
}
