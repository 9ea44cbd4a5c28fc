"""The documents people read, and what they point at."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[3]
PAGES = [
    *sorted((ROOT / "docs").rglob("*.md")),
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")),
]
TOP = {path.name for path in ROOT.iterdir()}

_FENCED = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
_INDENTED = re.compile(r"^ {4,}\S.*$", re.MULTILINE)
_LINK = re.compile(r"\[(?P<text>(?:[^\[\]]|\[[^\]]*\])*)\]\((?P<target>[^)\s]+)\)")
_PATH = re.compile(r"`([\w.-]+(?:/[\w.-]+)*/?)`")


def prose(page: Path) -> str:
    """Give a page without its blocks of code, where nothing is a link."""
    return _INDENTED.sub("", _FENCED.sub("", page.read_text(encoding="utf-8")))


def links(page: Path) -> Iterator[tuple[str, str]]:
    """Give text and target of every link into this repository."""
    for found in _LINK.finditer(prose(page)):
        if not re.match(r"[a-z]+:", found["target"]):
            yield found["text"], found["target"]


def mentioned_files(page: Path) -> Iterator[str]:
    """Give every path in code marks that begins with something at the repository's top and has more than one part."""
    for path in _PATH.findall(prose(page)):
        if "/" in path and path.split("/")[0] in TOP:
            yield path


def anchors(page: Path) -> set[str]:
    """Give the anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#{1,6} (.+)$", _FENCED.sub("", page.read_text(encoding="utf-8")), re.MULTILINE)
    plain = [re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings]
    return set(plain)


def definitions(path: Path) -> set[str]:
    """Give the names of the functions, classes and methods of a Python file, and what it assigns at its top."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    named = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    assigned = {
        target.id
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    return named | assigned
