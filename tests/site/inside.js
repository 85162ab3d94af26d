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

/** axe-core's serious and critical findings. */
export async function accessibility() {
  const { violations } = await window.axe.run(document, { resultTypes: ["violations"] });
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, help, nodes }) => {
      const where = nodes.slice(0, 3).map((node) => node.target.flat().join(" "));
      return `${id} (${help}), ${nodes.length} times: ${where.join("; ")}`;
    });
}
