"""What the documents point at exists: files, headings, functions."""

import re
from pathlib import Path

import pytest

from tests.unit.docs.pages import PAGES, ROOT, anchors, definitions, links, mentioned_files

EVERY_PAGE = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
MADE_LATER = {".local/endpoints.json", ".local/aws.env", "node_modules/", ".local/state"}


@EVERY_PAGE
def test_every_link_leads_somewhere(page: Path) -> None:
    """To a file or folder of this repository, and to a heading of it if it names one."""
    for _, target in links(page):
        path, _, anchor = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        assert file.exists(), f"{page.relative_to(ROOT)} links to {target}, which is not there: mend the link"
        assert ROOT in [file, *file.parents], f"{page.relative_to(ROOT)} links out of the repository: {target}"
        if anchor:
            told = f"{page.relative_to(ROOT)} links to the heading #{anchor} of {file.name}, which is not there"
            assert anchor in anchors(file), f"{told}: mend the link, or the heading"


@EVERY_PAGE
def test_no_link_names_a_line(page: Path) -> None:
    """Lines move with the next commit, names do not."""
    assert [target for _, target in links(page) if re.search(r"#L\d+", target)] == []


@EVERY_PAGE
def test_every_file_that_is_mentioned_exists(page: Path) -> None:
    """A path in code marks that begins with one of our folders."""
    missing = [
        path for path in mentioned_files(page) if path not in MADE_LATER and not (ROOT / path.rstrip("/")).exists()
    ]

    assert missing == [], (
        f"{page.relative_to(ROOT)} speaks of files that are not there: name them as they are called now"
    )


@EVERY_PAGE
def test_a_link_named_like_a_function_leads_to_its_file(page: Path) -> None:
    """[`name`](file.py): whoever follows it finds `name` there."""
    for text, target in links(page):
        name = text.strip("`")
        if target.endswith(".py") and text == f"`{name}`" and name.isidentifier():
            file = (page.parent / target).resolve()
            told = f"{page.relative_to(ROOT)}: {target} has no {name}"
            assert name in definitions(file), f"{told}: name what stands there now, or where it went"


def test_the_walk_passes_every_task_and_listener() -> None:
    """The page is the whole way."""
    walked = {target for _, target in links(ROOT / "docs" / "walkthrough.md")}
    stations = [
        f"../{path.relative_to(ROOT)}"
        for folder in ("tasks", "listeners")
        for path in sorted((ROOT / folder).glob("*.py"))
        if path.name != "__init__.py"
    ]

    assert [station for station in stations if station not in walked] == [], "docs/walkthrough.md leaves these out"


def test_every_document_can_be_found_from_the_readme_or_from_contributing() -> None:
    """A page that nobody links to is read by nobody."""
    linked = {
        (page.parent / target.partition("#")[0]).resolve()
        for page in PAGES
        for _, target in links(page)
        if target.partition("#")[0]
    }
    pages = [page for page in PAGES if page.parent == ROOT / "docs"]

    assert [str(page.relative_to(ROOT)) for page in pages if page.resolve() not in linked] == []


def test_the_readme_is_one_screen() -> None:
    """Details have pages of their own."""
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= 70


def test_each_how_to_is_under_a_page() -> None:
    """Who adds something reads one screen."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    sections = re.findall(r"^## (Add [^\n]+|Change [^\n]+)\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)

    assert {"Add a kind", "Add a state", "Add a route"} <= {title for title, _ in sections}
    assert [title for title, body in sections if len(body.splitlines()) > 25] == []
