"""The reader's edition: what is in it, what is not, and where its links lead."""

import pytest
from bs4 import BeautifulSoup

from iblrnn_helpers.publishing.site import reader

SOLUTION = """<div class="cell tag_hide-cell tag_solution"><details class="above-input">
<summary>Show</summary><div class="cell_input"><pre>answer(1)</pre></div>
<div class="cell_output"><p class="answer">It is {}.</p></div></details></div>"""
CHAPTER = """<span id="document-notebooks/{name}"></span><section id="{name}"><h2>{name}</h2>
<p class="times">Reading: 1 min</p><p>Words of {name}, see <a href="#far">far</a>.</p>
<details class="rerun"><summary>Rerun</summary>papermill</details>
<div class="cell"><div class="cell_input"><pre>import this</pre></div></div>
<div class="cell"><div class="cell_input"><pre>draw()</pre></div>
<div class="cell_output"><figure><img src="{name}.png"></figure></div></div>
<table class="claims"><tr><td>ledger</td></tr></table>
<section id="e{name}"><h4>Exercise 1: why {name}?<a class="headerlink">#</a></h4>
{solution}</section>
{inside}</section>"""
OTHER = """<span id="document-{name}"></span><section id="s-{name}"><h2>{name}</h2>
<h3 id="far">Far</h3></section>"""


@pytest.fixture
def edited():
    more = (
        '<div class="toctree-wrapper"><span id="document-notebooks/02_b_more"></span>'
        '<section id="details"><h2>More on b</h2><section id="x"><h3>Exercises</h3>'
        f'<section id="emore"><h4>Exercise 1: why more?</h4>{SOLUTION.format("three")}</section>'
        "</section></section></div>"
    )
    first = CHAPTER.format(name="01_a", solution=SOLUTION.format("one"), inside="")
    second = CHAPTER.format(name="02_b", solution=SOLUTION.format("two"), inside=more)
    others = "".join(OTHER.format(name=name) for name in ("book/claims", "book/glossary"))
    contents = "".join(
        f'<li class="toc-entry"><a href="#document-{name}">{name}</a></li>'
        for name in ("notebooks/01_a", "notebooks/02_b_more", "book/claims")
    )
    text = f"""<html><head><title>t</title></head><body><ul id="toc">{contents}</ul><article>
<section id="front"><h1>Book</h1><a href="#document-notebooks/02_b_more">more</a>
<div class="toctree-wrapper">{first}{second}{others}</div></section></article></body></html>"""
    return BeautifulSoup(reader.reader_html(text, "https://here/"), "html.parser")


def test_code_folds_and_pages_to_run_are_left_out(edited):
    text = edited.article.get_text()
    assert "Words of 01_a" in text and "Words of 02_b" in text and "book/glossary" in text
    for gone in ("import this", "draw()", "papermill", "Reading:", "ledger", "More on", "claims"):
        assert gone not in text
    assert [image["src"] for image in edited.select("img")] == ["01_a.png", "02_b.png"]
    assert len(edited.select("div.cell")) == 2  # of figures; others are empty


def test_solutions_are_at_the_back_with_links_both_ways(edited):
    for name, told in (
        ("01_a", "It is one."),
        ("02_b", "It is two."),
        ("more", "It is three."),  # from the chapter's second page, of which the rest is left out
    ):
        exercise = edited.find(id=f"e{name}")
        assert told not in exercise.get_text()
        title = edited.find(id=exercise.find("a", string="Solution")["href"][1:])
        assert title.find_next("p", class_="answer").get_text() == told
        assert title.find_parent(id="solutions") is edited.article.find_all("section")[-1]
        assert title.get_text() == f"Exercise 1: why {name}?"
        assert edited.find(id=title.a["href"][1:]) is exercise.h4
    assert "answer(1)" not in edited.get_text()


def test_links_to_what_is_left_out_lead_to_the_site(edited):
    [more] = edited.find_all("a", string="more")
    assert more["href"] == "https://here/notebooks/02_b_more.html"
    assert {a["href"] for a in edited.find_all("a", string="far")} == {"#far"}  # in the glossary
    assert [a["href"] for a in edited.select("#toc a")] == ["#document-notebooks/01_a"]


def test_without_exercises_there_are_no_solutions():
    page = "<html><head></head><article><section><h1>Book</h1></section></article></html>"
    assert "olutions" not in reader.reader_html(page, "").split("</style>")[1]
