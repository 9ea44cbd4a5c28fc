"""What the kinds have read directly: the stacks hold it, the adapter can read it, every reference in it is told."""

from typing import Any

import pytest

from stowage.adapters.live_resources import TYPES
from stowage.catalog.registry import all_kinds
from stowage.domain.direct_checks import judged, resolved
from stowage.domain.kinds import DirectCheck, Kind, RenderRequest
from tests.unit.fakes.people import project

CHECKS = [
    (kind, check, example) for kind in all_kinds() for check in kind.checks for example in kind.schema["examples"]
]


@pytest.mark.parametrize(("kind", "check", "example"), CHECKS)
def test_every_check_is_of_what_its_kinds_stacks_hold(kind: Kind, check: DirectCheck, example: dict[str, Any]) -> None:
    """By logical id and type; resolved, it is held against itself without a difference."""
    asked = RenderRequest(project=project(sftp_server_id="s-0123456789abcdef0"), name="given", spec=example, version=1)
    declared = kind.render(asked)["Resources"][check.logical_id]

    told = check.attributes(asked.project, asked.name)
    properties = {key: resolved(each, told) for key, each in declared["Properties"].items()}

    assert declared["Type"] == check.type
    assert check.type in TYPES
    assert "Fn::" not in str(properties)
    assert "'Ref'" not in str(properties)
    assert judged(check, properties, properties) is None


def test_what_cloudformations_detection_leaves_out_is_checked() -> None:
    """A bucket's policy and an SFTP user; access keys are in no stack, and looked at by the rules of credentials."""
    checked = {(kind.kind, check.type) for kind in all_kinds() for check in kind.checks}

    assert checked == {("bucket", "AWS::S3::BucketPolicy"), ("sftp-user", "AWS::Transfer::User")}
    assert [kind.kind for kind in all_kinds() if kind.credentials is not None] == ["user"]
