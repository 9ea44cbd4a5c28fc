"""What AWS takes of a template at most."""

from typing import Any

import pytest

from stowage.catalog.registry import all_kinds
from stowage.domain.kinds import RenderRequest
from stowage.domain.template_limits import DOCUMENTS, RESOURCES, first_excess
from tests.unit.fakes.people import project


def template(**resources: Any) -> dict[str, Any]:
    """Give a template of these resources."""
    return {"Resources": resources}


def policy(characters: int) -> dict[str, Any]:
    """Give a document of so many characters without white space."""
    return {"Sid": "x" * (characters - len('{"Sid":""}'))}


def test_as_many_resources_as_cloudformation_takes_pass_and_one_more_is_told_with_both_figures() -> None:
    """501 would be refused by CloudFormation after it was asked."""
    many = {f"Crate{number}": {"Type": "AWS::SQS::Queue"} for number in range(RESOURCES)}

    assert first_excess(template(**many)) is None
    told = first_excess(template(**many, Last={"Type": "AWS::SQS::Queue"}))
    assert told == "The stack would have 501 resources; CloudFormation takes at most 500."


@pytest.mark.parametrize("type_", sorted(DOCUMENTS))
def test_a_policy_of_the_longest_length_passes_and_one_character_more_does_not(type_: str) -> None:
    """Inline policies count together."""
    _, held_in, most = DOCUMENTS[type_]

    def resource(characters: int) -> dict[str, Any]:
        if held_in != "Policies":
            return {"Type": type_, "Properties": {held_in: policy(characters)}}
        halves = (characters // 2, characters - characters // 2)
        return {"Type": type_, "Properties": {held_in: [{"PolicyDocument": policy(half)} for half in halves]}}

    assert first_excess(template(Thing=resource(most))) is None
    told = first_excess(template(Thing=resource(most + 1)))
    assert told is not None
    assert f"{most + 1:,} characters; AWS takes at most {most:,}" in told


def test_what_an_intrinsic_function_becomes_counts_nothing() -> None:
    """It may become shorter than it is written: nothing that fits is refused."""
    document = {"Resource": {"Fn::Join": ["", ["x" * 30_000]]}, "Principal": {"Ref": "Thing"}}

    assert (
        first_excess(template(Thing={"Type": "AWS::S3::BucketPolicy", "Properties": {"PolicyDocument": document}}))
        is None
    )


def test_a_session_policy_may_be_a_text() -> None:
    """AWS::Transfer::User takes it so."""
    thing = {"Type": "AWS::Transfer::User", "Properties": {"Policy": "x" * 2_049}}

    assert "session policy of the SFTP user" in (first_excess(template(Thing=thing)) or "")


@pytest.mark.parametrize("kind", all_kinds(), ids=lambda kind: kind.kind)
def test_every_kinds_example_is_below(kind: Any) -> None:
    """What is documented can be made."""
    given = project(sftp_server_id="s-0123456789abcdef0")
    for spec in kind.schema["examples"]:
        assert first_excess(kind.render(RenderRequest(given, "apples", spec, 1))) is None
