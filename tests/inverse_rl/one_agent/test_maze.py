import numpy as np
import pytest
import test_figures as demands  # what every figure has to satisfy

from iblrnn_helpers.inverse_rl.one_agent import figures
from iblrnn_helpers.inverse_rl.one_agent.maze import ACTIONS, Maze, read_maze, walk
from iblrnn_helpers.inverse_rl.one_agent.mdp import infer_mdp_reward, solve_mdp

SMALL = read_maze("#####\n#S.G#\n#.#.#\n#S..#\n#####")


def test_moves_follow_the_drawing():
    moves, cells = SMALL.transitions, [tuple(cell) for cell in SMALL.cells.tolist()]
    number = cells.index
    assert moves.shape == (8, 5, 8)
    here = number((1, 1))
    ends = [cells[int(np.argmax(moves[here, a]))] for a in range(5)]
    assert dict(zip(ACTIONS, ends, strict=True)) == {
        "north": (1, 1),
        "east": (1, 2),
        "south": (2, 1),
        "west": (1, 1),
        "stay": (1, 1),
    }
    goal = number((1, 3))
    np.testing.assert_allclose(moves[goal][:, [number((1, 1)), number((3, 1))]], 0.5)
    np.testing.assert_array_equal(SMALL.reward, np.arange(8) == goal)
    assert np.isnan(SMALL.on_grid(SMALL.reward)).sum() == 25 - 8


def test_the_mazes_reward_is_found_again():
    maze = read_maze()
    solution = solve_mdp(maze.transitions, maze.reward, 0.01)
    found = infer_mdp_reward(solution.log_policy, solution.marginal, maze.transitions, 0.01)
    np.testing.assert_allclose(found.reward, maze.reward, atol=1e-10)
    assert found.null_space_dim == 1


def test_a_walk_stays_in_the_maze_and_follows_the_policy():
    solution = solve_mdp(SMALL.transitions, SMALL.reward, 0.02)
    way = walk(SMALL, solution.log_policy, 4_000, 0)
    assert way.shape == (4_001, 2)
    assert SMALL.free[tuple(way.T)].all()
    visits = (way == SMALL.goal).all(axis=1).mean()
    # At least two steps lie between visits, so they vary less than coin throws.
    rate = solution.reward_rate
    assert abs(visits - rate) < 4.5 * np.sqrt(rate * (1 - rate) / 4_000)


def test_walls_move_and_values_are_carried_over():
    moved = SMALL.with_walls(closed=[(1, 2)], opened=[(2, 2)])
    values = np.arange(8.0)
    grid = moved.on_grid(SMALL.carried_over(values, moved))
    assert grid[2, 2] == np.median(values)
    keep = SMALL.free & moved.free
    np.testing.assert_array_equal(grid[keep], SMALL.on_grid(values)[keep])
    with pytest.raises(ValueError, match="is a wall already"):
        SMALL.with_walls(closed=[(2, 2)])
    with pytest.raises(ValueError, match="is free already"):
        SMALL.with_walls(opened=[(1, 2)])


@pytest.mark.parametrize(
    ("drawing", "message"),
    [
        ("###\n#G#\n###", "starts"),
        ("####\n#SX#\n####", "drawn with"),
        ("####\n#SS#\n####", "one goal"),
        ("####\n#SG#\n###", "one length"),
    ],
)
def test_bad_drawings_are_refused(drawing, message):
    with pytest.raises(ValueError, match=message):
        read_maze(drawing)


def test_bad_mazes_are_refused():
    with pytest.raises(ValueError, match="not a free cell"):
        Maze(np.ones((2, 2)), (0, 3), ((0, 0),))
    closed = SMALL.with_walls(closed=[(1, 2), (3, 2)])
    with pytest.raises(ValueError, match="reachable"):
        solve_mdp(closed.transitions, closed.reward, 0.1)


def test_the_maze_shows_states_and_one_way_to_the_goal():
    maze = read_maze("#####\n#S.G#\n#.#.#\n#...#\n#####")
    law = np.full(maze.n_states, 1 / 8)
    there_and_on = np.array([[1, 1], [1, 2], [1, 3], [1, 1], [2, 1]])
    given = {"now": (maze, law, there_and_on)}, {"reward": (maze, maze.reward)}
    demands.is_drawn_where_told(lambda: figures.fig_1f_maze(*given), figures)
    figure = figures.fig_1f_maze(*given)
    demands.test_text_is_legible_on_a_phone(figure)
    titles = [ax.get_title() for ax in figure.axes]
    assert titles == ["now", "reward"]
    way = next(line for line in figure.axes[0].lines if line.get_label() == "a way to the goal")
    np.testing.assert_array_equal(np.round(way.get_xydata()), [[1, 1], [2, 1], [3, 1]])
    shown = figure.axes[1].images[0].get_array()
    np.testing.assert_array_equal(shown[maze.free], maze.reward)
