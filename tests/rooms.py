"""Which room imports which, as a picture: `python tests/rooms.py --write` for CONTRIBUTING.md."""

import re
import sys
from pathlib import Path

import grimp

PAGE = Path(__file__).parents[1] / "CONTRIBUTING.md"
BLOCK = re.compile(r"(<!-- rooms -->\n).*?(<!-- /rooms -->)", re.S)


def arrows(package="iblrnn_helpers"):
    """Pairs (importer, imported) of a package's rooms, without what follows from others."""
    graph = grimp.build_graph(package, exclude_type_checking_imports=True, cache_dir=None)
    rooms = {room for room in graph.find_children(package) if graph.find_children(room)}
    for room in rooms:
        graph.squash_module(room)
    imports = {room: graph.find_modules_directly_imported_by(room) & rooms for room in rooms}
    return sorted(
        (room.rpartition(".")[2], below.rpartition(".")[2])
        for room, all_below in imports.items()
        for below in all_below
        if not any(graph.chain_exists(other, below) for other in all_below - {below})
    )


def with_picture(page):
    """The page with today's picture between its marks."""
    lines = [f"    {importer} --> {imported}" for importer, imported in arrows()]
    picture = "\n".join(["```mermaid", "flowchart TD", *lines, "```", ""])
    return BLOCK.sub(lambda marks: marks[1] + picture + marks[2], page)


if __name__ == "__main__":
    text = PAGE.read_text(encoding="utf-8")
    if sys.argv[1:] == ["--write"]:
        PAGE.write_text(with_picture(text), encoding="utf-8")
    else:
        print(BLOCK.search(with_picture(text))[0])
