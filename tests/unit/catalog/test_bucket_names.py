"""Bucket names: every rule of S3, and what Stowage keeps for itself."""

import pytest
from jsonschema import Draft202012Validator

from stowage.catalog.bucket import KIND

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

REFUSED = {
    "": "3 to 63 characters",
    "a": "3 to 63 characters",
    "ab": "3 to 63 characters",
    "a" * 64: "3 to 63 characters",
    "Invoices": "lower-case letters, digits and hyphens",
    "INVOICES": "lower-case letters, digits and hyphens",
    "my_invoices": "lower-case letters, digits and hyphens",
    "my invoices": "lower-case letters, digits and hyphens",
    "invoices/2026": "lower-case letters, digits and hyphens",
    "invoices\n": "lower-case letters, digits and hyphens",
    "invoices\x00": "lower-case letters, digits and hyphens",
    "inv\u043eices": "lower-case letters, digits and hyphens",
    "\uff49nvoices": "lower-case letters, digits and hyphens",
    "invoices\u0301": "lower-case letters, digits and hyphens",
    "invo\u0131ces": "lower-case letters, digits and hyphens",
    "inv\u0663ices": "lower-case letters, digits and hyphens",
    "${AWS::AccountId}": "lower-case letters, digits and hyphens",
    "{{resolve:ssm:x}}": "lower-case letters, digits and hyphens",
    "invoices*": "lower-case letters, digits and hyphens",
    "my.invoices": "must not contain dots",
    "my..invoices": "must not contain dots",
    "my-.invoices": "must not contain dots",
    ".invoices": "begins and ends",
    "invoices.": "begins and ends",
    "192.168.5.4": "look like an IP address",
    "1.2.3.4": "look like an IP address",
    "999.999.999.999": "look like an IP address",
    "-invoices": "begins and ends",
    "invoices-": "begins and ends",
    "---": "begins and ends",
    "xn--invoices": "begin with xn--",
    "sthree-invoices": "begin with sthree-",
    "sthree-configurator": "begin with sthree-",
    "amzn-s3-demo-invoices": "begin with amzn-s3-demo-",
    "invoices-s3alias": "end with -s3alias",
    "invoices--ol-s3": "end with --ol-s3",
    "invoices.mrap": "end with .mrap",
    "invoices--x-s3": "end with --x-s3",
    "invoices--usw2-az1--x-s3": "end with --x-s3",
    "invoices--table-s3": "end with --table-s3",
    "invoices-111111111111-eu-west-1-an": "end with -an",
    "stowage-logs-111111111111-eu-west-1": "Stowage reserves",
    "stowage-logs-x": "Stowage reserves",
}


@pytest.mark.parametrize("name", ALLOWED)
def test_a_name_within_the_rules_is_allowed(name: str) -> None:
    """What S3 allows without dots is allowed, by the schema and by the rules."""
    assert KIND.name_faults(name) == ()
    assert Draft202012Validator(KIND.schema["$defs"]["name"]).is_valid(name)


@pytest.mark.parametrize(("name", "sentence"), REFUSED.items(), ids=map(ascii, REFUSED))
def test_a_name_against_a_rule_is_refused_with_the_rule(name: str, sentence: str) -> None:
    """Each rule of S3 refuses by itself and tells which rule it was."""
    faults = KIND.name_faults(name)

    assert any(sentence in told for _, told in faults), faults
    assert {pointer for pointer, _ in faults} == {""}


@pytest.mark.parametrize(
    "name", [name for name, rule in REFUSED.items() if "S3 reserves" not in rule and "serve" not in rule]
)
def test_the_schema_alone_refuses_what_a_pattern_can_say(name: str) -> None:
    """A form drawn from the schema already refuses wrong lengths, characters and edges."""
    reserved = ("begin with", "end with")
    if not any(part in REFUSED[name] for part in reserved):
        assert not Draft202012Validator(KIND.schema["$defs"]["name"]).is_valid(name)
