"""What the front page says of the book's version, date and citation."""

import subprocess
from datetime import date
from pathlib import Path

import pytest
import yaml
from linked_targets import first_sentence
from pybtex.database import parse_file, parse_string

from iblrnn_helpers.publishing.site.about import COLUMNS, about_markdown, date_of

ROOT = Path(__file__).parents[3]
ADDRESS = "https://github.com/somebody/their-fork"


def test_the_citation_is_that_of_the_file(monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1893456000")  # 1 January 2030
    page = about_markdown(ROOT, ADDRESS)
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    assert f"version {cited['version']} of 1 January 2030" in page  # also pyproject's, installed
    assert cited["message"] in page and f"({ADDRESS}/issues)" in page
    text = page.split("```bibtex\n")[1].split("```")[0]
    assert max(map(len, text.splitlines())) <= COLUMNS
    found = parse_string(text, "bibtex").entries
    book, paper = found["their-fork"], found["schaeffer2020"]
    assert book.fields["title"].strip("{}") == cited["title"] and book.fields["year"] == "2030"
    # Of the paper as the bibliography has it.
    listed = parse_file(str(ROOT / "book" / "references.bib")).entries["schaeffer2020"]
    for name in ("title", "booktitle", "volume", "year"):
        assert paper.fields[name].strip("{}") == listed.fields[name].replace("{", "").replace(
            "}", ""
        )
    assert [one.last_names for one in paper.persons["author"]] == [
        one.last_names for one in listed.persons["author"]
    ]


def test_the_date_is_that_of_the_last_commit(tmp_path, monkeypatch):
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    assert date_of(tmp_path) is None  # no repository
    monkeypatch.setenv("GIT_COMMITTER_DATE", "2029-03-04T12:00:00+0000")
    git = ("git", "-C", str(tmp_path), "-c", "user.name=A", "-c", "user.email=a@b.c")
    (tmp_path / "page.md").write_text("# A page")
    (tmp_path / "inside").mkdir()
    for command in (("init", "-q"), ("add", "."), ("commit", "-qm", "A page")):
        subprocess.run([*git, *command], check=True)
    assert date_of(tmp_path) == date(2029, 3, 4)
    assert date_of(tmp_path / "inside") is None  # nothing of it is in the repository
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "yesterday")
    with pytest.raises(ValueError, match="SOURCE_DATE_EPOCH must be seconds since 1970, got"):
        date_of(tmp_path)


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("A run of trials.\nA state.", "A run of trials."),
        ("Of variance 0.9. It rises, e.g. by 1.", "Of variance 0.9."),
        ("One nat is about 1.44 bits", "One nat is about 1.44 bits"),
    ],
)
def test_a_meaning_is_the_first_sentence(text, first):
    assert first_sentence(text) == first
