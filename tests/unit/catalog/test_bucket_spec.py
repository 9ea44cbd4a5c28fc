"""The bucket's spec: what its schema refuses, and what may not change once the bucket stands."""

from typing import Any

import pytest
from jsonschema import Draft202012Validator

from stowage.catalog.bucket import KIND
from tests.unit.catalog.bucket_refusals import FIELDS

MINIMAL: dict[str, Any] = KIND.schema["examples"][0]


@pytest.mark.parametrize(("field", "value"), FIELDS.values(), ids=FIELDS.keys())
def test_the_schema_refuses(field: str, value: object) -> None:
    """A spec that says what cannot be, or carries text that is not allow-listed, never becomes a change."""
    assert not Draft202012Validator(KIND.schema).is_valid({**MINIMAL, field: value})


@pytest.mark.parametrize("field", KIND.schema["required"])
def test_the_schema_wants_the_owner_the_cost_centre_and_the_data_class(field: str) -> None:
    """Nobody creates a bucket that nobody answers for."""
    assert not Draft202012Validator(KIND.schema).is_valid({name: MINIMAL[name] for name in MINIMAL if name != field})


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("description", "Rechnungen für Zoë, 東京 🚢"),
        ("description", ""),
        ("owner", "first.last+invoices@sub.example.co.uk"),
        ("lifecycleDays", None),
        ("retention", None),
        ("retention", {"days": 1}),
        ("tags", {"a": "x y=1+2/3@4.5_6:7-8"}),
        ("tags", {f"tag-{number}": "x" for number in range(40)}),
    ],
)
def test_the_schema_allows(field: str, value: object) -> None:
    """What a manager may well ask for passes."""
    assert Draft202012Validator(KIND.schema).is_valid({**MINIMAL, field: value})


def retention(mode: str, days: int) -> dict[str, Any]:
    """Give a spec with this retention."""
    return {**MINIMAL, "retention": {"mode": mode, "days": days}}


@pytest.mark.parametrize(
    ("old", "new", "pointers"),
    [
        (MINIMAL, MINIMAL, ()),
        (MINIMAL, {**MINIMAL, "retention": None}, ()),
        (MINIMAL, {**MINIMAL, "lifecycleDays": 3, "noncurrentDays": 1, "dataClass": "public"}, ()),
        (MINIMAL, retention("governance", 1), ("/retention",)),
        (retention("governance", 1), MINIMAL, ("/retention",)),
        (retention("governance", 1), {**MINIMAL, "retention": None}, ("/retention",)),
        (retention("governance", 9), retention("governance", 1), ()),
        (retention("governance", 9), retention("compliance", 1), ()),
        ({**MINIMAL, "retention": {"days": 9}}, retention("governance", 9), ()),
        (retention("compliance", 9), retention("compliance", 9), ()),
        (retention("compliance", 9), retention("compliance", 10), ()),
        (retention("compliance", 9), retention("compliance", 8), ("/retention/days",)),
        (retention("compliance", 9), retention("governance", 9), ("/retention/mode",)),
        (retention("compliance", 9), {**MINIMAL, "retention": {"days": 8}}, ("/retention/mode", "/retention/days")),
        (retention("compliance", 9), MINIMAL, ("/retention",)),
    ],
)
def test_an_update_never_weakens_a_retention(old: Any, new: Any, pointers: tuple[str, ...]) -> None:
    """Object Lock is neither added nor removed later; compliance mode is never weakened, governance mode may change."""
    assert tuple(pointer for pointer, _ in KIND.update_faults(old, new)) == pointers


def test_compliance_tells_its_consequence() -> None:
    """Whoever chooses compliance mode is told that nobody at all can delete before the time is over."""
    told = KIND.schema["properties"]["retention"]["properties"]["mode"]["description"]

    assert "nobody can delete" in told
    assert "root user" in told
    assert "AWS Support" in told
