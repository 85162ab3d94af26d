"use strict";
// The state in the plane over some trials: the build has drawn the plane and the whole path (see
// publishing/site/moving_state.py); this plays the same trials and draws what moves.
(function () {
  const { BayesianObserver, DistilledCircuit, Play } = iblrnnModels;
  const { outcomeInWords, outcomeMark, shape, sideName } = iblrnnPlots;
  const TRAIL = 20; // steps behind the dot
  const SPEEDS = { slow: 2, medium: 4, fast: 12 }; // steps a second
  const stillWanted = matchMedia("(prefers-reduced-motion: reduce)");
  const CONTROLS = `<div class="bar" role="group" aria-label="Moving picture">
      <button type="button" data-do="play">Play</button>
      <button type="button" data-do="step">Step</button>
      <button type="button" data-do="startOver">Start over</button>
      <label>Speed <select>${Object.keys(SPEEDS).map((name) =>
        `<option${name === "medium" ? " selected" : ""}>${name}</option>`).join("")}</select></label>
    </div>
    <p class="status" role="status"></p>
    <p class="note">The two discs show what is observed on the left and on the right. Where a trial
      ends, a circle means correct, a cross wrong, and a square that time ran out.</p>`;

  function animate(figure) {
    const data = JSON.parse(figure.querySelector("script[type='application/json']").textContent);
    const { task, trials, start } = data;
    const circuit = new DistilledCircuit({ ...data.circuit, initial: start.state });
    const play = new Play(task, circuit, new BayesianObserver(task));
    const svg = figure.querySelector("svg");
    svg.insertAdjacentHTML("afterend", CONTROLS);
    const find = (selector) => figure.querySelector(selector);
    let playing, points, last, due, lastFrame, lastStep;

    // ---- what moves -------------------------------------------------------------------------

    const plane = svg.querySelector("svg");
    const box = { x: -1, y: -1, width: 2, height: 2 };
    const ground = shape(plane, "rect", { ...box, class: "ground" });
    plane.prepend(ground);
    const moves = shape(plane, "g", { class: "moves" });
    const trail = Array.from({ length: TRAIL }, (_, k) =>
      shape(moves, "line", { class: "trail circuit", "stroke-opacity": (k + 1) / TRAIL }));
    const outcome = shape(moves, "path", { class: "outcome" });
    const dot = shape(moves, "circle", { class: "dot", r: 0.035 });
    // Above the plane: what is observed on either side, and the block.
    const [left, width] = ["x", "width"].map((name) => Number(plane.getAttribute(name)));
    const above = shape(svg, "g", { class: "moves" });
    const seen = [left + 14, left + width - 14].map((cx) => {
      shape(above, "circle", { class: "frame", cx, cy: 17, r: 13 });
      return shape(above, "circle", { class: "seen", cx, cy: 17, r: 12 });
    });
    const middle = { x: left + width / 2, y: 21, "text-anchor": "middle" };
    const block = shape(above, "text", middle);

    function draw(part) {
      const shown = points.slice(-TRAIL - 1);
      const [before, here] = [shown.at(-2) ?? shown.at(-1), shown.at(-1)];
      const head = here.map((v, i) => before[i] + part * (v - before[i]));
      shown[shown.length - 1] = head;
      trail.forEach((segment, k) => {
        const n = k + shown.length - TRAIL; // the newest at the end
        const [a, b] = n > 0 ? [shown[n - 1], shown[n]] : [head, head];
        const ends = { x1: a[0], y1: -a[1], x2: b[0], y2: -b[1] };
        for (const [name, value] of Object.entries(ends)) segment.setAttribute(name, value);
      });
      dot.setAttribute("cx", head[0]);
      dot.setAttribute("cy", -head[1]);
    }

    function showStep() {
      const trial = last?.trial ?? trials[0];
      ground.setAttribute("class", `ground ${sideName(trial.blockSide)}`);
      block.textContent = `${sideName(trial.blockSide)} block`;
      seen.forEach((disc, k) => {
        const value = last?.observation ? (last.observation[k] + 1) / 4 : 0;
        disc.setAttribute("fill-opacity", Math.max(0, Math.min(1, value)));
      });
      const mark = last?.ended ? outcomeMark(last, points.at(-1)[0], -points.at(-1)[1], 0.07) : "";
      outcome.setAttribute("d", mark);
      // While it moves: only to be seen, a screen reader could not keep up.
      find(".status").setAttribute("aria-live", playing ? "off" : "polite");
      const said = `Trial ${trials.indexOf(trial) + 1} of ${trials.length}, ` +
        `${sideName(trial.blockSide)} block: stimulus ${sideName(trial.side)}, contrast ` +
        `${trial.strength}.`;
      const what = last?.ended ? ` The two units ${outcomeInWords(last, task)}.` : "";
      // Before the first observation the last trial's outcome stays to be read.
      if (!last || last.observation) find(".status").textContent = said + what;
      svg.classList.toggle("playing", Boolean(last) && !finished());
      find('[data-do="play"]').textContent = playing ? "Pause" : finished() ? "Play again" : "Play";
      find('[data-do="step"]').disabled = finished();
    }

    // ---- running ----------------------------------------------------------------------------

    const finished = () => Boolean(last?.ended) && last.trial === trials.at(-1);

    function oneStep() {
      if (!play.trial) play.begin(trials[play.score.trials]);
      last = play.step();
      points.push(last.state);
      if (finished()) playing = false;
      lastStep = performance.now();
    }

    function frame(now) {
      if (!playing) return;
      const speed = SPEEDS[find("select").value];
      due = Math.min(due + ((now - lastFrame) * speed) / 1000, 2);
      lastFrame = now;
      const stepped = due >= 1;
      for (; due >= 1 && playing; due -= 1) oneStep();
      if (stepped) showStep();
      const whole = Math.min(250, 900 / speed); // milliseconds that the dot takes for a step
      draw(stillWanted.matches || !playing ? 1 : Math.min(1, (now - lastStep) / whole));
      requestAnimationFrame(frame);
    }

    const actions = {
      play() {
        if (finished()) actions.startOver();
        playing = !playing;
        due = 1;
        lastFrame = performance.now();
        showStep();
        draw(1);
        requestAnimationFrame(frame);
      },
      step() {
        playing = false;
        oneStep();
        showStep();
        draw(1);
      },
      startOver() {
        play.reset();
        play.feedback = start.feedback;
        playing = false;
        points = [start.state];
        last = null;
        lastStep = 0;
        showStep();
        draw(1);
      },
    };
    for (const button of figure.querySelectorAll("[data-do]")) {
      button.addEventListener("click", () => actions[button.dataset.do]());
    }
    actions.startOver();
  }

  for (const figure of document.querySelectorAll(".moving-state")) {
    if (figure.querySelector(".bar")) continue; // the script is there once for each picture
    animate(figure);
  }
})();
