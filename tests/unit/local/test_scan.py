"""The scan of templates: what is told, what is let be, and that no exception outlives its reason."""

import pytest
from pydantic import ValidationError

from local.scan import Expectations, Finding, all_templates, expectations, judge
from local.templates import hub_template, transformed

BUCKET = "AWS::S3::Bucket.Logs"
REASON = "A reason that is long enough to be one, and says why."


def finding(check: str = "CKV_AWS_18", resource: str = BUCKET, *, passed: bool = False) -> Finding:
    """Give a finding in the baseline."""
    return Finding("baseline", check, resource, "Ensure it is logged", passed)


def expected(*resources: str, required: tuple[str, ...] = ()) -> Expectations:
    """Give an exception of CKV_AWS_18 for these resources, if any, and what is required of the baseline."""
    told = {"check": "CKV_AWS_18", "template": "baseline", "resources": resources, "reason": REASON}
    return Expectations.model_validate({"exceptions": [told] if resources else [], "required": {"baseline": required}})


def test_a_finding_that_nobody_excepted_is_told() -> None:
    """The sentence names the resource, the check and both ways out."""
    [told] = judge([finding()], expected())

    assert told == (
        "AWS::S3::Bucket.Logs (baseline) fails CKV_AWS_18, Ensure it is logged: fix it where the template is made, or "
        "say in docs/security-exceptions.yaml why it may stay."
    )


@pytest.mark.parametrize("pattern", [BUCKET, "AWS::S3::Bucket.*"])
def test_an_excepted_finding_is_let_be(pattern: str) -> None:
    """By the resource's name, or by its type."""
    assert judge([finding()], expected(pattern)) == []


@pytest.mark.parametrize("other", [finding("CKV_AWS_21"), finding(resource="AWS::SNS::Topic.Logs")])
def test_an_exception_covers_its_own_check_and_resource_alone(other: Finding) -> None:
    """Another check of the same resource, or the same check of another, is told."""
    [told] = judge([finding(), other], expected(BUCKET))

    assert told.startswith(f"{other.resource} (baseline) fails {other.check},")


@pytest.mark.parametrize("findings", [[], [finding(passed=True)], [finding("CKV_AWS_21", passed=True)]])
def test_an_exception_that_nothing_needs_is_told(findings: list[Finding]) -> None:
    """Otherwise it would cover the next fault of its kind in silence."""
    [told] = judge(findings, expected(BUCKET))

    assert "the exception of CKV_AWS_18 for AWS::S3::Bucket.Logs (baseline) is not needed any more: remove it" in told


def test_a_required_check_that_looked_at_nothing_is_told() -> None:
    """A resource that vanished, or a check that checkov renamed, does not pass in silence."""
    [told] = judge([finding(passed=True)], expected(required=("CKV_AWS_18", "CKV_AWS_7")))

    assert told.startswith("CKV_AWS_7 has nothing to look at in baseline any more")


def test_a_new_kind_says_which_checks_it_must_pass() -> None:
    """A template of which nothing is required is told."""
    [told] = judge([Finding("topic", "CKV_AWS_26", "AWS::SNS::Topic.T", "Ensure it", passed=True)], expected())

    assert told.startswith("topic has no required checks")


def test_an_exception_without_a_reason_is_refused() -> None:
    """And so is one with a word that the file does not know."""
    told = {"check": "CKV_AWS_18", "template": "baseline", "resources": [BUCKET], "reason": "later"}
    with pytest.raises(ValidationError, match="reason"):
        Expectations.model_validate({"exceptions": [told], "required": {}})
    with pytest.raises(ValidationError, match="skip"):
        Expectations.model_validate({"exceptions": [{**told, "reason": REASON, "skip": True}], "required": {}})


def test_every_template_is_scanned_and_every_family_has_its_requirements() -> None:
    """The hub as SAM makes it, the baseline, and of each kind its examples and a dozen drawn specs."""
    templates = all_templates()

    assert set(expectations().required) == set(templates)
    assert len(templates["bucket"]) >= 12
    assert templates["bucket"] == all_templates()["bucket"]


def test_the_transform_leaves_no_serverless_resource_and_the_source_as_it_was() -> None:
    """What is scanned is what CloudFormation gets."""
    source = hub_template()
    made = transformed(source)

    assert [name for name, each in made["Resources"].items() if "Serverless" in each["Type"]] == []
    assert source == hub_template()
