"""Credentials' rows on moto."""

from typing import Any

import pytest

from stowage.adapters.dynamodb.credentials import DynamoCredentialRows
from stowage.domain.credentials import AccessKey, Credentials, KeyStatus, Rotation, RotationReason, RotationStep
from stowage.domain.errors import ConcurrentUpdateError
from tests.integration.conftest import TABLE


@pytest.fixture
def rows(dynamodb: Any) -> DynamoCredentialRows:
    """Give the adapter."""
    return DynamoCredentialRows(dynamodb, TABLE)


NEW = Credentials(
    project="apollo",
    kind="user",
    name="partner",
    stack_id="arn:stack/1",
    revision=0,
    keys=(
        AccessKey(
            access_key_id="AKIAEXAMPLE",
            status=KeyStatus.ACTIVE,
            rotation="rot-1",
            created_at="2026-11-23T09:00:00.000Z",
        ),
    ),
    rotation=Rotation(
        id="rot-1",
        reason=RotationReason.FIRST,
        step=RotationStep.MINTING,
        actor="a@example.com",
        actor_id="a",
        started_at="2026-11-23T09:00:00.000Z",
    ),
)


def test_a_row_comes_back_as_it_was_written(rows: DynamoCredentialRows) -> None:
    """Keys, rotation and all; the revision counts the writes."""
    assert rows.get("apollo", "user", "partner") is None
    written = rows.put(NEW)
    assert written == NEW.model_copy(update={"revision": 1})
    assert rows.get("apollo", "user", "partner") == written
    assert rows.put(written).revision == 2


@pytest.mark.parametrize("read", [0, 1, 3])
def test_a_writer_who_read_another_revision_is_refused(rows: DynamoCredentialRows, read: int) -> None:
    """What somebody else wrote meanwhile is never overwritten."""
    standing = rows.put(rows.put(NEW))
    with pytest.raises(ConcurrentUpdateError):
        rows.put(NEW.model_copy(update={"revision": read, "suspended": True}))
    assert rows.get("apollo", "user", "partner") == standing


def test_a_repeat_of_a_write_whose_answer_was_lost_succeeds(rows: DynamoCredentialRows) -> None:
    """The very same row under the very same revision is the same write."""
    first = rows.put(NEW)
    assert rows.put(NEW) == first
