"""Ranges over networks, as tables have them."""

import numpy as np
import pytest

from iblrnn_helpers.publishing import range_text


@pytest.mark.parametrize(
    ("values", "spec", "text"),
    [
        ([0.753, 1.096, 1.093], ".2f", "0.75 to 1.10"),
        ([0.001, -0.25], ".2f", "-0.25 to 0.00"),
        ([20.0, 20.1], ".0f", "20"),  # both ends read the same
        ([6.0, 15.0, 10.0], ".3g", "6 to 15"),
        ([6.0, np.nan], ".2f", "–"),
        ([], ".2f", "–"),
    ],
)
def test_range_of_a_table_field(values, spec, text):
    assert range_text(values, spec) == text
