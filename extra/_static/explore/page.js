"use strict";
// The explorable page: what the reader sets goes to the models, what they answer to the plots.
(function () {
  const { BayesianObserver, DistilledCircuit, World, Play } = iblrnnModels;
  const { about, task, circuits } = JSON.parse(
    document.getElementById("explore-data").textContent);
  const root = document.getElementById("explore");
  const find = (selector) => root.querySelector(selector);
  const field = (name) => find(`[name="${name}"]`);
  const stillWanted = matchMedia("(prefers-reduced-motion: reduce)");
  const { sideName, outcomeInWords } = iblrnnPlots;
  const KEYS = {
    ...{ p: "play", s: "step", n: "nextTrial", f: "forward", r: "startOver", b: "otherBlock" },
  };
  const FORWARD = 200; // trials
  const ENOUGH = 50; // trials, from which on a percentage says more than chance
  const CIRCUIT_NAMES = {
    "one step": "one step (released code)",
    "free running": "free running (paper's text)",
    published: "published matrices",
  };
  const minus = (text) => text.replace("-", "−");
  const percent = (part, of) => `${Math.round((100 * part) / of)}%`;
  const outOf = (part, of) => (of ? `${of < ENOUGH ? part : percent(part, of)} of ${of}` : "–");

  const circuit = new DistilledCircuit(structuredClone(Object.values(circuits)[0]));
  const observer = new BayesianObserver(task);
  const world = new World(task, 1);
  const play = new Play(task, circuit, observer);
  let playing = false;
  let steps, due, lastFrame, lastStep, lastSaid;

  const number = (name) => (field(name).value === "" ? undefined : Number(field(name).value));

  // What there is to show before the first step.
  const atStart = () => ({
    ...{ pCircuit: circuit.pRight, state: circuit.state },
    ...{ pBayes: observer.pRight, blockBelief: observer.blockBelief },
  });

  const plane = iblrnnPlots.makePlane({
    ...{ svg: find('[data-plot="plane"]'), heads: [...root.querySelectorAll(".head")] },
    ...{ task, circuit, steps: () => steps, atStart, follow: () => field("follow").checked },
  });
  const traces = iblrnnPlots.makeTraces({
    ...{ svg: find('[data-plot="traces"]'), task, steps: () => steps },
  });

  function circuitChanged() {
    const rings = plane.circuitChanged();
    const published = field("circuit").value === "published";
    find('[data-says="circuit"]').textContent =
      `${published ? "Published A′ and B′, all else fitted" : "Fitted"} to ${about}. Largest eigenvalue of A′: ${circuit.slowestDecay().toFixed(3)}. ` +
      `Attractors without input (rings in the plane): ${rings}.`;
    showWeights();
    readings.stepped();
  }

  // ---- readings -----------------------------------------------------------------------------

  const readings = (function () {
    const beliefs = ["Stimulus: P(right)", "Block belief, −1 to +1"];
    const names = [...beliefs, "Trials correct", "Steps per trial"];
    const cells = names.map((name) => {
      const row = find(".readings tbody").insertRow();
      row.innerHTML = `<th scope="row">${name}</th><td></td><td></td>`;
      return [...row.cells].slice(1);
    });

    function stepped() {
      const last = steps.at(-1) ?? atStart();
      const { trials, steps: nSteps, circuit, bayes } = play.score;
      find(".readings caption").textContent =
        `Readings after ${trials} trial${trials === 1 ? "" : "s"}`;
      const texts = [
        [last.pCircuit, last.pBayes].map((p) => p.toFixed(2)),
        [last.state[1], 2 * last.blockBelief - 1].map((v) => minus(v.toFixed(2))),
        [outOf(circuit, trials), outOf(bayes, trials)],
        Array(2).fill(trials ? (nSteps / trials).toFixed(2) : "–"),
      ];
      texts.forEach((pair, row) => pair.forEach((text, k) => (cells[row][k].textContent = text)));
    }

    return { stepped };
  })();

  function say(text) {
    find(".status").textContent = text;
    lastSaid = performance.now();
  }

  function sayTrial(step) {
    const { trial, pCircuit, pBayes, decides } = step;
    const [name, other, p] = decides === "circuit"
      ? ["The two units", "the Bayesian observer", pBayes]
      : ["The Bayesian observer", "the two units", pCircuit];
    say(`Trial ${play.score.trials}: stimulus ${sideName(trial.side)}, contrast ` +
      `${trial.strength}, in a ${sideName(trial.blockSide)} block. ${name} ` +
      `${outcomeInWords(step, task)}; then ${other} gave right ${p.toFixed(2)}.`);
  }

  // ---- running ------------------------------------------------------------------------------

  function oneStep() {
    if (!play.trial) {
      const [block, side, strength] = ["block", "side", "strength"].map(number);
      play.begin(world.nextTrial({ block, side, strength }));
    }
    play.decides = field("decides").value;
    const byHand = field("byHand").value ? [number("left"), number("right")] : null;
    const step = play.step(byHand);
    steps.push(step);
    if (steps.length > 2000) steps.splice(0, 1000); // more than any screen shows
    return step;
  }

  function showStep() {
    const last = steps.at(-1);
    if (last && !field("byHand").value) {
      ["left", "right"].forEach((name, k) => {
        field(name).value = last.observation ? last.observation[k] : 0;
      });
    }
    showObservations();
    plane.stepped();
    traces.stepped();
    readings.stepped();
    lastStep = performance.now();
    if (!playing || stillWanted.matches) plane.move(1);
  }

  function showObservations() {
    ["left", "right"].forEach((name, k) => {
      const value = number(name);
      field(`${name}-shown`).textContent = minus(value.toFixed(1));
      const blank = !field("byHand").value && !steps.at(-1)?.observation;
      const opacity = blank ? 0 : Math.max(0, Math.min(1, (value + 1) / 4));
      root.querySelectorAll(".seen")[k].style.opacity = opacity;
    });
  }

  // One step of time on the screen; at high speeds several steps of the task.
  function frame(now) {
    if (!playing) return;
    const speed = number("speed");
    due = Math.min(due + ((now - lastFrame) * speed) / 1000, 5);
    lastFrame = now;
    let ended = null;
    let any = false;
    for (; due >= 1; due -= 1) {
      const step = oneStep();
      any = true;
      if (step.ended) ended = step;
    }
    if (any) showStep();
    const whole = Math.min(250, 900 / speed); // milliseconds that the dots take for a step
    if (!stillWanted.matches) plane.move(Math.max(0, Math.min(1, (now - lastStep) / whole)));
    // Not every trial while it runs: a screen reader could not keep up.
    if (ended && now - lastSaid > 4000) sayTrial(ended);
    requestAnimationFrame(frame);
  }

  const actions = {
    play() {
      playing = !playing;
      find('[data-do="play"]').textContent = playing ? "Pause" : "Play";
      if (playing) {
        due = 1;
        lastFrame = performance.now();
        requestAnimationFrame(frame);
      } else plane.move(1);
    },
    step() {
      const step = oneStep();
      showStep();
      if (step.ended) sayTrial(step);
      else if (!step.observation) say("A blank step: nothing to see yet.");
      else say(`Observed left ${minus(step.observation[0].toFixed(1))}, right ` +
        `${minus(step.observation[1].toFixed(1))}. Right: two units ${step.pCircuit.toFixed(2)}, ` +
        `Bayesian observer ${step.pBayes.toFixed(2)}.`);
    },
    nextTrial() {
      let step;
      do step = oneStep(); while (!step.ended);
      showStep();
      sayTrial(step);
    },
    forward() {
      const until = play.score.trials + FORWARD;
      while (play.score.trials < until) oneStep();
      showStep();
      plane.move(1);
      const { trials, circuit, bayes } = play.score;
      say(`After ${trials} trials the two units were correct in ${percent(circuit, trials)}, ` +
        `the Bayesian observer in ${percent(bayes, trials)}.`);
    },
    startOver() {
      world.reset();
      play.reset();
      steps = [];
      due = 0;
      showStep();
      plane.move(1);
      say("A new session; the same world each time. Press Play, or Step.");
    },
    otherBlock() {
      const now = number("block") ?? world.drawnBlock;
      field("block").value = String(-now);
      say(`From the next trial on the block is ${sideName(-now)}.`);
    },
    fitted: chooseCircuit,
  };

  // ---- weights ------------------------------------------------------------------------------

  const weights = [];

  function buildWeights() {
    const names = ["stimulus", "block"];
    const groups = [
      ["A′: from one belief to the next step's", "recurrent", names, 1.5, 0.01],
      ["B′: from an observation to a belief", "inputs", ["left", "right"], 0.5, 0.005],
    ];
    for (const [title, matrix, from, most, step] of groups) {
      const group = document.createElement("div");
      group.setAttribute("role", "group");
      group.setAttribute("aria-label", title);
      group.innerHTML = `<p>${title}</p><div class="pair"></div>`;
      names.forEach((to, i) => from.forEach((source, j) => {
        const label = document.createElement("label");
        label.innerHTML = `<span>${source} → ${to}</span> <output></output>` +
          `<input type="range" min="${-most}" max="${most}" step="${step}">`;
        const [input, output] = [label.querySelector("input"), label.querySelector("output")];
        input.setAttribute("aria-label", `${title.slice(0, 2)} ${source} to ${to}`);
        input.addEventListener("input", () => {
          circuit.fit[matrix][i][j] = Number(input.value);
          circuitChanged();
        });
        group.lastChild.append(label);
        weights.push({ matrix, i, j, input, output });
      }));
      find(".matrices").append(group);
    }
  }

  function showWeights() {
    const fitted = circuits[field("circuit").value];
    for (const { matrix, i, j, input, output } of weights) {
      const [value, was] = [circuit.fit[matrix][i][j], fitted[matrix][i][j]];
      const shown = (v) => minus(v.toFixed(3));
      input.value = value;
      output.textContent = shown(value) + (value === was ? "" : ` (was ${shown(was)})`);
    }
  }

  function chooseCircuit() {
    circuit.fit = structuredClone(circuits[field("circuit").value]);
    circuitChanged();
  }

  // ---- everything together ------------------------------------------------------------------

  for (const strength of task.strengths) field("strength").add(new Option(strength, strength));
  for (const name of Object.keys(circuits)) {
    field("circuit").add(new Option(CIRCUIT_NAMES[name] ?? name, name));
  }
  field("follow").checked = !stillWanted.matches;
  root.hidden = false;
  steps = [];
  buildWeights();
  plane.layout();
  traces.layout();
  actions.startOver();
  circuitChanged();

  for (const button of root.querySelectorAll("[data-do]")) {
    button.addEventListener("click", () => actions[button.dataset.do]());
  }
  const showSpeed = () => (field("speed-shown").textContent = `${field("speed").value} steps/s`);
  field("speed").addEventListener("input", showSpeed);
  showSpeed();
  field("circuit").addEventListener("change", chooseCircuit);
  field("follow").addEventListener("change", () => plane.stepped());
  for (const name of ["left", "right"]) {
    field(name).addEventListener("input", () => {
      field("byHand").value = "1";
      showObservations();
    });
  }
  root.addEventListener("keydown", (event) => {
    const action = KEYS[event.key.toLowerCase()];
    const typing = event.target.tagName === "SELECT"; // letters choose an option there
    if (!action || typing || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    actions[action]();
  });
  let width = root.clientWidth;
  new ResizeObserver(() => {
    if (root.clientWidth === width) return;
    width = root.clientWidth;
    plane.layout();
    traces.layout();
  }).observe(root);
})();
