"""Figures and words of the glossary as targets of Markdown links, `[text](page.md#fig-name)`."""

from docutils import nodes


def _register(app, doctree):
    slugs = app.env.metadata[app.env.docname].setdefault("myst_slugs", {})
    for node in doctree.findall(lambda node: isinstance(node, (nodes.figure, nodes.term))):
        for target in node["ids"]:
            slugs.setdefault(target, (0, target, node.astext()))


def setup(app):
    app.connect("doctree-read", _register)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
