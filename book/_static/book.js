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

// What a word of the glossary means, beside its link: for the pointer, and for the keyboard, to which
// the browser does not show titles.
document.addEventListener("DOMContentLoaded", () => {
  const tip = document.createElement("div");
  tip.id = "meaning";
  tip.className = "meaning-tip";
  tip.setAttribute("role", "tooltip");
  tip.hidden = true;
  let shown; // the link whose meaning is seen
  let leaving; // time to move the pointer onto the tip
  const hide = () => {
    clearTimeout(leaving);
    tip.hidden = true;
    shown?.removeAttribute("aria-describedby");
  };
  const leave = () => {
    clearTimeout(leaving);
    leaving = setTimeout(hide, 200);
  };
  const show = ({ currentTarget: link }) => {
    hide();
    shown = link;
    tip.textContent = link.dataset.meaning;
    tip.hidden = false;
    link.setAttribute("aria-describedby", tip.id);
    const { left, bottom, top } = link.getBoundingClientRect();
    const room = document.documentElement.clientWidth - tip.offsetWidth - 8;
    const above = bottom + tip.offsetHeight > window.innerHeight;
    tip.style.left = `${window.scrollX + Math.max(8, Math.min(left, room))}px`;
    tip.style.top = `${window.scrollY + (above ? top - tip.offsetHeight : bottom)}px`;
  };
  for (const link of document.querySelectorAll("a.meaning[title]")) {
    link.dataset.meaning = link.title;
    link.removeAttribute("title"); // or it would be shown twice
    for (const event of ["mouseenter", "focus"]) link.addEventListener(event, show);
    link.addEventListener("mouseleave", leave);
    link.addEventListener("blur", hide);
  }
  tip.addEventListener("mouseenter", () => clearTimeout(leaving));
  tip.addEventListener("mouseleave", leave);
  document.addEventListener("keydown", (event) => event.key === "Escape" && hide());
  document.body.append(tip);
});
