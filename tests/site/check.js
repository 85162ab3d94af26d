// Checks every page of the built site in Chromium. Usage: node check.js [SITE] [--shots FOLDER]
//
// SITE is build/site unless told otherwise; `--shots` keeps screenshots at all widths. Chromium is
// the variable CHROMIUM, or found in the PATH. Says each finding in a line, and fails if there is one.
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

import { chromium } from "playwright-core";

import * as inside from "./inside.js";
import { serve } from "./server.js";

const WIDTHS = [390, 768, 1280, 1600]; // a phone, a tablet, two screens
const MEGABYTE = 1e6;
const HEAVIEST_PAGE = 3 * MEGABYTE;
const HEAVIEST_FIRST_PAGE = 1 * MEGABYTE;
const RESIZED = 500; // milliseconds after which the theme has made what scrolls reachable by keyboard
const WORD = "readout"; // one that the search must find
const GENERATED = new Set(["genindex.html", "search.html"]); // no picture to pass on for these
const AXE = createRequire(import.meta.url).resolve("axe-core/axe.min.js");

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { shots: { type: "string" } },
});
const here = path.dirname(fileURLToPath(import.meta.url));
const site = path.resolve(positionals[0] ?? path.join(here, "../../build/site"));
if (!existsSync(path.join(site, "index.html"))) {
  console.error(`no site in ${site}: build it with make book, or say where it is`);
  process.exit(2);
}

const findings = [];
const told = (page, kind, lines) => {
  for (const line of lines) {
    findings.push(line);
    console.log(`${page}: ${kind}: ${line}`);
  }
};

const pages = readdirSync(site, { recursive: true })
  .filter((name) => name.endsWith(".html") && !name.startsWith("_"))
  .sort();
const front = readFileSync(path.join(site, "index.html"), "utf8").match(/url=([^"]+)"/)?.[1];
const server = await serve(site, "/a-book/");
const browser = await chromium.launch({ executablePath: findChromium(), args: ["--no-sandbox"] });
const known = new Map(); // page: its links and anchors
const started = Date.now();
try {
  for (const page of pages.filter((name) => name !== "index.html")) await check(page);
  await checkFront();
  checkLinks();
  checkPictures();
  checkSitemap();
  await checkSearch();
} finally {
  await browser.close();
  server.close();
}
const seconds = Math.round((Date.now() - started) / 1000);
console.log(`${pages.length} pages in ${seconds} s: ${findings.length || "no"} findings`);
process.exit(findings.length ? 1 : 0);

/** Open a page in a new context, so that nothing is cached; hear what it asks for and complains of. */
async function open(name, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const tab = await context.newPage();
  const heard = [];
  tab.on("console", (message) => message.type() === "error" && heard.push(message.text()));
  tab.on("pageerror", (error) => heard.push(String(error)));
  await context.route(
    (url) => !url.href.startsWith(server.address) && url.protocol.startsWith("http"),
    (route) => {
      heard.push(`asked for ${route.request().url()}`);
      return route.abort();
    },
  );
  server.sent();
  await tab.goto(server.address + name, { waitUntil: "networkidle" });
  return { context, tab, heard };
}

async function check(name) {
  const { context, tab, heard } = await open(name);
  const bytes = server.sent();
  const most = name === front ? HEAVIEST_FIRST_PAGE : HEAVIEST_PAGE;
  if (bytes > most) told(name, "weight", [`${(bytes / MEGABYTE).toFixed(2)} MB`]);
  told(name, "console", heard);
  told(name, "pictures", await tab.evaluate(inside.pictures));
  told(name, "headings", await tab.evaluate(inside.headings));
  if (!GENERATED.has(name)) told(name, "head", await tab.evaluate(inside.head));
  known.set(name, await tab.evaluate(inside.links));
  await checkKeyboard(tab, name);
  await tab.emulateMedia({ media: "print", colorScheme: "light" });
  told(name, "print", await tab.evaluate(inside.printed));
  await tab.emulateMedia({ media: "screen" });
  await tab.evaluate(inside.unfold); // what is folded has to be right, too
  await tab.addScriptTag({ path: AXE });
  for (const scheme of ["light", "dark"]) {
    await tab.emulateMedia({ colorScheme: scheme });
    for (const width of scheme === "light" ? WIDTHS : [1280]) {
      await tab.setViewportSize({ width, height: 900 });
      await tab.waitForTimeout(RESIZED);
      if (scheme === "light") told(name, `${width} pixels`, await tab.evaluate(inside.sideways));
      if (width === 390 || width === 1280) {
        told(name, `axe, ${scheme}, ${width}`, await tab.evaluate(inside.accessibility));
      }
      if (values.shots) {
        const file = `${name.replace(/\W/g, "_")}_${scheme}_${width}.png`;
        await tab.screenshot({ path: path.join(values.shots, file) });
      }
    }
  }
  await context.close();
}

/** The first key stroke must lead past the menus. */
async function checkKeyboard(tab, name) {
  await tab.keyboard.press("Tab");
  const target = await tab.evaluate(() => document.activeElement.getAttribute("href"));
  const there = target?.startsWith("#") && (await tab.locator(target).count()) === 1;
  if (!there) told(name, "keyboard", [`the first link is ${target}, not one to the text`]);
  await tab.evaluate(() => document.activeElement.blur());
}

async function checkFront() {
  const { context, tab, heard } = await open("");
  await tab.waitForURL(server.address + front);
  told("index.html", "console", heard);
  await context.close();
}

/** Links that stay in the site must lead to a file, and their anchors to a place in it. */
function checkLinks() {
  for (const [name, { links }] of known) {
    for (const link of new Set(links)) {
      const url = new URL(link);
      if (!link.startsWith(server.address)) {
        if (url.origin === new URL(server.address).origin) told(name, "links", [`out of the site: ${link}`]);
        continue;
      }
      const target = decodeURIComponent(url.href.slice(server.address.length).split(/[?#]/)[0]) || "index.html";
      const anchor = decodeURIComponent(url.hash.slice(1));
      if (!existsSync(path.join(site, target))) told(name, "links", [`to nowhere: ${target}`]);
      else if (anchor && known.has(target) && !known.get(target).anchors.includes(anchor)) {
        told(name, "links", [`to a missing place: ${target}#${anchor}`]);
      }
    }
  }
}

/** The picture to pass on must be in the site; where that will be, the page's own address tells. */
function checkPictures() {
  for (const [name, { picture, address }] of known) {
    if (!picture || !address?.endsWith(name)) continue;
    const published = address.slice(0, -name.length);
    const inSite = picture.startsWith(published);
    if (!inSite || !existsSync(path.join(site, picture.slice(published.length)))) {
      told(name, "head", [`the picture to pass on is not in the site: ${picture}`]);
    }
  }
}

/** The sitemap must name every page once, by its whole address. */
function checkSitemap() {
  const file = path.join(site, "sitemap.xml");
  const text = existsSync(file) ? readFileSync(file, "utf8") : "";
  const named = [...text.matchAll(/<loc>([^<]+)<\/loc>/g)].map((match) => match[1]);
  for (const name of pages.filter((page) => page !== "index.html" && !GENERATED.has(page))) {
    const times = named.filter((url) => url.startsWith("https://") && url.endsWith(`/${name}`)).length;
    if (times !== 1) told("sitemap.xml", "pages", [`${name} is named ${times} times`]);
  }
}

/** The field in the sidebar must lead to results. */
async function checkSearch() {
  const { context, tab, heard } = await open(front);
  const field = tab.locator("form[role=search] input, form.bd-search input").first();
  await field.evaluate((element) => element.form.closest("dialog")?.showModal?.());
  await field.fill(WORD);
  await field.press("Enter");
  try {
    await tab.locator("#search-results li a").first().waitFor({ timeout: 15_000 });
  } catch {
    told("search.html", "search", [`nothing found for ${WORD}`]);
  }
  told("search.html", "console", heard);
  await context.close();
}

function findChromium() {
  if (process.env.CHROMIUM) return process.env.CHROMIUM;
  for (const name of ["chromium", "chromium-browser", "google-chrome"]) {
    try {
      return execFileSync("which", [name], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
    } catch {
      // the next name
    }
  }
  console.error("no Chromium: install it (apt-get install chromium), or name it in CHROMIUM");
  process.exit(2);
}
