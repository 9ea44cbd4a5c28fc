"""What is typed: make's variables and targets, the hooks before a commit."""

import re
import shlex

import pytest
import yaml

from tests.unit.docs.pages import PAGES, ROOT

MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8") + (ROOT / "package.mk").read_text(encoding="utf-8")
TARGETS = set(re.findall(r"^([a-z][a-z-]*):", MAKEFILE, re.MULTILINE))
OWN = {"DEV", "PREPARE", "SOURCES", "MAKE", "MAKEFILE_LIST", "ARTIFACTS_DIR", "AWS_ENDPOINT_URL"}
"""What the Makefile sets, or make, SAM and the AWS SDK set for it."""
HOOKS = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))["repos"]


def test_every_variable_of_make_is_documented_and_every_documented_one_is_read() -> None:
    """docs/settings.md, On the command line."""
    page = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8").partition("## On the command line")[2]
    documented = set(re.findall(r"`([A-Z_]+)`(?=[^|\n]*\| )", "\n".join(re.findall(r"^\| `.*$", page, re.MULTILINE))))
    documented -= OWN
    used = set(re.findall(r"\$\(([A-Z_]+)\)", MAKEFILE)) - OWN
    run = (ROOT / "local" / "run.py").read_text(encoding="utf-8")
    used |= set(re.findall(r"environ\.get\(\"([A-Z_]+)\"", run)) | set(re.findall(r"\bport\(\"([A-Z_]+)\"", run))

    assert used - documented == set(), "tell these in docs/settings.md"
    assert {name for name in documented if name not in MAKEFILE and name not in run} - {"STATE_DIR"} == set(), (
        "nobody reads these"
    )


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_make_target_that_a_page_speaks_of_exists(page: object) -> None:
    """`make something` in code marks or on a line of its own."""
    text = page.read_text(encoding="utf-8")  # type: ignore[attr-defined]
    spoken = set(re.findall(r"(?:`|^    )make ([a-z][a-z-]+)", text, re.MULTILINE))

    assert spoken <= TARGETS, f"there is no such target: {sorted(spoken - TARGETS)}"


def test_the_hooks_are_local_and_run_what_is_there() -> None:
    """Nothing is fetched from anywhere."""
    hooks = [hook for repo in HOOKS for hook in repo["hooks"]]

    assert {repo["repo"] for repo in HOOKS} == {"local"}
    assert {hook["language"] for hook in hooks} == {"system"}
    assert {shlex.split(hook["entry"])[0].rpartition("/")[0] for hook in hooks} == {".venv/dev/bin"}
    paths = [word for hook in hooks for word in shlex.split(hook["entry"])[1:] if word.startswith("tests/")]
    assert [path for path in paths if not (ROOT / path).is_dir()] == []
    assert [hook["id"] for hook in hooks if "files" in hook and not re.compile(hook["files"])] == []
