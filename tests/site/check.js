// Checks every page of the built site in Chromium.
// Usage: node check.js [SITE] [--page NAME]... [--shots FOLDER]
//
// SITE is build/site unless told otherwise. With `--page` (a page's beginning: notebooks/04) only such
// pages are looked at, and nothing that takes the whole site; `--shots` keeps screenshots at all
// widths. Chromium is the variable CHROMIUM, or found in the PATH. Says each finding in a line, and
// fails if there is one.
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { availableParallelism } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

import { chromium } from "playwright-core";

import * as inside from "./inside.js";
import { serve } from "./server.js";

const WIDTHS = [390, 768, 1280, 1600]; // a phone, a tablet, two screens
const SCREEN = { width: 1280, height: 900 };
const MEGABYTE = 1e6;
const HEAVIEST_PAGE = 3 * MEGABYTE;
const HEAVIEST_FIRST_PAGE = 1 * MEGABYTE;
const READER_PAGES = 160; // as in publishing/site/reader.py
const RESIZED = 500; // milliseconds after which the theme has made what scrolls reachable by keyboard
const SIDE_BY_SIDE = 2 * availableParallelism(); // pages, which wait half of the time
// What axe looks at: on the narrow page only what its layout decides (the menus that it alone has are
// judged on the first page, by all rules); in the other scheme what colours can break.
const RULES = {
  "light 390": { runOnly: ["aria-hidden-focus", "scrollable-region-focusable"] },
  "light 1280": {},
  "dark 1280": { runOnly: ["color-contrast", "link-in-text-block"] },
};
const WORD = "readout"; // one that the search must find
const CHAPTER = /^notebooks\/(?!00_)\d\d_.*\.html$/; // the tour shows all figures of the argument
const MORE = /_more\w*\.html$/; // takes up what a chapter has no room for
const LIMITS = {
  firstFigure: 1400, // the pixel at which it begins at 1280 x 900: half a window below the first one
  height: 10_000, // pixels: eleven windows, or ten minutes
  figures: 7, // as many as one keeps apart
  links: 8, // in the text, to other places of the book
  beginning: 40, // of two captions differ: as much of them as is read in passing
};
const STOPS = 15; // of the Tab key from the top of a chapter to its first figure, past the menus
const CLAIMS = "book/claims.html";
const CLAIMS_HEIGHT = 15_000; // pixels before anything is unfolded
const FIRST_CHAPTER = "notebooks/01_task.html"; // two clicks from the landing page, on a phone
const GENERATED = new Set(["genindex.html", "search.html"]); // no picture to pass on for these
const AXE = createRequire(import.meta.url).resolve("axe-core/axe.min.js");

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { shots: { type: "string" }, page: { type: "string", multiple: true } },
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
const chosen = values.page ?? [""];
const looked = pages.filter((name) => name !== "index.html" && chosen.some((start) => name.startsWith(start)));
const server = await serve(site, "/a-book/");
const browser = await chromium.launch({
  executablePath: findChromium(),
  args: ["--no-sandbox", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"], // nothing from outside
});
const known = new Map(); // page: its links and anchors
const started = Date.now();
try {
  if (!looked.length) told(chosen.join(", "), "pages", ["there is none of this name"]);
  const left = [...looked];
  await Promise.all(
    Array.from({ length: Math.min(SIDE_BY_SIDE, left.length) }, async () => {
      const tab = await newTab(); // one for many pages: a new one costs a quarter of what a page's checks do
      while (left.length) await check(tab, left.shift());
    }),
  );
  if (!values.page) {
    await checkFront();
    checkLinks();
    checkPictures();
    checkSitemap();
    checkReader();
    await checkSearch();
  }
} finally {
  await browser.close();
  server.close();
}
const seconds = Math.round((Date.now() - started) / 1000);
console.log(`${looked.length} pages in ${seconds} s: ${findings.length || "no"} findings`);
process.exit(findings.length ? 1 : 0);

async function newTab(options = {}) {
  const context = await browser.newContext({ reducedMotion: "reduce", ...options }); // colours and rings are there at once
  return context.newPage();
}

/** Open a page in a tab; hear what it asks for and complains of. */
async function open(tab, name) {
  const heard = [];
  tab.removeAllListeners();
  tab.on("console", (message) => message.type() === "error" && heard.push(message.text()));
  tab.on("pageerror", (error) => heard.push(String(error)));
  tab.on("request", (request) => {
    const url = request.url();
    if (url.startsWith("http") && !url.startsWith(server.address)) heard.push(`asked for ${url}`);
  });
  await tab.goto(server.address + name, { waitUntil: "networkidle" });
  return heard;
}

async function check(tab, name) {
  await tab.setViewportSize(SCREEN);
  await tab.emulateMedia({ media: "screen", colorScheme: "light" });
  const heard = await open(tab, name);
  const bytes = await tab.evaluate(inside.weight);
  const most = name === front ? HEAVIEST_FIRST_PAGE : HEAVIEST_PAGE;
  if (bytes > most) told(name, "weight", [`${(bytes / MEGABYTE).toFixed(2)} MB`]);
  told(name, "console", heard);
  told(name, "pictures", await tab.evaluate(inside.pictures));
  told(name, "headings", await tab.evaluate(inside.headings));
  if (!GENERATED.has(name)) told(name, "head", await tab.evaluate(inside.head));
  known.set(name, await tab.evaluate(inside.links));
  told(name, "markup", await tab.evaluate(inside.markup));
  if (CHAPTER.test(name)) {
    const main = !MORE.test(name);
    told(name, "chapter", await tab.evaluate(inside.chapter, { main, limits: LIMITS }));
  }
  told(name, "cut off", await tab.evaluate(inside.cut));
  if (name === CLAIMS) {
    const height = await tab.evaluate(() => document.documentElement.scrollHeight);
    if (height > CLAIMS_HEIGHT) told(name, "height", [`${height} pixels`]);
  }
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
      const rules = name === front && width === 390 ? {} : RULES[`${scheme} ${width}`];
      if (rules) told(name, `axe, ${scheme}, ${width}`, await tab.evaluate(inside.accessibility, rules));
      if (values.shots) {
        const file = `${name.replace(/\W/g, "_")}_${scheme}_${width}.png`;
        await tab.screenshot({ path: path.join(values.shots, file) });
      }
    }
  }
}

/** The first key stroke must lead past the menus, from there a few to a chapter's first figure. */
async function checkKeyboard(tab, name) {
  await tab.keyboard.press("Tab");
  const target = await tab.evaluate(() => document.activeElement.getAttribute("href"));
  const there = target?.startsWith("#") && (await tab.locator(target).count()) === 1;
  if (!there) told(name, "keyboard", [`the first link is ${target}, not one to the text`]);
  else if (CHAPTER.test(name) && !MORE.test(name)) {
    if (name === FIRST_CHAPTER) await checkRings(tab, name);
    await tab.locator(`a[href="${target}"]`).first().focus();
    await tab.keyboard.press("Enter");
    const stops = await stopsToFigure(tab, STOPS - 1); // the link to the text was one
    if (stops.length === STOPS - 1) {
      const names = stops.map((stop) => stop.name).join(", ");
      told(name, "keyboard", [`at no figure after ${STOPS} stops: ${names}`]);
    }
    await tab.evaluate(() => scrollTo(0, 0));
  }
  await tab.evaluate(() => document.activeElement.blur());
}

/** What the Tab key stops at from here to the first figure; `most` stops without one are enough. */
async function stopsToFigure(tab, most) {
  const stops = [];
  while (stops.length < most) {
    await tab.keyboard.press("Tab");
    const stop = await tab.evaluate(inside.focused);
    if (stop.figure) break;
    stops.push(stop);
  }
  return stops;
}

/** All that has the keyboard must show it: in the menus, in the header and above the first figure. */
async function checkRings(tab, name) {
  const stops = await stopsToFigure(tab, 200);
  const hidden = stops.filter((stop) => !stop.shown).map((stop) => `no ring shows the focus of: ${stop.name}`);
  told(name, "keyboard", hidden);
}

async function checkFront() {
  const tab = await newTab({ viewport: { width: 390, height: 844 } });
  const heard = await open(tab, "");
  await tab.waitForURL(server.address + front);
  const link = tab.locator(`a[href$="${FIRST_CHAPTER}"] >> visible=true`).first();
  if (!(await link.count())) await tab.locator("button.primary-toggle >> visible=true").first().click();
  try {
    await link.click({ timeout: 5000 });
    await tab.waitForURL(server.address + FIRST_CHAPTER);
  } catch {
    told(front, "phone", [`more than two clicks to ${FIRST_CHAPTER}`]);
  }
  told("index.html", "console", heard);
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

/** The PDF for reading, if there is one, must be short enough to print. */
function checkReader() {
  const file = path.join(site, "reader.pdf");
  if (!existsSync(file)) return;
  const count = readFileSync(file, "latin1").match(/\/Type\s*\/Page\b/g)?.length ?? 0;
  if (count === 0 || count > READER_PAGES) {
    told("reader.pdf", "pages", [`${count} pages, at most ${READER_PAGES} are allowed`]);
  }
}

/** The field in the sidebar must lead to results. */
async function checkSearch() {
  const tab = await newTab();
  const heard = await open(tab, front);
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
