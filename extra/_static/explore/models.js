"use strict";
// What the explorable page computes; nothing here knows of the page. Each function is that of the
// Python package under its name there, and tests/test_explorable.py compares the two in node.
// Sides are -1 (left) and +1 (right), probabilities are of right.
(function (root) {
  const sigmoid = (logOdds) => 1 / (1 + Math.exp(-logOdds));
  const logit = (p) => Math.log(p) - Math.log1p(-p);

  // ---- the Bayesian observer: agents/block_filter.py, agents/bayes.py -------------------------

  // P(b_n = right | s_<n) from P(b_n-1 = right | s_<n): the block may have switched.
  const transition = (posterior, task) => task.hazard + (1 - 2 * task.hazard) * posterior;

  // P(b_n = right | s_<=n) from P(b_n = right | s_<n) and the side s_n.
  function condition(belief, side, task) {
    const ifRight = 0.5 + (task.concordance - 0.5) * side;
    const joint = belief * ifRight;
    return joint / (joint + (1 - belief) * (1 - ifRight));
  }

  // P(s_n = right) from P(b_n = right).
  const emission = (belief, task) => 1 - task.concordance + (2 * task.concordance - 1) * belief;

  // log P(o_<=t | right) - log P(o_<=t | left) from the sums of t observations on either side; the
  // likelihood sums over the strengths once per trial.
  function stimulusLogOdds(sumLeft, sumRight, count, task) {
    const variance = task.noise_sd ** 2;
    const logLikelihood = (sum) => {
      const terms = task.strengths.map((mu) => (mu * sum - (count * mu * mu) / 2) / variance);
      const largest = Math.max(...terms);
      return largest + Math.log(terms.reduce((total, x) => total + Math.exp(x - largest), 0));
    };
    return logLikelihood(sumRight) - logLikelihood(sumLeft);
  }

  class BayesianObserver {
    constructor(task) {
      this.task = task;
      this.reset();
    }

    reset() {
      this.blockBelief = transition(0.5, this.task); // P(b_n = right | s_<n)
      this._beginTrial();
    }

    _beginTrial() {
      this.sums = [0, 0];
      this.count = 0;
      this.pRight = emission(this.blockBelief, this.task);
    }

    // One step; `observation` is [o^L, o^R], or null on a blank step.
    step(observation) {
      if (observation) {
        this.sums[0] += observation[0];
        this.sums[1] += observation[1];
        this.count += 1;
      }
      const prior = logit(emission(this.blockBelief, this.task));
      this.pRight = sigmoid(prior + stimulusLogOdds(...this.sums, this.count, this.task));
      return this.pRight;
    }

    // After the feedback the side is known.
    endTrial(side) {
      this.blockBelief = transition(condition(this.blockBelief, side, this.task), this.task);
      this._beginTrial();
    }
  }

  // ---- the two distilled units: distillation/model.py ------------------------------------------

  class DistilledCircuit {
    // `fit`: recurrent [2][2], inputs [2][3], offset [2], readout {direction, bias, scale},
    // initial [2].
    constructor(fit) {
      this.fit = fit;
      this.reset();
    }

    reset() {
      this.state = [...this.fit.initial];
    }

    // z' = tanh(A' z + B' o + c'), inputs [o^L, o^R, r].
    map(state, inputs) {
      const { recurrent, inputs: weights, offset } = this.fit;
      const dot = (a, b) => a.reduce((total, x, k) => total + x * b[k], 0);
      return offset.map((c, i) =>
        Math.tanh(dot(recurrent[i], state) + dot(weights[i], inputs) + c));
    }

    step(inputs) {
      this.state = this.map(this.state, inputs);
      return this.pRight;
    }

    get pRight() {
      const { direction, bias, scale } = this.fit.readout;
      return sigmoid(scale * (this.state[0] * direction[0] + this.state[1] * direction[1] + bias));
    }

    // Largest eigenvalue of A' in size: what a step leaves of the mode that lasts longest.
    slowestDecay() {
      const [[p, q], [r, s]] = this.fit.recurrent;
      const half = (p + s) / 2;
      const determinant = p * s - q * r;
      const rest = half * half - determinant;
      return rest < 0 ? Math.sqrt(determinant) : Math.abs(half) + Math.sqrt(rest);
    }

    // Where states come to rest under the same inputs for ever, from a grid of starts.
    attractors(inputs) {
      const found = [];
      for (let k = 0; k < 25; k++) {
        let state = [(k % 5) / 2.5 - 0.8, Math.floor(k / 5) / 2.5 - 0.8];
        let moved = Infinity;
        for (let n = 0; n < 4000 && moved > 1e-10; n++) {
          const next = this.map(state, inputs);
          moved = Math.hypot(next[0] - state[0], next[1] - state[1]);
          state = next;
        }
        const known = found.some((p) => Math.hypot(p[0] - state[0], p[1] - state[1]) < 1e-4);
        if (moved <= 1e-10 && !known) found.push(state);
      }
      // A start may lie on the very edge between two basins and end on a point that repels.
      return found.filter((point) => {
        const { recurrent } = this.fit;
        const [a, b] = point.map((z) => 1 - z * z); // tanh' at a point that stands still
        const trace = a * recurrent[0][0] + b * recurrent[1][1];
        const [[p, q], [r, s]] = recurrent;
        const determinant = a * b * (p * s - q * r);
        return Math.abs(trace) < 1 + determinant && determinant < 1; // both eigenvalues in the disc
      });
    }
  }

  // ---- the task: task.py --------------------------------------------------------------------

  // Numbers in (0, 1) from a seed (mulberry32): the page's world is the same at each start.
  function randomNumbers(seed) {
    let state = seed >>> 0;
    return () => {
      state = (state + 0x6d2b79f5) >>> 0;
      let t = Math.imul(state ^ (state >>> 15), 1 | state);
      t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
      return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32 + 2 ** -33;
    };
  }

  const gaussian = (uniform) =>
    Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());

  // Lengths that a block can have and their probabilities, of the "truncated_geometric" law.
  function blockLengthDistribution(task) {
    const lengths = [];
    for (let n = task.min_block_length; n <= task.max_block_length; n++) lengths.push(n);
    const weights = lengths.map((n) => (1 - task.hazard) ** (n - task.min_block_length));
    const total = weights.reduce((sum, x) => sum + x, 0);
    return { lengths, probabilities: weights.map((x) => x / total) };
  }

  class World {
    constructor(task, seed) {
      this.task = task;
      this.seed = seed;
      this.reset();
    }

    reset() {
      this.uniform = randomNumbers(this.seed);
      this.drawnBlock = this.uniform() < 0.5 ? -1 : 1;
      this.left = this._blockLength();
    }

    _blockLength() {
      const { lengths, probabilities } = blockLengthDistribution(this.task);
      let rest = this.uniform();
      const k = probabilities.findIndex((p) => (rest -= p) < 0);
      return k < 0 ? lengths[lengths.length - 1] : lengths[k];
    }

    // The next trial. What the reader sets replaces what was drawn; all is drawn all the same, so
    // that the rest of the world stays as it was: {block, side: -1 or 1, strength}, each optional.
    nextTrial(set = {}) {
      if (this.left === 0) {
        this.drawnBlock = -this.drawnBlock;
        this.left = this._blockLength();
      }
      this.left -= 1;
      const { task, uniform } = this;
      const concordant = uniform() < task.concordance;
      const drawnStrength = task.strengths[Math.floor(uniform() * task.strengths.length)];
      const blockSide = set.block ?? this.drawnBlock;
      const side = set.side ?? (concordant ? blockSide : -blockSide);
      const strength = set.strength ?? drawnStrength;
      const observations = Array.from({ length: task.n_observations }, () => {
        const pair = [task.noise_sd * gaussian(uniform), task.noise_sd * gaussian(uniform)];
        pair[side > 0 ? 1 : 0] += strength;
        return pair;
      });
      return { blockSide, side, strength, observations };
    }
  }

  // ---- the closed loop: rollout.py -----------------------------------------------------------

  class Play {
    // `decides`: "circuit" or "bayes", whose action ends the trial.
    constructor(task, circuit, observer) {
      Object.assign(this, { task, circuit, observer, decides: "circuit" });
      this.reset();
    }

    reset() {
      this.circuit.reset();
      this.observer.reset();
      this.feedback = 0;
      this.trial = null;
      this.score = { trials: 0, steps: 0, circuit: 0, bayes: 0 }; // of the agents: trials correct
    }

    begin(trial) {
      this.trial = trial;
      this.stepInTrial = 0;
    }

    // One step of the trial; `byHand` [o^L, o^R] replaces what was drawn. Returns what happened.
    step(byHand = null) {
      const { task, trial } = this;
      const seen = this.stepInTrial >= task.n_blank_steps;
      const drawn = trial.observations[this.stepInTrial - task.n_blank_steps];
      const observation = seen ? (byHand ?? drawn) : null;
      const inputs = [...(observation ?? [0, 0]), this.feedback];
      const pCircuit = this.circuit.step(inputs);
      const pBayes = this.observer.step(observation);
      const blockBelief = this.observer.blockBelief;
      const p = this.decides === "circuit" ? pCircuit : pBayes;
      const acts = seen && Math.max(p, 1 - p) > task.threshold;
      const choice = acts ? (p > 0.5 ? 1 : -1) : 0;
      this.stepInTrial += 1;
      const ended = acts || this.stepInTrial === task.n_blank_steps + task.n_observations;
      this.feedback = seen ? task.waiting_penalty : 0;
      if (ended) {
        this.feedback = choice === trial.side ? 1 : -1;
        this._count(choice, { circuit: pCircuit, bayes: pBayes });
        this.observer.endTrial(trial.side);
        this.trial = null;
      }
      return {
        ...{ trial, observation, inputs, pCircuit, pBayes, blockBelief, choice, ended },
        state: [...this.circuit.state],
        nSteps: this.stepInTrial,
        decides: this.decides,
      };
    }

    // The agent that does not control the trial answers when the other has; the one that does may
    // let the time run out.
    _count(choice, beliefs) {
      this.score.trials += 1;
      this.score.steps += this.stepInTrial;
      for (const who of ["circuit", "bayes"]) {
        const answer = who === this.decides ? choice : beliefs[who] > 0.5 ? 1 : -1;
        this.score[who] += answer === this.trial.side;
      }
    }
  }

  const models = {
    ...{ BayesianObserver, DistilledCircuit, World, Play, blockLengthDistribution, logit },
  };
  if (typeof module === "object") module.exports = models;
  else root.iblrnnModels = models;
})(globalThis);
