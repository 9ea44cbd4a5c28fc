"""Bucket names: every rule of S3, and what Stowage keeps for itself."""

import pytest
from jsonschema import Draft202012Validator

from stowage.catalog.bucket import KIND
from tests.unit.catalog.bucket_refusals import NAMES

ALLOWED = (
    "abc",
    "a1b",
    "123",
    "a-b",
    "a--b",
    "example-corp-invoices",
    "1invoices",
    "invoices1",
    "192-168-5-4",
    "xn-invoices",
    "sthreeinvoices",
    "my-sthree-bucket",
    "amzn-s3-demo",
    "my-amzn-s3-demo-bucket",
    "s3alias",
    "my-s3alias-bucket",
    "my-ol-s3",
    "my-x-s3",
    "my-table-s3",
    "plan",
    "my-an-bucket",
    "stowage-invoices",
    "stowage-logs",
    "a" * 63,
)


@pytest.mark.parametrize("name", ALLOWED)
def test_a_name_within_the_rules_is_allowed(name: str) -> None:
    """What S3 allows without dots is allowed, by the schema and by the rules."""
    assert KIND.name_faults(name) == ()
    assert Draft202012Validator(KIND.schema["$defs"]["name"]).is_valid(name)


@pytest.mark.parametrize(("name", "sentence"), NAMES.items(), ids=map(ascii, NAMES))
def test_a_name_against_a_rule_is_refused_with_the_rule(name: str, sentence: str) -> None:
    """Each rule of S3 refuses by itself and tells which rule it was."""
    faults = KIND.name_faults(name)

    assert any(sentence in told for _, told in faults), faults
    assert {pointer for pointer, _ in faults} == {""}


@pytest.mark.parametrize(
    "name", [name for name, rule in NAMES.items() if "S3 reserves" not in rule and "serve" not in rule]
)
def test_the_schema_alone_refuses_what_a_pattern_can_say(name: str) -> None:
    """A form drawn from the schema already refuses wrong lengths, characters and edges."""
    reserved = ("begin with", "end with")
    if not any(part in NAMES[name] for part in reserved):
        assert not Draft202012Validator(KIND.schema["$defs"]["name"]).is_valid(name)
