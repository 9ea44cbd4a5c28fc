"""Stack names, and what a PUT means for a row."""

import re
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stowage.domain.changes import Action
from stowage.domain.resources import Lock, Resource, ResourceRow, ResourceStatus, next_action, stack_name

KINDS = st.from_regex(r"[a-z]{1,6}(-[a-z]{1,6}){0,2}", fullmatch=True)
NAMES = st.text(string.ascii_letters + string.digits + "-_.@+=,", min_size=1, max_size=150)


def row(status: ResourceStatus, *, lock: Lock | None = None, fence: int = 1, deleted: bool = False) -> ResourceRow:
    """Give a row in a status."""
    resource = Resource(
        kind="bucket", name="logs", spec={}, status=status, outputs={}, lock=lock, version=1, stack_status=None,
        verified_at=None, outcome=None, cause=None, change=None,
    )  # fmt: skip
    return ResourceRow(project="atlas", resource=resource, fence=fence, deleted=deleted)


@given(KINDS, NAMES)
def test_a_stack_name_is_one_that_cloudformation_takes(kind: str, name: str) -> None:
    """A letter first, then letters, digits and hyphens, 128 at most."""
    assert re.fullmatch(r"[A-Za-z][-A-Za-z0-9]{0,127}", stack_name(kind, name))


@given(st.tuples(KINDS, NAMES), st.tuples(KINDS, NAMES))
def test_two_resources_never_share_a_stack_name(one: tuple[str, str], other: tuple[str, str]) -> None:
    """The name is injective over kind and name."""
    assert (stack_name(*one) == stack_name(*other)) == (one == other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("bucket", "a.b"), ("bucket", "a-b")),
        (("sftp-user", "a"), ("sftp", "user-a")),
        (("bucket", "a--b"), ("bucket", "a-b")),
        (("bucket", "x" * 140), ("bucket", "x" * 141)),
        (("user", "A"), ("user", "a")),
    ],
)
def test_names_that_fold_alike_stay_apart(one: tuple[str, str], other: tuple[str, str]) -> None:
    """The pairs that a naive joining would confuse."""
    assert stack_name(*one) != stack_name(*other)


def test_a_plain_bucket_name_stays_readable() -> None:
    """An operator finds the stack by the bucket's name."""
    assert stack_name("bucket", "team-logs") == "stowage-bucket-team-logs"


@pytest.mark.parametrize(
    ("found", "action"),
    [
        (None, Action.CREATE),
        (row(ResourceStatus.DELETED, deleted=True), Action.CREATE),
        (row(ResourceStatus.CREATE_FAILED), Action.CREATE),
        (row(ResourceStatus.MISSING), Action.CREATE),
        (row(ResourceStatus.ACTIVE), Action.UPDATE),
        (row(ResourceStatus.ROLLED_BACK), Action.UPDATE),
        (row(ResourceStatus.DELETE_FAILED), Action.UPDATE),
    ],
)
def test_a_put_creates_what_never_stood_and_updates_the_rest(found: ResourceRow | None, action: Action) -> None:
    """A failed creation is created again, a rolled back update is updated."""
    assert next_action(found) is action


def test_a_lock_is_held_by_its_change_under_its_fence_alone() -> None:
    """A redriven execution of the same change under an older fence holds nothing (L5)."""
    lock = Lock(change="chg-1", actor="a@example.com", actor_id="sub", since="t", action=Action.UPDATE)
    held = row(ResourceStatus.UPDATING, lock=lock, fence=4)
    assert held.holds("chg-1", 4)
    assert not held.holds("chg-1", 3)
    assert not held.holds("chg-2", 4)
    assert not row(ResourceStatus.ACTIVE, fence=4).holds("chg-1", 4)
