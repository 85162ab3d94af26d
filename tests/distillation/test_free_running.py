"""Fitting the model as it runs on its own past: its errors, gradients, and what it may not lose."""

import warnings

import numpy as np
import pytest
import torch
from known_systems import played_sessions, random_system
from sklearn.exceptions import ConvergenceWarning

from iblrnn_helpers.agents.rnn import RecurrentNetwork, RNNAgent
from iblrnn_helpers.distillation import free_running_fit as free_running
from iblrnn_helpers.distillation.fit_quality import errors_by_horizon, ratio_by_horizon
from iblrnn_helpers.distillation.free_running_fit import RelativeErrors, sample_windows
from iblrnn_helpers.distillation.radd import RADD
from iblrnn_helpers.representations.state_space import fit_state_space, on_components, on_readouts
from iblrnn_helpers.task.generative_model import TaskParams, sample_trials
from iblrnn_helpers.task.rollouts import rollout
from iblrnn_helpers.training.store import reference_network


@pytest.fixture(scope="module")
def played():
    return played_sessions(n_sessions=4, n_blocks=2)


def halves(network, project, n_sessions=20, n_blocks=8):
    """Inputs, projected states and lengths of a network's sessions: to fit, and held out."""
    trials = sample_trials(TaskParams(), n_sessions=n_sessions, n_blocks=n_blocks, seed=11)
    session = rollout(RNNAgent(network), trials, record_states=True)
    states = project(fit_state_space(session, network))(session.states)
    lengths = np.diff(session.row_start[trials.session_start])
    half = n_sessions // 2
    cut = lengths[:half].sum()
    inputs = session.inputs
    return (inputs[:cut], states[:cut], lengths[:half]), (
        inputs[cut:],
        states[cut:],
        lengths[half:],
    )


def some_windows(played, n_windows=7):
    inputs, states, lengths = played
    return [
        sample_windows(states, inputs, lengths, horizon=horizon, n_windows=n_windows, seed=2)
        for horizon in (1, 4)
    ]


def stacked(model):
    return np.vstack([model.recurrent.T, model.inputs.T, model.offset])


def test_windows_stay_within_a_sequence():
    lengths = np.array([3, 8, 2, 6])
    rows = np.arange(19.0)
    windows = sample_windows(rows[:, None], rows[:, None], lengths, horizon=4, n_windows=99, seed=0)
    assert list(windows.start[:, 0]) == [3, 4, 5, 6, 13, 14]
    assert list(windows.cluster) == [1, 1, 1, 1, 3, 3]
    for k in range(4):
        np.testing.assert_array_equal(windows.targets[k], windows.start + k + 1)
        np.testing.assert_array_equal(windows.inputs[k], windows.start + k + 1)
    fewer = sample_windows(rows[:, None], rows[:, None], lengths, horizon=4, n_windows=3, seed=0)
    assert len(set(fewer.start[:, 0])) == 3 and set(fewer.start[:, 0]) <= set(windows.start[:, 0])


@pytest.mark.parametrize("activation", ["tanh", "identity", "relu"])
def test_errors_are_the_plain_loop(played, activation):
    parts = some_windows(played)
    closed, other = (stacked(random_system(2, activation, seed=k)) for k in (1, 2))
    times = np.array([2, 0, 1, 3])
    f = {"tanh": np.tanh, "identity": lambda x: x, "relu": lambda x: np.maximum(x, 0)}[activation]

    def by_hand(coefficients):
        errors = []
        for part, horizons in zip(parts, ([0], [1, 2, 3]), strict=True):
            weight = times[part.cluster]
            squared = np.zeros((len(part.inputs), len(weight)))
            for n in range(len(weight)):
                z = part.start[n]
                for k in range(len(part.inputs)):
                    z = f(np.concatenate([z, part.inputs[k, n], [1.0]]) @ coefficients)
                    squared[k, n] = np.sum((z - part.targets[k, n]) ** 2)
            errors += [squared[k] @ weight / weight.sum() for k in horizons]
        return np.array(errors)

    relative = RelativeErrors(parts, activation, closed, times)
    found = relative(torch.from_numpy(other)).numpy()
    np.testing.assert_allclose(found, by_hand(other) / by_hand(closed), rtol=1e-12)


def test_gradients_are_finite_differences(played):
    parts = some_windows(played, n_windows=50)
    relative = RelativeErrors(parts, "tanh", stacked(random_system(2, "tanh", seed=1)))
    at = stacked(random_system(2, "tanh", seed=2))
    point = torch.tensor(at, requires_grad=True)
    weights = torch.arange(1.0, 5.0, dtype=torch.float64)
    (relative(point) @ weights).backward()
    step, expected = 1e-5, np.empty_like(at)
    for index in np.ndindex(at.shape):
        ahead, behind = at.copy(), at.copy()
        ahead[index] += step
        behind[index] -= step
        rise = relative(torch.from_numpy(ahead)) - relative(torch.from_numpy(behind))
        expected[index] = float(rise @ weights) / (2 * step)
    # Central differences are off by the third derivative times step^2 / 6.
    np.testing.assert_allclose(point.grad.numpy(), expected, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("activation", ["tanh", "identity", "relu"])
@pytest.mark.parametrize(("n_units", "n_inputs", "n"), [(1, 0, 1), (2, 3, 7), (5, 1, 40)])
def test_errors_and_gradients_are_autograds(activation, n_units, n_inputs, n):
    """Of the same steps in torch's own operations, with windows that do not count."""
    rng, shape = np.random.default_rng(n), (n_units + n_inputs + 1, n_units)
    closed, other = 0.5 * rng.standard_normal((2, *shape))
    times = rng.integers(3, size=n)
    times[0] = 2
    parts = [
        free_running.Windows(
            rng.standard_normal((n, n_units)),
            rng.standard_normal((horizon, n, n_inputs)),
            rng.standard_normal((horizon, n, n_units)),
            np.arange(n),
        )
        for horizon in (1, 6)
    ]
    f = {"tanh": torch.tanh, "relu": torch.relu, "identity": lambda drive: drive}[activation]

    def plain(coefficients):
        errors = []
        for part, horizons in zip(parts, (slice(0, 1), slice(1, 6)), strict=True):
            start, inputs, targets = map(torch.from_numpy, part[:3])
            z, of_part = start, []
            for now, target in zip(inputs, targets, strict=True):
                drive = now @ coefficients[n_units:-1] + coefficients[-1]
                z = f(z @ coefficients[:n_units] + drive)
                weights = torch.from_numpy(times / times.sum())
                of_part.append((z - target).square().sum(dim=1) @ weights)
            errors += of_part[horizons]
        return torch.stack(errors)

    relative = RelativeErrors(parts, activation, closed, times)
    weights = torch.linspace(1, 2, 6, dtype=torch.float64)
    points = [torch.tensor(other, requires_grad=True) for _ in range(2)]
    found = relative(points[0])
    relative(torch.from_numpy(closed))  # what it does meanwhile does not matter
    expected = plain(points[1]) / plain(torch.from_numpy(closed))
    for ratio in (found, expected):
        (ratio.square() @ weights).backward()
    # Sums in another order: some 100 roundings of 1e-16.
    torch.testing.assert_close(found, expected, rtol=1e-13, atol=0)
    torch.testing.assert_close(points[0].grad, points[1].grad, rtol=1e-12, atol=1e-12)


def test_no_horizon_loses_on_data_that_were_not_fitted():
    """The main network; the closed form leaves little to gain after one step, much after many."""
    (inputs, states, lengths), held_out = halves(reference_network(1).network, on_readouts)
    closed = RADD().fit(inputs, states, lengths)
    safe = RADD(solver="free_running", n_windows=3000).fit(inputs, states, lengths)
    free = RADD(solver="free_running", n_windows=3000, never_worse=False)
    free.fit(inputs, states, lengths)
    reference = errors_by_horizon(closed.model_, *held_out)
    safe_ratio, free_ratio = (
        ratio_by_horizon(errors_by_horizon(radd.model_, *held_out), reference).mean
        for radd in (safe, free)
    )
    assert safe_ratio.max() <= 1 and safe_ratio[-1] < 0.95
    assert free_ratio[0] > 1.1 and free_ratio[-1] < 0.5  # what the limit is there for
    assert closed.one_step_score(*held_out) > 0.98


def test_any_recurrent_system_will_do():
    """A GRU in its first three components: another cell, another projection."""
    (inputs, states, lengths), held_out = halves(
        RecurrentNetwork(8, "gru", seed=4), lambda space: on_components(space, 3), 8, 2
    )
    radd = RADD(solver="free_running", n_windows=1000, horizon=10).fit(inputs, states, lengths)
    assert radd.one_step_score(*held_out) > 0.95
    closed = RADD().fit(inputs, states, lengths)
    ratio = ratio_by_horizon(
        *(errors_by_horizon(r.model_, *held_out, horizon=10) for r in (radd, closed))
    )
    assert ratio.mean.max() <= 1


def test_a_linear_system_leaves_nothing_to_gain_after_one_step(played):
    """Least squares is the best one-step predictor, so the limit can only be kept by staying."""
    inputs, states, lengths = played
    noisy = states + 0.1 * np.random.default_rng(0).standard_normal(states.shape)
    options = {"solver": "free_running", "horizon": 5, "n_windows": 500}
    with pytest.warns(ConvergenceWarning, match="the closed form, which is kept"):
        kept = RADD("identity", **options).fit(inputs, noisy, lengths)
    closed = RADD("identity").fit(inputs, noisy, lengths)
    np.testing.assert_array_equal(kept.recurrent_, closed.recurrent_)


def test_the_same_seed_gives_the_same_bits(played):
    inputs, states, lengths = played
    noisy = states + 0.05 * np.random.default_rng(1).standard_normal(states.shape)
    options = {"solver": "free_running", "horizon": 5, "n_windows": 200, "never_worse": False}
    one, two, other = (
        RADD(**options, seed=seed).fit(inputs, noisy, lengths).recurrent_ for seed in (3, 3, 4)
    )
    np.testing.assert_array_equal(one, two)
    assert (one != other).any()


def test_a_search_that_does_not_end_says_so(played, monkeypatch):
    inputs, states, lengths = played
    noisy = states + 0.05 * np.random.default_rng(2).standard_normal(states.shape)
    monkeypatch.setattr(free_running, "MAX_ITERATIONS", 2)
    with pytest.warns(ConvergenceWarning, match="has not converged after 2 iterations"):
        RADD(solver="free_running", horizon=5, never_worse=False).fit(inputs, noisy, lengths)


def test_torchs_threads_are_left_as_they_were(played):
    inputs, states, lengths = played
    before = torch.get_num_threads()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        RADD(solver="free_running", horizon=2, n_windows=20).fit(inputs, states, lengths)
    assert torch.get_num_threads() == before
