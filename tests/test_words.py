"""Wordings that are looked for in what is written, planted in sentences."""

import pytest
from words import found_in, main

PLANTED = {
    "one attractor\n# is left in": "remain",
    "the actor is right in 84% of trials": "correct",
    "the network is as often right, and goes\nround": "cycles",
    "choices foresee it best": "predict",
    "what a network acts to reach": "achieve",
    "Whoever counts steps": "reader",
    "The text of the paper was not to be had": "access",
    "what the policy cannot tell of": "determines",
    "nine networks at `page`": "profile",
    "the page on baselines": "link",
}
PLAIN = (
    "The block side is left, and the stimulus is right.",
    "Rows are left out; the arrow on the right is in the plane.",
    "From the left the state comes to the left attractor, from the right to the right one.",
    "Set `page` in the cell at the top; the figure goes around a round plane, and tells often.",
)


@pytest.mark.parametrize("text", PLANTED)
def test_a_wording_is_found_and_mended(text):
    [(line, words, instead)] = found_in(f"One line.\n{text} of it.")
    assert line == 2 and words.split()[0] in text
    assert PLANTED[text] in instead


@pytest.mark.parametrize("text", PLAIN)
def test_plain_sentences_pass(text):
    assert not found_in(text)


def test_nothing_is_found_in_what_is_written():
    assert main() == 0
