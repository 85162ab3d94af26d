"""Changed networks run as they should, and switches are counted as they are."""

from itertools import pairwise

import numpy as np
import pytest
from two_sides import SIDE, two_sides

from iblrnn_helpers.core.means import Measured
from iblrnn_helpers.hmm_rnn.kick_units import interventions as iv
from iblrnn_helpers.hmm_rnn.kick_units.kick_units import find_kick_units, recurrent_drive
from iblrnn_helpers.hmm_rnn.kick_units.motif import (
    KINDS,
    assess_motif,
    gain_curves,
    motif_numbers,
)
from iblrnn_helpers.hmm_rnn.kick_units.nominal import InterventionBudget, nominal_run
from iblrnn_helpers.hmm_rnn.kick_units.switches_left import Silencing, silencing
from iblrnn_helpers.hmm_rnn.network import HmmRnn, run


@pytest.mark.parametrize("nonlinearity", ["relu", "tanh"])
def test_gains_are_those_of_the_equation(nonlinearity):
    rng = np.random.default_rng(1)
    network = HmmRnn(
        rng.normal(size=(8, 5)), rng.normal(size=(8, 8)) / 3, rng.normal(size=(3, 8)),
        nonlinearity, b_rec=rng.normal(size=8), b_out=rng.normal(size=3),
    )  # fmt: skip
    changed = iv.Gains(rng.uniform(0, 2, 8), rng.uniform(0, 2, 8))
    starts = rng.normal(size=(40, 8))
    found = iv.classes_under_gains(network, [changed], starts, 30, seed=3)[0]
    noise = np.random.default_rng(3).standard_normal((30, 40, 5), dtype=np.float32)
    phi = np.tanh if nonlinearity == "tanh" else lambda x: np.maximum(x, 0)
    h, expected = starts, [network.logits(starts).argmax(axis=-1)]
    for step in range(30):
        own = h @ network.w_rec.T + network.b_rec
        h = phi(changed.recurrent * own + changed.noise * (noise[step] @ network.w_in.T))
        expected.append(network.logits(h).argmax(axis=-1))
    # float32 against float64: a class may differ only where two logits are equal to 6 digits.
    assert (found == np.stack(expected, axis=1)).mean() > 0.995


def test_variants_that_go_together_do_as_each_on_its_own():
    network = two_sides()
    starts = iv.start_states(run(network, 50, 100, seed=1), (0, 1), 20, seed=2)
    variants = [
        iv.gains(network, recurrent=([k, k + 1], gain), noise=([2 * k], 0.5))
        for k, gain in enumerate([0, 1, 0.7, 2, 1, 0, 1.3, 2, 0, 1, 2, 0])
    ]
    found = iv.classes_under_gains(network, variants, starts, 40, seed=3)
    noise = np.random.default_rng(3).standard_normal((40, 20, 30), dtype=np.float32)
    noise = noise @ network.w_in.T.astype(np.float32)
    for classes, one in zip(found, variants, strict=True):
        weights = (one.recurrent[:, None] * network.w_rec).T.astype(np.float32)
        h = starts.astype(np.float32)
        for step, drive in enumerate(noise):
            h = np.maximum(h @ weights + one.noise.astype(np.float32) * drive, 0)
            logits = h @ network.w_out.T.astype(np.float32)
            np.testing.assert_array_equal(classes[:, step + 1], logits.argmax(axis=-1))


def test_a_generator_goes_on():
    network = two_sides()
    starts, one = np.ones((20, network.n_units)), [iv.gains(network)]
    rng = np.random.default_rng(3)
    first, second = (iv.classes_under_gains(network, one, starts, 40, seed=rng) for _ in range(2))
    assert (first == iv.classes_under_gains(network, one, starts, 40, seed=3)).all()
    assert (first != second).any()
    with pytest.raises(ValueError, match="seed"):  # as if it were 1
        iv.classes_under_gains(network, one, starts, 40, seed=True)


def test_float32_leaves_the_rates_of_a_switching_network_alone():
    network = two_sides()
    starts = iv.start_states(run(network, 50, 100, seed=1), (0, 1), 100, seed=2)
    found = iv.classes_under_gains(network, [iv.gains(network)], starts, 150, seed=3)
    noise = np.random.default_rng(3).standard_normal((150, 100, 30), dtype=np.float32)
    h, expected = starts, [network.logits(starts).argmax(axis=-1)]
    for one in noise:
        h = network.step(h, one.astype(float))
        expected.append(network.logits(h).argmax(axis=-1))
    expected = np.stack(expected, axis=1)[None]
    rates = [
        iv.switch_rates(one, 0, 1, unchanged=expected[0]).forth.mean[0] for one in (found, expected)
    ]
    assert rates[0] == pytest.approx(rates[1], rel=0.01)  # a tenth of a rate's standard error


def test_rates_are_counts_step_by_step():
    rng = np.random.default_rng(1)
    classes = rng.integers(0, 3, size=(2, 5, 40))
    found = iv.switch_rates(classes, 0, 2, unchanged=classes[0])
    for k in range(2):
        steps, events = 0, 0
        for row in classes[k]:
            for now, then in pairwise(row):
                steps += now == 0
                events += (now, then) == (0, 2)
        assert found.forth.mean[k] == pytest.approx(events / steps)
        assert found.occupancy.mean[k] == pytest.approx(steps / (5 * 39))
        assert found.ratio[k].value == pytest.approx(events / steps / found.forth.mean[0])
    assert found.ratio[0] == Measured(1.0, (1.0, 1.0), "sequences")
    assert np.allclose(
        iv.switch_rates(classes, 2, 0, unchanged=classes[0]).forth.mean, found.back.mean
    )


def test_lasting_switches_are_those_that_stay_for_six_steps():
    rng = np.random.default_rng(1)
    # Classes that stay with probability 0.8: some residences last six steps, some do not.
    changes = rng.random((2, 30, 60)) < 0.2
    classes = np.cumsum(changes, axis=-1) % 2
    ways = []
    for k in range(2):
        steps, events = 0, 0
        for row in classes[k]:
            for t in range(60 - 6):
                steps += row[t] == 0
                events += row[t] == 0 and (row[t + 1 : t + 7] == 1).all()
        ways.append(events / steps)
    found = iv.switch_rates(classes, 0, 1, unchanged=classes[0])
    assert found.lasting[1].value == pytest.approx(ways[1] / ways[0])
    short = iv.switch_rates(classes[..., :6], 0, 1, unchanged=classes[0, :, :6])
    assert np.isnan(short.lasting[0].value)  # nothing is known of six steps from now


def test_a_ratio_to_nothing_is_no_number():
    stays = np.zeros((1, 4, 10), dtype=int)
    assert np.isnan(iv.switch_rates(stays, 0, 1, unchanged=stays[0]).ratio[0].value)
    assert np.isnan(iv.switch_rates(stays, 1, 0, unchanged=stays[0]).ratio[0].value)


def test_which_units_reach_kick_units_and_which_do_not():
    rng = np.random.default_rng(1)
    network = HmmRnn(np.eye(150), rng.normal(size=(150, 150)), np.eye(2, 150))
    onto, but = [5, 6, 7], [5, 6, 7, 8]
    top = {n: set() for n in (60, 35)}
    for unit in onto:
        order = sorted(range(150), key=lambda j: -network.w_rec[unit, j])
        for n in top:
            top[n] |= set(order[:n])
    assert set(iv.projecting_units(network, onto, but)) == top[60] - set(but)
    assert set(iv.control_units(network, onto, but)) == set(range(150)) - top[35] - set(but)


def test_runs_begin_half_in_either_class():
    nominal = run(two_sides(), 50, 100, seed=1)
    starts = iv.start_states(nominal, (0, 1), 11, seed=1)
    assert two_sides().logits(starts).argmax(axis=-1).tolist() == [0] * 6 + [1] * 5
    with pytest.raises(ValueError, match="never in class 2"):
        iv.start_states(nominal, (0, 2), 10, seed=1)


def test_a_planted_motif_is_assessed_as_planted():
    effort = InterventionBudget(
        n_sequences=100, n_steps=200, n_starts=60, n_changed=100, n_draws=3, n_null=99
    )
    motif = assess_motif(two_sides(), (0, 1), effort=effort, seed=1)
    assert motif.connectivity.n_right_signs == 8
    for one, kick in zip(motif.silencing, motif.kick, strict=True):
        # Without all 15 units of a side (those that are candidates) its class cannot be entered.
        assert len(kick.candidates) == 15 and one.n_silenced.tolist() == [3, 6, 10, 15, 20]
        assert one.ratio[3].value == 0 and one.smallest_trap is not None
        assert np.isnan(one.ratio[4].value)  # there are no 20 candidates
    assert max(motif.ratio(KINDS[1])) < 0.5  # the noise of most units of the side that is entered
    assert SIDE[motif.gains[0].units[KINDS[1]]].tolist().count(1) > 8
    numbers = motif_numbers(motif)
    assert numbers["noise"] == max(motif.ratio(KINDS[1]))
    assert numbers["smallest_trap"] == max(one.smallest_trap for one in motif.silencing)
    assert np.isnan(numbers["silenced"]) and numbers["signs"] == 8
    # The candidates are all that holds the target: with more of them silent it is left sooner.
    for one in motif.silencing:
        assert 1 < one.leaving[0] < one.leaving[1] < one.leaving[2] and np.isnan(one.leaving[4])
    # Where fewer units hold the target, fewer switches last.
    assert max(motif.silenced(6, lasting=True)) < min(motif.silenced(6))
    assert all(one.lasting.ratio[3].value == 0 for one in motif.silencing)
    table = motif.to_frame().set_index(["intervention", "switch", "lasting"])["ratio"]
    assert len(table) == table.index.nunique() == (4 + 2 * 5) * 2 * 2
    for k, way in enumerate(("0 → 1", "1 → 0")):
        assert table["no noise elsewhere", way, False] == motif.ratio(KINDS[2])[k]
        assert table["first 6 candidates silent", way, True] == motif.silenced(6, lasting=True)[k]
        random = motif.silenced_random(15, lasting=True)[k]
        assert table["15 random units silent", way, True] == random
    # Twice the drive of units of the side that is entered: it is entered sooner, and kept longer.
    assert numbers["overshoot"] < 1
    again = assess_motif(two_sides(), (0, 1), effort=effort, seed=1)
    assert motif_numbers(again, ["noise"]) == {"noise": numbers["noise"]}
    assert "silencing" not in vars(again)  # and nothing is run that is not asked for
    for wrong in ("noise", ["nois"]):
        with pytest.raises(ValueError, match="names must be"):
            motif_numbers(again, wrong)
    with pytest.raises(ValueError, match="nominal must be a Run where nothing has begun"):
        gain_curves(two_sides(), None, again.kick, [0], effort=effort)
    assert motif.random_noise() == again.random_noise()


def test_random_units_run_when_asked_as_with_all_others():
    network = two_sides()
    effort = InterventionBudget(n_starts=30, n_changed=60, n_draws=2)
    nominal = run(network, 100, 200, seed=1)
    kick = find_kick_units(network, nominal, (0, 1))
    found = silencing(network, nominal, kick, effort=effort, seed=3, numbers=(3, 6, 10))
    # The plain way: all of them in a row, in the order in which they are drawn.
    rng = np.random.default_rng([3, 0, 1])
    rest = np.setdiff1d(np.arange(30), [unit for one in kick for unit in one.candidates])
    drawn = [rng.choice(rest, min(n, len(rest)), replace=False) for n in (3, 3, 6, 6, 10, 10)]
    variants = [iv.gains(network), *(iv.silenced(network, units) for units in drawn)]
    starts = iv.start_states(nominal, (0, 1), 30, seed=3)
    classes = iv.classes_under_gains(network, variants, starts, 60, seed=4)
    rates = iv.switch_rates(classes[1:], 0, 1, unchanged=classes[0])
    back = iv.leaving_rates(classes, 0, 1)
    for which, expected in (
        (found.random, [one.value for one in rates.ratio]),
        (found.lasting.random, [one.value for one in rates.lasting]),
        (found.leaving_random, back[1:] / back[0]),
    ):
        np.testing.assert_array_equal(which[-1], expected[-2:])
        np.testing.assert_array_equal(which, np.reshape(expected, (3, 2)))
        with pytest.raises(ValueError, match="read-only"):
            which[0][0] = 1.0


def test_what_kick_units_announce_is_counted_step_by_step():
    network = two_sides()
    driven = run(network, 20, 120, seed=2)
    kick, _ = find_kick_units(network, run(network, 100, 200, seed=1), (0, 1))
    drive = recurrent_drive(network, driven.states)
    near = {"any step": [], "all": [], "none": []}
    on_before = []
    for sequence in range(20):
        for t in range(1, 120 - 4):
            if driven.classes[sequence, t] != 0:
                continue
            comes = 1 in driven.classes[sequence, t + 1 : t + 5]
            on = drive[sequence, t - 1, kick.chosen] > 0
            near["any step"].append(comes)
            if on.all():
                near["all"].append(comes)
            if not on.any():
                near["none"].append(comes)
            if comes:
                on_before.append(on.all())
    found = iv.announced(network, driven, kick, within=4)
    expected = {**{k: np.mean(v) for k, v in near.items()}, "on before": np.mean(on_before)}
    assert found == pytest.approx(expected)
    with pytest.raises(ValueError, match="within"):
        iv.announced(network, driven, kick, within=119)


def test_smallest_number_that_traps():
    def curve(values):
        return Silencing(0, 1, np.array([3, 6, 10]), [Measured(v) for v in values], np.ones((3, 1)))

    assert curve([0.5, 0.05, 0.2]).smallest_trap == 6
    assert curve([0.5, 0.1, np.nan]).smallest_trap is None


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda n: iv.gains(n, noise=([30], 0.0)), "unit in noise"),
        (lambda n: iv.gains(n, recurrent=([3], -1.0)), "recurrent gain"),
        (lambda n: iv.classes_under_gains(n, [], np.zeros((1, 30)), 3, seed=1), "variants"),
        (
            lambda n: iv.classes_under_gains(n, [iv.gains(n)], np.zeros((1, 30)), 0, seed=1),
            "n_steps",
        ),
        (lambda n: InterventionBudget(n_starts=1), "n_starts"),
    ],
)
def test_bad_arguments_are_named(call, says):
    with pytest.raises(ValueError, match=says):
        call(two_sides())


def test_the_nominal_run_is_that_of_the_network():
    effort = InterventionBudget(n_sequences=30, n_steps=50)
    for seed in (4, 5, 4):  # the noise of the last one is remembered
        found, expected = (
            nominal_run(two_sides(), effort, seed=seed),
            run(two_sides(), 30, 50, seed=seed),
        )
        np.testing.assert_allclose(found.states, expected.states, rtol=1e-12, atol=1e-14)
    rng = np.random.default_rng(4)  # draws anew
    first, second = (nominal_run(two_sides(), effort, seed=rng) for _ in range(2))
    assert (first.states != second.states).any()
