// Functions that run inside a page. Each returns a list of what is wrong, in words.

/** Pictures of the text without alternative text. */
export function pictures() {
  return [...document.querySelectorAll("main img, main svg[role=img]:not([aria-hidden=true])")]
    .filter((image) => !(image.getAttribute("alt") ?? image.getAttribute("aria-label"))?.trim())
    .map((image) => `a picture without alt text: ${image.getAttribute("src") ?? "svg"}`);
}

/** Levels of headings that are left out, and a number of main headings other than one. */
export function headings() {
  const found = [];
  const all = [...document.querySelectorAll("main :is(h1, h2, h3, h4, h5, h6)")].filter(
    (heading) => heading.getClientRects().length, // the theme keeps another one for paper
  );
  const main = all.filter((heading) => heading.tagName === "H1").length;
  if (main !== 1) found.push(`${main} main headings`);
  let above = 0;
  for (const heading of all) {
    const level = Number(heading.tagName[1]);
    if (level > above + 1) {
      found.push(`a heading of level ${level} below one of level ${above}: ${heading.innerText}`);
    }
    above = level;
  }
  return found;
}

/** Bytes of the page and all it loads, packed; what was loaded for another page before counts, too. */
export function weight() {
  const loaded = ["navigation", "resource"].flatMap((kind) => performance.getEntriesByType(kind));
  return loaded.reduce((bytes, one) => bytes + one.encodedBodySize, 0);
}

/** What a page's head must say, for search engines and for those who pass its address on. */
export function head() {
  const found = [];
  if (!document.documentElement.lang) found.push("no language");
  if (!document.title.trim()) found.push("no title");
  for (const name of ["og:title", "og:description", "og:image", "og:image:alt", "og:url"]) {
    const content = document.querySelector(`meta[property="${name}"]`)?.content;
    if (!content?.trim()) found.push(`no ${name}`);
    else if (/:(url|image)$/.test(name) && !content.startsWith("https://")) {
      found.push(`${name} is not a whole address: ${content}`);
    }
  }
  return found;
}

/** Whether the page is wider than the window. */
export function sideways() {
  const { scrollWidth, clientWidth } = document.documentElement;
  if (scrollWidth <= clientWidth) return [];
  const widest = [...document.querySelectorAll("main *")]
    .filter((element) => element.getBoundingClientRect().right > clientWidth + 1)
    .map((element) => `${element.tagName.toLowerCase()}.${element.className}`.slice(0, 60));
  return [`${scrollWidth} instead of ${clientWidth} pixels wide: ${widest.slice(0, 3).join(", ")}`];
}

/** Open all that is folded. */
export function unfold() {
  for (const details of document.querySelectorAll("main details")) details.open = true;
}

/** Bars at the sides, buttons, the search field: of no use on paper; and solutions that stay folded. */
export function printed() {
  const useless = ".bd-sidebar, .bd-header-article, .bd-header, .prev-next-footer, .copybtn, .search-button";
  const there = [...document.querySelectorAll(useless)].filter(
    (element) => element.getClientRects().length,
  );
  const missing = [...document.querySelectorAll(".tag_solution :is(pre, .answer)")].filter(
    (element) => !element.checkVisibility(),
  );
  return [
    ...there.map((element) => `still there in print: ${element.className.slice(0, 60)}`),
    ...missing.map((element) => `missing in print: ${element.textContent.slice(0, 60)}`),
  ];
}

/** Every link, every anchor that one could lead to, and the picture to pass on. */
export function links() {
  const content = (name) => document.querySelector(`meta[property="${name}"]`)?.content;
  return {
    picture: content("og:image"),
    address: content("og:url"),
    links: [...document.querySelectorAll("a[href]")].map((link) => link.href),
    anchors: [...document.querySelectorAll("[id], a[name]")].map((e) => e.id || e.name),
  };
}

/** axe-core's serious and critical findings, by all its rules or those that `options` choose. Of words of
 * code in places alike, which have the same colours, one is there meanwhile: half of axe's time would go
 * into the others. Words of links stay, since a link has to have some. */
export async function accessibility(options) {
  const known = new Set();
  const words = [...document.querySelectorAll(".highlight span:not(a *)")];
  for (const word of words) {
    let place = "";
    for (let box = word; box; box = box.parentElement) place += `${box.className} < `;
    word.style.visibility = known.has(place) ? "hidden" : "visible";
    known.add(place);
  }
  const { violations } = await window.axe.run(document, { resultTypes: ["violations"], ...options });
  for (const word of words) word.style.visibility = "";
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, help, nodes }) => {
      const where = nodes.slice(0, 3).map((node) => node.target.flat().join(" "));
      return `${id} (${help}), ${nodes.length} times: ${where.join("; ")}`;
    });
}

/** What a chapter must be: short, with something to see early, more text than code, links, and what is
 * printed in one piece. `main`: it is no page of more on a chapter, for which lengths are free. */
export function chapter({ main, limits }) {
  const found = [];
  const article = document.querySelector("article.bd-article");
  const seen = (selector) => [...article.querySelectorAll(selector)].filter((e) => e.checkVisibility());
  const pixels = (elements) =>
    Math.round(elements.reduce((sum, e) => sum + e.getBoundingClientRect().height, 0));

  const figures = seen("figure img");
  const first = figures.length ? Math.round(figures[0].getBoundingClientRect().top + scrollY) : Infinity;
  if (main && first > limits.firstFigure) found.push(`its first figure begins at ${first} pixels`);
  const height = document.documentElement.scrollHeight;
  if (main && height > limits.height) found.push(`${height} pixels high`);
  if (main && figures.length > limits.figures) found.push(`${figures.length} figures`);

  const prose = pixels(
    seen("p, li, div.math").filter(
      (e) => !e.closest("details, table, figure, .cell_output") && !e.parentElement.closest("li"),
    ),
  );
  const code = pixels(seen("div.highlight").filter((e) => !e.closest(".cell_output")));
  if (prose < code) found.push(`${prose} pixels of text, ${code} of code`);

  const links = seen("a.internal:not(.headerlink)").length;
  if (main && links < limits.links) found.push(`${links} links to other places of the book`);

  const beginnings = new Map();
  for (const caption of article.querySelectorAll("figcaption .caption-text")) {
    const text = caption.textContent.trim();
    const beginning = text.slice(0, limits.beginning);
    if (beginnings.has(beginning)) found.push(`two captions begin alike: ${beginning}`);
    beginnings.set(beginning, text);
  }
  for (const table of article.querySelectorAll("table")) {
    const start = table.innerText.trim().replace(/\s+/g, " ").slice(0, 60);
    if (!table.caption?.textContent.trim()) found.push(`a table without a caption: ${start}`);
    if (table.querySelector("th:not([scope])")) found.push(`a table's headings without a scope: ${start}`);
  }
  return found;
}

/** Code, tables and formulas of which one has to scroll sideways to see all. */
export function cut() {
  const found = [];
  for (const element of document.querySelectorAll("article :is(pre, table, mjx-math)")) {
    if (!element.checkVisibility()) continue;
    const range = document.createRange();
    range.selectNodeContents(element);
    const whole = element.tagName === "PRE" ? range : element;
    const { right } = whole.getBoundingClientRect();
    let beyond = 0; // of the boxes around it that do not let it out, and of the column
    for (let box = element; ; box = box.parentElement) {
      const column = box.tagName === "ARTICLE";
      if (column || getComputedStyle(box).overflowX !== "visible") {
        beyond = Math.max(beyond, right - box.getBoundingClientRect().right);
      }
      if (column) break;
    }
    if (beyond > 1) {
      const start = element.innerText.trim().replace(/\s+/g, " ").slice(0, 60);
      found.push(`${Math.round(beyond)} pixels of ${element.tagName.toLowerCase()} are cut off: ${start}`);
    }
  }
  return found;
}

/** Markup that was not understood, and so is read as it was written. */
export function markup() {
  const text = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT);
  const found = [];
  while (text.nextNode()) {
    const { data, parentElement } = text.currentNode;
    if (parentElement.closest("pre, code, script, style, mjx-container, .math")) continue;
    const raw = data.match(/\{(numref|doc|term|ref|eq|cite(:\w+)?)\}|\]\([\w.\/#]|:::|\u200b/);
    if (raw) found.push(`${JSON.stringify(raw[0])} in: ${data.trim().slice(0, 60)}`);
  }
  return found;
}

/** What has the keyboard: whether it is a figure of the text, and how it shows that it has it. */
export function focused() {
  const element = document.activeElement;
  const ringed = ({ outlineStyle, outlineWidth, boxShadow }) =>
    (outlineStyle !== "none" && parseFloat(outlineWidth) > 0) || boxShadow !== "none";
  return {
    figure: Boolean(element.closest("article figure")),
    // The theme draws some rings around what is inside.
    shown: [element, element.firstElementChild].some((e) => e && ringed(getComputedStyle(e))),
    name: (element.getAttribute("aria-label") ?? element.textContent).trim().replace(/\s+/g, " ").slice(0, 40),
  };
}
