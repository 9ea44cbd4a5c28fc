"""Every kind's template and the session's policy: a manager's text is never evaluated (invariant S2)."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stowage.adapters.sts import session_name, session_policy
from stowage.catalog.metadata import spec_from_template, template_metadata
from stowage.catalog.registry import all_kinds
from stowage.domain.kinds import Kind, RenderRequest, Template
from stowage.domain.resources import stack_name
from stowage.domain.stacks import stack_tags
from stowage.domain.survey import Origin
from tests.unit.catalog.intrinsics import PROJECT, evaluated, foreign_text
from tests.unit.catalog.specs import NOISE, valid_names, valid_specs
from tests.unit.fakes.kinds import crate
from tests.unit.fakes.world import request

TEMPLATE_BYTES = 51_200
"""https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html"""
KINDS = pytest.mark.parametrize("kind", all_kinds(), ids=lambda kind: kind.kind)
QUICKLY = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
HOSTILE = st.one_of(st.text(), st.text(NOISE))


@KINDS
@QUICKLY
@given(data=st.data())
def test_no_valid_spec_breaks_out_of_its_template(kind: Kind, data: st.DataObject) -> None:
    """Every valid spec renders, the same each time, below the limit, and evaluates nothing that the kind does not."""
    spec, name = data.draw(valid_specs(kind.schema)), data.draw(valid_names(kind))

    template = kind.render(RenderRequest(PROJECT, name, spec, 1))

    text = json.dumps(template, separators=(",", ":"), ensure_ascii=False)
    again = kind.render(RenderRequest(PROJECT, name, dict(reversed(spec.items())), 1))
    assert json.dumps(again, separators=(",", ":"), ensure_ascii=False) == text
    assert len(text.encode()) < TEMPLATE_BYTES
    assert foreign_text(kind, template) == set()
    assert spec_from_template(json.loads(text)) == Origin(kind.kind, name, 1, spec)


def _leaky(**leak: Any) -> Kind:
    def render(request: RenderRequest) -> Template:
        given = {field: str(request.spec["description"]) if value is None else value for field, value in leak.items()}
        return {"Metadata": template_metadata("crate", request), "Resources": {"Crate": {"Properties": given}}}

    return crate(render=render)


@pytest.mark.parametrize(
    ("kind", "description"),
    [
        (_leaky(Name=None), "${AWS::AccountId}"),
        (_leaky(Name=None), "{{resolve:ssm:/x}}"),
        (_leaky(Ref=None), "Other"),
        (_leaky(**{"Fn::Sub": None}), "Other"),
    ],
)
def test_a_kind_that_lets_text_be_evaluated_is_found_out(kind: Kind, description: str) -> None:
    """The property can fail: a text in an intrinsic, or one that is evaluated by itself, is foreign."""
    template = kind.render(RenderRequest(PROJECT, "apples", {"description": description}, 1))

    assert foreign_text(kind, template)


def test_a_reference_that_is_split_over_a_join_is_found_out() -> None:
    """Each half is harmless, and CloudFormation joins before it resolves."""
    assert evaluated(["{", "{resolve:ssm", ":/x}}"])
    assert not evaluated(["resolve", "d"])


@KINDS
@QUICKLY
@given(data=st.data())
def test_no_name_breaks_out_of_its_stacks_name_or_the_sessions_policy(kind: Kind, data: st.DataObject) -> None:
    """Whatever the name, the session may touch one stack: no wildcard and no policy variable but our own."""
    name = data.draw(st.one_of(valid_names(kind), HOSTILE))
    stack = stack_name(kind.kind, name)

    policy, harmless = session_policy(PROJECT, stack), session_policy(PROJECT, "the-stack")

    assert stack.startswith("stowage-")
    assert stack.isascii()
    assert stack.replace("-", "").isalnum()
    assert len(stack) <= 128
    assert json.dumps(policy) == json.dumps(harmless).replace("the-stack", stack)
    assert evaluated(policy) == evaluated(harmless)


@QUICKLY
@given(person=HOSTILE)
def test_no_person_breaks_out_of_a_sessions_name(person: str) -> None:
    """RoleSessionName and SourceIdentity: 2 to 64 letters, digits and _+=,.@- of ASCII, whatever the token says."""
    name = session_name(person)

    assert 2 <= len(name) <= 64
    assert name.isascii()
    assert not {character for character in name if not character.isalnum()} - set("_+=,.@-")


@KINDS
@QUICKLY
@given(data=st.data())
def test_no_valid_name_breaks_out_of_the_stacks_tags(kind: Kind, data: st.DataObject) -> None:
    """Tags tell project, kind and name as they are, in characters that every tag takes, at most 256 of them."""
    name = data.draw(valid_names(kind))

    tags = stack_tags(request(kind=kind.kind, name=name))

    assert tags == {"stowage:project": "apollo", "stowage:kind": kind.kind, "stowage:name": name}
    assert evaluated(tags) == set()
    assert all(1 <= len(value) <= 256 for value in tags.values())
    assert all(character.isalnum() or character in " _.:/=+-@" for character in "".join(tags.values()))
