# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
#   iblrnn:
#     depends: [02_train_rnn]
#     cell_timeout: 900
# ---

# %% [markdown]
# # Line or two points? The dynamics of the network
#
# **Question.** How does the network keep its belief about the [block](../book/glossary.md#term-block) from trial to trial: on a line attractor, or in one of two stable points?
#
# > **In short.** Two attractors with a threshold between them, and no line.
# >
# > * Without input every network that is trained by the paper's recipe has two attractors, one for each side of the block. A belief between them does not stay where it is; it drifts to one of the two.
# > * In a block, only the attractor of the block's side remains, and the state approaches it with a time constant of about two trials. So the network does not add up evidence over a block. It remembers a few trials and flips.
# > * The curve on which it keeps its belief lies between the readouts of block and stimulus. So what it remembers shifts its choice at once.
# > * **Caveat.** Two attractors at rest are what this recipe comes to, and not what the task needs: networks trained by another optimiser have one, and use the blocks more.
#
# **Time:** under a minute. The networks are those of [chapter 2](02_train_rnn.ipynb), or the ones that ship with the package.

# %% tags=["hide-cell"]
# Only for Colab and other places where the package is not installed yet.
import importlib.util
import subprocess
import sys

if importlib.util.find_spec("iblrnn_helpers") is None:
    source = "iblrnn_helpers @ git+https://github.com/iblrnn/iblrnn-book"
    subprocess.check_call([sys.executable, "-m", "pip", "install", "-q", source])

# %% tags=["parameters"]
profile: str = "page"  # budget: smoke, page or paper
seed: int = 1  # of the main network; the others follow
n_seeds: int = 0  # networks; 0: what the profile says
n_units: int = 50  # hidden units of the networks
loss: str = "neg_prob_correct"  # or cross_entropy
n_blocks: int = 0  # blocks that every network plays; 0: what the profile says
trials_seed: int = 10_000  # of the trials that all networks play

# %% mystnb={"code_prompt_show": "Code: setup; all networks play and are measured"}
import numpy as np
import pandas as pd
import torch

import iblrnn_helpers as ibl
from iblrnn_helpers.publishing import answer, report, said

ibl.core.check_parameters(globals())

n_seeds = n_seeds or ibl.core.budget(profile, smoke=2, page=9, paper=20)
n_blocks = n_blocks or ibl.core.budget(profile, smoke=60, page=240, paper=1_000)
n_starts = ibl.core.budget(profile, smoke=40, page=200, paper=400)
task = ibl.TaskParams()
trained, origin = ibl.networks_for(
    [ibl.TrainParams(seed=seed + k, n_units=n_units, loss=loss) for k in range(n_seeds)], task
)
networks = {f"seed {one.params.seed}": one.network for one in trained}
print(origin)
trials = ibl.sample_trials(task, n_sessions=max(2, n_blocks // 20), n_blocks=20, seed=trials_seed)
dynamics = {}
for name, network in reversed(networks.items()):  # the main network last: its session stays
    session = ibl.rollout(ibl.RNNAgent(network), trials, record_states=True)
    dynamics[name] = ibl.mechanism.measure_dynamics(
        network, session, n_starts=n_starts, with_intervals=name == f"seed {seed}"
    )
dynamics = {name: dynamics[name] for name in networks}
numbers = pd.DataFrame({name: found.numbers() for name, found in dynamics.items()})
main, network = dynamics[f"seed {seed}"], networks[f"seed {seed}"]
step, space = ibl.one_step(network), main.space
visited = session.states[:: max(1, len(session.states) // 4000)]
claims = {claim.id: claim for claim in ibl.publishing.ledger.load_claims()}
print(f"{len(networks)} networks, {len(trials):,} trials each")

# %% [markdown]
# Section 3.3.1 of the paper looks inside the network (the paper's Fig. 7). Under a strong stimulus one attractor remains, on the stimulus's side. Without stimulus, the paper sees a one-dimensional [line attractor](../book/glossary.md#term-line-attractor) along the block [readout](../book/glossary.md#term-readout) of [chapter 5](05_claim2_representations.ipynb). The section's title leaves open whether it is a line or two stable points. Here the [fixed points](../book/glossary.md#term-fixed-point) are found to the precision of the computer, in every network, so that the question can be settled. The paper also describes the circuit behind them, and what [feedback](../book/glossary.md#term-feedback) does: both are in [the chapter on the circuit](08_circuit.ipynb).
#
# Pictures of one network are of the *main network*, the one with the first seed, and so are single values. Beside them stands the range over all networks (nine with the [default profile](../book/glossary.md#term-profile)), which differ only in the seed of their [training](02_train_rnn.ipynb). All networks play the same trials.

# %% [markdown]
# ## Where does the state go?
#
# The dynamics of the network are those of its one-step map $h \to F(h, \mathrm{input})$. Hold the input constant, and every state has an arrow: $F(h) - h$. The six inputs are those of the paper's figure: a strong stimulus on the left, a weak one on both sides, a strong one on the right, and nothing but feedback −1, 0 or +1.
#
# With a *strong* stimulus only one attractor remains, in the quadrant of the stimulus's side *and* of the same block side. Without stimulus the arrows are short along a curve, and on it there are *two* attractors with a threshold between them.

# %% mystnb={"figure": {"caption": "**Under a strong stimulus there is one attractor, on its side; at rest there are two, with a threshold between them.** One step of the main network in the plane of the first two PCs, under six constant inputs. Arrows are shortened 2.5 times; colour is the length of the step among all units. Compare Fig. 7c of the paper.", "name": "fig-7c"}, "image": {"alt": "Six panels of arrows. With strong stimuli all arrows lead to one filled point, far left or far right. With weak or no stimulus they lead to a tilted line and along it to a filled point at either end, with an open point near the middle. With feedback minus one, only the left point remains."}}
grid = ibl.mechanism.plane_grid(space, session.states)
fields = {
    name: ibl.mechanism.vector_field(step, inputs, space, grid)
    for name, inputs in ibl.mechanism.CONDITIONS.items()
}
ibl.mechanism.fig_7c_vector_fields(fields, main)

# %% [markdown]
# A picture in a plane can mislead: the network has 50 dimensions. In all of them a search finds the fixed points to rounding, and a second one, from random states anywhere, comes to the same attractors. At rest, *all* networks have two. Holding the feedback at −1 (in one network at +1, too) destroys one of them in most networks. That says less than it seems to: in the task, feedback lasts one step, and [the chapter on the circuit](08_circuit.ipynb#fig-seeds-feedback) measures what it does in that step.

# %% [markdown] tags=["more"]
# ### Arrows from states that the network visits
#
# The grid of the arrows lies exactly in the plane, where the network itself never is. From states that it did visit, one for each tile of the plane, the picture is the same.

# %% mystnb={"figure": {"caption": "**From states that the network has visited, the arrows lead to the same fixed points.** One visited state for each tile of the plane; panels, colours and lengths are those of the arrows from a grid in the plane.", "name": "fig-7c-visited"}, "image": {"alt": "Six panels of arrows from visited states, which lie in a tilted ellipse; they lead to the same fixed points as those of the grid."}}
real = ibl.mechanism.thinned(space, session.states)
ibl.mechanism.fig_7c_vector_fields(
    {
        name: ibl.mechanism.vector_field(step, inputs, space, real)
        for name, inputs in ibl.mechanism.CONDITIONS.items()
    },
    main,
)

# %% [markdown] tags=["more"]
# ### Fixed points, to the computer's precision
#
# Which states does the map of the [main network](../book/glossary.md#term-main-network) leave where they are, under each of the six inputs? We search in all 50 dimensions, from visited states with noise and from a grid in the plane, each as it is and after 30 [steps](../book/glossary.md#term-step) of the map. Newton's method, damped where needed, runs until $\lVert h - F(h) \rVert \le 10^{-8}$. What does not get there is not a fixed point and is not shown as one. The tolerance is never the limit: the remaining distances are far smaller.

# %% mystnb={"figure": {"caption": "**At rest every start of the search ends at one of the two attractors or at the threshold between them.** Where the starts ended in the main network, for each input, and (at the far end) the largest distance between h and F(h) at the fixed points. Starts that ended nowhere got stuck where the speed has a local minimum; under strong input that speed is high.", "name": "fig-search"}, "image": {"alt": "Six horizontal bars. At rest and with weak stimulus all starts end at one of two stable points or an unstable one. With strong stimulus most end at the one stable point."}}
ibl.mechanism.fig_fixed_point_search(main)

# %% [markdown]
# The table counts what was found in the main network. A *slow point* is a local minimum of the speed that is not zero: the trace of a fixed point that has just vanished. *Outliers* would be fixed points far from all states that the network visits.

# %%
found = main.fixed_points
pd.DataFrame(
    {
        "fixed points": {name: len(f.points) for name, f in found.items()},
        "attractors": {name: len(main.attractors(name)) for name in found},
        "slow points": {name: len(f.slow_points) for name, f in found.items()},
        "fewest starts at a point": {
            name: min(f.n_reached, default=0) for name, f in found.items()
        },
        "outliers": {name: f.outlier.sum() for name, f in found.items()},
    }
)

# %% [markdown]
# A search for fixed points finds nothing else: no cycle, and no point that Newton's method misses. So here is another search, which does not use the first. From random states (300 with the default profile) anywhere in the cube of activities that tanh units can have, most of them far from where the network ever is, the map runs for a thousand steps. Where does it arrive?

# %%
rng = np.random.default_rng(seed)
cube = rng.uniform(-1, 1, (ibl.core.budget(profile, smoke=50, page=300, paper=2_000), n_units))
anywhere = {
    name: {
        condition: np.mean(
            ibl.mechanism.basins(
                ibl.one_step(networks[name]),
                ibl.mechanism.CONDITIONS[condition],
                cube,
                m.attractors(condition),
                n_steps=1000,
                within=1e-3,
            ).label
            >= 0
        )
        for condition in m.fixed_points
    }
    for name, m in dynamics.items()
}
anywhere = pd.DataFrame(anywhere)
said(
    "Of these starts the share that comes to one of the attractors found by the first search is "
    f"{anywhere.to_numpy().min():.3f} or more, in each of {len(networks)} networks under each of "
    f"{len(anywhere)} inputs."
)

# %% [markdown]
# The number of attractors under each input, in every network:

# %%
pd.DataFrame(
    {name: {c: len(m.attractors(c)) for c in m.fixed_points} for name, m in dynamics.items()}
).transpose()

# %% [markdown] tags=["more"]
# ### Modes and time constants
#
# How fast does the main network, without input, come back to a fixed point or leave it? Near a fixed point the map is nearly linear. Each eigenvalue $\lambda$ of its Jacobian belongs to a direction, a *mode*, along which a deviation decays (or grows) with the time constant $-1 / \ln|\lambda|$. One mode is slow, the others are gone within a [trial](../book/glossary.md#term-trial).

# %% mystnb={"figure": {"caption": "**At each fixed point a single mode is slow: it decays at the attractors and grows at the threshold.** Eigenvalues of the Jacobian at the three fixed points without stimulus and feedback.", "name": "fig-eigenvalues"}, "image": {"alt": "Three unit circles. In each one real eigenvalue stands apart near plus one: just inside the circle at the two stable points, just outside it at the threshold. The others have moduli below 0.6."}}
rest = ibl.linearise(
    step,
    ibl.mechanism.NO_INPUT,
    found[ibl.mechanism.AT_REST].points[
        np.argsort(found[ibl.mechanism.AT_REST].points @ main.manifold.direction)
    ],
)
places = {1: ["the only one"], 3: ["left attractor", "threshold", "right attractor"]}
names = places.get(len(rest.stable), [f"point {k + 1}" for k in range(len(rest.stable))])
ibl.mechanism.fig_eigenvalues(rest, names=names)

# %% mystnb={"figure": {"caption": "**The slow mode lasts for a few trials, far less than a block.** Time constants of the eight slowest modes. At the threshold the first mode grows: its time constant is that with which a belief moves away from the threshold.", "name": "fig-time-constants"}, "image": {"alt": "Time constants in trials on a logarithmic axis. The first mode takes 2.2 and 2.6 trials to decay at the attractors and 4.9 to grow at the threshold; all other modes take about half a trial or less. A block, 49 trials, is far above."}}
ibl.mechanism.fig_time_constants(
    rest,
    names=names,
    steps_per_trial=main.steps_per_trial,
    references={"mean length of a block": main.trials_per_block, "a trial": 1.0},
)

# %% [markdown]
# ## Is it a line attractor?
#
# Let the map run without input from thousands of visited states. After ten steps, about three trials, the fast modes are gone and the states have shrunk to a curve, the *slow manifold*. On a line attractor they would now stay where they are. They do not.

# %% mystnb={"figure": {"caption": "**Without input all states shrink to a curve, on which there are two attractors and a threshold.** Grey: states that the network visited; blue: where they are after ten steps without input.", "name": "fig-manifold"}, "image": {"alt": "A grey cloud of states, wide along PC1; through its middle a nearly straight blue curve, tilted between the arrows of the stimulus and of the block readout but closer to the block's, with a filled point near either end and an open one in the middle."}}
ibl.mechanism.fig_slow_manifold(main, visited)

# %% tags=["lead"] mystnb={"figure": {"caption": "**In every network the state drifts away from a threshold in the middle and comes to rest near both ends.** Movement along the slow manifold in one step (above), and the largest eigenvalue of the Jacobian there (below). A line attractor would lie on the dashed lines.", "name": "fig-along"}, "image": {"alt": "Top: drift crosses zero upwards near the middle in every network, and comes back to zero at both ends. Bottom: the largest eigenvalue is an arch, about 1.07 in the middle and 0.87 at the ends."}}
ibl.mechanism.fig_along_manifold({name: m.manifold for name, m in dynamics.items()})

# %% [markdown]
# In every network the drift along this curve ([figure](#fig-along)) points away from a threshold in the middle, where it crosses zero upwards, and comes back to zero at an attractor near either end. **Without input the network is bistable, not a line.** It is a *slow* bistability: in one step the state moves only by a small part of the curve's length. Within a trial that is little, and a line attractor is a fair picture. Over several trials it is not: a graded belief drifts to one of two values, in most of the plane to that of the side on which it is ([figure](#fig-basins)).

# %% [markdown] tags=["more"]
# ### Which attractor, and how soon?
#
# To which of the two attractors does the main network come from each place of the PC plane, if it is left alone? We let the map run.

# %% tags=["teaches"] mystnb={"figure": {"caption": "**Each attractor has its half of the plane, up to a nearly straight border through the threshold.** The attractor to which the main network comes from each place of the PC plane, without stimulus and feedback, by iterating the map.", "name": "fig-basins"}, "image": {"alt": "The plane in two halves, split by a nearly straight border through the open point: from the left all states come to the left attractor, from the right to the right one."}}
basins = ibl.mechanism.basins(
    step,
    ibl.mechanism.NO_INPUT,
    ibl.mechanism.plane_grid(space, session.states, n_side=31),
    main.attractors(ibl.mechanism.AT_REST),
)
ibl.mechanism.fig_basins(basins, main, condition=ibl.mechanism.AT_REST)

# %% [markdown]
# How long does a graded belief last? The table has the time from the end of a trial until the network, without any input, is nearly at an attractor (within 5% of the curve's length), as quantiles over trials:

# %%
alone = ibl.mechanism.basins(
    step,
    ibl.mechanism.NO_INPUT,
    session.states[session.last_rows],
    main.attractors(ibl.mechanism.AT_REST),
    within=0.05 * main.manifold.length,
)
(pd.Series(alone.arrival) / main.steps_per_trial).quantile([0.25, 0.5, 0.75, 0.9]).rename(
    "trials until there"
).rename_axis("quantile").to_frame().round(1)

# %% [markdown]
# ### Does it take two attractors at rest?
#
# All these networks come from one recipe. Does the task need two attractors without input? We repeat the search, from the whole cube, in networks of the same cell and size that differ in their training only: by Adam, and with the cross-entropy of the paper's text (why there are two losses is in [chapter 10](10_paper_versus_code.ipynb)). *Block use* is the fraction correct at strength 0 on [concordant](../book/glossary.md#term-concordant) minus discordant trials, as in [chapter 4](04_claim1_behavior.ipynb).

# %% mystnb={"code_prompt_show": "Code: networks of other recipes"}
adam = {
    "optimizer": "adam",
    "learning_rate": 0.005,
    "sessions_per_step": 64,
    "n_gradient_steps": 300,
}
n_others = ibl.core.budget(profile, smoke=1, page=3, paper=3)
of_recipes = {"this recipe": trained[:n_others]}
for kind, recipe in (("by Adam", adam), ("cross-entropy", {"loss": "cross_entropy"})):
    of_recipes[kind], _ = ibl.networks_for(
        [ibl.TrainParams(seed=seed + k, n_units=n_units, **recipe) for k in range(n_others)], task
    )
at_rest = {}
for kind, of in of_recipes.items():
    for one in of:
        still = ibl.find_fixed_points(
            ibl.one_step(one.network), ibl.mechanism.NO_INPUT, cube[:100]
        ).points
        at_rest[kind, one.params.seed] = {
            "attractors at rest": int(
                ibl.linearise(ibl.one_step(one.network), ibl.mechanism.NO_INPUT, still).stable.sum()
            ),
            "block use": ibl.distillation.block_use(
                ibl.rollout(ibl.RNNAgent(one.network), trials)
            ).value,
        }
at_rest = pd.DataFrame(at_rest).T.rename_axis(["training", "seed"])
by_adam = at_rest.loc["by Adam"]
more_use = by_adam["block use"] - at_rest.loc["this recipe", "block use"]
in_a_trial = []  # attractors in a trial's own input, see below
for one in of_recipes["by Adam"]:
    seen = ibl.rollout(ibl.RNNAgent(one.network), trials, record_states=True)
    found_there = ibl.mechanism.trial_fixed_points(
        ibl.one_step(one.network),
        task,
        ibl.fit_state_space(seen, one.network),
        seen.states[:: max(1, len(seen.states) // 8)],
        [0.5],
    ).at(0.5)
    in_a_trial.append(int(found_there.stable.sum()))
said(
    f"The networks trained by Adam have {by_adam['attractors at rest'].max():.0f} attractor at rest, "
    f"and yet use the blocks more, by {more_use.min():.2f} to {more_use.max():.2f}. So two attractors "
    "at rest are what the paper's recipe comes to. But rest is one input among others: in the input "
    "of whole trials, with the stimulus as often on the left as on the right (*In a trial's own input*, below), "
    f"they have {' and '.join(str(n) for n in sorted(set(in_a_trial)))}, as those by the paper's "
    "recipe have."
)

# %% [markdown] tags=["more"]
# ### Networks of other recipes, one by one
#
# How many attractors at rest has each network of each recipe, and how much does it use the block?

# %%
at_rest.astype({"attractors at rest": int}).round(3)

# %% [markdown]
# ### Along which readout?
#
# Which way does the slow manifold point? The table has the cosines of its direction with the readouts, and with the PC plane, over networks.

# %%
pd.DataFrame({name: m.direction_cosines() for name, m in dynamics.items()}).T.describe().loc[
    ["mean", "min", "max"]
].T.round(2)

# %% [markdown]
# In the plane it lies closer to the [block](../book/glossary.md#term-block) readout, as published. But it lies between the two, and its projection on the stimulus readout is not small: whatever the network remembers of the block shifts its choice at once.
#
# Among all units the order is *reversed* if the block readout is a classifier fitted to all units: to that one the slow manifold is nearly orthogonal. [Chapter 5](05_claim2_representations.ipynb) says why: the weights of that classifier are large along directions in which states hardly vary ([figure](#fig-angles)). The direction in which the block *moves* the state ("encoding") is that of the slow manifold, nearly exactly.
#
# ## In a trial's own input
#
# The network is never without input for long. Let us take a whole trial as one step: two blank steps, feedback +1 on the first, then an [observation](../book/glossary.md#term-observation), averaged over noise, strengths and sides, with a probability $p$ that the stimulus is on the right. That too is a map, the *trial map*, and the same search finds its fixed points.

# %% mystnb={"figure": {"caption": "**With both sides equally likely there are two attractors; in a block, where one side is four times as likely, only that side's remains.** Fixed points of the trial map by the probability that the stimulus is on the right (above), and the time constant of the attractors' slowest mode (below). Filled: attractors; open: thresholds. Other networks were searched at 0.2, 0.5 and 0.8 only.", "name": "fig-trial-map"}, "image": {"alt": "Place along the block readout: one attractor on the left at probability 0.2, two attractors and a threshold around 0.5, one attractor on the right at 0.8. Decay takes about two trials at 0.2 and 0.8 and four or more around 0.5."}}
probabilities = ibl.core.budget(
    profile, smoke=[0.2, 0.5, 0.8], page=np.linspace(0.1, 0.9, 17), paper=np.linspace(0, 1, 41)
)
by_trial = {
    name: ibl.mechanism.trial_fixed_points(
        ibl.one_step(networks[name]),
        task,
        m.space,
        m.manifold.path[::5],
        probabilities if m is main else [0.2, 0.5, 0.8],
    )
    for name, m in dynamics.items()
}
ibl.mechanism.fig_trial_fixed_points(by_trial)

# %%
in_block = [t.at(p).decay[t.at(p).stable] for t in by_trial.values() for p in (0.2, 0.8)]
counts = sorted({len(decay) for decay in in_block})
said(
    f"Attractors of the trial map in a block, in each network: {' or '.join(map(str, counts))}. The "
    f"slowest decay there has a time constant of {np.min([d.min() for d in in_block]):.1f} to "
    f"{np.max([d.max() for d in in_block]):.1f} trials."
)

# %% [markdown]
# So block inference works like this: **the network does not integrate over a block; it remembers a few trials and flips.** With the stimulus as often on the left as on the right there are two attractors, and the network keeps its belief. In a right block, where four of five stimuli are on the right, only the attractor for *right* remains, and the state goes there with a time constant of about two trials, whatever it was before; in a left block likewise. The [Bayesian observer](../book/glossary.md#term-Bayesian-observer) of [chapter 3](03_bayesian_baselines.ipynb) forgets too: its belief leaks because blocks may change.

# %% [markdown] tags=["more"]
# ## Every network
#
# Do the dynamics agree over networks? Here are the attractors at rest, their time constants and the direction of the slow manifold, for each of them.

# %% mystnb={"figure": {"caption": "**Every network has two attractors at rest and forgets within a few trials.** Each mark is a network; the shaded range is what would count as what the paper states. A line attractor has no isolated attractors, and would keep a belief through a block.", "name": "fig-seeds-dynamics"}, "image": {"alt": "Rows of dots, one for each network: two attractors at rest in all; decay times of two to three trials; cosines of 0.87 to 0.93 with the block and 0.67 to 0.74 with the stimulus readout, above what counts as small."}}
rows = {
    "attractors at rest": ("attractors at rest (a line: none)", "line_attractor"),
    "decay, slower attractor": ("decay at the slower attractor (trials)", None),
    "growth at the threshold": ("growth at the threshold (trials)", None),
    "cosine with block": ("cosine with block readout, plane", None),
    "cosine with stimulus": ("cosine with stimulus readout, plane", "small_along_stimulus"),
}
ibl.core.fig_seeds(
    {title: numbers.loc[name].to_numpy() for name, (title, _) in rows.items()},
    bands={title: claims[f"mechanism.{key}"].accepted for title, key in rows.values() if key},
)

# %% [markdown]
# ## What follows
#
# The network is a switch with a short memory, and the stimulus both moves the choice and tips the switch. Which units and weights make the switch, how much of them is learnt, and what feedback does to it, is asked in [the chapter on the circuit](08_circuit.ipynb). Whether other networks have these attractors is in [chapter 11](11_robustness.ipynb).
#
# ## Beside what the paper says
#
# The paper gives orderings here, no numbers. Values are the main network's, except in the first two rows, which test the search in all networks; the range is over networks.

# %%
every = [ibl.mechanism.dynamics_claims([m]) for m in dynamics.values()]
of_this_book = {
    "mechanism.reached_from_anywhere": float(anywhere.to_numpy().min()),
    "mechanism.attractors_by_adam": float(by_adam["attractors at rest"].mean()),
    "mechanism.block_use_by_adam": float(more_use.mean()),
    "mechanism.attractors_by_adam_in_trials": float(np.mean(in_a_trial)),
}
every += [
    {"mechanism.attractors_by_adam": number, "mechanism.block_use_by_adam": more}
    for number, more in zip(by_adam["attractors at rest"], more_use, strict=True)
]
report(
    every[0] | ibl.mechanism.dynamics_claims(list(dynamics.values())) | of_this_book,
    networks=every,
    profile=profile,
    detail=f"{len(networks)} networks, {len(trials):,} trials each",
)

# %% [markdown]
# ## Exercises
#
# ### Exercise 1: how strong a stimulus takes one attractor away? (35 min, intermediate)
#
# Hold a stimulus of strength $x$ on the right, inputs `[0, x, task.waiting_penalty]`, and let $x$ grow from 0 to the faintest visible strength of the task. Where in between does the second attractor vanish, in every network? (`ibl.find_fixed_points` and `ibl.linearise`, from `m.manifold.path[::5]`, with `m` of `dynamics`.) Guess first: is the border above or below what the network meets in a trial?

# %% tags=["solution"]
# @title Solution 1
faintest = min(strength for strength in task.strengths if strength > 0)
held = np.linspace(0, faintest, 11)
border = {}
for name, m in dynamics.items():
    step_of = ibl.one_step(networks[name])
    for x in held:
        inputs = [0.0, x, task.waiting_penalty]
        points = ibl.find_fixed_points(
            step_of, inputs, m.manifold.path[::5], max_iterations=30
        ).points
        if ibl.linearise(step_of, inputs, points).stable.sum() < 2:
            break
    border[name] = x

answer(
    "07.1",
    f"Between {min(border.values()):.2f} and {max(border.values()):.2f}, depending on the network: "
    f"below the faintest visible stimulus, {faintest:g}, and far below the noise of one observation, "
    f"{task.noise_sd:g}. Any stimulus of the task, held long enough, would decide the block belief, "
    "too. The belief outlasts a trial only because no observation is held: each pushes it for one "
    "step.",
    0 < min(border.values()) and max(border.values()) < faintest,
    profile=profile,
)

# %% [markdown]
# ### Exercise 2: a line attractor of your own (45 min, advanced)
#
# Any map will do. Take two units that excite themselves and inhibit each other with weight $g/2$: `lambda h, u: torch.tanh(h @ A.T + u)` with $A = \frac12 \begin{pmatrix} g & -g \\ -g & g \end{pmatrix}$. For which $g$ does it keep a belief for the mean length of a block, that is, decay at its attractors with no shorter a time constant? Work out what to expect near $g = 1$, then search. How exactly does $g$ have to be chosen, and how exactly if two attractors are all you want?

# %% tags=["solution"]
# @title Solution 2
steps_per_block = main.trials_per_block * main.steps_per_trial
gains = np.linspace(0.98, 1.02, 40)  # the difference of the units is multiplied by g
starts = np.linspace(-0.5, 0.5, 5)[:, None] * [1, -1]
slowest = []
for g in gains:
    weights = torch.tensor([[g, -g], [-g, g]]).double() / 2
    points = ibl.find_fixed_points(
        lambda h, u, a=weights: torch.tanh(h @ a.T + u), [0.0, 0.0], starts
    ).points
    jacobians = (1 - points[:, :, None] ** 2) * weights.numpy()
    largest = np.abs(np.linalg.eigvals(jacobians)).max(axis=1)
    slowest.append(ibl.mechanism.time_constants(largest[largest < 1]).min())
kept = gains[np.array(slowest) >= steps_per_block]
# Below 1 the one attractor has eigenvalue g; above, the two have about 1 - 2 (g - 1).
expected = np.exp(-1 / steps_per_block), 1 + 0.5 / steps_per_block

answer(
    "07.2",
    f"For g from {kept.min():.4f} to {kept.max():.4f} (expected: {expected[0]:.4f} to "
    f"{expected[1]:.4f}). A block is {steps_per_block:.0f} steps long, so for a line the weights "
    f"must be correct to within {100 * (expected[1] - expected[0]):.1f}%. Two attractors come with "
    "every g above 1, which may be why training finds two attractors and no line.",
    np.allclose([kept.min(), kept.max()], expected, atol=gains[1] - gains[0]),
    profile=profile,
)

# %% [markdown]
# ### Further
#
# * Is a larger network closer to a line? `papermill notebooks/07_mechanism.ipynb out.ipynb -p n_units 100 -p n_seeds 2`. The networks are trained first.
# * Look at the slow points just past the border of Exercise 1 (`slow_points`, `slow_point_speed`). How many steps does the main network need to come past them, from its left attractor?
