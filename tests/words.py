"""Look for wordings that readers stumble over, `words.yml`, in all that is written for them.

``python tests/words.py`` names each with file, line and what to write instead, as `make lint` does.
"""

import functools
import re
import sys
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[1]
WRITTEN = (
    *("*.md", "_toc.yml", "notebooks/*.py", "book/*.md", "book/*.html", "book/*.yml", "book/own/*"),
    *("iblrnn_helpers/**/*.py", "iblrnn_helpers/**/*.yml", "iblrnn_helpers/**/*.md"),
)


@functools.cache
def wordings() -> list[tuple[re.Pattern, str]]:
    """The patterns, in which a blank also stands for a line break, and what to write instead."""
    listed = yaml.safe_load(Path(__file__).with_suffix(".yml").read_text(encoding="utf-8"))
    return [
        (re.compile(one["wording"].replace(" ", r"(?:\s+(?:[#>*]\s+)?)"), re.I), one["instead"])
        for one in listed
    ]


def found_in(text: str) -> list[tuple[int, str, str]]:
    """Of each wording in a text: its line, the words, and what to write instead."""
    found = [
        (text.count("\n", 0, match.start()) + 1, " ".join(match[0].split()), instead)
        for pattern, instead in wordings()
        for match in pattern.finditer(text)
    ]
    return sorted(found)


def main() -> int:
    """Name all of them; 1 if there are any."""
    lines = [
        f'{path.relative_to(ROOT)}:{line}: "{words}": {instead}'
        for pattern in WRITTEN
        for path in sorted(ROOT.glob(pattern))
        for line, words, instead in found_in(path.read_text(encoding="utf-8"))
    ]
    print("\n".join(lines) or "no wording of tests/words.yml")
    return bool(lines)


if __name__ == "__main__":
    sys.exit(main())
