// One switch for the code of all pages, which remembers.
document.addEventListener("DOMContentLoaded", () => {
  const folded = () => document.querySelectorAll(".cell > details.above-input");
  const bar = document.querySelector(".article-header-buttons, .header-article__right");
  if (!bar || !folded().length) return;
  const button = document.createElement("button");
  button.className = "btn btn-sm show-code";
  button.type = "button";
  const set = (shown) => {
    for (const one of folded()) if (!one.closest(".tag_solution")) one.open = shown;
    button.setAttribute("aria-pressed", shown);
    button.textContent = shown ? "Hide code" : "Show code";
  };
  let shown = false;
  try {
    shown = localStorage.getItem("show-code") === "yes";
  } catch {
    // private windows: it is forgotten
  }
  button.addEventListener("click", () => {
    shown = !shown;
    set(shown);
    try {
      localStorage.setItem("show-code", shown ? "yes" : "no");
    } catch {
      // as above
    }
  });
  set(shown);
  bar.prepend(button);
});

// A formula that is wider than a phone is scrolled, so the Tab key must reach it; the others it passes.
document.addEventListener("DOMContentLoaded", () => {
  const reach = ({ target }) => {
    target.tabIndex = target.scrollWidth > target.clientWidth ? 0 : -1;
  };
  const widths = new ResizeObserver((changed) => changed.forEach(reach));
  window.MathJax?.startup?.promise?.then(() => {
    document.querySelectorAll("div.math mjx-container").forEach((one) => widths.observe(one));
  });
});
