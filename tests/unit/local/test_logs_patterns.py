"""The patterns by which logs are searched mean here what they mean on AWS, or are refused."""

import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest

from local.cloud.logs_patterns import UnknownPatternError, compiled

OPERATIONS = Path(__file__).resolve().parents[3] / "docs" / "operations.md"
LINE: dict[str, Any] = {
    "level": "ERROR",
    "change": "chg-1",
    "rotation": "rot-1",
    "route": "revealHandover",
    "status": 403,
    "ChangesNeedingOperator": [1],
    "findings": {"mismatches": 2},
    "message": 'said "no"',
    "flag": True,
}


def printed_patterns() -> list[str]:
    """Give every pattern of docs/operations.md as the shell hands it on, its variables filled."""
    commands = re.findall(r"--filter-pattern (.+)", OPERATIONS.read_text(encoding="utf-8"))
    filled = (command.replace("$CHANGE", "chg-1").replace("$ROTATION", "rot-1") for command in commands)
    # Between double quotes the shell, unlike shlex, takes the backslash from a dollar.
    return [shlex.split(command)[0].replace("\\$", "$") for command in filled]


@pytest.mark.parametrize("pattern", printed_patterns())
def test_every_pattern_that_operations_prints_finds_its_lines_and_no_others(pattern: str) -> None:
    """An operator tries the runbook here."""
    lines = [LINE, {**LINE, "status": 502, "route": "ANY /v1/handovers/{handover}/reveal"}]
    others = {
        "level": "INFO", "change": "chg-2", "rotation": "rot-2", "route": "ANY /v1/me", "status": 200,
        "ChangesNeedingOperator": [0], "findings": {"mismatches": 0},
    }  # fmt: skip

    matches = compiled(pattern)

    assert any(matches(json.dumps(line)) for line in lines), pattern
    assert not matches(json.dumps(others)), pattern
    assert not matches(json.dumps({"message": pattern})), "it has no such field"
    assert not matches(pattern), "it is no JSON"


def test_operations_prints_some() -> None:
    """Or the test above would test nothing."""
    assert len(printed_patterns()) >= 6


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ('{ $.level = "ERROR" }', True),
        ("{ $.level = ERROR }", True),
        ('{ $.level = "error" }', False),
        ('{ $.level != "INFO" }', True),
        ('{ $.absent != "INFO" }', False),
        ('{ $.change = "chg-*" && $.status < 500 }', True),
        ('{ $.change = "chg-2" || $.status = 4* }', True),
        ('{ $.change = "chg-2" || $.status = 5* && $.level = "ERROR" }', False),
        ('{ ($.change = "chg-2" || $.level = "ERROR") && $.status = 403 }', True),
        ("{ $.findings.mismatches > 2 }", False),
        ("{ $.findings.mismatches >= 2 }", True),
        ("{ $.ChangesNeedingOperator[1] = 1 }", False),
        ('{ $.message = "said \\"no\\"" }', True),
        ('{ $.change = "chg-?" }', False),
        ("{ $.level > 3 }", False),
        ("{ $.flag = true }", True),
        ("ERROR chg-1", True),
        ("error", False),
        ('"chg-1 "', False),
        ("ERROR -chg-1", False),
        ("?INFO ?ERROR", True),
        ("", True),
    ],
)
def test_what_a_pattern_means(pattern: str, found: bool) -> None:  # noqa: FBT001 -- a parameter of the test
    """Texts and numbers, stars, lists, and, or, and what binds more tightly; terms are found in the text itself."""
    assert compiled(pattern)(json.dumps(LINE)) is found


@pytest.mark.parametrize(
    "pattern",
    [
        "{ $.level IS NULL }", "{ $.level NOT EXISTS }", "{ $.level = %ERR.*% }", "%ERR%", "[ip, user, ...]",
        "{ $.level = }", "{ $.level }", "{ level = 1 }", "{ $.a = 1 } { $.b = 2 }", "{ $.a = 1", "{ $.a > x }",
        "{ $.a = 1 & $.b = 2 }", '"open',
    ],
)  # fmt: skip
def test_what_is_not_known_is_refused(pattern: str) -> None:
    """Everything let through would look like everything found."""
    with pytest.raises(UnknownPatternError):
        compiled(pattern)
