"""Templates and state machines: nothing a person writes is ever read as CloudFormation, IAM, JSONata or JSONPath.

What no field needs is refused; what a free text may well say is kept as that text. The property test in
tests/unit/catalog/test_every_kinds_stack.py says the same of every valid spec.
"""

import json
from io import StringIO
from typing import Any

import pytest

from stowage.catalog.bucket import KIND
from stowage.domain.kinds import RenderRequest
from tests.unit.api.world import World
from tests.unit.catalog.bucket_refusals import FIELDS
from tests.unit.catalog.intrinsics import foreign_text
from tests.unit.fakes.people import project
from tests.unit.input.refusal import NAME, SPEC, WRONG_SPEC, Case, assert_harmless, assert_refused, cases, spec


def _field(what: str, field: str, value: Any) -> Case:
    return Case(what, WRONG_SPEC, fields={"json": {**SPEC, field: value}})


@cases(*(_field(what, *fault) for what, fault in FIELDS.items()))
def test_a_field_that_the_schema_does_not_allow_is_refused(house: World, log: StringIO, case: Case) -> None:
    """The kind's own table of faults, through the API."""
    reply = assert_refused(house, log, case)

    field, _ = FIELDS[case.what]
    assert all(fault["pointer"].startswith(f"/{field}") for fault in reply.json["errors"]), reply.text


@cases(
    spec("an intrinsic as the owner", "/owner", owner={"Ref": "AWS::AccountId"}),
    spec("a substitution as the owner", "/owner", owner={"Fn::Sub": "${AWS::AccountId}"}),
    spec("a substitution in the owner", "/owner", owner="${AWS::AccountId}@example.com"),
    spec("an escaped substitution", "/owner", owner="${!Literal}@example.com"),
    spec("a dynamic reference as the owner", "/owner", owner="{{resolve:secretsmanager:x}}@example.com"),
    spec("a dynamic reference as the cost centre", "/costCentre", costCentre="{{resolve:ssm:/x}}"),
    spec("the first half of a dynamic reference", "/costCentre", costCentre="{{resolve"),
    spec("the second half of a dynamic reference", "/tags/a", tags={"a": ":ssm:/x}}"}),
    spec("a policy variable as the cost centre", "/costCentre", costCentre="${aws:username}"),
    spec("a wildcard as the cost centre", "/costCentre", costCentre="*"),
    spec("an intrinsic beside the fields", "/Fn::Transform", **{"Fn::Transform": {"Name": "AWS::Include"}}),
    spec("a macro beside the fields", "/Transform", Transform="AWS::LanguageExtensions"),
    spec("a reference beside the fields", "/Ref", Ref="AWS::StackId"),
    spec("an intrinsic in the retention", "/retention/Fn::If", retention={"days": 1, "Fn::If": ["a", 1, 2]}),
    spec("an intrinsic for the days", "/retention/days", retention={"days": {"Fn::GetAtt": ["Bucket", "Arn"]}}),
    spec("a list where a text is", "/dataClass", dataClass=["internal"]),
    spec("a prototype", "/__proto__", __proto__={"admin": True}),
)
def test_an_intrinsic_is_no_value(house: World, log: StringIO, case: Case) -> None:
    """Objects that CloudFormation would evaluate, and texts it would fill in, are wrong values of our fields."""
    assert_refused(house, log, case)


@cases(
    spec("a path", "/costCentre", costCentre="$.x"),
    spec("the context object", "/costCentre", costCentre="$$.Execution.Input"),
    spec("an expression", "/costCentre", costCentre="{% $states.input %}"),
    spec("an expression as the owner", "/owner", owner="{%$eval('1')%}@example.com"),
    spec("an expression in a tag", "/tags/a", tags={"a": "{% $states.context.Task.Token %}"}),
    spec("an expression as a tag's name", "/tags/{% $x %}", tags={"{% $x %}": "a"}),
    spec("a key that ends like JSONPath's", "/owner.$", **{"owner.$": "$.owner"}),
    spec("such a key in a tag", "/tags/a.$", tags={"a.$": "$.a"}),
    spec("such a key in the retention", "/retention/days.$", retention={"days": 1, "days.$": "$.days"}),
    spec("an intrinsic of ASL", "/costCentre", costCentre="States.Format('{}', $.x)"),
    spec("a substitution of the machine", "/costCentre", costCentre="${TableName}"),
    spec("a placeholder of DynamoDB", "/costCentre", costCentre=":lock"),
    spec("another placeholder of DynamoDB", "/costCentre", costCentre="#lock"),
)
def test_a_state_machines_language_is_no_value(house: World, log: StringIO, case: Case) -> None:
    """JSONPath, JSONata and substitutions are wrong values too, wherever they stand."""
    assert_refused(house, log, case)


@pytest.mark.parametrize(
    "text",
    [
        "${AWS::AccountId}",
        "${!AWS::AccountId}",
        "{{resolve:secretsmanager:prod/db:SecretString:password}}",
        "{{resolve:ssm:/x",
        '{"Ref": "AWS::AccountId"}',
        '{"Fn::Sub": "${AWS::StackId}"}',
        "!Ref Bucket",
        "${aws:PrincipalTag/team}",
        "$.x",
        "{% $states.context.Task.Token %}",
        "States.Format('{}', $.x)",
        '"}, "Effect": "Allow", "Principal": "*", "Action": "s3:*"',
        "<script>alert(document.cookie)</script>",
        "=cmd|' /C calc'!A0",
        "'; DROP TABLE buckets; --",
        "a" * 500,
    ],
)
def test_a_free_text_stays_a_text(house: World, text: str) -> None:
    """A description may say anything: the execution gets it as one JSON text, the template never in readable form."""
    reply = house.call("PUT", f"/v1/projects/apollo/buckets/{NAME}", json={**SPEC, "description": text})

    assert reply.status == 202
    assert_harmless(reply)
    [execution] = house.fake_executions.by_name.values()
    given = json.loads(execution.input)
    assert given["spec"]["description"] == text
    assert text not in [value for name, value in given.items() if name != "spec"]
    template = KIND.render(RenderRequest(project(), NAME, given["spec"], 1))
    assert text not in json.dumps(template, ensure_ascii=False)
    assert foreign_text(KIND, template) == set()


def test_a_tag_that_looks_like_an_intrinsic_is_a_name_and_a_value() -> None:
    """`Ref` and `Fn::Sub` may name tags: in a list of tags they are never keys, so that nothing evaluates them."""
    tags: dict[str, Any] = {"Ref": "AWS::AccountId", "Fn::Sub": "Bucket", "Condition": "x"}

    template = KIND.render(RenderRequest(project(), NAME, {**SPEC, "tags": tags}, 1))

    given = template["Resources"]["Bucket"]["Properties"]["Tags"]
    assert {tag["Key"]: tag["Value"] for tag in given}.items() >= tags.items()
    assert foreign_text(KIND, template) == set()
