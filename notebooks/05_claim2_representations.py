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
# # Claim 2: two dimensions hold both beliefs
#
# **Question.** Where in the network's state are its two beliefs, about the stimulus of this trial and about the block?
#
# > **In short.** In a plane: its two directions are two beliefs.
# >
# > * The activity of the 50 units stays near a plane. Two principal components hold about nine tenths of its variance, in every network.
# > * One direction of the plane is what the network acts on, its belief about the stimulus. Along another the side of the block can be read. An observation moves the state along both, several times as far along the first.
# > * Trial by trial, the small steps along the second add up to a belief about the block. It follows the [Bayesian observer](../book/glossary.md#term-Bayesian-observer)'s, but after a change of block it turns about a trial later.
# > * **Caveat.** The angle between the two [readouts](../book/glossary.md#term-readout), which the paper calls critical, depends on how one fits them: a readout fitted to all units is nearly at a right angle, and the two beliefs act on each other all the same. And an untrained network, too, lets the block be decoded well above chance.
#
# This is the paper's second claim (section 3.2, the paper's Figs. 4 and 5). [Chapter 4](04_claim1_behavior.ipynb) has shown that the network uses the block; this chapter looks for the place where it keeps it. The words of the field are in the [glossary](../book/glossary.md); a *readout* is a direction in the space of states along which something can be read off.
#
# Values and pictures of a single network are of the *main network*, the one with the first seed; their intervals are over trials. Beside them stands the range over several networks (nine with the [default profile](../book/glossary.md#term-profile)) that differ only in the seed of their [training](02_train_rnn.ipynb).
#
# **Time:** about a minute.

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

# %%
import numpy as np
import pandas as pd
from sklearn.preprocessing import PolynomialFeatures

import iblrnn_helpers as ibl
from iblrnn_helpers.publishing import answer, report, said

ibl.core.check_parameters(globals())

n_seeds = n_seeds or ibl.core.budget(profile, smoke=2, page=9, paper=20)
n_blocks = n_blocks or ibl.core.budget(profile, smoke=100, page=1_000, paper=5_000)
ibl.core.check_parameters(globals(), n_blocks=(100, 10**9))
n_sessions = max(2, n_blocks // 20)
task = ibl.TaskParams()
trained, origin = ibl.networks_for(
    [ibl.TrainParams(seed=seed + k, n_units=n_units, loss=loss) for k in range(n_seeds)], task
)
networks = [one.network for one in trained]

# All networks play the same trials. States take much memory: only the main network's are kept.
trials = ibl.sample_trials(task, n_sessions=n_sessions, n_blocks=20, seed=trials_seed)
names = ("stimulus", "block")
measured, effects, projections = [], [], []
for network in reversed(networks):  # the main network last: its session stays
    session = ibl.rollout(ibl.RNNAgent(network), trials, record_states=True)
    space = ibl.fit_state_space(session, network)
    aligned = ibl.representations.task_aligned(space, session.states)
    measured.insert(
        0,
        ibl.representations.measure_claim_2(
            session, network, space, with_intervals=network is networks[0]
        ),
    )
    effects.insert(
        0,
        {
            n: ibl.representations.effect_of_observations(session, aligned[:, k])
            for k, n in enumerate(names)
        },
    )
    projections.insert(0, ibl.representations.block_projection(session, aligned[:, 1]))

# For the slower comparisons between networks, each plays a quarter of the trials again.
quarter = trials.take_sessions(0, max(2, n_sessions // 4))
some = [ibl.rollout(ibl.RNNAgent(network), quarter, record_states=True) for network in networks]
spaces = [ibl.fit_state_space(*pair) for pair in zip(some, networks, strict=True)]
claims = {claim.id: claim for claim in ibl.publishing.ledger.load_claims()}
published = {name: claims[f"claim2.{name}"].published for name in (
    "variance_2_pcs", "angle_full", "slope_stimulus", "slope_block"
)}  # fmt: skip
print(origin)
said(
    f"All play the same {len(trials):,} trials; the main network's {len(session.states):,} states "
    "are kept."
)

# %% [markdown]
# ## The states lie close to a plane
#
# We take the principal components (PCs) of the states at all steps, the directions of the largest variance. Their signs are arbitrary; here they are fixed so that the readout of *right* points to the positive side. Two of them hold about nine tenths of the variance, in every network ([figure](#fig-variance)).

# %% [markdown] tags=["more"]
# ### Variance by component

# %% mystnb={"figure": {"caption": "**Two principal components hold about nine tenths of the variance, in every network.** Variance of the states in the first components, summed, as a share of all; the cross is the published value for two.", "name": "fig-variance"}, "image": {"alt": "Summed variance against number of principal components: 0.77 to 0.81 with one, 0.88 to 0.91 with two, 0.98 and more with six, with little difference between networks."}}
ibl.representations.fig_variance_explained(
    [space, *spaces[1:]], published=published["variance_2_pcs"]
)

# %% [markdown]
# ## The stimulus and the block, read out
#
# Two directions matter. The **stimulus readout** is given by the network itself: the weights with which it computes the log odds of acting right. The **block readout** has to be looked for: the weights of a logistic regression that decodes the side of the [block](../book/glossary.md#term-block) from the state. It is fitted to the states as they are (not standardised), without intercept as in the released code, once in the plane and once on all units. The [figure that opens this chapter](#fig-4a) shows both readouts in the plane.

# %% tags=["teaches"]
# The states in the plane, and the lines at which the network acts.
plane = ibl.representations.in_plane(space, session.states)
side_of_block = session.row_block_side
boundaries = ibl.representations.action_boundaries(space, networks[0])
in_the_plane = ibl.decode_block(session, plane)

# %% tags=["lead"] mystnb={"figure": {"caption": "**The states form two clouds, one for each side of the block, and the two readouts are neither parallel nor at a right angle.** Points: 1,500 states in the plane. Colour: the probability of a right block that a classifier reads there, fitted on two thirds of the blocks; arrows: the two readouts. Compare Fig. 4a of the paper.", "name": "fig-4a"}, "image": {"alt": "The plane of the first two principal components, coloured from left to right block. States form two clouds. The stimulus readout points right and down, the block readout right and up, about 72 degrees apart."}}
ibl.representations.fig_4a_block_classifier(
    space, in_the_plane.fit, boundaries, plane, side_of_block
)

# %% [markdown]
# ### Beside an untrained network
#
# How well can the block be decoded? A fair control for such numbers is not chance, but a network that has not learnt anything. Any recurrent network has a short echo of past inputs, and these say something about the block. So let each network, as it was before training, watch the same [trials](../book/glossary.md#term-trial). How close do its states lie to a plane, and how well can the block be decoded from them, in blocks that are held out? (To hold out steps instead of blocks makes hardly any difference.)

# %% tags=["hide-input"]
learnt, rows = [], {}
for one, of_one, training in zip(some, spaces, trained, strict=True):
    start = ibl.RecurrentNetwork(n_units, seed=training.params.seed)
    watched = ibl.mechanism.states_under_inputs(start, one)
    learnt.append(ibl.representations.measure_untrained(one, of_one, watched))
    rows[f"seed {training.params.seed}"] = {
        "two PCs, untrained": ibl.representations.principal_components(watched)[2][:2].sum(),
        "two PCs, trained": of_one.variance[:2].sum(),
        "block, one step's inputs": ibl.decode_block(one, one.inputs).accuracy.mean,
        "block, untrained": ibl.decode_block(one, watched).accuracy.mean,
        "block, trained": ibl.decode_block(one, one.states).accuracy.mean,
    }
beside_untrained = pd.DataFrame(rows).astype(float)

low, high = beside_untrained.min(axis=1).round(2), beside_untrained.max(axis=1).round(2)
said(
    f"""
The plane is learnt: before training two PCs hold {low["two PCs, untrained"]} to
{high["two PCs, untrained"]} of the variance, after it {low["two PCs, trained"]} to
{high["two PCs, trained"]}. The block, however, is decoded on {low["block, untrained"]} to
{high["block, untrained"]} of the held-out steps without any learning, where chance is 0.5; training
raises that to {low["block, trained"]} to {high["block, trained"]}.
"""
)

# %% [markdown] tags=["more"]
# ### How well can the block be decoded?
#
# Does it matter what is held out when the block is decoded from the states of the chapter? The paper holds out a third of the *steps* at random. But neighbouring steps are nearly the same state, so a classifier could score by remembering. To hold out whole *blocks* is sound. It makes hardly any difference here, and neither does an intercept: a classifier with two weights can remember little. The table has the fraction of held-out steps, ± half of its 95% interval.

# %%
table = {}
for name, coordinates in ibl.representations.plane_and_full(session, space).items():
    for split in ibl.representations.SPLITS:
        for intercept in (False, True):
            found = ibl.decode_block(session, coordinates, split=split, intercept=intercept)
            share, (low, high), _ = found.accuracy.measured()
            column = "with intercept" if intercept else "without intercept"
            row = table.setdefault((name, f"held-out {split}s"), {})
            row[column] = f"{share:.3f} ± {(high - low) / 2:.3f}"
pd.DataFrame(table).T

# %% [markdown] tags=["more"]
# ### What a curved border would add
#
# Is there more of the block in the state than a plane shows? All classifiers of the chapter draw a straight border. They miss what only a curved one would separate. So let the classifier see the products of its coordinates as well, in the plane and with ten principal components, in every network (whole blocks held out):

# %%
bent = {}
for one, of_one, training in zip(some, spaces, trained, strict=True):
    parts = (one.states - of_one.mean) @ of_one.components[:10].T
    parts = parts / parts.std(axis=0)
    bent[f"seed {training.params.seed}"] = {
        f"{n} PCs{more}": ibl.decode_block(
            one,
            PolynomialFeatures(degree, include_bias=False).fit_transform(parts[:, :n]),
            intercept=True,
        ).accuracy.mean
        for n in (2, 10)
        for degree, more in ((1, ""), (2, " and products"))
    }
bent = pd.DataFrame(bent).astype(float)
bent.T.round(3)

# %% tags=["hide-input"]
folded = bent.loc["10 PCs and products"] - bent.loc["2 PCs and products"]
straight = bent.loc["10 PCs"] - bent.loc["2 PCs"]
said(
    f"""
With a straight border eight more dimensions gain {straight.min():.3f} to {straight.max():.3f}; with
products {folded.min():.3f} to {folded.max():.3f}. So two dimensions suffice for what a straight
border decodes of the block, which is what the network's own output could use in one step. They do
not hold all that its state knows: feedback, for example, says where the stimulus was only together
with the choice, as a product.
"""
)

# %% [markdown] tags=["more"]
# ### The plane in every network
#
# Do all networks have such a plane, and can the block be decoded from all of them? Five numbers of the chapter's first two sections:

# %% mystnb={"figure": {"caption": "**In every network all five numbers lie in the range that counts as reproduced.** Each mark is a network; the line is the published value. Decoding is of randomly held-out steps, as published.", "name": "fig-seeds-plane"}, "image": {"alt": "Five rows of dots, one for each network: variance in two PCs, length of the stimulus readout in the plane, block decoding from the plane and from all units, and the angle in the plane. All dots lie in the accepted ranges."}}
rows = {
    "variance_2_pcs": "variance in two PCs (share)",
    "stimulus_readout_in_plane": "stimulus readout's length in the plane (share)",
    "block_decoding_plane": "block decoding, PC plane (fraction of steps)",
    "block_decoding_full": "block decoding, all units (fraction of steps)",
    "angle_plane": "angle of the two readouts in the plane (degrees)",
}
ibl.core.fig_seeds(
    {title: [one[f"claim2.{name}"].value for one in measured] for name, title in rows.items()},
    {title: claims[f"claim2.{name}"].published for name, title in rows.items()},
    bands={title: claims[f"claim2.{name}"].accepted for name, title in rows.items()},
)

# %% [markdown] tags=["more"]
# ### Is the plane special?
#
# Are the first two PCs the only plane that shows the block? A control: random planes through the same states (the Johnson–Lindenstrauss lemma says that random projections keep much of the geometry of any cloud of points). From most random planes the side of the block can be decoded nearly as well, because it is spread over so many units that almost any view of them shows it. So good decoding alone says little about the PCs. What singles out their plane is that it holds most of the variance, and the distances between states.

# %% mystnb={"figure": {"caption": "**The block can be decoded from most random planes nearly as well; what sets the plane of the PCs apart is how much of the variance it keeps.** From left to right: block decoding on held-out blocks, share of the variance, and the correlation between distances in the plane and in full, in random planes (100 with the default profile) and in the plane of the first two PCs.", "name": "fig-random-planes"}, "image": {"alt": "Three histograms. Block decoding of most random planes lies a few hundredths below that of the PCs' plane, of some far below; their share of variance is below 0.2 against 0.9; distances correlate by anything up to 0.95, against 0.99."}}
planes = ibl.representations.random_planes(
    some[0], spaces[0], n_planes=ibl.core.budget(profile, smoke=20, page=100, paper=200)
)
ibl.representations.fig_random_planes(planes)

# %% [markdown]
# ## Which directions are orthogonal?
#
# The paper reports that the two readouts are *not* orthogonal, 68° apart in the plane and 73° in the full space, and calls this critical: through it, the [belief](../book/glossary.md#term-belief) about the block biases the choice. But where the block readout points depends on how it is fitted:

# %% tags=["hide-input"]
angle = {
    name: ibl.representations.over_networks(measured, {f"claim2.{name}": name}).round().iloc[0]
    for name in ("angle_plane", "angle_mapped_back", "angle_full", "angle_encoding")
}
fitted = angle["angle_full"]
said(
    f"""
In the plane it is {angle["angle_plane"]["main network"]:.0f}° from the stimulus readout, mapped back
to all units {angle["angle_mapped_back"]["main network"]:.0f}°, and fitted to all units
{fitted["smallest"]:.0f} to {fitted["largest"]:.0f}°, nearly a right angle in every network; the
direction along which the block moves the mean state is {angle["angle_encoding"]["main network"]:.0f}°
from it.
"""
)

# %% [markdown]
# **Which is it, then?** An angle between two *readouts* is not a property of the network alone. Stretch the state along a direction in which it hardly varies, and shrink the weights accordingly: the network does exactly what it did before, but the angle has changed. What no such change can alter is the product of a readout and a *movement* of the state. And these products are far from 0.

# %% [markdown]
# **What follows for Claim 3.** The network's two beliefs are coupled in both directions. The block moves the state along the stimulus readout, before any stimulus is seen. And every observation moves it along the block readout; in units of the readout's own spread, it does so even more along the "orthogonal" readout of all units than along the one in the plane. So the [coupling](../book/glossary.md#term-coupling) is real, but the angle between two readout vectors is not what is critical to it. [Chapter 6](06_claim3_coupling.ipynb) measures the coupling itself.

# %% [markdown] tags=["more"]
# ### Five angles, and why they differ
#
# Which angle is there between the two readouts of the chapter, about the stimulus and about the block? We ask in several ways.

# %%
angles = {
    "angle_plane": "block readout fitted in the plane, within the plane (paper: 68)",
    "angle_mapped_back": "the same, mapped back to all units (paper: 73)",
    "angle_full": "block readout fitted to all units",
    "angle_full_weighted": "the same, weighted by the states' covariance",
    "angle_encoding": "where the block moves the state (mean difference)",
}
ibl.representations.over_networks(
    measured, {f"claim2.{key}": name for key, name in angles.items()}
).round(1)

# %% [markdown]
# All are angles to the stimulus readout, in degrees, with the smallest and the largest of the networks. They differ widely, each for a reason.
#
# * **In the plane** the two readouts are clearly not orthogonal, as published. Mapping the plane's readout back to all units changes nothing; this is what the released code does, and it is where the published 73° comes from.
# * **Fitted to all units**, the block readout is *nearly orthogonal* to the stimulus readout, in every network. Yet little of that vector's length lies in the plane: its weights are large along directions in which the states hardly vary.
# * **Weighted by the covariance** of the states, the angle is small: what the two read out is strongly correlated. This does not depend on how the units are scaled.
# * **The encoding direction** is the one along which the mean state moves from left to right blocks. It is far from a right angle to the stimulus readout, too.
#
# How much does the block readout of all units depend on the fit?

# %% mystnb={"figure": {"caption": "**Readouts at 70° and at 90° decode the block almost equally well.** Above: angle between the stimulus readout and the block readout; below: accuracy of that block readout on held-out blocks, as the classifier's weights are penalised less and less (left), as it sees more and more principal components (middle), and as it sees each unit with more and more noise (right; the units themselves have a standard deviation of about 0.35). All networks on the same trials.", "name": "fig-angles"}, "image": {"alt": "Six panels. With a strong penalty the angle is near 37 degrees, then rises through 70 to 90 degrees while accuracy stays near 0.81 to 0.82 from 70 degrees on. With two to eight components it is 70 to 73 degrees and rises to nearly 90 with fifty. With noise it falls from 88 to 72 degrees at 0.2."}}
sweeps = {
    name: [sweep(*pair) for pair in zip(some, spaces, strict=True)]
    for name, sweep in (
        ("penalty", ibl.representations.sweep_penalty),
        ("dimensions", ibl.representations.sweep_dimensions),
        ("noise", ibl.representations.sweep_noise),
    )
}
ibl.representations.fig_readout_angles(sweeps, published=published["angle_full"])

# %% [markdown]
# Classifiers at 70° and at 90° decode the block almost equally well; the orthogonal one gains about 0.01. It gains that from differences between the blocks that are a hundredth of the units' range, and loses it as soon as the units are seen with a little noise. With a penalty so strong that only the direction of the mean difference remains, the angle is that of the encoding direction.

# %% [markdown] tags=["more"]
# ### How each belief moves the other
#
# How far does the block move the state along the stimulus readout, before any stimulus is seen, and how far does an observation move it along the block readout?

# %%
coupling = {
    "prior_shift": "log odds of right before any observation: right minus left blocks",
    "shift_through_overlap": "share of that along the block readout of the plane",
    "shift_through_overlap_full": "share of that along the block readout of all units",
    "push_on_block_full": "push of an observation on the block readout of all units (SD)",
}
ibl.representations.over_networks(
    measured, {f"claim2.{key}": name for key, name in coupling.items()}
).round(3)

# %% [markdown]
# The same movements on the quarter of the trials that every network plays again, now with the push of one unit of [observation](../book/glossary.md#term-observation) on each of the readouts, in standard deviations ([SD](../book/glossary.md#term-SD)) of the state along it:

# %%
pushes = pd.DataFrame(
    [ibl.representations.measure_coupling(*pair) for pair in zip(some, spaces, strict=True)]
).rename(
    columns={
        "push_on_stimulus": "push on the stimulus readout (SD)",
        "push_on_block_plane": "push on the block readout of the plane (SD)",
        "push_on_block_full": "push on the block readout of all units (SD)",
        "prior_shift": "log odds of right, right minus left blocks",
    }
)
pushes.describe().loc[["mean", "min", "max"]].T.round(3)

# %% [markdown]
# So the angle between the two readouts is not what is critical. Between left and right blocks the mean state moves, and that shifts the log odds. Only the smaller part of that shift lies along the block readout of the plane, and would be absent if that were at a right angle to the stimulus readout. Along the readout of all units, which is nearly at a right angle, there is next to nothing, and the shift is there all the same.

# %% [markdown] tags=["more"]
# ### The angles in every network
#
# Is the block readout of all units nearly at a right angle in all networks, and the plane's readout in none?

# %% mystnb={"figure": {"caption": "**The block readout fitted to all units is not where the paper puts it, in any network; the plane's readout, mapped back, is.** Angles to the stimulus readout, each mark a network.", "name": "fig-seeds-angles"}, "image": {"alt": "Rows of dots for each network: mapped-back angle around 71 degrees, inside the accepted range; angle of all units at 87 to 90 degrees, outside; covariance-weighted near 30; encoding direction 34 to 40."}}
rows = {
    "angle_mapped_back": "plane's block readout, mapped back (degrees)",
    "angle_full": "block readout of all units (degrees)",
    "angle_full_weighted": "the same, covariance-weighted (degrees)",
    "angle_encoding": "block's encoding direction (degrees)",
}
ibl.core.fig_seeds(
    {title: [one[f"claim2.{name}"].value for one in measured] for name, title in rows.items()},
    {title: claims[f"claim2.{name}"].published for name, title in rows.items()},
    bands={title: claims[f"claim2.{name}"].accepted for name, title in rows.items()},
)

# %% [markdown]
# ## Paths through the plane
#
# Now follow the state through a block, with one point for the end of every trial. It jumps across the decision boundary from trial to trial, while it moves slowly along the block readout, from the old block's side to the new one's. In [Be the task](../book/explore.md) you can watch a point move in such a plane, under stimuli that you choose; on the book's site it also moves here, with the two units that [chapter 9](09_claim4_radd.ipynb) distills out of the network.
#
# <div class="moving-state"></div>

# %% mystnb={"figure": {"caption": "**After the first trials of a block the state is on that block's side, with excursions across the decision boundary.** The state at the end of every trial of a left and of a right block (the first ones of at least 40 trials that are not a session's first). Compare Fig. 4b and c of the paper.", "name": "fig-4bc"}, "image": {"alt": "Two panels of the plane with points coloured by trial in block. In the left block points gather on the left after the first trials, in the right block on the right, with excursions across the decision boundary."}}
examples = ibl.representations.example_blocks(session)
ibl.representations.fig_4bc_block_paths(
    space,
    boundaries,
    {side: ibl.representations.block_path(session, space, k) for side, k in examples.items()},
)

# %% [markdown]
# The same stimulus has another effect in another block. Here 500 states of left blocks and 500 of right blocks are shown the *very same* observations (and go on watching, even where the network would have acted).

# %% mystnb={"figure": {"caption": "**States from left and from right blocks answer the same observations differently.** Their mean path (above) and mean probability of *right* (below) while they see the same observations. Circles: before the first observation.", "name": "fig-same-stimulus"}, "image": {"alt": "Two rows of three panels. Paths from left and right blocks run in parallel under the same observations, and the probability of right starts near 0.2 and 0.8 and keeps a gap over four observations."}}
ibl.representations.fig_same_stimulus(
    space, boundaries, ibl.representations.same_stimulus(networks[0], session, space)
)

# %% [markdown] tags=["more"]
# ### Paths in numbers, and step by step
#
# How far does the state of the chapter's networks move along either readout, from trial to trial and within a trial?

# %% [markdown]
# In numbers, over all blocks: how far the state moves from one trial's end to the next along either readout (standard deviation of the changes over that of the values: $\sqrt 2$ for something drawn anew at every trial, near 0 for something slow), how often it comes to lie on the other side of the boundary or of the middle, and where along the block readout blocks begin and end up.

# %%
at_first, later = ibl.representations.block_ends(session, aligned[:, 1])
pd.DataFrame(
    {
        name: {
            "change / spread": ibl.representations.relative_step(session, aligned[:, k]),
            "trials that cross over": ibl.representations.crossing_rate(
                session, aligned[:, k], boundary
            ),
        }
        for k, (name, boundary) in enumerate(zip(names, (boundaries.even, 0.0), strict=True))
    }
).round(3)

# %% tags=["hide-input"]
said(
    f"""
Along the block readout, a block's first trial ends {-at_first:.2f} standard deviations from the
middle, still on the old block's side; from the 21st trial on the state is {later:.2f} from it on
the new block's side.
"""
)

# %% mystnb={"figure": {"caption": "**In its first trials the left block draws the state across the decision boundary; from then on it stays on that side.** The state at every step of the block's first twelve trials, from the first blank step (circle) to the action (triangle, pointing to the stimulus's side).", "name": "fig-trial-paths"}, "image": {"alt": "Twelve panels of the plane with a short path each. In the first three trials paths cross the decision boundary, from the fourth on they stay on its left. Blank steps bring the state a little towards the middle, and observations move it out again along the stimulus readout."}}
first = np.flatnonzero(trials.block_index == examples[-1])[:12]
ibl.representations.fig_trial_paths(
    space,
    boundaries,
    ibl.representations.trial_paths(session, space, examples[-1], n_trials=12),
    trials.side[first],
)

# %% [markdown]
# ## Observations push the state along both readouts
#
# How far does one observation move the state? Its strength is the difference of its two numbers, $d = o^R - o^L$ ([chapter 1](01_task.ipynb) says how they are drawn). Feedback, which together with the choice would name the side, moves it much less along the block readout ([figure](#fig-feedback)).

# %% mystnb={"figure": {"caption": "**An observation moves the state along both readouts, several times as far along the stimulus readout.** Change of the state in one step along both readouts of the plane, against the difference of the observations. Slopes with 95% intervals over blocks. Compare Fig. 5a and b of the paper.", "name": "fig-5ab"}, "image": {"alt": "Two scatter plots with straight lines. Along the stimulus readout the slope is about 0.9, along the block readout about 0.18; the other networks' lines and the published ones nearly coincide with it."}}
ibl.representations.fig_5ab_effect_of_observations(
    effects[0],
    {name: [one[name].line for one in effects[1:]] for name in names},
    published={name: published[f"slope_{name}"] for name in names},
)

# %% [markdown] tags=["more"]
# ### Feedback does little
#
# What does the [feedback](../book/glossary.md#term-feedback) at the start of a trial do to the block belief? Feedback, together with the choice, says for certain where the stimulus was, so it ought to matter: after a choice of *right*, success speaks for a right block and failure against it; after *left* it is the reverse. The state does move in these directions along the block readout, but little.

# %% mystnb={"figure": {"caption": "**Feedback moves the state along the block readout in the expected direction, but only a little.** Mean change of the state on a trial's first step, when the feedback arrives, by the choice just made. Most of it is the state's drift back from the decision; the difference between the two marks of a pair is what comes with the feedback.", "name": "fig-feedback"}, "image": {"alt": "Two panels by choice. Along the block readout, success after a left choice moves the state slightly further left than failure, and success after a right choice further right."}}
ibl.representations.fig_effect_of_feedback(
    {
        name: ibl.representations.change_by_feedback(session, aligned[:, k])
        for k, name in enumerate(names)
    }
)

# %% [markdown]
# The table has numbers for every network: the change along the block readout that goes with one unit of feedback (success minus failure is two units), after each choice. What informs about the block is the difference between the two choices. Half of it, in the last column, compares with the slope along the block readout in the [figure of the chapter](#fig-5ab), the effect of one unit of observation. It has the expected sign in every network, though in one it is next to nothing, and it is a third of an observation's effect at most. (These are differences between trials that were not alike before the feedback either; [chapter 7](07_mechanism.ipynb) isolates the input itself.)

# %%
feedback = pd.DataFrame(
    {
        name: [
            ibl.representations.effect_of_feedback(
                one, ibl.representations.task_aligned(of_one, one.states)[:, 1], choice=choice
            ).line.slope
            for one, of_one in zip(some, spaces, strict=True)
        ]
        for name, choice in (("after left", -1), ("after right", 1))
    },
    index=[f"seed {one.params.seed}" for one in trained],
)
feedback["informative"] = (feedback["after right"] - feedback["after left"]) / 2
feedback.round(3)

# %% [markdown]
# ## Pushes add up to a belief about the block
#
# Take the state along the block readout at the end of every trial, average it by trial in block, and put it beside the belief of the Bayesian observer of [chapter 3](03_bayesian_baselines.ipynb), $2 P(b_n = R \mid s_{\le n}) - 1$, scaled by one least-squares coefficient. The two curves match well, but not wholly. After a change of block the network turns more than a trial later than the observer, and it still moves when the observer has settled.

# %% mystnb={"figure": {"caption": "**The state along the block readout follows the Bayesian observer's belief, and turns about a trial later.** By trial in block (sessions' first blocks are not counted), with the observer's scaled belief. Bands are 95% intervals over blocks. The correlation is between the two curves turned towards the block's side, each trial weighing by the blocks that reach it; its 95% interval is over blocks. Compare Fig. 5c of the paper.", "name": "fig-5c"}, "image": {"alt": "Curves for left and right blocks cross zero around the fourth trial, the observer's about a trial earlier, and settle on the block's side within 15 trials."}}
ibl.representations.fig_5c_block_projection(projections[0], projections[1:])

# %% [markdown] tags=["more"]
# ### Turning points and slopes in every network
#
# When does the state along the block readout cross to the new block's side, in the network and in the observer, and how much do the slopes of the chapter differ between networks?

# %% [markdown]
# The trial in which the curve crosses the middle, counted from 1, over all networks:

# %%
turns = pd.DataFrame([one.turning_trials for one in projections], columns=["network", "observer"])
turns.describe().loc[["mean", "min", "max"]].round(2)

# %% mystnb={"figure": {"caption": "**In every network the effects of observations lie near the published ones.** Each mark is a network; the line is the published value, the shaded range counts as reproduced.", "name": "fig-seeds-effects"}, "image": {"alt": "Three rows of dots, one for each network: slope along the stimulus readout, slope along the block readout, and their ratio; all in their accepted ranges, around the published values."}}
rows = {
    "slope_stimulus": "slope along the stimulus readout",
    "slope_block": "slope along the block readout",
    "slope_ratio": "ratio of the slopes",
}
ibl.core.fig_seeds(
    {title: [one[f"claim2.{name}"].value for one in measured] for name, title in rows.items()},
    {title: claims[f"claim2.{name}"].published for name, title in rows.items()},
    bands={title: claims[f"claim2.{name}"].accepted for name, title in rows.items()},
)

# %% [markdown]
# ## What follows
#
# A state in a plane, one direction for each belief, one input that moves along both: that is a picture which two units could draw, and [chapter 9](09_claim4_radd.ipynb) lets them. First comes the question that the picture raises. If the same observations serve both beliefs, does what the network sees disturb what it knows of the block? [Chapter 6](06_claim3_coupling.ipynb) measures that. Whether networks of other sizes, cells and losses have such a plane, too, is in [chapter 11](11_robustness.ipynb).
#
# ## Our numbers beside the paper's
#
# The values are the [main network](../book/glossary.md#term-main-network)'s, with 95% intervals over trials, and the range is over all networks. Where no number is published, the paper states an ordering or a cause, or the row is our own.

# %%
every = [
    one | more | {"claim2.block_decoding_folded": gained}
    for one, more, gained in zip(measured, learnt, folded, strict=True)
]
report(
    every[0],
    networks=every,
    profile=profile,
    detail=f"{n_seeds} networks, {len(trials):,} trials",
)

# %% [markdown] tags=["more"]
# ## Exercises
#
# ### Exercise 1: how far back does an echo reach? (35 min, intermediate)
#
# From an untrained network the block can be decoded, because it echoes its past inputs. Do without a network: let `decode_block` see the inputs of the last $k$ steps side by side (`one.inputs`, shifted; what lies before a session's start is 0), for $k$ = 1, 4, 16 and 64. At which $k$ can the block be decoded as well as from the untrained network, and does it ever come up to the trained one? Say first: how many steps does a trial have?

# %% tags=["solution"]
# @title Solution 1
one = some[0]
step_in_session = np.arange(one.n_rows) - np.repeat(
    one.session_row_start[:-1], one.steps_per_session
)
from_inputs = {}
for k in (1, 4, 16, 64):
    past = [
        np.where((step_in_session >= lag)[:, None], np.roll(one.inputs, lag, axis=0), 0.0)
        for lag in range(k)
    ]
    from_inputs[k] = ibl.decode_block(one, np.concatenate(past, axis=1)).accuracy.mean
main_column = beside_untrained.iloc[:, 0]

answer(
    "05.1",
    "The inputs of the last "
    + ", ".join(f"{k}" for k in from_inputs)
    + " steps decode the block on "
    + ", ".join(f"{share:.2f}" for share in from_inputs.values())
    + f" of the steps; a trial has {one.n_steps.mean():.1f}. The untrained network's "
    f"{main_column['block, untrained']:.2f} is the echo of a trial or a few. The trained network's "
    f"{main_column['block, trained']:.2f} takes the inputs of many trials: the network has learnt to "
    "keep them.",
    from_inputs[1] < from_inputs[4] < from_inputs[16] < from_inputs[64]
    and from_inputs[1] + 0.05 < main_column["block, untrained"] < from_inputs[16] + 0.01
    and from_inputs[16] < main_column["block, trained"],
    profile=profile,
)

# %% [markdown]
# ### Exercise 2: make the angle what you like (45 min, advanced)
#
# Coordinates decide about the angle between two readouts (see the [figure of angles](#fig-angles)). Do it: stretch the main network's states by a factor along *one* direction, the part of `space.block_readout` that lies outside the plane. A readout must shrink along that direction as the states stretch, so that it says what it said. By how much do you have to stretch until the readouts of all units are 73° apart, as published (`published["angle_full"]`)? How much of the variance is in two PCs then?

# %% tags=["solution"]
# @title Solution 2
both = np.stack([space.stimulus_readout, space.block_readout])
flat = space.components[:2]
outside = ibl.representations.unit(space.block_readout - space.block_readout @ flat.T @ flat)
along = np.outer(both @ outside, outside)  # the readouts' parts that shrink
factors = np.geomspace(1, 200, 200)
angles_then = [ibl.representations.angle_between(*(both + (1 / f - 1) * along)) for f in factors]
needed = np.interp(-published["angle_full"], -np.array(angles_then), factors)

centred = session.states - space.mean
stretched = centred + (needed - 1) * np.outer(centred @ outside, outside)
shrunk = both + (1 / needed - 1) * along
share = ibl.representations.principal_components(stretched)[2][:2].sum()
spread = (centred @ outside).std() / np.sqrt(np.square(centred).sum(axis=1).mean())

answer(
    "05.2",
    f"By {needed:.0f} times: the angle falls from {angles_then[0]:.0f}° to "
    f"{ibl.representations.angle_between(*shrunk):.0f}°. Both readouts say of every state what they said. "
    f"Two PCs still hold {share:.2f} of the variance (before: {space.variance[:2].sum():.2f}), "
    f"because along that direction the states spread only {spread:.3f} times as much as in all. "
    "An angle that changes when one stretches next to nothing is no property of the network.",
    angles_then[0] - published["angle_full"] > 10
    and needed < 60
    and share > 0.8
    and np.allclose(stretched @ shrunk.T, centred @ both.T),
    profile=profile,
)

# %% [markdown]
# ### Exercise 3: the block, before and after the stimulus (50 min, advanced)
#
# The block readout was fitted to the states of all steps together. Fit it in the plane, in every network, to the states of the last blank steps alone and to those at the trials' ends alone (`fit_side`; `row_start` of a session says where its trials begin). By how many degrees does it turn away from `block_in_plane`, and how much does the turn matter for decoding? How far do you get at either moment with the *stimulus* readout instead?

# %% tags=["solution"]
# @title Solution 3
rows = []
for one, of_one in zip(some, spaces, strict=True):
    for moment, at in (
        ("blank", one.row_start[:-1] + task.n_blank_steps - 1),
        ("end", one.last_rows),
    ):
        flat = ibl.representations.in_plane(of_one, one.states[at])
        flat, right = flat - flat.mean(axis=0), quarter.block_side > 0
        fit = ibl.core.fit_side(flat, quarter.block_side)
        row = {
            "moment": moment,
            "turn": ibl.representations.angle_between(of_one.block_in_plane, fit.weights),
        }
        for name, direction in (
            ("own", fit.weights),
            ("page", of_one.block_in_plane),
            ("stimulus", of_one.stimulus_in_plane),
        ):
            row[name] = np.mean((flat @ direction > 0) == right)
        rows.append(row)
shown = pd.DataFrame(rows).set_index("moment")
blank, end = shown.loc["blank"], shown.loc["end"]

answer(
    "05.3",
    f"The readout of trial ends is within {end['turn'].max():.0f}° of the chapter's; that of the last "
    f"blank step is turned by {blank['turn'].min():.0f} to {blank['turn'].max():.0f}°. It hardly "
    f"matters: the chapter's decodes the block there on {blank['page'].mean():.3f} of the trials, its "
    f"own on {blank['own'].mean():.3f}. Even the stimulus readout does on "
    f"{blank['stimulus'].mean():.3f}, but at trial ends only on {end['stimulus'].mean():.3f}, where "
    f"the block's gets {end['page'].mean():.3f}. Before a stimulus the states lie close to one curve, "
    "and any readout that is not across it will do. It is the stimulus that makes two dimensions "
    "necessary.",
    end["turn"].max() < 6
    and blank["turn"].min() > end["turn"].max()
    and (blank["own"] - blank["page"]).max() < 0.02
    and (blank["own"] - blank["stimulus"]).max() < 0.03
    and (end["own"] - end["stimulus"]).min() > 0.04,
    profile=profile,
)

# %% [markdown]
# ### Further
#
# * Do larger networks use more dimensions? `papermill notebooks/05_claim2_representations.ipynb out.ipynb -p n_units 100 -p n_seeds 2`. The networks are trained first.
# * Which of these numbers survive the loss of the paper's text, `-p loss cross_entropy -p n_seeds 1`?
