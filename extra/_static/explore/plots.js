"use strict";
// The two plots of the explorable page: numbers in, SVG out. They are drawn in CSS pixels, so that
// their text has the size that the style says at any width. And what its pictures say in words.
(function () {
  const { logit } = iblrnnModels;
  const TRAIL = 16; // steps behind the dots
  const PIXELS_PER_STEP = 6;
  const KINDS = ["circuit", "bayes"];

  function shape(parent, name, attributes, text) {
    const element = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    if (text) element.textContent = text;
    parent.append(element);
    return element;
  }

  const line = (points) => points.map(([x, y]) => `${x.toFixed(1)},${y.toFixed(1)}`).join(" ");

  const sideName = (side) => (side > 0 ? "right" : "left");

  // What the agent that ended a trial did, after "The two units".
  function outcomeInWords({ trial, choice, nSteps }, task) {
    if (choice === 0) return "let the time run out";
    const n = nSteps - task.n_blank_steps;
    return `chose ${sideName(choice)} after ${n} observation${n === 1 ? "" : "s"}, ` +
      (choice === trial.side ? "correct" : "wrong");
  }

  // A circle if the choice was correct, a cross if not, a square if there was none.
  function outcomeMark({ trial, choice }, a, b, r) {
    if (choice === 0) return `M${a - r} ${b - r}h${2 * r}v${2 * r}h${-2 * r}z`;
    if (choice !== trial.side) {
      return `M${a - r} ${b - r}l${2 * r} ${2 * r}m${-2 * r} 0l${2 * r} ${-2 * r}`;
    }
    return `M${a - r} ${b}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0`;
  }

  // ---- the phase plane ----------------------------------------------------------------------

  // `heads`: elements of their own above the drawing, which need not be drawn again as they move.
  // `steps()`: what was played, `atStart()`: what there is before; `follow()`: whether the arrows
  // are those under the last input.
  function makePlane({ svg, heads, task, circuit, steps, atStart, follow }) {
    const edge = { left: 34, right: 8, top: 8, bottom: 38 };
    let size, parts;
    const x = (v) => edge.left + ((v + 1) / 2) * size;
    const y = (v) => edge.top + ((1 - v) / 2) * size;
    const at = (step, k) => (k ? [2 * step.pBayes - 1, 2 * step.blockBelief - 1] : step.state);

    function layout() {
      size = Math.max(200, Math.min(svg.parentElement.clientWidth, 460) - edge.left - edge.right);
      const width = size + edge.left + edge.right;
      const height = size + edge.top + edge.bottom;
      svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
      svg.style.maxWidth = `${width}px`;
      svg.replaceChildren();
      const clip = shape(svg, "clipPath", { id: "explore-plane" });
      const box = { x: x(-1), y: y(1), width: size, height: size };
      shape(clip, "rect", box);
      shape(svg, "rect", { ...box, class: "frame" });
      const axes = `M${x(-1)} ${y(0)}H${x(1)}M${x(0)} ${y(-1)}V${y(1)}`;
      shape(svg, "path", { class: "grid", d: axes });
      for (const [v, name] of [[-1, "left"], [0, ""], [1, "right"]]) {
        const anchor = { "-1": "start", 0: "middle", 1: "end" }[v];
        const label = name || "0";
        shape(svg, "text", { x: x(v), y: y(-1) + 15, "text-anchor": anchor }, label);
        const turned = `translate(${edge.left - 8} ${y(v)}) rotate(-90)`;
        shape(svg, "text", { transform: turned, "text-anchor": anchor }, label);
      }
      const middle = { "text-anchor": "middle" };
      shape(svg, "text", { ...middle, x: x(0), y: y(-1) + 31 }, "stimulus belief");
      const turned = `translate(${edge.left - 22} ${y(0)}) rotate(-90)`;
      shape(svg, "text", { ...middle, transform: turned }, "block belief");
      const inside = shape(svg, "g", { "clip-path": "url(#explore-plane)" });
      parts = {
        arrows: shape(inside, "path", { class: "arrows" }),
        bounds: KINDS.map((k) => shape(inside, "path", { class: `bounds ${k}` })),
        rest: shape(inside, "g", {}),
        trails: KINDS.map((k) =>
          shape(inside, "polyline", { class: `trail plane-trail ${k}` })),
      };
      circuitChanged();
      stepped();
      move(1);
    }

    // Arrows of one step each, drawn shorter, under an input.
    function arrows(inputs) {
      let d = "";
      for (let i = -0.9; i < 0.95; i += 0.2) {
        for (let j = -0.9; j < 0.95; j += 0.2) {
          const to = circuit.map([i, j], inputs);
          const [dx, dy] = [(to[0] - i) * 0.3, (to[1] - j) * 0.3];
          const [ax, ay] = [x(i + dx), y(j + dy)];
          const length = Math.hypot(dx, dy) || 1;
          const [ux, uy] = [(3.5 * dx) / length, (-3.5 * dy) / length];
          d += `M${x(i).toFixed(1)} ${y(j).toFixed(1)}L${ax.toFixed(1)} ${ay.toFixed(1)}`;
          d += `M${(ax - ux - uy).toFixed(1)} ${(ay - uy + ux).toFixed(1)}L${ax.toFixed(1)} `;
          d += `${ay.toFixed(1)}L${(ax - ux + uy).toFixed(1)} ${(ay - uy - ux).toFixed(1)}`;
        }
      }
      return d;
    }

    function drawField() {
      const last = steps().at(-1);
      const inputs = follow() && last ? last.inputs : [0, 0, 0];
      parts.arrows.setAttribute("d", arrows(inputs));
    }

    // What depends on the weights: where it acts, where it rests. Returns how many rings there are.
    function circuitChanged() {
      const { direction, bias, scale } = circuit.fit.readout;
      const enough = logit(task.threshold) / scale;
      const bound = (d, reach) => {
        const foot = d.map((c) => c * reach);
        const along = [-d[1] * 3, d[0] * 3];
        const ends = [1, -1].map((s) => [x(foot[0] + s * along[0]), y(foot[1] + s * along[1])]);
        return `M${ends[0]}L${ends[1]}`;
      };
      const limits = [enough - bias, -enough - bias];
      parts.bounds[0].setAttribute("d", limits.map((b) => bound(direction, b)).join(""));
      const sure = 2 * task.threshold - 1;
      parts.bounds[1].setAttribute("d", [sure, -sure].map((b) => bound([1, 0], b)).join(""));
      parts.rest.replaceChildren();
      const rest = circuit.attractors([0, 0, 0]);
      for (const [a, b] of rest) {
        shape(parts.rest, "circle", { class: "rest", cx: x(a), cy: y(b), r: 10 });
      }
      drawField();
      return rest.length;
    }

    function stepped() {
      const shown = steps().slice(-TRAIL);
      parts.trails.forEach((trail, k) => {
        const points = shown.map((s) => at(s, k)).map(([a, b]) => [x(a), y(b)]);
        trail.setAttribute("points", line(points));
      });
      drawField();
    }

    // The dots, a part of the way from the step before to the last one.
    function move(part) {
      const [before, last] = [steps().at(-2), steps().at(-1)];
      heads.forEach((head, k) => {
        const here = at(last ?? atStart(), k);
        const there = before && part < 1 ? at(before, k) : here;
        const [a, b] = here.map((v, i) => there[i] + part * (v - there[i]));
        head.style.transform = `translate(${x(a).toFixed(2)}px, ${y(b).toFixed(2)}px)`;
      });
    }

    return { layout, circuitChanged, stepped, move };
  }

  // ---- beliefs over time --------------------------------------------------------------------

  function makeTraces({ svg, task, steps }) {
    const strip = 104;
    const tops = [22, 22 + strip + 30];
    const height = tops[1] + strip + 22;
    const left = 34;
    let width, parts;
    const y = (row, v) => tops[row] + 8 + (1 - v) * (strip - 16); // v from 0 to 1

    function layout() {
      width = Math.max(240, svg.clientWidth) - left - 8;
      svg.setAttribute("viewBox", `0 0 ${width + left + 8} ${height}`);
      svg.replaceChildren();
      const titles = ["Stimulus: probability of right", "Block: belief"];
      const ticks = [["1", "½", "0"], ["right", "", "left"]];
      titles.forEach((title, row) => {
        shape(svg, "text", { x: left, y: tops[row] - 7 }, title);
        shape(svg, "rect", { class: "frame", x: left, y: tops[row], width, height: strip });
        shape(svg, "path", { class: "grid", d: `M${left} ${y(row, 0.5)}h${width}` });
        [1, 0.5, 0].forEach((v, k) => {
          const place = { x: left - 5, y: y(row, v) + 4, "text-anchor": "end" };
          shape(svg, "text", place, ticks[row][k]);
        });
      });
      const sure = [task.threshold, 1 - task.threshold];
      const d = sure.map((v) => `M${left} ${y(0, v)}h${width}`).join("");
      shape(svg, "path", { class: "bounds frame", d });
      const foot = { x: left + width, y: height - 6, "text-anchor": "end" };
      shape(svg, "text", foot, "time in steps; dotted: a trial ends");
      parts = {
        truth: ["left", "right"].map((s) => shape(svg, "path", { class: `truth ${s}` })),
        ends: shape(svg, "path", { class: "ends" }),
        trails: [0, 1].map((row) => KINDS.map((k) =>
          shape(svg, "polyline", { class: `trail ${k}`, "data-row": row }))),
        outcomes: shape(svg, "path", { class: "outcome" }),
      };
      stepped();
    }

    function stepped() {
      const shown = steps().slice(-Math.floor(width / PIXELS_PER_STEP));
      const x = (n) => left + (n + 0.5) * PIXELS_PER_STEP;
      const rows = [
        [(s) => s.pCircuit, (s) => s.pBayes],
        [(s) => (1 + s.state[1]) / 2, (s) => s.blockBelief],
      ];
      rows.forEach((values, row) => values.forEach((value, k) => {
        const points = shown.map((s, n) => [x(n), y(row, value(s))]);
        parts.trails[row][k].setAttribute("points", line(points));
      }));
      let ends = "";
      let outcomes = "";
      const truth = { "-1": "", 1: "" };
      const bar = (n, row, side, thick) => {
        const top = side > 0 ? tops[row] : tops[row] + strip - thick;
        const start = x(n) - PIXELS_PER_STEP / 2;
        truth[side] += `M${start} ${top}h${PIXELS_PER_STEP}v${thick}h${-PIXELS_PER_STEP}z`;
      };
      shown.forEach((s, n) => {
        bar(n, 0, s.trial.side, 2 + 2 * s.trial.strength);
        bar(n, 1, s.trial.blockSide, 6);
        if (!s.ended) return;
        const edge = x(n) + PIXELS_PER_STEP / 2;
        ends += tops.map((top) => `M${edge} ${top}v${strip}`).join("");
        const [a, b] = [x(n), y(0, s.decides === "circuit" ? s.pCircuit : s.pBayes)];
        outcomes += outcomeMark(s, a, b, 4);
      });
      [-1, 1].forEach((side, k) => parts.truth[k].setAttribute("d", truth[side]));
      parts.ends.setAttribute("d", ends);
      parts.outcomes.setAttribute("d", outcomes);
    }

    return { layout, stepped };
  }

  globalThis.iblrnnPlots = {
    ...{ makePlane, makeTraces, outcomeInWords, outcomeMark, shape, sideName },
  };
})();
