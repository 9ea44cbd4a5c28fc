"""What a storm counts (tests/e2e/chaos_truth.py): each count finds what it is there to find."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from stowage.domain.changes import Spec
from stowage.domain.stacks import token_of
from stowage.domain.survey import Origin
from tests.e2e.chaos_requests import Wish
from tests.e2e.chaos_truth import (
    Operation,
    Row,
    Standing,
    differing,
    duplicates,
    lies,
    locked,
    not_rebuilt,
    outlived,
    unended,
)

KEY = ("atlas", "RESOURCE#bucket#logs")
SPEC: Spec = {"owner": "anna@example.com"}
ROW: Row = {
    "kind": "bucket",
    "name": "logs",
    "status": "ACTIVE",
    "stackId": "arn:1",
    "stackStatus": "CREATE_COMPLETE",
    "outputs": json.dumps({"Arn": "a"}),
    "spec": json.dumps(SPEC),
    "version": 1,
    "fence": 1,
    "outcome": "SUCCEEDED",
}
STACK = Standing("arn:1", "CREATE_COMPLETE", {"Arn": "a"}, Origin("bucket", "logs", 1, SPEC))
CHANGE = "chg-1"
RIVAL = "chg-2"
WISH = Wish("create", "atlas", "logs", "a key", SPEC)


def changes(**told: Any) -> dict[tuple[str, str], Row]:
    """Give the rows of two changes, the first with what is told of it."""
    rows = [
        {"change": change, "name": "logs", "status": "SUCCEEDED", "outcome": "SUCCEEDED"} for change in (CHANGE, RIVAL)
    ]
    rows[0].update(told)
    return {("atlas", f"CHANGE#{row['change']}"): row for row in rows}


def begun(word: str, *, change: str = CHANGE, fence: int = 1, times: int = 1) -> Operation:
    """Give an operation on the stack."""
    return Operation("stowage-bucket-logs", token_of(change, word, fence), times)


def test_a_row_that_tells_of_its_stack_is_nothing_to_count() -> None:
    """Nor is a version that was accepted and never came to stand, nor a tombstone of what is gone."""
    used_up = {**ROW, "version": 2, "outcome": "ABORTED"}

    assert differing({KEY: ROW}, {KEY: STACK}) == differing({KEY: used_up}, {KEY: STACK}) == {}
    assert differing({KEY: {**ROW, "status": "DELETED", "deletedAt": "a time"}}, {}) == {}
    assert locked({KEY: ROW}) == unended(changes()) == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"status": "CREATING"},
        {"stackId": "arn:2"},
        {"stackStatus": "UPDATE_COMPLETE"},
        {"outputs": "{}"},
        {"spec": "{}"},
        {"version": 2},
        {"version": 0, "outcome": "ABORTED"},
        {"deletedAt": "a time"},
    ],
    ids=str,
)
def test_a_row_that_differs_is_found(wrong: Row) -> None:
    """In each of what it tells."""
    assert differing({KEY: {**ROW, **wrong}}, {KEY: STACK}).keys() == {KEY}


def test_a_row_without_its_stack_and_a_stack_without_its_row_are_found() -> None:
    """Whatever the row says of a stack that is not there."""
    missing = {**ROW, "status": "MISSING"}

    assert len(differing({KEY: ROW}, {})) == len(differing({KEY: missing}, {})) == len(differing({}, {KEY: STACK})) == 1


def test_a_lock_and_a_change_without_an_end_are_found() -> None:
    """By the change's id."""
    assert CHANGE in locked({KEY: {**ROW, "lock": {"change": CHANGE}}})[0]
    assert CHANGE in unended(changes(status="RUNNING", outcome=None))[0]
    assert CHANGE in unended(changes(status="FAILED", outcome=None))[0]


def test_an_operation_that_outlived_its_function_is_counted() -> None:
    """By when it began, and when a function of its change's died; one that died before has begun nothing."""
    began, before, after = (datetime(2026, 1, 1, hour, tzinfo=UTC) for hour in (12, 11, 13))
    operation = [replace(begun("create"), at=began)]

    assert outlived(operation, changes(), {CHANGE: [before, after]}) == 1
    assert outlived(operation, changes(), {CHANGE: [before], RIVAL: [after]}) == 0


def test_what_is_cleared_away_before_a_creation_is_no_duplicate() -> None:
    """Nor is the update of what another change has created."""
    assert duplicates([begun("clear"), begun("create"), begun("update", change=RIVAL)], changes()) == []


@pytest.mark.parametrize(
    "operations",
    [
        [begun("create", times=2)],
        [begun("create"), begun("create", fence=2)],
        [begun("create"), begun("update")],
        [begun("update"), begun("update", change=RIVAL)],
        [begun("create", change="chg-3")],
        [Operation("stowage-bucket-logs", "", 1)],
    ],
    ids=[
        "one token, two beginnings",
        "two fences",
        "two words",
        "both rivals",
        "a change that nobody knows",
        "no token",
    ],
)
def test_an_operation_too_many_is_found(operations: list[Operation]) -> None:
    """Whether of one change or of two, or of none."""
    assert duplicates(operations, changes()) != []


@pytest.mark.parametrize(
    ("outcome", "stack", "operations"),
    [
        ("NO_CHANGE", STACK, []),
        ("SUCCEEDED", None, []),
        ("SUCCEEDED", Standing("arn:1", "ROLLBACK_COMPLETE", {}, STACK.origin), []),
        ("SUCCEEDED", Standing("arn:1", "CREATE_COMPLETE", {}, Origin("bucket", "logs", 1, {"owner": "ben"})), []),
        ("LOCKED", STACK, [begun("create")]),
        ("CREATE_FAILED", STACK, []),
        ("ROLLED_BACK", STACK, []),
        ("DELETE_FAILED", None, []),
    ],
)
def test_an_end_that_is_not_true_is_found(outcome: str, stack: Standing | None, operations: list[Operation]) -> None:
    """A success that does not stand, a refusal that did something, a failure that left something else."""
    stacks = {} if stack is None else {KEY: stack}

    assert len(lies({CHANGE: WISH}, changes(outcome=outcome), stacks, operations)) == 1


@pytest.mark.parametrize("outcome", ["SUCCEEDED", "ABORTED", "INTERNAL_ERROR"])
def test_a_true_end_is_nothing_to_count(outcome: str) -> None:
    """What was broken off may have come about."""
    assert lies({CHANGE: WISH}, changes(outcome=outcome), {KEY: STACK}, [begun("create")]) == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"status": "CREATING"},
        {"stackId": "arn:2"},
        {"spec": "{}"},
        {"outputs": "{}"},
        {"version": 2},
        {"fence": 0},
        {"lock": {"change": CHANGE}},
    ],
    ids=str,
)
def test_a_row_that_came_back_otherwise_is_found(wrong: Row) -> None:
    """In each of what comes back."""
    assert not_rebuilt({KEY: ROW}, {KEY: {**ROW, **wrong}}, {KEY: STACK}) != []


def test_a_row_that_did_not_come_back_and_one_of_nothing_are_found() -> None:
    """A higher fence is in order: no late writer of before gets in."""
    assert not_rebuilt({KEY: ROW}, {KEY: {**ROW, "fence": 5}}, {KEY: STACK}) == []
    assert len(not_rebuilt({KEY: ROW}, {}, {KEY: STACK})) == len(not_rebuilt({KEY: ROW}, {KEY: ROW}, {})) == 1
