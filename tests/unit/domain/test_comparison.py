"""What is to be done about a row and its stack: every state of the row by every state of the stack."""

from typing import Any

import botocore.session
import pytest

from stowage.domain.comparison import Verdict, as_stack, compare, is_seen, pairs, without_stack
from stowage.domain.resources import Lock, ResourceRow, ResourceStatus, stack_name
from stowage.domain.stacks import Stack, resource_status
from stowage.domain.survey import Origin, StackSummary
from tests.unit.fakes.resources import resource_row

NAME = stack_name("crate", "apples")
STACK_ID, OTHER_ID = f"arn:stack/{NAME}/1", f"arn:stack/{NAME}/2"
AT, LATER = "2026-11-23T08:00:00.000Z", "2026-11-23T09:00:00.000Z"
LOCK = Lock(change="chg-1", actor="mia@example.com", actor_id="mia", since=AT, action="update")
STATUSES = tuple(
    botocore.session.get_session().get_service_model("cloudformation").shape_for("StackStatus").enum  # type: ignore[attr-defined]
)
LISTED = tuple(status for status in STATUSES if status != "DELETE_COMPLETE")
RUNNING = tuple(each for each in LISTED if each.endswith("_IN_PROGRESS") and each != "REVIEW_IN_PROGRESS")


def row(status: str = "ACTIVE", stack_status: str | None = "CREATE_COMPLETE", **fields: Any) -> ResourceRow:
    """Give a row at rest that knows its stack."""
    known: dict[str, Any] = {"stack_id": STACK_ID, "stack_updated_at": AT, **fields}
    return resource_row("apollo", "crate", "apples", status=status, stack_status=stack_status, **known)


def stack(status: str = "CREATE_COMPLETE", stack_id: str = STACK_ID, updated_at: str = AT) -> StackSummary:
    """Give a stack's line in a listing."""
    return StackSummary(stack_id, NAME, status, updated_at)


TOMBSTONE = row("DELETED", "DELETE_COMPLETE", deleted=True)
NEVER_MADE = row("CREATE_FAILED", None, stack_id=None, stack_updated_at=None)
MISSING = row("MISSING", "DELETE_COMPLETE", stack_updated_at=None)
LOCKED = row("UPDATING", lock=LOCK)
STOOD = row()
FREE = {"none": None, "tombstone": TOMBSTONE, "never made": NEVER_MADE, "missing": MISSING, "stood": STOOD}

TABLE = {
    ("none", "none"): Verdict.AGREE,
    ("tombstone", "none"): Verdict.AGREE,
    ("never made", "none"): Verdict.AGREE,
    ("missing", "none"): Verdict.AGREE,
    ("stood", "none"): Verdict.CONFIRM_GONE,
    ("none", "at rest"): Verdict.ADOPT,
    ("tombstone", "at rest"): Verdict.ADOPT,
    ("never made", "at rest"): Verdict.REFRESH,
    ("missing", "at rest"): Verdict.REFRESH,
    ("stood", "at rest"): Verdict.AGREE,
    ("stood", "another incarnation"): Verdict.REFRESH,
    ("stood", "updated since"): Verdict.REFRESH,
    ("stood", "of another status"): Verdict.REFRESH,
    ("none", "not executed"): Verdict.AGREE,
    ("tombstone", "not executed"): Verdict.AGREE,
}
STACKS = {
    "none": None,
    "at rest": stack(),
    "another incarnation": stack(stack_id=OTHER_ID),
    "updated since": stack(updated_at=LATER),
    "of another status": stack("UPDATE_ROLLBACK_COMPLETE"),
    "not executed": stack("REVIEW_IN_PROGRESS"),
}


@pytest.mark.parametrize(("which", "wanted"), TABLE.items())
def test_the_table(which: tuple[str, str], wanted: Verdict) -> None:
    """The decision of the record, cell by cell."""
    assert compare(FREE[which[0]], STACKS[which[1]]) is wanted


@pytest.mark.parametrize("status", [None, *LISTED])
def test_a_locked_row_is_asked_for_whatever_its_stack_does(status: str | None) -> None:
    """Only its holder's execution and its stack's rest decide (L3); nothing is written here."""
    assert compare(LOCKED, None if status is None else stack(status)) is Verdict.ASK_HOLDER


@pytest.mark.parametrize("status", RUNNING)
@pytest.mark.parametrize("which", FREE)
def test_nothing_is_judged_while_an_operation_runs(which: str, status: str) -> None:
    """All statuses in progress by all free rows."""
    assert compare(FREE[which], stack(status)) is Verdict.WAIT


@pytest.mark.parametrize("status", sorted(set(LISTED) - set(RUNNING)))
def test_a_row_that_shows_its_stack_agrees_in_every_status(status: str) -> None:
    """All statuses at rest: what `as_stack` writes is never found to differ again."""
    described = Stack(stack_id=STACK_ID, name=NAME, status=status, updated_at=LATER)

    written = as_stack(STOOD, described, None, verified_at=LATER)

    assert compare(written, stack(status, updated_at=LATER)) is Verdict.AGREE
    assert written.resource.status == resource_status(status, ResourceStatus.ACTIVE)


@pytest.mark.parametrize("status", ["CREATING", "UPDATING", "DELETING"])
def test_a_free_row_in_progress_is_left_over(status: str) -> None:
    """Nobody holds it, and its stack rests: the stack tells what it is."""
    assert compare(row(status), stack()) is Verdict.REFRESH


@pytest.mark.parametrize(
    ("before", "wanted"),
    [(STOOD, "MISSING"), (row("CREATING", None, stack_id=None), "CREATE_FAILED"), (NEVER_MADE, "CREATE_FAILED")],
)
def test_only_what_stood_goes_missing(before: ResourceRow, wanted: str) -> None:
    """A creation that never made a stack has failed; and once written, either agrees."""
    after = without_stack(before, stack_status=None, verified_at=LATER)

    assert (after.resource.status, after.resource.outputs) == (wanted, {})
    assert compare(after, None) is Verdict.AGREE


def test_a_version_never_falls() -> None:
    """The mirror's is higher after a spec that was rolled back, the stack's after a restored table."""
    described = Stack(stack_id=STACK_ID, name=NAME, status="UPDATE_ROLLBACK_COMPLETE")

    versions = [
        as_stack(row(version=3), described, Origin("crate", "apples", told, {}), verified_at=AT).resource.version
        for told in (2, 3, 4)
    ]

    assert versions == [3, 3, 4]


def test_the_times_of_a_look_are_no_mismatch() -> None:
    """What nobody could see or act on is not counted."""
    looked = STOOD.model_copy(
        update={"stack_updated_at": LATER, "resource": STOOD.resource.model_copy(update={"verified_at": LATER})}
    )

    assert not is_seen(STOOD, looked)
    assert is_seen(STOOD, looked.model_copy(update={"stack_id": OTHER_ID}))


def test_rows_and_stacks_meet_by_the_stacks_name() -> None:
    """Each once, sorted, so that a cursor is a name."""
    found = pairs([STOOD], [StackSummary("arn:1", "stowage-crate-aaa", "CREATE_COMPLETE", AT), stack()])

    assert [(each.name, each.row is None, each.stack is None) for each in found] == [
        ("stowage-crate-aaa", True, False),
        (NAME, False, False),
    ]
