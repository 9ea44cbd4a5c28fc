"""The order of what is known of a stack (invariant M1)."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from math import factorial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stowage.domain.merge import Sight, describe, mark_of, merge, merge_all, operation_of, rank_of
from stowage.domain.stack_events import STACK_TYPE, StackEvent

STACK = "arn:aws:cloudformation:eu-west-1:111111111111:stack/stowage-crate-apples/first"
OTHER = "arn:aws:cloudformation:eu-west-1:111111111111:stack/stowage-crate-apples/second"
AFTER = "2026-11-23T09:59:59.000Z"


def event(
    number: int,
    status: str,
    logical_id: str = "stack",
    *,
    second: int | None = None,
    token: str | None = "sours",
    stack_id: str = STACK,
) -> StackEvent:
    """Give an event of the stack itself, or of a resource in it."""
    own = logical_id == "stack"
    return StackEvent(
        stack_id=stack_id,
        stack_name="stowage-crate-apples",
        event_id=f"event-{number}",
        logical_id="stowage-crate-apples" if own else logical_id,
        physical_id=stack_id if own else f"physical-{logical_id}",
        resource_type=STACK_TYPE if own else "AWS::S3::Bucket",
        status=status,
        reason=None,
        at=f"2026-11-23T09:00:{number if second is None else second:02d}.000Z",
        token=token,
    )


# As CloudFormation tells a failed update; two of them in one and the same millisecond.
SEVEN = (
    event(1, "UPDATE_IN_PROGRESS"),
    event(2, "UPDATE_IN_PROGRESS", "Bucket"),
    event(3, "UPDATE_FAILED", "Bucket"),
    event(4, "UPDATE_ROLLBACK_IN_PROGRESS", second=3),
    event(5, "UPDATE_COMPLETE", "Bucket"),
    event(6, "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS", second=7),
    event(7, "UPDATE_ROLLBACK_COMPLETE"),
)


def arrivals(events: Sequence[StackEvent], sight: Sight) -> list[tuple[frozenset[str], Sight]]:
    """Give every way in which some of the events arrive one after the other, with what is known at its end."""
    found = [(frozenset[str](), sight)]

    def go_on(seen: frozenset[str], known: Sight, left: tuple[StackEvent, ...]) -> None:
        for each in left:
            now, with_it = merge(known, each), seen | {each.event_id}
            found.append((with_it, now))
            go_on(with_it, now, tuple(other for other in left if other is not each))

    go_on(frozenset(), sight, tuple(events))
    return found


def test_every_order_and_every_loss_of_seven_events_end_in_one_row(tell_figure: Callable[[str], None]) -> None:
    """The same events give the same row in any order; with any of them lost, one description gives the one row."""
    known: dict[frozenset[str], set[str]] = {}
    described = set[str]()
    pairs = orders = 0
    for seen, sight in arrivals(SEVEN, Sight(STACK)):
        known.setdefault(seen, set()).add(repr(sight))
        described.add(repr(describe(sight, "UPDATE_ROLLBACK_COMPLETE", at=AFTER)))
        # So many of the 5,040 orders become this arrival when what is not in it is dropped.
        pairs += factorial(7) // factorial(len(seen))
        orders += len(seen) == 7

    tell_figure(
        f"merge: {orders:,} orders of 7 events x {len(known)} subsets dropped = {pairs:,} arrivals: "
        f"{len(known)} rows before the description, {len(described)} after it"
    )
    assert (orders, len(known), pairs) == (5_040, 128, 5_040 * 128)
    assert {len(rows) for rows in known.values()} == {1}
    assert len(described) == 1
    assert known[frozenset(each.event_id for each in SEVEN)] == {repr(merge_all(Sight(STACK), SEVEN))}
    assert merge_all(Sight(STACK), SEVEN).status == "UPDATE_ROLLBACK_COMPLETE"


STATUSES = ("CREATE_IN_PROGRESS", "CREATE_FAILED", "ROLLBACK_IN_PROGRESS", "ROLLBACK_COMPLETE", "UPDATE_COMPLETE")
EVENTS = st.builds(
    event,
    st.integers(1, 12),
    st.sampled_from(STATUSES),
    st.sampled_from(["stack", "Bucket", "Policy"]),
    second=st.integers(1, 4),
    token=st.sampled_from(["sours", "theirs", None]),
    stack_id=st.sampled_from([STACK, STACK, OTHER]),
)
DESCRIPTIONS = st.tuples(
    st.sampled_from([*STATUSES, None]), st.integers(1, 4).map(lambda second: f"2026-11-23T09:00:0{second}.000Z")
)
FACTS = st.lists(st.one_of(EVENTS, DESCRIPTIONS), max_size=8)
Fact = StackEvent | tuple[str | None, str]


def told(facts: Sequence[Fact]) -> bool:
    """Tell that no two facts contradict each other: an event id speaks of one thing, a moment has one description."""
    events = {each.event_id: each for each in facts if isinstance(each, StackEvent)}
    moments = {at: status for status, at in (each for each in facts if not isinstance(each, StackEvent))}
    return all(
        events[each.event_id] == each if isinstance(each, StackEvent) else moments[each[1]] == each[0] for each in facts
    )


def know(sight: Sight, facts: Sequence[Fact]) -> Sight:
    """Merge all facts, in this order."""
    for each in facts:
        sight = merge(sight, each) if isinstance(each, StackEvent) else describe(sight, each[0], at=each[1])
    return sight


@given(FACTS.filter(told), st.data())
def test_events_and_descriptions_commute(facts: list[Fact], data: st.DataObject) -> None:
    """Whatever stands between two facts, and however they are grouped, the end is one."""
    shuffled = data.draw(st.permutations(facts))

    assert know(Sight(STACK), shuffled) == know(Sight(STACK), facts)


@given(FACTS.filter(told))
def test_a_fact_told_twice_is_told_once(facts: list[Fact]) -> None:
    """At once, later, or all of them again: SNS and SQS deliver at least once."""
    once = know(Sight(STACK), facts)

    assert know(once, facts) == once
    assert know(Sight(STACK), [each for fact in facts for each in (fact, fact)]) == once


def test_another_incarnations_events_are_ignored() -> None:
    """The stack was deleted and created again: what its forerunner still tells is no news (M2)."""
    sight = merge_all(Sight(STACK), SEVEN)

    assert merge(sight, event(59, "DELETE_COMPLETE", stack_id=OTHER)) == sight


def test_the_end_is_not_overwritten_by_a_late_event() -> None:
    """What was described stands against all that had happened before, of the stack and of its resources."""
    ended = describe(Sight(STACK), "UPDATE_ROLLBACK_COMPLETE", at=AFTER)

    assert merge_all(ended, SEVEN) == ended


def test_an_operation_begun_after_a_description_is_seen() -> None:
    """A description closes the past alone."""
    ended = describe(Sight(STACK), "UPDATE_COMPLETE", at="2026-11-23T09:00:02.000Z")

    assert merge(ended, event(4, "DELETE_IN_PROGRESS")).status == "DELETE_IN_PROGRESS"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("UPDATE_IN_PROGRESS", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"),
        ("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", "UPDATE_COMPLETE"),
        ("UPDATE_IN_PROGRESS", "UPDATE_ROLLBACK_IN_PROGRESS"),
        ("UPDATE_ROLLBACK_IN_PROGRESS", "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS"),
        ("CREATE_IN_PROGRESS", "ROLLBACK_IN_PROGRESS"),
        ("ROLLBACK_IN_PROGRESS", "ROLLBACK_COMPLETE"),
        ("DELETE_IN_PROGRESS", "DELETE_FAILED"),
    ],
)
def test_in_one_millisecond_what_comes_later_in_an_operation_ranks_higher(before: str, after: str) -> None:
    """CloudFormation's times have milliseconds, and its steps may share one; event ids are random."""
    early, late = event(9, before, second=1), event(1, after, second=1)

    assert rank_of(before) < rank_of(after)
    assert merge_all(Sight(STACK), (late, early)).status == after


def test_progress_is_of_the_newest_operation_alone() -> None:
    """What the creation touched is not told as the update's progress."""
    created = [event(1, "CREATE_COMPLETE", "Policy", token="solder"), event(2, "CREATE_COMPLETE", token="solder")]
    sight = merge_all(
        Sight(STACK), [*created, event(3, "UPDATE_IN_PROGRESS"), event(4, "UPDATE_IN_PROGRESS", "Bucket")]
    )

    assert list(sight.of_this_operation()) == ["Bucket"]
    assert sight.operation == operation_of("sours")


def test_only_so_many_resources_are_kept_and_no_order_decides_which() -> None:
    """A row has its limits: 400 KB in DynamoDB, and what a list costs."""
    many = [event(1, "CREATE_COMPLETE", f"R{number:03d}") for number in range(100)]

    assert list(merge_all(Sight(STACK), many).resources) == [f"R{number:03d}" for number in range(40)]
    assert merge_all(Sight(STACK), reversed(many)) == merge_all(Sight(STACK), many)


def test_marks_compare_as_texts() -> None:
    """As DynamoDB compares them, by their bytes."""
    assert mark_of(event(9, "CREATE_COMPLETE")) < mark_of(replace(event(9, "CREATE_COMPLETE"), at=AFTER))
