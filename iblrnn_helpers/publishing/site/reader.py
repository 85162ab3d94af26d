"""The book for reading on paper: what Sphinx put on one page, without what is there to be run.

Code, folded material, "More on …" pages, those on own work and on running it, and the ledger stay
on the site; the solutions go to the end.
"""

from __future__ import annotations

import re

from .more_pages import SUFFIX

NAME = "reader.pdf"
MAX_PAGES = 160
ALSO = ("book/glossary", "book/bibliography")  # besides the chapters
DOCUMENT = "document-"  # begins the id that Sphinx puts before each page
LEFT_OUT = (
    "div.cell_input, details, .tag_hide-cell, p.times, a.headerlink, script, noscript, table.claims"
)
STYLE = """
@page { margin: 12mm 17mm 15mm; }
html { font-size: 12.5px; }
#jb-print-toc { font-size: 0.85rem; line-height: 1.2; }
article :is(p, li, dd) { line-height: 1.3; margin-bottom: 0.4rem; }
article :is(h1, h2, h3, h4) { margin-block: 0.8rem 0.3rem; }
article .toctree-wrapper > section { break-before: auto; }
article .toctree-wrapper > section > h2 { margin-top: 2rem; }
article figure { margin: 0.4rem auto; text-align: center; }
article figure img { max-width: 62% !important; max-height: 100mm; width: auto; height: auto; }
article figcaption { text-align: left; }
article figcaption p { font-size: 0.9em !important; }
article .sd-col { flex: 0 0 50%; width: 50%; }
article h4 { font-size: 1.1rem; }
article :is(.sd-card, blockquote) { break-inside: avoid; }
article table { font-size: 0.8rem; }
article table :is(th, td) { padding: 0.1rem 0.4rem !important; line-height: 1.2; }
article :is(.cell, .cell_output, .output, table, pre) { margin-block: 0.3rem !important; }
article pre { padding: 0.3rem; }
.to-solution { break-before: avoid; }
#solutions { break-before: page; }
#solutions h4 { font-size: 1rem; }
"""


def is_read(document: str) -> bool:
    """Whether a page of the book is in its reader's edition."""
    return document in ALSO or (document.startswith("notebooks/") and not document.endswith(SUFFIX))


def reader_html(text: str, site: str) -> str:
    """The reader's edition of a page that holds all pages.

    Parameters
    ----------
    text : str
        The HTML that Sphinx's ``singlehtml`` wrote.
    site : str
        Address of the site, where links to what is left out lead.
    """
    from bs4 import BeautifulSoup

    soup = BeautifulSoup(text, "html.parser")
    article, head = soup.article, soup.head
    gone = _take_out_pages(article)
    _move_solutions(soup, article)
    for part in article.select(LEFT_OUT):
        part.decompose()
    for cell in article.select("div.cell"):
        if not cell.get_text(strip=True) and not cell.find("img"):
            cell.decompose()
    here = {str(tag["id"]) for tag in article.select("[id]")}
    for link in soup.select('a[href^="#"]'):
        target = link["href"][1:]
        if target in gone and target not in here:
            entry = link.find_parent("li", class_="toc-entry")
            if entry:  # of the contents
                entry.decompose()
            else:
                link["href"] = f"{site}{gone[target]}"
    style = soup.new_tag("style")
    style.string = STYLE
    head.append(style)
    return str(soup)


def _take_out_pages(article) -> dict[str, str]:
    """Take out the pages that are not read; return where on the site their ids are."""
    gone = {}
    for mark in article.select(f'span[id^="{DOCUMENT}"]'):
        document = mark["id"].removeprefix(DOCUMENT)
        if mark.decomposed or is_read(document):
            continue
        page = mark.find_next_sibling("section")
        for solution in page.select(".tag_solution"):  # exercises belong to the chapter around it
            exercises = solution.find_parent("section").parent
            if any(parent is page for parent in exercises.parents):
                mark.insert_before(exercises.extract())
        gone[mark["id"]] = f"{document}.html"
        for part in (page, *page.select("[id]")):
            gone[part["id"]] = f"{document}.html#{part['id']}"
        page.decompose()
        mark.decompose()
    return gone


def _move_solutions(soup, article) -> None:
    """Collect what solutions found at the end, by chapter, with links to and fro."""
    back = soup.new_tag("section", id="solutions")
    back.append(_with_text(soup, "h2", "Solutions"))
    told = "What each solution finds. Its code is in the notebook of the chapter, on the site."
    back.append(_with_text(soup, "p", told))
    chapter = None
    for k, cell in enumerate(article.select(".tag_solution")):
        page = cell.find_parents("section")[-2]  # the last one holds the whole book
        exercise = cell.find_parent("section").find(re.compile("^h[1-6]$"))
        if page is not chapter:
            chapter = page
            back.append(_with_text(soup, "h3", _heading(page.find(re.compile("^h[1-6]$")))))
        exercise["id"], name = f"exercise-{k}", f"solution-{k}"
        title = _with_text(soup, "h4", "", id=name)
        title.append(_with_text(soup, "a", _heading(exercise), href=f"#exercise-{k}"))
        back.append(title)
        for output in cell.select("div.cell_output"):
            back.append(output.extract())
        there = soup.new_tag("p", attrs={"class": "to-solution"})
        there.append(_with_text(soup, "a", "Solution", href=f"#{name}"))
        cell.replace_with(there)
    if chapter is not None:
        article.append(back)


def _heading(tag) -> str:
    return tag.get_text().strip().rstrip("#")


def _with_text(soup, name: str, text: str, **attributes: str):
    tag = soup.new_tag(name, **attributes)
    tag.string = text
    return tag
