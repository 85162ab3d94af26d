# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
#   iblrnn:
#     depends: [02_train_rnn]
# ---

# %% [markdown]
# # The argument in ten minutes
#
# **Question.** What do four claims about one network say, how do we know, and where do we disagree?
#
# This page goes through the figures of the paper (Schaeffer et al., NeurIPS 2020) in the order in which its authors explain them, each drawn anew from a network that we trained. Where the paper has the figure, its number stands below (*Paper: Fig. 2a*), beside the chapter that has the details; the numbers in the captions are this book's.

# %% tags=["hide-cell"]
# Only for Colab and other places where the package is not installed yet.
import importlib.util
import subprocess
import sys

if importlib.util.find_spec("iblrnn_helpers") is None:
    source = "iblrnn_helpers @ git+https://github.com/iblrnn/iblrnn-book"
    subprocess.check_call([sys.executable, "-m", "pip", "install", "-q", source])

# %% tags=["parameters", "remove-input"]
profile: str = "page"  # budget: smoke, page or paper
seed: int = 1  # of the network's training
n_units: int = 50  # hidden units of the network
n_blocks: int = 0  # blocks to play; 0: what the profile says
trials_seed: int = 10_000  # of the trials that all agents play

# %% tags=["remove-cell"]
import numpy as np

import iblrnn_helpers as ibl
from iblrnn_helpers.publishing import said

ibl.core.check_parameters(globals())
n_blocks = n_blocks or ibl.core.budget(profile, smoke=100, page=500, paper=2_000)
ibl.core.check_parameters(globals(), n_blocks=(100, 10**9))
task = ibl.TaskParams()
trained, origin = ibl.networks_for([ibl.TrainParams(seed=seed, n_units=n_units)], task)
network = trained[0].network
trials = ibl.sample_trials(task, n_sessions=n_blocks // 20, n_blocks=20, seed=trials_seed)
session = ibl.rollout(ibl.RNNAgent(network), trials, record_states=True)
agents = [session, ibl.observe(session), ibl.rollout(ibl.BayesianActor(task, "released"), trials)]
agents = {one.agent: one for one in agents}
space = ibl.fit_state_space(session, network)
plane = ibl.representations.in_plane(space, session.states)
boundaries = ibl.representations.action_boundaries(space, network)
aligned = ibl.representations.task_aligned(space, session.states)
observer = ibl.coupling.observer_belief(trials)
belief = ibl.coupling.network_belief(session, space)
beliefs = {"RNN": belief / ibl.coupling.scale_of(belief, observer), "Bayesian observer": observer}
claims = {claim.id: claim for claim in ibl.publishing.ledger.load_claims()}
evidence, first = session.evidence(), session.evidence(first_only=True)
dynamics = ibl.mechanism.measure_dynamics(network, session, space=space)
circuit = ibl.mechanism.measure_circuit(network, session, space=space)
projection = ibl.representations.on_readouts(space)
z = projection(session.states)
two = ibl.distill(network, session, projection, n_bootstrap=20)
distilled = ibl.rollout(two.agent(), trials)

# %% [markdown]
# ## The task
#
# **Two causes are hidden: the side of this trial's stimulus, and the side that is likelier for some dozens of trials.** A mouse sees a grating on the left or on the right and turns a wheel to bring it to the middle. Grating and water come more often on one side for a [block](../book/glossary.md#term-block) of [trials](../book/glossary.md#term-trial), and the mouse is never told which.
#
# The network plays a simplified version: at every [step](../book/glossary.md#term-step) of a trial it hears two noisy numbers, one for each side, and answers when it is sure enough.
#
# *Details:* [chapter 1](01_task.ipynb); the network's training: [chapter 2](02_train_rnn.ipynb).

# %% tags=["remove-input"] mystnb={"figure": {"caption": "**One trial of the experiment.** A grating appears on one side; turning the wheel moves it to the middle of the screen (water) or off it (noise).", "name": "fig-tour-trial"}, "image": {"alt": "A mouse seen from behind, sitting at a wheel before a screen, three times: the grating on the right, the grating half way, the grating in the middle and a drop of water."}}
ibl.task.fig_drawn_trial()

# %% [markdown]
# ## Claim 1: it behaves almost like an ideal observer
#
# **The network is nearly as often correct as an ideal observer that sees the same observations.** Most of its errors and [time-outs](../book/glossary.md#term-time-out) are at weak stimuli, where there is little to see. The ideal observer is ahead only a little.
#
# *Paper:* Fig. 2a. *Details:* [chapter 4](04_claim1_behavior.ipynb).

# %% tags=["remove-input"]
said(
    f"On the {len(trials):,} trials of this page the network is correct in {session.correct.mean():.1%}, "
    f"and the observer in {agents['Bayesian observer'].correct.mean():.1%}."
)

# %% tags=["remove-input"] mystnb={"figure": {"caption": "**Outcomes by stimulus strength.** Bars: the network's correct, wrong and timed-out trials; points: how often two Bayesian baselines are correct on the same trials.", "name": "fig-tour-2a"}, "image": {"alt": "Stacked bars of correct, wrong and timed-out trials by stimulus strength; the correct part grows to nearly 1, and the observer's points lie a little above it."}}
outcomes = {name: ibl.behavior.outcomes_by_strength(one) for name, one in agents.items()}
ibl.behavior.fig_2a_outcomes_by_strength(
    outcomes["RNN"], {name: one.correct for name, one in outcomes.items() if name != "RNN"}
)

# %% [markdown]
# **Where the stimulus is weak, the network leans on the block.** Without any stimulus it is correct on most trials on the block's side ([concordant](../book/glossary.md#term-concordant)), and on few of the others (discordant). An [agent](../book/glossary.md#term-agent) that ignores the block would be at one half on both.
#
# *Paper:* Fig. 3a. *Details:* [chapter 4](04_claim1_behavior.ipynb). *Where we disagree:* the paper puts the network's smaller gap down to weighing the block too little; most of the difference comes from what it believes about the block before the trial.

# %% tags=["remove-input"] mystnb={"figure": {"caption": "**Fraction correct, on concordant and discordant trials.** The distance between the two lines of an agent is its use of the block.", "name": "fig-tour-3a"}, "image": {"alt": "Fraction correct rises with strength; at strength 0 concordant and discordant trials are far apart in all agents, least in the network."}}
ibl.behavior.fig_3a_correct_by_concordance(
    {name: ibl.behavior.correct_by_strength(one) for name, one in agents.items()}
)

# %% [markdown]
# **A few trials after a block has changed, it has noticed.** Fraction correct falls at the change, because the old block is still believed in, and recovers within some ten trials.
#
# *Paper:* Fig. 3b. *Details:* [chapter 4](04_claim1_behavior.ipynb).

# %% tags=["remove-input"] mystnb={"figure": {"caption": "**Fraction correct by trial within a block.** All agents are worst on the first trial of a block and recover.", "name": "fig-tour-3b"}, "image": {"alt": "Fraction correct is lowest on the first trial of a block and recovers within about ten trials, in the network as in the observer."}}
ibl.behavior.fig_3b_correct_by_trial_in_block(
    {name: ibl.behavior.correct_by_trial_in_block(one) for name, one in agents.items()}
)

# %% [markdown]
# ## Claim 2: two numbers describe its state
#
# **The states lie near a plane, and in it the two sides of the block can be told apart.** Two principal components hold most of the variance of all units. A classifier reads the block from them, and two directions matter: the one that the answer is read from, and the one along which blocks differ.
#
# *Paper:* Fig. 4a. *Details:* [chapter 5](05_claim2_representations.ipynb). *Where we disagree:* in the space of all units, the block [readout](../book/glossary.md#term-readout) that one fits there is at a right angle to the stimulus readout; the paper's 73° come from mapping the plane's readout back.

# %% tags=["remove-input"]
said(f"Here the plane holds {space.variance[:2].sum():.0%} of the variance of {n_units} units.")

# %% tags=["remove-input"] mystnb={"figure": {"caption": "**The states in the plane of their first two principal components.** Colour: the probability of a right block that a classifier reads there; arrows: the readouts of stimulus and block.", "name": "fig-tour-4a"}, "image": {"alt": "A cloud of states in a plane, coloured from left to right block by a classifier, with two arrows that are neither parallel nor at a right angle."}}
ibl.representations.fig_4a_block_classifier(
    space, ibl.decode_block(session, plane).fit, boundaries, plane, session.row_block_side
)

# %% [markdown]
# **Within a block, the state moves from one side of the plane to the other, and stays there.** In the first picture it is that of the two units into which Claim 4 distills the network.
#
# *Paper:* Fig. 4b and c. *Details:* [chapter 5](05_claim2_representations.ipynb). To watch it move under stimuli that you choose: [Be the task](../book/explore.md).
#
# <div class="moving-state"></div>

# %% tags=["remove-input"] mystnb={"figure": {"caption": "**The state at the end of every trial of a left and of a right block.** Each path begins near where the block before has left it.", "name": "fig-tour-4bc"}, "image": {"alt": "Two paths of dots in the plane; both cross to the side of their block within few trials."}}
ibl.representations.fig_4bc_block_paths(
    space,
    boundaries,
    {
        side: ibl.representations.block_path(session, space, k)
        for side, k in ibl.representations.example_blocks(session).items()
    },
)

# %% [markdown]
# **An observation moves the state along both directions: much along the one, little along the other.** So the same input is used for the trial at once and for the block slowly.
#
# *Paper:* Fig. 5a and b. *Details:* [chapter 5](05_claim2_representations.ipynb).

# %% tags=["remove-input"] mystnb={"figure": {"caption": "**Change of the state in one step, against the difference of the observations.** Left: along the stimulus readout; right: along the block readout.", "name": "fig-tour-5ab"}, "image": {"alt": "Two clouds with rising lines; the slope along the stimulus readout is many times that along the block readout."}}
ibl.representations.fig_5ab_effect_of_observations(
    {
        name: ibl.representations.effect_of_observations(session, aligned[:, k])
        for k, name in enumerate(("stimulus", "block"))
    },
    published={name: claims[f"claim2.slope_{name}"].published for name in ("stimulus", "block")},
)

# %% [markdown]
# **Summed over trials, these small steps are a belief about the block.** Along the block readout the state follows the [Bayesian observer](../book/glossary.md#term-Bayesian-observer)'s [belief](../book/glossary.md#term-belief), averaged over blocks.
#
# *Paper:* Fig. 5c. *Details:* [chapter 5](05_claim2_representations.ipynb).

# %% tags=["remove-input"] mystnb={"figure": {"caption": "**The state along the block readout, by trial in block.** Beside it the Bayesian observer's belief, in the same units.", "name": "fig-tour-5c"}, "image": {"alt": "Two mirrored pairs of curves that cross over within some ten trials of a block; network and observer lie close together."}}
ibl.representations.fig_5c_block_projection(
    ibl.representations.block_projection(session, aligned[:, 1])
)

# %% [markdown]
# ## Claim 3: the two inferences are coupled
#
# **The network's belief about the block follows the ideal observer's, with more fluctuation.**
#
# *Paper:* Fig. 6a. *Details:* [chapter 6](06_claim3_coupling.ipynb).

# %% tags=["remove-input"]
said(
    "Trial by trial the two are correlated at "
    f"{np.corrcoef(beliefs['RNN'], observer)[0, 1]:.2f} in this run."
)

# %% tags=["remove-input"] mystnb={"figure": {"caption": "**The belief about the block over 300 trials.** The network's, scaled, and the Bayesian observer's; shaded: right blocks.", "name": "fig-tour-6a"}, "image": {"alt": "Two curves that switch sides with the blocks; the network's fluctuates more within blocks."}}
shown = slice(0, 300)
ibl.coupling.fig_6a_block_inference(
    {name: one[shown] for name, one in beliefs.items()}, trials.block_side[shown]
)

# %% [markdown]
# **Where they part, the stimulus's evidence is the reason.** Strong evidence for a side moves the network's block belief, also where the observer's does not move with it: the observer is told the side after each trial, and takes the same step whatever the evidence was.
#
# *Paper:* Fig. 6b. *Details:* [chapter 6](06_claim3_coupling.ipynb).

# %% tags=["remove-input"] mystnb={"figure": {"caption": "**One block.** Above: both beliefs after each trial; below: the evidence of each trial, by the true side of its stimulus.", "name": "fig-tour-6b"}, "image": {"alt": "The network's belief jumps with the trials' evidence, the observer's less."}}
one = (trials.session == 0) & (trials.block == 12)
ibl.coupling.fig_6b_single_block(
    {name: belief[one] for name, belief in beliefs.items()},
    evidence[one],
    trials.side[one],
    trials.block_side[one],
)

# %% [markdown]
# **Averaged over trials: evidence moves the network's block belief, and leaves the observer's alone.** *Where we disagree:* the paper puts this down to one map that must serve both inferences. An observer that keeps its two questions apart, but is not told the side, shows the same slope. It is mostly because the network hardly uses the [feedback](../book/glossary.md#term-feedback) that names the side.
#
# *Details:* [chapter 6](06_claim3_coupling.ipynb).

# %% tags=["remove-input"] mystnb={"figure": {"caption": "**Change in block belief over a trial, by its first observation.** Flat for the observer that is told the side; rising for the network, and for observers that are not told.", "name": "fig-tour-coupling"}, "image": {"alt": "Lines of the network and of two observers without feedback rise with the evidence; the Bayesian observer's is flat."}}
others = {
    "Untold observer": ibl.coupling.untold_belief(session),
    "Coupled observer": ibl.coupling.coupled_belief(session),
}
ibl.coupling.fig_change_by_evidence(
    {
        name: ibl.coupling.change_by_evidence(one, first, trials)
        for name, one in (beliefs | others).items()
    }
)

# %% [markdown]
# ## The mechanism
#
# **Groups of units excite themselves and inhibit each other, on average.** Ordered by how they fire together, the units fall into groups. The recurrent weights look like noise, but on average units excite their own group and inhibit the other.
#
# *Paper:* Fig. 7a and b. *Details:* [the chapter on the circuit](08_circuit.ipynb). *Where we disagree:* the rule of the released code finds more than two groups.

# %% tags=["remove-input"] mystnb={"figure": {"caption": "**Correlations of the units, ordered by clustering.**", "name": "fig-tour-7a"}, "image": {"alt": "A matrix with blocks of positive correlation on the diagonal and negative ones beside them."}}
ibl.mechanism.fig_7a_unit_correlations(circuit)

# %% tags=["remove-input"] mystnb={"figure": {"caption": "**Recurrent weights, in the same order.**", "name": "fig-tour-7b"}, "image": {"alt": "A matrix of positive and negative weights that looks like noise, with somewhat more positive ones within groups."}}
ibl.mechanism.fig_7b_recurrent_weights(circuit)

# %% [markdown]
# **At rest there are two attractors with a threshold between them; a strong stimulus carries the state to its own side.** *Where we disagree:* the paper sees a line of [fixed points](../book/glossary.md#term-fixed-point) at rest, along which a belief could be kept. There is none: the network remembers some trials and flips.
#
# *Paper:* Fig. 7c. *Details:* [chapter 7](07_mechanism.ipynb).

# %% tags=["remove-input"] mystnb={"figure": {"caption": "**One step of the network in the plane, under six constant inputs.** Dots: fixed points. Under a strong stimulus one attractor remains, at rest there are two.", "name": "fig-tour-7c"}, "image": {"alt": "Six vector fields; under strong inputs all arrows lead to one attractor, at rest to one of two."}}
grid = ibl.mechanism.plane_grid(space, session.states)
ibl.mechanism.fig_7c_vector_fields(
    {
        name: ibl.mechanism.vector_field(ibl.one_step(network), inputs, space, grid)
        for name, inputs in ibl.mechanism.CONDITIONS.items()
    },
    dynamics,
)

# %% [markdown]
# ## Claim 4: two units are enough
#
# **Two units, fitted to the network's own dynamics, can be read as a circuit.** RADD projects the states onto the two readouts and fits how the projection changes from step to step: one unit is the belief about the stimulus, the other the belief about the block.
#
# *Paper:* §3.3.2 (its circuit). *Details:* [chapter 9](09_claim4_radd.ipynb).

# %% tags=["remove-input"] mystnb={"figure": {"caption": "**The distilled circuit.** Under each weight half the width of its 95% interval, then the published weight.", "name": "fig-tour-circuit"}, "image": {"alt": "Two nodes that excite themselves and each other; observations act strongly on the stimulus belief and weakly on the block belief."}}
published = {
    "recurrent": ibl.distillation.PUBLISHED_RECURRENT,
    "inputs": ibl.distillation.PUBLISHED_INPUTS,
}
ibl.distillation.fig_circuit(
    two.model, projection.names, intervals=two.radd.intervals_, published=published
)

# %% [markdown]
# **On their own, the two units go where the network goes, for a while.** *Where we disagree:* they drift away from it at a rate that is not quite the network's, and distances between states do not grow over orders of magnitude as in the paper's figure.
#
# *Paper:* Fig. 8a and b. *Details:* [chapter 9](09_claim4_radd.ipynb).

# %% tags=["remove-input"] mystnb={"figure": {"caption": "**Mean distance of states some steps apart,** in the network and in the two units.", "name": "fig-tour-8a"}, "image": {"alt": "Curves that rise and level off, those of the plane and of the two units close together."}}
alone = ibl.distillation.run_alone(two.model, session, z)
ibl.distillation.fig_8a_decoherence(
    {
        "RNN, all units": ibl.distillation.decoherence(session, session.states),
        "RNN, projected": ibl.distillation.decoherence(session, z),
        "distilled": ibl.distillation.decoherence(session, alone),
    }
)

# %% tags=["remove-input"] mystnb={"figure": {"caption": "**Twelve trials around a block change,** of the network and of the two units on their own.", "name": "fig-tour-8b"}, "image": {"alt": "Two similar paths in the plane of the two readouts that move from one corner to the other."}}
switch = int(np.flatnonzero((trials.block == 8) & (trials.trial_in_block == 0))[0])
ibl.distillation.fig_8b_trajectories(
    {"RNN, projected": z, "distilled": alone}, session, first=switch - 4, n_trials=12
)

# %% [markdown]
# **And they behave alike.** Two units that were [distilled](../book/glossary.md#term-distillation) use the block nearly as the network does; two that were trained on the task by themselves, with the same recipe, use it much less. *Where we disagree:* two units need not be distilled for that. Taught the network's answers, or trained by another optimiser, they use the block as much.
#
# *Paper:* Fig. 8c. *Details:* [chapter 9](09_claim4_radd.ipynb), where the rivals are compared.

# %% tags=["remove-input"]
said(
    f"On the same trials the two units are correct in {distilled.correct.mean():.1%}, the network in "
    f"{session.correct.mean():.1%}."
)

# %% tags=["remove-input"] mystnb={"figure": {"caption": "**Fraction correct on concordant and discordant trials,** of the network and of its two distilled units (band: 95% interval).", "name": "fig-tour-8c"}, "image": {"alt": "The curves of the network and of the two units lie nearly on each other; at strength 0 the gap between concordant and discordant trials is a little smaller in the two units."}}
ibl.distillation.fig_8c_comparison(
    {
        name: ibl.behavior.correct_by_strength(one)
        for name, one in {"RNN": session, "distilled": distilled}.items()
    }
)

# %% [markdown]
# ## What to take home
#
# * **Claim 1 holds, with caveats:** nearly as often correct as an ideal observer; it knows less of the block.
# * **Claim 2 holds, but for an angle:** a plane is enough, with two directions that are beliefs; the 73° between them depend on how the readouts are fitted.
# * **Claim 3 holds, its explanation does not:** the belief about the block moves with the evidence, mostly because the network hardly uses the feedback that names the side, and not because it has one map for every step.
# * **Claim 4 holds, with caveats:** two units behave alike, but they need not be distilled for that, and on their own they drift away from the network.
# * **The mechanism is another one:** two attractors and a threshold, no line.
#
# What every sentence of the paper became is on the page [Published and measured](../book/claims.md); whether other seeds, sizes, cells and losses agree is in [chapter 11](11_robustness.ipynb).
