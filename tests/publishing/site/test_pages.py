"""What the book says of sweeps is read off the notebooks and off kept tables."""

from iblrnn_helpers.publishing.running.notebooks import Notebook, Parameter
from iblrnn_helpers.publishing.site.pages import costs_markdown, parameters_markdown


def test_parameters(tmp_path):
    parameters = (Parameter("law", "str", "a|b", "of the blocks"),)
    text = parameters_markdown({"01_a": Notebook(tmp_path, "", (), 1, parameters)})
    assert "**[01_a](../notebooks/01_a.ipynb)**" in text
    assert "| `law` | str | `'a\\|b'` | of the blocks |" in text
    assert "| `hazard` | float | `0.02` | of the task |" in text


def test_costs(tmp_path):
    assert "No sweep" in costs_markdown(tmp_path / "none")
    (tmp_path / "eight_seeds.csv").write_text(
        "name,wall_seconds,cpu_seconds,peak_memory_mb,finished\n"
        "a,100,90,300,2030-01-01T00:01:40+00:00\n"
        "b,100,95,310.4,2030-01-01T00:01:45+00:00\n"
        "c,100,115,305,2030-01-01T00:03:20+00:00\n"
    )
    # 300 CPU seconds from 00:00:00 to 00:03:20.
    assert "| eight_seeds | 3 | 1.6, 1.9 | 310 | 1.50 |" in costs_markdown(tmp_path)
