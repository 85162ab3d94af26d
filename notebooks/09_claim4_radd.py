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
# # Claim 4: fifty units, distilled into an interpretable two
#
# **Question.** If the fifty units move in a plane, can two units do their work? And would we understand those two?
#
# > **In short.** Two units can do most of the work, and their weights can be read.
# >
# > * In every network the fit finds a circuit of the published form: each belief keeps itself up and supports the other, observations push both beliefs to the same side, and [feedback](../book/glossary.md#term-feedback) weighs next to nothing.
# > * At the network's own speed its two units answer nearly as it does on every kind of trial, and use the block a little less. The published gain over the network comes from waiting longer; a network whose [readout](../book/glossary.md#term-readout) is scaled in the same way gains at least as much.
# > * Two units need not be distilled. Taught the network's answers, or trained on the task by Adam, they use the block as much as the network does; trained by the paper's recipe they use it less than half as much. What RADD adds is that each unit has a name.
# > * *But* how one fits helps to decide what one finds. Fitted along other axes, or to run on their own past, the two units' beliefs do not fade at rest: they grow. And each network has two stable states at rest, while the released code's fit has only one.
#
# **Time:** about a minute. The networks are those of chapter 2, or the ones that ship with the package.

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
n_two_unit_seeds: int = 0  # networks of two units, trained on the task; 0: what the profile says
n_units: int = 50  # hidden units of the networks
loss: str = "neg_prob_correct"  # or cross_entropy
n_blocks: int = 0  # blocks that every network plays, once to be fitted, once to be tested; 0: what the profile says
trials_seed: int = 10_000  # of the trials for tests; those for the fit have the next seed

# %%
from dataclasses import replace

import numpy as np
import pandas as pd

import iblrnn_helpers as ibl
from iblrnn_helpers.publishing import answer, report, said

ibl.core.check_parameters(globals())

n_seeds = n_seeds or ibl.core.budget(profile, smoke=2, page=9, paper=20)
n_two_unit_seeds = n_two_unit_seeds or ibl.core.budget(profile, smoke=1, page=5, paper=10)
n_blocks = n_blocks or ibl.core.budget(profile, smoke=100, page=500, paper=2_000)
ibl.core.check_parameters(globals(), n_blocks=(100, 10**9))
scales = ibl.core.budget(profile, smoke=[4, 6, 10, 16, 30], page=None, paper=None)
scales = scales or [3, 4, 5, 5.5, 6, 6.5, 7, 8, 10, 12, 15, 20, 30]
task = ibl.TaskParams()
trained, origin = ibl.networks_for(
    [ibl.TrainParams(seed=seed + k, n_units=n_units, loss=loss) for k in range(n_seeds)], task
)
networks = {f"seed {one.params.seed}": one.network for one in trained}
main, network = f"seed {seed}", networks[f"seed {seed}"]
claims = {claim.id: claim for claim in ibl.publishing.ledger.load_claims()}
published = {
    "recurrent": ibl.distillation.PUBLISHED_RECURRENT,
    "inputs": ibl.distillation.PUBLISHED_INPUTS,
}
print(origin)
n_sessions = max(2, n_blocks // 20)
fit_trials, trials = (
    ibl.sample_trials(task, n_sessions=n_sessions, n_blocks=20, seed=trials_seed + k)
    for k in (1, 0)
)
print(f"{len(fit_trials):,} trials to fit, {len(trials):,} to test")
solvers = {
    "one step": {"n_bootstrap": ibl.core.budget(profile, smoke=20, page=200, paper=1_000)},
    "free running, never worse": {"solver": "free_running"},
    "free running": {"solver": "free_running", "never_worse": False},
}

# %% [markdown]
# The paper's answer is *Representation and Dynamics Distillation* (RADD, sections 3.3.2 and 3.3.3). Project the states of the network to the two readouts, $z_t = P h_t$, and fit a network of two units to what you see:
#
# $$\hat z_t = \tanh(A' \hat z_{t-1} + B' o_t + c').$$
#
# Conventional distillation teaches a small network the large one's *answers*. RADD teaches it the large one's *states*, so its two units have names from the beginning: the [belief](../book/glossary.md#term-belief) about the stimulus, and the belief about the [block](../book/glossary.md#term-block).
#
# This chapter fits $A'$ and $B'$ in every network of [chapter 2](02_train_rnn.ipynb) (nine with the default profile), lets the two units play the task, compares them with other networks of two units, and asks what the fit leaves open. Where a figure shows one network only, it is the first of them, the *main network*. The readouts are those of [chapter 5](05_claim2_representations.ipynb#fig-4a).
#
# ## The fit
#
# With *true* past states on the right-hand side, each [step](../book/glossary.md#term-step) is a linear regression: undo the tanh, and solve least squares for $A'$, $B'$ and an offset $c'$. The released code does this, and we begin with it. States are first divided by 1.01 times the largest of them, so that the tanh can reach them all.
#
# Each network is fitted on one set of [sessions](../book/glossary.md#term-session) and tested on another. Both sets are the same for all networks.

# %% [markdown]
# The whole fit of the [main network](../book/glossary.md#term-main-network) takes four lines:

# %% tags=["teaches"]
# The network plays, and its states are recorded;
played = ibl.rollout(ibl.RNNAgent(network), fit_trials, record_states=True)
space = ibl.fit_state_space(played, network)
# they are projected to its two readouts, z = P h;
projection = ibl.representations.on_readouts(space)
# and two units are fitted to what is seen there.
two = ibl.distill(network, played, projection, **solvers["one step"])

# %% tags=["lead"] mystnb={"figure": {"caption": "**The two units excite themselves and each other, and an observation pushes both beliefs to its side.** The distilled circuit of the main network. Under each weight: half the width of its 95% interval over sessions (bootstrap), then the published weight in brackets.", "name": "fig-circuit"}, "image": {"alt": "Two nodes, stimulus belief and block belief. Each excites itself and the other. The observation on the left inhibits both, the one on the right excites both, with thick arrows to the stimulus belief and thin ones to the block belief. Feedback has hairlines only."}}
ibl.distillation.fig_circuit(
    two.model, projection.names, intervals=two.radd.intervals_, published=published
)

# %% [markdown]
# The same in all networks. Each gets two further fits, which are explained below, and a third in which $P$ is the first two principal components instead of the readouts.

# %% tags=["hide-input"] mystnb={"code_prompt_show": "Code: every network is distilled and measured"}
distilled, errors, sweeps, measured, starts = {}, {}, {}, {}, {}
# As readouts that are ever smaller.
stricter = [0.96, 0.98, 0.99, 0.995, 0.9975, 0.999, 0.9995]
rnn_sessions, matched_sessions = [], []
for name, network in reversed(networks.items()):  # the main network last: its sessions stay
    played = ibl.rollout(ibl.RNNAgent(network), fit_trials, record_states=True)
    session = ibl.rollout(ibl.RNNAgent(network), trials, record_states=True)
    plane = ibl.representations.fit_plane(played, network)
    projection = ibl.representations.on_readouts(plane)
    components = ibl.representations.on_components(plane, 2)
    z = projection(session.states)
    starts[name] = session.states[:: max(1, len(session.states) // 60)]
    distilled[name] = {
        s: ibl.distill(network, played, projection, **settings) for s, settings in solvers.items()
    }
    errors[name] = {
        s: ibl.distillation.errors_by_horizon(d.model, session.inputs, z, session.steps_per_session)
        for s, d in distilled[name].items()
    }
    two = distilled[name]["one step"]
    sweeps[name] = ibl.distillation.sweep_readout_scale(
        two.model, two.readout, fit_trials, scales, initial=two.initial
    )
    at_best, matched = (
        ibl.rollout(two.agent(scale), trials, record_states=name == main)
        for scale in (sweeps[name].best, sweeps[name].matching(played.n_steps.mean()))
    )
    on_pcs = ibl.distill(network, played, components)
    pcs_scale = ibl.distillation.sweep_readout_scale(
        on_pcs.model, on_pcs.readout, fit_trials, scales, initial=on_pcs.initial
    ).matching(played.n_steps.mean())
    pcs_session = ibl.rollout(on_pcs.agent(pcs_scale), trials)
    in_plane = ibl.distillation.ProjectedAgent(network, components.matrix, components.mean)
    confined = ibl.rollout(ibl.RNNAgent(in_plane.as_network()), trials)
    agent = ibl.RNNAgent(network)
    correct = {task.threshold: played.correct.mean()} | {
        at: ibl.ideal_observers.play_at(agent, fit_trials, at).correct.mean() for at in stricter
    }
    careful = max(correct, key=correct.get)
    rnn_best = ibl.ideal_observers.play_at(agent, trials, careful)
    measured[name] = {
        **ibl.distillation.measure_claim_4(two.model, projection, session, at_best, matched),
        **ibl.distillation.measure_text_loss(
            distilled[name]["free running"].model, projection, session
        ),
        **ibl.distillation.measure_components(
            on_pcs.model, two.model, projection.matrix @ components.matrix.T
        ),
        "claim4.pcs_curve_gap": ibl.distillation.curve_gap(pcs_session, session),
        "claim4.plane_curve_gap": ibl.distillation.curve_gap(confined, session),
        "claim4.distilled_best_minus_rnn_best": ibl.behavior.paired_difference(
            at_best, rnn_best, "correct"
        ).measured(),
    }
    rnn_sessions.insert(0, replace(session, states=None))
    matched_sessions.insert(0, replace(matched, states=None))
measured = {name: measured[name] for name in networks}
models = {name: distilled[name]["one step"].model for name in networks}
print(f"{len(networks)} networks")
# The main network's fits again without some of its sessions.
measured[main] |= ibl.distillation.measure_fits(
    network, played, n_groups=min(10, n_sessions), n_groups_free_running=min(5, n_sessions)
)

# %% [markdown]
# The weights have the paper's form in every network ([figure](#fig-matrices)). Beliefs reinforce each other. Observations drive both in the same direction, the stimulus belief several times more. Feedback weighs next to nothing.

# %% [markdown] tags=["more"]
# ### Every weight, in every network
#
# Do all networks agree on the weights, and how well is one step predicted? How far the main network's weights depend on the [trials](../book/glossary.md#term-trial) that it happened to play is found by leaving out its sessions a group at a time and fitting everything again: components, readouts, units (jackknife). The spread between networks is larger.

# %% mystnb={"figure": {"caption": "**Weights between the beliefs, and from observations to beliefs, have the published signs and about the published sizes.** Recurrent weights A′ (left) and input weights B′ (right): published, in the main network, and over all networks. Feedback, the last column, weighs next to nothing.", "name": "fig-matrices"}, "image": {"alt": "Two columns of matrices, recurrent weights and input weights, in three rows. Published and ours agree: both units excite themselves, the block belief most, and each other; o R pushes both beliefs up and o L both down, the stimulus belief several times more; the weight of feedback is near zero."}}
ibl.distillation.fig_matrices(
    [models[name] for name in networks], projection.names, published=published
)

# %% [markdown]
# On sessions that the fit has not seen, the share of variance explained (R²) of each coordinate of the main network:

# %%
pd.Series(
    ibl.distillation.one_step_r2(two.model, session, z), index=projection.names, name="R²"
).to_frame().round(3)

# %% mystnb={"figure": {"caption": "**Nearly all weights of all networks lie in their bands.** A row for each quantity and a dot for each network, with the published value and the band in which the claim is judged.", "name": "fig-seeds-matrices"}, "image": {"alt": "Rows of dots, one for each network: the four recurrent weights, the ratio of stimulus to block column, the largest feedback weight, the smallest weights that reinforce and that drive in common, all above 0, and R squared; most within their bands."}}
rows = {
    "recurrent_11": "A′, stimulus belief to itself",
    "recurrent_12": "A′, block to stimulus belief",
    "recurrent_21": "A′, stimulus to block belief",
    "recurrent_22": "A′, block belief to itself",
    "stimulus_over_block": "B′, observations to stimulus / to block belief",
    "feedback_largest": "B′, largest weight of feedback",
    "beliefs_reinforce": "A′, smaller weight between the beliefs",
    "common_direction": "B′, smaller push on the block belief",
    "one_step_r2": "R² of one step, held out",
}
ibl.core.fig_seeds(
    {t: [measured[n][f"claim4.{k}"].value for n in networks] for k, t in rows.items()},
    {t: claims[f"claim4.{k}"].published for k, t in rows.items()},
    bands={t: claims[f"claim4.{k}"].accepted for k, t in rows.items()},
)

# %% [markdown]
# ## Fitting the model on its own past
#
# A regression on true past states asks for one good step. But a model runs on its *own* past, where errors add up. The loss in the paper's text has $\hat z_{t-1}$ on the right-hand side, the model's own past state. To fit that, gradients must run back through time. So the paper's text and its code differ here (and in [twelve other places](10_paper_versus_code.ipynb)), and we can try both:
#
# * **one step**: the regression (the code);
# * **free running**: twenty steps on its own past (the text), all numbers of steps weighing alike;
# * **free running, never worse**: the same, but no number of steps may come out worse than with the regression.
#
# A fit that accepts some more error on the first step has far less of it after twenty ([figure](#fig-horizon)). And it is *another circuit*:

# %% mystnb={"figure": {"caption": "**Fitted on its own past, the block belief keeps itself up almost without help.** The free-running fit of the main network. Below each weight: the published one.", "name": "fig-circuit-free"}, "image": {"alt": "The same two nodes. The block belief now excites itself with a weight of nearly 1, and the arrow from stimulus to block belief is thin."}}
free = distilled[main]["free running"]
ibl.distillation.fig_circuit(free.model, projection.names, published=published)

# %% [markdown]
# The published matrix says that beliefs reinforce each other and that *both decay to 0 without input*. The free-running fit says something else. The block belief keeps itself up almost perfectly, and takes little from the stimulus belief. It collects its evidence from the [observations](../book/glossary.md#term-observation) directly. The largest eigenvalue is above 1: near the middle, beliefs *grow* without input instead of decaying to 0. [Chapter 7](07_mechanism.ipynb#fig-along) found the same in all fifty dimensions.
#
# Nor is the decay a fact about the network: with the first two principal components in place of the readouts, the same regression gives beliefs that grow at rest ([figure](#fig-decay)), in every network. A tanh bends each axis by itself, so the choice of axes helps to decide what two units do.

# %% [markdown] tags=["more"]
# ### Errors along the steps of a run
#
# How large is the error of each fit after one step on its own past, and after more?

# %% mystnb={"figure": {"caption": "**A model that is fitted on its own past is worse after one step and much better after twenty.** Error of the main network's two units when they run on their own past, on sessions that no fit has seen; right, relative to the one-step fit. Bands are 95% intervals over sessions.", "name": "fig-horizon"}, "image": {"alt": "Left: squared error rises with the number of steps for all three fits, most steeply for the one-step fit. Right, relative to it: the guarded fit falls a little below 1; the free-running fit begins well above 1 after one step, is below 1 from the second step on, and ends below a half."}}
ibl.distillation.fig_error_by_horizon(errors[main])

# %%
by_horizon = pd.DataFrame(
    {
        s: pd.DataFrame(
            {
                n: ibl.distillation.ratio_by_horizon(errors[n][s], errors[n]["one step"]).mean
                for n in networks
            },
            index=range(1, 21),
        ).mean(axis=1)
        for s in ("free running, never worse", "free running")
    }
).rename_axis("steps on its own")
by_horizon.loc[[1, 2, 3, 5, 10, 20]].round(3)

# %% tags=["hide-input"]
bold, guarded = (by_horizon[s] for s in ("free running", "free running, never worse"))
said(
    "The table shows squared error relative to the regression's, mean over networks. The guarded fit "
    f"removes only {1 - guarded[20]:.0%} of the error after twenty steps, for on the first step the "
    f"regression is nearly the best there is. A fit that accepts {bold[1] - 1:.0%} more error on that "
    f"first step has only {bold[20]:.2f} of the regression's error after twenty steps."
)

# %% [markdown] tags=["more"]
# ### The weights of each fit
#
# How far apart are the circuits of the three fits? Means over networks:

# %%
pd.DataFrame(
    {
        s: {
            "A′, stimulus belief to itself": np.mean(
                [d[s].model.recurrent[0, 0] for d in distilled.values()]
            ),
            "A′, block to stimulus belief": np.mean(
                [d[s].model.recurrent[0, 1] for d in distilled.values()]
            ),
            "A′, stimulus to block belief": np.mean(
                [d[s].model.recurrent[1, 0] for d in distilled.values()]
            ),
            "A′, block belief to itself": np.mean(
                [d[s].model.recurrent[1, 1] for d in distilled.values()]
            ),
            "largest eigenvalue of A′": np.mean(
                [ibl.distillation.slowest_decay(d[s].model) for d in distilled.values()]
            ),
        }
        for s in solvers
    }
).round(3)

# %% [markdown]
# Why does the regression spread the block's memory over two weights? Noise on a regressor makes its weight too small and its neighbours' too large ("errors in variables"), and what the plane does not show of the last state may act as noise. Exercise 2 shows that little noise is enough. Whether noise is the reason here, this chapter does not show.

# %% [markdown] tags=["more"]
# ### Do beliefs fade at rest?
#
# Is at least the decay to 0 a fact about the network, whatever the fit? The paper adds that "similar results are obtained" with $P$ set to the first two principal components: the same plane, seen in other coordinates. Turned into the coordinates of the readouts, its matrix is indeed much the same. But the decay is lost:

# %% mystnb={"figure": {"caption": "**Whether beliefs fade at rest depends on how the two units are fitted.** Largest eigenvalue of A′ in size, in every network, for three ways to fit. Below 1 beliefs decay to 0 without input, as the paper says; the bands end there.", "name": "fig-decay"}, "image": {"alt": "Three rows of dots. The regression on the readouts gives values around 0.98, one of them above 1; the regression on principal components and the free-running fit give values above 1 in every network."}}
rows = {
    "slowest_decay": "regression, P = readouts",
    "pcs_slowest_decay": "regression, P = two PCs",
    "slowest_decay_free_running": "free running, P = readouts",
}
ibl.core.fig_seeds(
    {t: [measured[n][f"claim4.{k}"].value for n in networks] for k, t in rows.items()},
    {},
    bands={t: (0.95, 1.0) for t in rows.values()},
)

# %% tags=["hide-input"]
decay = {k: np.array([measured[n][f"claim4.{k}"].value for n in networks]) for k in rows}
turned = max(measured[n]["claim4.pcs_recurrent_gap"].value for n in networks)
said(
    f"No entry of the turned matrix is off by more than {turned:.2f}, in any network. But the largest "
    f"eigenvalue, {decay['slowest_decay'].mean():.3f} on average, becomes "
    f"{decay['pcs_slowest_decay'].mean():.3f}, and is above 1 in "
    f"{(decay['pcs_slowest_decay'] > 1).sum()} of {len(networks)} networks. A tanh bends each axis by "
    "itself, so the choice of axes helps to decide what two units do at rest: along the readouts beliefs "
    "fade, along the components they grow. Neither of the two fits is *the* circuit."
)

# %% [markdown] tags=["more"]
# ### Fixed points of the two units
#
# How many attractors (stable [fixed points](../book/glossary.md#term-fixed-point)) are there without input? Of each network itself, among all its units, and of the models [distilled](../book/glossary.md#term-distillation) from it:

# %%
attractors = {}
for name, network_of in networks.items():
    maps = {"RNN": (ibl.one_step(network_of), starts[name])}
    for s, d in distilled[name].items():
        maps[s] = d.model.one_step(), d.projection(starts[name]) / d.model.scale
    attractors[name] = {
        s: ibl.linearise(
            step,
            ibl.mechanism.NO_INPUT,
            ibl.find_fixed_points(step, ibl.mechanism.NO_INPUT, where).points,
        ).stable.sum()
        for s, (step, where) in maps.items()
    }
attractors = pd.DataFrame(attractors).T.rename_axis("attractors at rest")
attractors

# %% tags=["hide-input"]
pairs = (attractors == 2).sum()
said(
    f"Of {len(networks)} networks {pairs['RNN']} have two attractors themselves. The regression gives "
    f"two in {pairs['one step']} of them, and else a single one; the free-running fit gives two in "
    f"{pairs['free running']}."
)

# %% mystnb={"figure": {"caption": "**At rest the one-step fit has a single attractor in the middle, the free-running fit one on either side.** One step of the main network in the plane of its two readouts (left), and of the two units fitted to it, under two of the six inputs of the paper's Fig. 7c. Lines: where a belief does not change. Filled: attractors; open: thresholds and other unstable points.", "name": "fig-phase-plane"}, "image": {"alt": "Two rows of three phase planes. Under a strong stimulus all three have one attractor in the corner of its side. Without input the two lines nearly touch along a stretch in the network; in the one-step fit they cross once in the middle, in the free-running fit three times."}}
visited = z / two.model.scale
conditions = {
    name: ibl.mechanism.CONDITIONS[name] for name in ("strong right", "no stimulus, r = 0")
}
of_network = ibl.mechanism.plane_map(ibl.one_step(network), projection, unit=two.model.scale)
ibl.distillation.fig_phase_plane(
    {
        name: ibl.mechanism.phase_planes(step, visited, conditions=conditions)
        for name, step in (
            ("RNN, in the plane", of_network),
            ("one step", two.model.one_step()),
            ("free running", free.model.one_step()),
        )
    },
    names=projection.names,
)

# %% [markdown] tags=["more"]
# ## Does it move as the network does?
#
# The distilled units of the main network run on their own from the first step of each session to its end, about a thousand trials later. They receive only the inputs that the network received. Do they follow it?

# %% mystnb={"figure": {"caption": "**The two units follow the network's path through a block change.** Twelve trials around it: states of the main network, projected, and of the two units on their own, which by then have run for hundreds of trials. Compare Fig. 8b.", "name": "fig-8b"}, "image": {"alt": "Two panels with similar trajectories: each trial swings left or right along the stimulus belief; across the block change the swings move from one side of the block belief to the other, in the distilled units somewhat further."}}
alone = {s: ibl.distillation.run_alone(d.model, session, z) for s, d in distilled[main].items()}
switch = int(np.flatnonzero((trials.block == 8) & (trials.trial_in_block == 0))[0])
ibl.distillation.fig_8b_trajectories(
    {"RNN, projected": z, "distilled": alone["one step"]}, session, first=switch - 4, n_trials=12
)

# %% tags=["hide-input"]
close = {k: measured[main][f"claim4.{k}"].value for k in ("trajectory_r2", "mean_trajectory_r2")}
said(
    "As numbers: step by step, through whole sessions, the units on their own account for "
    f"{close['trajectory_r2']:.0%} of the variance of the projected states (of the belief that fits "
    f"worse), those of the free-running fit for "
    f"{measured[main]['claim4.trajectory_r2_free_running'].value:.0%}. Of the mean path by trial in "
    f"block it is {close['mean_trajectory_r2']:.0%}."
)

# %% [markdown]
# ### How fast do states drift apart?
#
# The paper compares how fast states of the network and of its two units drift apart ("decohere"): the mean distance between states $\Delta$ steps apart, in all units, projected, and distilled. In the paper, all three decohere at the same rate, and projected and distilled states have "nearly identical values". The released code plots another quantity, norms of differences of order $\Delta$; [chapter 10](10_paper_versus_code.ipynb#fig-decoherence-measures) compares the two. Is it so for the main network, by the distance that the text defines?

# %% mystnb={"figure": {"caption": "**On their own, the two units drift apart somewhat further than the network's projected states; the free-running fit is closer.** Mean distance between states of the main network some steps apart, in the three state spaces. Bands (narrow) are 95% intervals. Compare Fig. 8a.", "name": "fig-8a"}, "image": {"alt": "Distance rises steeply over the first steps and levels off. All fifty units have the largest distances and rise soonest. The projected states and both distilled ones rise alike, the one-step fit ending somewhat too high and the free-running fit close to the projected states."}}
ibl.distillation.fig_8a_decoherence(
    {
        "RNN, all units": ibl.distillation.decoherence(session, session.states),
        "RNN, projected": ibl.distillation.decoherence(session, z),
        "distilled": ibl.distillation.decoherence(session, alone["one step"]),
        "distilled, free running": ibl.distillation.decoherence(session, alone["free running"]),
    }
)

# %% tags=["hide-input"]
drift = {k: v.value for k, v in measured[main].items() if k.startswith("claim4.decoherence")}
said(
    "By the distance that the paper's text defines, they do not quite: the states of the regression's units "
    f"drift up to {drift['claim4.decoherence_distilled']:.0%} further than the projected ones, those of "
    f"the free-running fit up to {drift['claim4.decoherence_free_running']:.0%}. And among all units "
    "a larger part of the distance is there after one step: relative to twenty steps, the two rates are "
    f"up to {drift['claim4.decoherence_full']:.2f} apart. By the quantity that the released code plots, "
    "the rates among all units and in the plane are the same, to "
    f"{drift['claim4.decoherence_full_code']:.4f}, and the regression's units are off by up to "
    f"{drift['claim4.decoherence_distilled_code']:.0%}."
)

# %% [markdown]
# ## The two units play the task
#
# A readout of the stimulus belief makes an [agent](../book/glossary.md#term-agent) of the two units. Its direction is given; its *scale* is free, as the paper says, and decides when the agent is sure enough to act: it trades speed for accuracy (the best trade that any agent can make is in [chapter 12](12_ideal_observers.ipynb#fig-frontier)).

# %% tags=["hide-input"]
sweep, own = sweeps[main], two.readout.scale
figures_scales = {
    "best": sweep.best,
    "same speed as the RNN": sweep.matching(played.n_steps.mean()),
    "the RNN's own readout": own,
}
gain = {
    k: measured[main][f"claim4.distilled_{k}"].value
    for k in ("best_minus_rnn", "best_minus_rnn_best", "matched_minus_rnn")
}
said(
    f"At its best scale the distilled model beats the network, by {gain['best_minus_rnn']:.3f}, as "
    "published. But it waits longer for that, and the network's readout can be made smaller, too. If "
    "both have the scale that is best on other trials, the difference is "
    f"{gain['best_minus_rnn_best']:+.3f}. What the two units gain, they gain by waiting. The scale at "
    f"which they are *as fast* as the network is {figures_scales['same speed as the RNN']:.1f}; that of "
    f"the network's own readout, which is given and not fitted, is {own:.1f}. At the same speed the "
    f"difference is {gain['matched_minus_rnn']:+.3f}. On which kinds of trial?"
)

# %% mystnb={"figure": {"caption": "**At the same speed the two units are correct as often as the network, to within a few percent, on every kind of trial.** Fraction correct of the main network and of its two distilled units at the same steps per trial. Bands are 95% intervals over blocks; the difference is paired trial by trial.", "name": "fig-matched"}, "image": {"alt": "The curves of the network and the distilled units by strength lie close together; at weak strengths the distilled units are slightly worse on concordant trials and slightly better on discordant ones. All differences are within 0.05."}}
by_strength = {
    "RNN": ibl.behavior.correct_by_strength(session),
    "distilled": ibl.behavior.correct_by_strength(matched),
}
ibl.distillation.fig_matched_curves(
    by_strength,
    ibl.behavior.paired_difference(matched, session, "correct", by=("strength", "concordant")),
)

# %% [markdown] tags=["more"]
# ### Accuracy and speed at every readout scale
#
# What does the scale of the readout do to the main network's two units?

# %% mystnb={"figure": {"caption": "**With a smaller readout the two units are slower and, up to a point, more often correct than the network.** The distilled units at many readout scales, beside the network. The best scale and the one that matches the network's steps per trial were read off these trials, and are tested on others.", "name": "fig-scale"}, "image": {"alt": "Accuracy peaks at a small scale, above the network's and above the published distilled value, and falls slowly beyond; steps per trial fall with the scale and reach the network's at a scale close to that of the network's own readout."}}
ibl.distillation.fig_scale_sweep(
    sweep,
    network=(played.correct.mean(), played.n_steps.mean()),
    scales=figures_scales,
    references={"paper, distilled": 0.8687, "paper, RNN": 0.8550},
)

# %% [markdown]
# ## Rivals
#
# Is it RADD, or would any two units do?
#
# * **2 units, trained**: on the task itself by the paper's recipe, for four times as many steps as the network; several seeds.
# * **2 units, by Adam**: on the task itself with the same loss, by another optimiser (3,000 steps of 64 sessions); three seeds.
# * **2 units, taught answers**: conventional distillation, from the network's action probabilities.
# * **RNN in 2 PCs**: the network itself, its state put back into the plane of its first two PCs after every step.
# * **2 units, random**: as they were before training. They never act, and are left out of the figures.
#
# *Block use* is the fraction correct at zero contrast on [concordant](../book/glossary.md#term-concordant) minus discordant trials. It is 0 for an agent that ignores the block, and 0.6 for one that is told the block's side.

# %%
two_unit_steps = ibl.core.budget(profile, smoke=2_000, page=400_001, paper=400_001)
two_unit, origin = ibl.networks_for(
    [
        ibl.TrainParams(n_units=2, n_gradient_steps=two_unit_steps, loss=loss, seed=k + 1)
        for k in range(n_two_unit_seeds)
    ],
    task,
)
print(origin)
by_adam, origin = ibl.networks_for(
    [
        ibl.TrainParams(
            n_units=2,
            optimizer="adam",
            learning_rate=0.005,
            sessions_per_step=64,
            n_gradient_steps=3_000,
            loss=loss,
            seed=k + 1,
        )
        for k in range(min(3, n_two_unit_seeds))
    ],
    task,
)
print("by Adam:", origin)
taught = ibl.distillation.distill_outputs(
    played, n_gradient_steps=ibl.core.budget(profile, smoke=60, page=1500, paper=6_000), seed=seed
)
two_unit_sessions, by_adam_sessions = (
    [ibl.rollout(ibl.RNNAgent(one.network), trials, record_states=True) for one in of]
    for of in (two_unit, by_adam)
)
output_session = ibl.rollout(ibl.RNNAgent(taught.network), trials, record_states=True)
released = ibl.rollout(ibl.BayesianActor(task, "released"), trials)
observer = ibl.observe(session)
sessions = {
    "RNN": session,
    "distilled": matched,
    "distilled, best scale": at_best,
    "distilled, free running": ibl.rollout(free.agent(), trials),
    "distilled from 2 PCs": pcs_session,
    "RNN in 2 PCs": confined,
    "RNN, best scale": rnn_best,
    "2 units, trained": two_unit_sessions[0],
    "2 units, by Adam": by_adam_sessions[0],
    "2 units, taught answers": output_session,
    "2 units, random": ibl.rollout(ibl.RNNAgent(ibl.RecurrentNetwork(2, seed=seed)), trials),
    observer.agent: observer,
    released.agent: released,
}

# %% mystnb={"figure": {"caption": "**In every network the distilled units come close to the fifty; two units trained by the paper's recipe fall well short.** Accuracy, block use and block decoding, a dot for each network. Block decoding is from all units, on held-out blocks.", "name": "fig-spread"}, "image": {"alt": "Three panels of dots by kind of network: accuracy, block use and block decoding. Networks of fifty units and their distilled units are close together, the distilled a little lower; two units trained by the paper's recipe lie well below in all three; those trained by Adam lie below in accuracy only and with the fifty in block use, and scatter in block decoding; two units taught answers lie with the fifty."}}
kinds = {
    "RNN": rnn_sessions,
    "distilled": matched_sessions,
    "2 units, trained": two_unit_sessions,
    "2 units, by Adam": by_adam_sessions,
    "2 units, taught answers": [output_session],
}
decoded = {
    "RNN": [session],
    "distilled": [matched],
    "2 units, trained": two_unit_sessions,
    "2 units, by Adam": by_adam_sessions,
    "2 units, taught answers": [output_session],
}
ibl.core.fig_rows(
    {
        "correct": {k: [one.correct.mean() for one in of] for k, of in kinds.items()},
        "block use": {
            k: [ibl.distillation.block_use(one).value for one in of] for k, of in kinds.items()
        },
        "block decoding": {
            k: [ibl.decode_block(one, one.states, intercept=True).accuracy.mean for one in of]
            for k, of in decoded.items()
        },
    }
)

# %% [markdown]
# Three things stand out.
#
# * Two units *trained on the task by the paper's recipe* do not use blocks as the fifty do, in any of these seeds, after four times as many steps. They are not blind to blocks, though: each uses them somewhat.
# * That is no limit of two units, nor of training on the task. *Taught the answers* of the fifty, two units answer like the fifty, blocks included. And trained on the task *by Adam* they use blocks as much as the fifty, in every one of three seeds. What two units find depends on how they are trained.
# * RADD is therefore not the only way to a good network of two units, and at the network's speed it is a little worse than the one taught answers. What RADD alone gives is names: the two units *are* the two beliefs. In a network that was taught answers, one would have to look for them again.

# %% tags=["hide-input"]
of_adam = ibl.distillation.measure_two_units(session, by_adam_sessions)
lost = []  # at the network's speed, by another threshold
for one in by_adam:
    agent = ibl.RNNAgent(one.network)
    curve = ibl.ideal_observers.frontier(
        {
            at: ibl.ideal_observers.play_at(agent, trials, at)
            for at in (task.threshold, 0.99, 0.995, 0.999)
        }
    )
    at_speed = np.interp(session.n_steps.mean(), curve.n_steps, curve.correct)
    lost.append(session.correct.mean() - at_speed)
uses = [one["claim4.two_unit_block_use"].value for one in of_adam]
said(
    f"By Adam, block use is {min(uses):.2f} to {max(uses):.2f} (the network: "
    f"{ibl.distillation.block_use(session).value:.2f}). These two units act a little sooner; at the network's speed "
    f"they are correct in {min(lost):.3f} to {max(lost):.3f} fewer of the trials."
)

# %% [markdown] tags=["more"]
# ### The rivals on every kind of trial
#
# Where do the rivals differ from the network: at which strengths, and on concordant or discordant trials?

# %% mystnb={"figure": {"caption": "**Most small networks answer as the large one does; two units trained by the paper's recipe use the block less.** Fraction correct by strength, on concordant and discordant trials, of each rival beside the network. Compare Fig. 8c.", "name": "fig-8c"}, "image": {"alt": "Panels of curves. The distilled units lie on the network's curves. So do the free-running fit, the units distilled from two PCs, the network in two PCs and the two units taught answers; those trained by Adam nearly do. The two units trained by the paper's recipe have their concordant and discordant curves closer together at zero strength."}}
shown = [
    "RNN",
    "distilled",
    "distilled, free running",
    "distilled from 2 PCs",
    "RNN in 2 PCs",
    "2 units, trained",
    "2 units, by Adam",
    "2 units, taught answers",
    released.agent,
]
ibl.distillation.fig_8c_comparison(
    {name: ibl.behavior.correct_by_strength(sessions[name]) for name in shown}
)

# %% [markdown] tags=["more"]
# ### The rivals in numbers
#
# How accurate and how fast is each rival, and how much does it use the block? All play the same trials.

# %%
table = ibl.summary_table(sessions)
table["block use"] = [ibl.distillation.block_use(one).value for one in sessions.values()]
half = (table.pop("high") - table.pop("low")) / 2  # of the 95% interval over blocks
table["correct"] = table["correct"].map("{:.3f}".format) + half.map(" ± {:.3f}".format)
table.drop(columns=["reward per trial", "reward per step"]).round(3)

# %% [markdown] tags=["more"]
# ### The rivals after a block change
#
# How do they fare when the block changes?

# %% mystnb={"figure": {"caption": "**After a block change nearly all lose accuracy and recover within some ten trials.** Fraction correct by trial in block, for the network and each rival. Only the two units trained by the paper's recipe begin higher, and then stay lower.", "name": "fig-8c-trial"}, "image": {"alt": "After a block change the network and the distilled units begin near 0.7 and recover within ten trials; the two units trained by the paper's recipe begin higher and stay lower."}}
ibl.distillation.fig_8c_comparison(
    {name: ibl.behavior.correct_by_trial_in_block(sessions[name]) for name in shown}
)

# %% [markdown] tags=["more"]
# ### Learning from answers
#
# How well do two units learn to imitate the main network's answers?

# %% mystnb={"figure": {"caption": "**From each of four random starts, two units learn to imitate the network's answers.** Conventional distillation: divergence of the two units' action probabilities from the network's. (A nat is the unit of information that belongs to the natural logarithm.)", "name": "fig-taught"}, "image": {"alt": "On a logarithmic axis, divergence falls from about 0.3 to about 0.02 nats per step from all starts."}}
ibl.distillation.fig_distillation_loss(taught)

# %% [markdown] tags=["more"]
# ## How many units are needed?
#
# The paper chose two units, as two principal components capture the dynamics well. Projected to more principal components, the network can be distilled into as many units as we like.

# %% mystnb={"figure": {"caption": "**A second unit helps a lot, a third a little, and more hardly at all.** Distilled models of one to six units, one for each principal component kept, in three networks, and their mean. Shares are of the variance of all units.", "name": "fig-n-units"}, "image": {"alt": "Four panels against the number of distilled units: variance explained after one step and after twenty steps rises steeply up to two or three units and less after that; accuracy and steps per trial come close to the networks' with two or three units."}}
most, n_curves = ibl.core.budget(profile, smoke=(3, 1), page=(6, 3), paper=(10, 9))
curves, played_by_rnns = [], []
for one in list(networks.values())[:n_curves]:
    seen, unseen = (
        ibl.rollout(
            ibl.RNNAgent(one), some.take_sessions(0, max(2, n_sessions // 2)), record_states=True
        )
        for some in (fit_trials, trials)
    )
    played_by_rnns.append(unseen)
    curves.append(
        ibl.distillation.compress(
            seen, unseen, one, ibl.fit_state_space(seen, one), range(1, most + 1)
        )
    )
ibl.core.fig_along(
    {
        "variance explained, one step": np.stack([c.one_step for c in curves]),
        "variance explained, 20 steps alone": np.stack([c.at_horizon for c in curves]),
        "correct": np.stack([c.correct for c in curves]),
        "steps per trial": np.stack([c.n_steps for c in curves]),
    },
    curves[0].n_units,
    {
        "correct": np.mean([one.correct.mean() for one in played_by_rnns]),
        "steps per trial": np.mean([one.n_steps.mean() for one in played_by_rnns]),
    },
    xlabel="distilled units",
    label="mean of the RNNs",
)

# %% [markdown] tags=["more"]
# ## The two units, analysed as the network was
#
# The distilled units are an agent like any other, so all analyses of [chapter 5](05_claim2_representations.ipynb#fig-5ab) apply to them. Their states need no projection: unit 1 *is* the coordinate along the stimulus readout.

# %% mystnb={"figure": {"caption": "**An observation moves the stimulus belief several times as far as the block belief.** Change of the two distilled units in one step against the difference of the observations, when they play by themselves. Compare Fig. 5a and b.", "name": "fig-effects-distilled"}, "image": {"alt": "Two clouds of points with lines: steep for the stimulus belief, several times flatter for the block belief."}}
effects = {
    n: ibl.representations.effect_of_observations(matched, matched.states[:, k] * two.model.scale)
    for k, n in enumerate(("stimulus", "block"))
}
ibl.representations.fig_5ab_effect_of_observations(
    effects,
    published={n: claims[f"claim2.slope_{n}"].published for n in effects},
    agent="distilled agent",
)

# %% mystnb={"figure": {"caption": "**The distilled block belief follows a block change as the Bayesian observer's belief does.** Mean at the ends of trials by trial in block, when the two units play by themselves. Compare Fig. 5c.", "name": "fig-projection-distilled"}, "image": {"alt": "Curves for left and right blocks cross zero a few trials after the change and settle on the side of the block, close to the observer's."}}
ibl.representations.fig_5c_block_projection(
    ibl.representations.block_projection(matched, matched.states[:, 1] * two.model.scale),
    agent="distilled",
)

# %% [markdown]
# The other networks of two units can be drawn in the phase plane of their own units, whose meaning can only be guessed. The one that was taught answers has two attractors at rest, as the network of fifty units has. The one trained on the task that is shown here has a single one, far in a corner; how many there are differs between seeds.

# %%
rng = np.random.default_rng(seed)
n_stable = {
    kind: [
        ibl.linearise(
            step,
            ibl.mechanism.NO_INPUT,
            ibl.find_fixed_points(
                step, ibl.mechanism.NO_INPUT, rng.uniform(-1, 1, (100, 2))
            ).points,
        ).stable.sum()
        for step in (ibl.one_step(one.network) for one in of)
    ]
    for kind, of in (
        ("2 units, trained", two_unit),
        ("2 units, by Adam", by_adam),
        ("2 units, taught answers", [taught]),
    )
}
pd.Series(
    {kind: ", ".join(map(str, of)) for kind, of in n_stable.items()},
    name="attractors at rest, by seed",
).to_frame()

# %% mystnb={"figure": {"caption": "**Without stimulus, two units that were taught answers have two attractors; these two, trained on the task, have one.** One step of two units trained on the task (left) and of two units taught the network's answers (right) under two of the six inputs.", "name": "fig-phase-plane-rivals"}, "image": {"alt": "Two rows of two phase planes. Under a strong stimulus the trained network is driven towards a corner, and the taught one has one attractor there. Without stimulus the trained network has one attractor, near a corner; the taught one has two, with a threshold between them."}}
ibl.distillation.fig_phase_plane(
    {
        name: ibl.mechanism.phase_planes(
            ibl.one_step(one.network), played_by.states, conditions=conditions
        )
        for name, one, played_by in (
            ("trained", two_unit[0], two_unit_sessions[0]),
            ("taught answers", taught, output_session),
        )
    },
    names=("unit 1", "unit 2"),
)

# %% [markdown]
# On the page [Be the task](../book/explore.md) you set the stimuli and the weights, and these two units answer. The next cell writes the main network's circuits, of both fits, for that page.

# %%
ibl.publishing.site.write_explorable(
    {"one step": two, "free running": free},
    task,
    published=published,
    about=f"the network of seed {seed} with {n_units} units (profile {profile})",
)

# %% [markdown]
# ## What follows
#
# Two units are enough for this task, and RADD gives them names. But one matrix does not say how the network remembers the block: that depends on the axes and on the fit, and the fixed points of the network itself ([chapter 7](07_mechanism.ipynb)) are the better witness. On the page [Be the task](../book/explore.md) you can set stimuli and weights yourself. That two units trained by the paper's recipe fail is a fact about the recipe; [chapter 11](11_robustness.ipynb) asks the same of all four claims.
#
# The fit of this chapter depends on whether one follows the paper's text or its code. [Chapter 10](10_paper_versus_code.ipynb) goes through twelve more places in which they differ, and says which of them matter.

# %% [markdown]
# ## Our numbers beside the paper's
#
# Where the statement does not say otherwise, a number is of the main network, with the range over all networks beside it. The two units trained on the task are five networks that played the same trials: the interval of their mean is over networks and trials.

# %%
stated = [f"claim4.recurrent_{k}" for k in ("11", "12", "21", "22")]
stated += [f"claim4.input_{k}_{side}" for k in (1, 2) for side in ("left", "right")]
inside = [all(claims[k].accepts(one[k].value) for k in stated) for one in measured.values()]
of_two_units = ibl.distillation.measure_two_units(session, two_unit_sessions)
of_claims = {
    "claim4.two_unit_block_use_by_adam": "two_unit_block_use",
    "claim4.block_use_by_adam_minus_rnn": "two_unit_block_use_minus_rnn",
}
report(
    {
        **measured[main],
        **ibl.distillation.measure_solvers(
            errors[main]["free running, never worse"], errors[main]["one step"]
        ),
        **ibl.distillation.measure_rivals(session, of_two_units, output_session),
        **{
            name: ibl.core.crossed([one[f"claim4.{of}"] for one in of_adam])
            for name, of in of_claims.items()
        },
        "claim4.networks_in_bands": float(np.mean(inside)),
    },
    profile=profile,
    detail=f"{len(networks)} networks, {len(trials):,} trials each",
    networks=[
        *measured.values(),
        *({name: found.value for name, found in one.items()} for one in of_two_units),
        *({name: one[f"claim4.{of}"].value for name, of in of_claims.items()} for one in of_adam),
    ],
)

# %% [markdown] tags=["more"]
# ## Exercises
#
# ### Exercise 1: other axes (25 min, intermediate)
#
# Along the readouts the two units' beliefs fade at rest, along the principal components they grow. What about axes in between? Turn the two components in their plane, `Projection(turn @ components.matrix, components.mean, ...)`, by 0° to 90° in steps of 15°, distill the main network onto each pair, and look at the largest eigenvalue (`slowest_decay`). Which axes make it largest?

# %% tags=["solution"]
# @title Solution 1
by_angle = {}
for degrees in range(0, 91, 15):
    c, d = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    axes = replace(components, matrix=np.array([[c, d], [-d, c]]) @ components.matrix)
    by_angle[degrees] = ibl.distillation.slowest_decay(ibl.distill(network, played, axes).model)
largest, smallest = max(by_angle, key=by_angle.get), min(by_angle, key=by_angle.get)

answer(
    "09.1",
    f"From {by_angle[smallest]:.3f} (at {smallest}°) to {by_angle[largest]:.3f} (at {largest}°): the "
    "same states in the same plane, and whether beliefs fade or grow at rest depends on the axes "
    "along which the tanh bends.",
    by_angle[smallest] < 1 < by_angle[largest],
    profile=profile,
)

# %% [markdown]
# ### Exercise 2: noise makes a circuit (40 min, advanced)
#
# Would noise on the states make the regression spread the block belief's memory over two weights? Test it where the truth is known. Let the free-running circuit make states, `free.model.run(played.inputs, free.initial, steps_of(played))`, add normal noise of standard deviation 0, 0.02, 0.05 and 0.1, and fit `RADD()` to them. What becomes of the two weights onto the block belief, `recurrent_[1]`? Does `RADD(solver="free_running", never_worse=False)` fare better with the most noise?

# %% tags=["solution"]
# @title Solution 2
lengths = played.steps_per_session
made = free.model.run(played.inputs, free.initial, lengths)
noise = np.random.default_rng(seed).standard_normal(made.shape)
levels = (0.0, 0.02, 0.05, 0.1)
regressed = [
    ibl.RADD().fit(played.inputs, made + level * noise, lengths).recurrent_[1] for level in levels
]
run_freely = ibl.RADD(solver="free_running", never_worse=False)
run_freely = run_freely.fit(played.inputs, made + levels[-1] * noise, lengths).recurrent_[1]
truth = free.model.recurrent[1]
lost, lost_freely = truth[1] - regressed[-1][1], truth[1] - run_freely[1]

answer(
    "09.2",
    f"The block belief's weight on itself is {truth[1]:.2f}. The regression finds "
    + ", ".join(f"{found[1]:.2f}" for found in regressed)
    + f" as the noise grows, and for the weight of the stimulus belief {regressed[-1][0]:.2f} "
    f"instead of {truth[0]:.2f} at the end. The free-running fit still finds {run_freely[1]:.2f} "
    f"and {run_freely[0]:.2f}. In the network itself the regression found "
    f"{two.model.recurrent[1, 1]:.2f} and {two.model.recurrent[1, 0]:.2f}. So a little noise is "
    "enough to turn the one circuit into the other.",
    abs(truth[1] - regressed[0][1]) < 0.02
    and regressed[-1][1] < two.model.recurrent[1, 1]
    and lost_freely < lost / 3,
    profile=profile,
)

# %% [markdown]
# ### Exercise 3: cut an arrow (40 min, advanced)
#
# The two circuits also disagree about the way in which observations reach the block belief. Predict `block_use` of either when the arrow from the block to the stimulus belief ($A'_{12}$) is cut, and when the arrow back ($A'_{21}$) is. Then set that weight to 0 and let the units play: `DistilledAgent(replace(fit.model, recurrent=...), fit.readout, fit.initial)` with `two` and `free` for `fit`.

# %% tags=["solution"]
# @title Solution 3
cuts = {"whole": [[1, 1], [1, 1]], "12": [[1, 0], [1, 1]], "21": [[1, 1], [0, 1]]}
uses = pd.DataFrame(
    {
        kind: {
            cut: ibl.distillation.block_use(
                ibl.rollout(
                    ibl.distillation.DistilledAgent(
                        replace(fit.model, recurrent=fit.model.recurrent * kept),
                        fit.readout,
                        fit.initial,
                    ),
                    trials,
                )
            ).value
            for cut, kept in cuts.items()
        }
        for kind, fit in (("one step", two), ("free running", free))
    }
)
shares = uses / uses.loc["whole"]

answer(
    "09.3",
    f"Without the arrow from block to stimulus belief little of the use is left in either: "
    f"{uses['one step']['12']:.2f} of {uses['one step']['whole']:.2f} (one step) and "
    f"{uses['free running']['12']:.2f} of {uses['free running']['whole']:.2f} (free running). "
    f"Without the arrow back, the one-step circuit keeps {shares['one step']['21']:.0%} of it and "
    f"the free-running one {shares['free running']['21']:.0%}. In the first the block belief gets "
    "much of its evidence through the stimulus belief, in the second from the observations "
    "themselves.",
    (shares.loc["12"] < 1 / 3).all()
    and shares["one step"]["21"] < shares["free running"]["21"] - 0.15,
    profile=profile,
)

# %% [markdown]
# ### Further
#
# * Does it work for other sizes? `papermill notebooks/09_claim4_radd.ipynb out.ipynb -p n_units 100 -p n_seeds 2`.
# * RADD takes any recurrent system. Simulate two units of your own with `DistilledModel(...).run(inputs, initial)` and find their weights again. How few steps are enough?
