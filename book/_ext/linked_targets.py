"""Figures and words of the glossary as targets of Markdown links, `[text](page.md#fig-name)`.

A link to a word of the glossary says what the word means: the first sentence of its definition is
the link's title, which book.js also shows at keyboard focus.
"""

import re

from docutils import nodes

GLOSSARY = "book/glossary"


def first_sentence(text: str) -> str:
    """Up to the first full stop, or the like, that a capital follows."""
    return re.split(r"(?<=[.?!])\s+(?=[A-Z\d])", " ".join(text.split()), maxsplit=1)[0]


def _register(app, doctree):
    here = app.env.metadata[app.env.docname]
    slugs = here.setdefault("myst_slugs", {})
    for node in doctree.findall(lambda node: isinstance(node, (nodes.figure, nodes.term))):
        for target in node["ids"]:
            slugs.setdefault(target, (0, target, node.astext()))
    if app.env.docname == GLOSSARY:
        here["meanings"] = {
            target: first_sentence(node.parent.next_node(nodes.paragraph).astext())
            for node in doctree.findall(nodes.term)
            for target in node["ids"]
        }


def _explain(app, doctree, docname):
    meanings = app.env.metadata[GLOSSARY].get("meanings", {})
    if docname != GLOSSARY:
        for node in doctree.findall(nodes.reference):
            word = node.get("refuri", "").rpartition("#")[2]
            if word in meanings:
                node["reftitle"] = meanings[word]
                node["classes"].append("meaning")


def setup(app):
    app.connect("doctree-read", _register)
    app.connect("doctree-resolved", _explain)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
