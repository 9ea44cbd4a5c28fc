"""CloudFormation's service role allows what handlers do for what the kinds declare: none missing, none spare."""

from typing import Any

import pytest

from stowage.catalog.bucket import permissions
from stowage.catalog.registry import all_kinds
from stowage.domain.kinds import Kind, RenderRequest
from tests.unit.fakes.people import project
from tests.unit.permissions.actions import Permission
from tests.unit.permissions.handlers import OF_PROPERTY, REFUSED, handler_needs, is_action, schema
from tests.unit.permissions.sentences import differences
from tests.unit.template.conftest import as_list

KINDS = all_kinds()
NAME = "example-corp-invoices"


def templates(kind: Kind) -> list[dict[str, Any]]:
    """Give what a kind renders for the examples of its schema, which between them use every field."""
    with_server = project(sftp_server_id="s-0123456789abcdef0")
    return [kind.render(RenderRequest(with_server, NAME, spec, 1)) for spec in kind.schema["examples"]]


def permissions_of(kind: Kind, effect: str) -> set[Permission]:
    """Give what a kind's statements for the service role allow, or deny."""
    statements = [statement for statement in kind.service_statements() if statement["Effect"] == effect]
    return {Permission(action) for statement in statements for action in as_list(statement["Action"])}


def role_differences(kind: Kind) -> list[str]:
    """Tell what is missing in, or spare among, a kind's statements for the service role."""
    allowed = permissions_of(kind, "Allow")
    folder = kind.kind.replace("-", "_")
    where = f"stowage/catalog/{folder}/permissions.py (and raise BASELINE_VERSION)"
    return differences(f"CloudFormation, for the kind {kind.kind},", handler_needs(templates(kind)), allowed, where)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.kind)
def test_the_service_role_allows_what_the_handlers_do(kind: Kind) -> None:
    """A handler that is refused one read fails the whole stack; a permission too many is an open door."""
    told = role_differences(kind)

    assert told == [], "\n".join(told)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.kind)
def test_the_service_role_denies_nothing_that_a_handler_needs(kind: Kind) -> None:
    """A denial beats whatever allows: of another kind too, since all of them share the role."""
    denied = {permission for other in KINDS for permission in permissions_of(other, "Deny")}

    assert not denied & handler_needs(templates(kind)).keys()


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.kind)
def test_the_examples_use_every_field(kind: Kind) -> None:
    """What is derived from the examples holds for every spec: no field, and so no property, is left out."""
    used = {field for spec in kind.schema["examples"] for field in spec}

    assert used == set(kind.schema["properties"])


def test_every_property_that_is_told_apart_exists() -> None:
    """A renamed property or action would let a permission slip through; so would a table that nobody reads."""
    for kind, properties in OF_PROPERTY.items():
        known = schema(kind)
        named = {action for operation in known["handlers"].values() for action in operation["permissions"]}

        assert set(properties) <= set(known["properties"])
        assert {action for actions in properties.values() for action in actions} <= named
        assert all(is_action(action) for actions in properties.values() for action in actions)
    assert {kind for kind, _ in REFUSED} <= set(OF_PROPERTY)


def test_a_missing_and_a_spare_action_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """The check is not blind: a write lost and a setting that no bucket has are a sentence each."""
    [bucket] = [kind for kind in KINDS if kind.kind == "bucket"]
    writes = {*permissions.WRITES, "s3:PutBucketNotification"} - {"s3:PutBucketVersioning"}
    monkeypatch.setattr(permissions, "WRITES", tuple(writes))

    missing, spare = role_differences(bucket)

    assert "needs s3:PutBucketVersioning (VersioningConfiguration of AWS::S3::Bucket), and its role lacks it" in missing
    assert "is allowed s3:PutBucketNotification, and nothing that it reaches needs it" in spare
