"""Every order of a stack's events, with every part of them lost, at the row: the adapters' own reads and writes.

Seven events, as CloudFormation tells an update that is rolled back, are read by the listener's parser and merged one
after the other by `DynamoSightings.merge`. After each arrival the stack is described once: by reconcile
(`DynamoReconciliation.settle`) where nobody holds the row, by the change's own end (`DynamoResources.finish`) where one
does. Arrivals that begin alike are played once: so many of the 5,040 orders x 128 subsets lost are one arrival.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from math import factorial
from typing import Any

from stowage.adapters.dynamodb.items import from_item, to_item
from stowage.adapters.dynamodb.reconciliation import DynamoReconciliation
from stowage.adapters.dynamodb.resource_rows import to_row
from stowage.adapters.dynamodb.resources import DynamoResources
from stowage.adapters.dynamodb.sightings import DynamoSightings
from stowage.domain.ports import ResourceKey
from stowage.domain.resources import ResourceStatus
from stowage.domain.stack_events import StackEvent, stack_event_from
from tests.simulation.dynamodb import Table
from tests.simulation.dynamodb_expressions import Item
from tests.simulation.wiring import TABLE

ROW_OF = ResourceKey("apollo", "bucket", "apples")
KEY = ("RESOURCES#apollo", "RESOURCE#bucket#apples")
STACK = "arn:aws:cloudformation:eu-west-1:111111111111:stack/stowage-bucket-apples/0001"
BEFORE, AFTER = "2026-11-23T08:00:00.000Z", "2026-11-23T10:00:00.000Z"
CHANGE = "chg-" + "1" * 32
END = "UPDATE_ROLLBACK_COMPLETE"
TOLD = (
    (1, "stack", "UPDATE_IN_PROGRESS"),
    (2, "Bucket", "UPDATE_IN_PROGRESS"),
    (3, "Bucket", "UPDATE_FAILED"),
    (3, "stack", "UPDATE_ROLLBACK_IN_PROGRESS"),
    (5, "Bucket", "UPDATE_COMPLETE"),
    (7, "stack", "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS"),
    (7, "stack", END),
)
"""Second, what it is of, status: twice two of them in one millisecond."""


@dataclass
class Orders:
    """What came of it: how many orders, subsets and arrivals, and the different rows after the one description."""

    arrivals: int = 0
    orders: int = 0
    stand_for: int = 0
    known: dict[frozenset[int], set[str]] = field(default_factory=dict)
    ends: set[str] = field(default_factory=set)
    broken: list[str] = field(default_factory=list)
    pairs: int = 0

    def told(self) -> str:
        """Give the figures in a line."""
        return (
            f"{self.orders:,} orders of {len(TOLD)} events x {len(self.known)} subsets dropped = {self.stand_for:,} "
            f"({self.arrivals:,} arrivals played): {len(self.ends)} row after one look; {self.pairs:,} duplicates"
        )


@dataclass
class Mirror:
    """A row, the adapters that write it, and whether a change holds it."""

    held: bool
    table: Table = field(default_factory=Table)

    def __post_init__(self) -> None:
        """Make the adapters on the table."""
        client: Any = _Client(self.table)
        self._sightings = DynamoSightings(client, TABLE, lambda: ["bucket"])
        self._reconciliation = DynamoReconciliation(client, TABLE)
        self._resources = DynamoResources(client, TABLE)

    def first(self) -> Item:
        """Give the row before all events."""
        fields: dict[str, Any] = {
            "pk": KEY[0],
            "sk": KEY[1],
            "project": ROW_OF.project,
            "kind": ROW_OF.kind,
            "name": ROW_OF.name,
            "version": 1,
            "fence": 1,
            "spec": "{}",
            "status": "UPDATING",
            "stackId": STACK,
            "stackStatus": "CREATE_COMPLETE",
            "verifiedAt": BEFORE,
            "stackMark": f"{BEFORE}#9#",
        }
        if self.held:
            lock = {"change": CHANGE, "actor": "a@b.c", "actorId": "1", "since": BEFORE, "action": "update"}
            fields |= {"lock": lock, "wakeToken": "t"}
        return to_item(fields)

    def hear(self, row: Item, event: StackEvent) -> Item:
        """Give the row with an event."""
        self._lay(row)
        self._sightings.merge(ROW_OF, STACK, [event])
        return self.table.rows[KEY]

    def look(self, row: Item) -> Item:
        """Give the row with a description of the stack, as reconcile or the change that holds it writes it."""
        self._lay(row)
        before = to_row(from_item(row))
        seen = {"status": ResourceStatus.ROLLED_BACK, "stack_status": END, "verified_at": AFTER, "outputs": {}}
        resource = before.resource.model_copy(update=seen)
        if self.held:
            self._resources.finish(
                ROW_OF,
                change=CHANGE,
                fence=1,
                resource=resource,
                stack_id=STACK,
                stack_updated_at=BEFORE,
                deleted=False,
            )
        else:
            after = before.model_copy(update={"resource": resource, "stack_updated_at": BEFORE})
            self._reconciliation.settle(before, after)
        return self.table.rows[KEY]

    def _lay(self, row: Item) -> None:
        self.table.past.clear()
        self.table.rows[KEY] = row


def play_orders(*, held: bool) -> Orders:
    """Let the events arrive in every order, whatever is lost of them, and describe the stack after each arrival."""
    mirror, events, found = Mirror(held), _events(), Orders()
    rows: dict[frozenset[int], Item] = {}
    for seen, row in _arrivals(mirror, events):
        found.arrivals += 1
        found.orders += len(seen) == len(events)
        # So many of the orders become this arrival when what is not in it is dropped.
        found.stand_for += factorial(len(events)) // factorial(len(seen))
        found.known.setdefault(seen, set()).add(text_of(row))
        end = mirror.look(row)
        found.ends.add(text_of(end))
        rows[seen] = row
    found.broken += [
        f"{len(of)} rows come of the events {sorted(seen)}" for seen, of in found.known.items() if len(of) > 1
    ]
    if len(found.ends) > 1:
        found.broken.append(f"{len(found.ends)} rows stand after one description: {sorted(found.ends)[:2]}")
    for number, event in enumerate(events):
        if text_of(mirror.hear(end, event)) != text_of(end):
            found.broken.append(f"the event {number}, coming after the description, changes the row")
    for seen, row in rows.items():
        found.pairs += len(events)
        found.broken += list(_told_twice(mirror, events, seen, row))
    return found


def _arrivals(mirror: Mirror, events: tuple[StackEvent, ...]) -> Iterator[tuple[frozenset[int], Item]]:
    """Give every way in which some of the events arrive one after the other, with the row at its end."""

    def go_on(seen: frozenset[int], row: Item) -> Iterator[tuple[frozenset[int], Item]]:
        yield seen, row
        for number in range(len(events)):
            if number not in seen:
                yield from go_on(seen | {number}, mirror.hear(row, events[number]))

    yield from go_on(frozenset(), mirror.first())


def _told_twice(mirror: Mirror, events: tuple[StackEvent, ...], seen: frozenset[int], row: Item) -> Iterator[str]:
    """Tell which event changes a row that has it already, or has just heard it."""
    for number, event in enumerate(events):
        once = mirror.hear(row, event)
        if number in seen and text_of(once) != text_of(row):
            yield f"the event {number} changes a row that had it, after {sorted(seen)}"
        if text_of(mirror.hear(once, event)) != text_of(once):
            yield f"the event {number}, told twice, is told differently after {sorted(seen)}"


def _events() -> tuple[StackEvent, ...]:
    return tuple(stack_event_from(_message(number, *told)) for number, told in enumerate(TOLD))


def _message(number: int, second: int, of: str, status: str) -> str:
    own = of == "stack"
    fields = {
        "StackId": STACK,
        "Timestamp": f"2026-11-23T09:00:{second:02d}.000Z",
        "EventId": f"event-{number}",
        "LogicalResourceId": "stowage-bucket-apples" if own else of,
        "Namespace": "111111111111",
        "PhysicalResourceId": STACK if own else "apples",
        "ResourceStatus": status,
        "ResourceStatusReason": "The bucket said no." if status.endswith("FAILED") else "",
        "ResourceType": "AWS::CloudFormation::Stack" if own else "AWS::S3::Bucket",
        "StackName": "stowage-bucket-apples",
        "ClientRequestToken": "s" + "a" * 64,
    }
    return "".join(f"{name}='{value}'\n" for name, value in fields.items())


def text_of(row: Item) -> str:
    """Give one text per row."""
    return json.dumps(row, sort_keys=True)


class _Client:
    """A client of the table, as the adapters use it."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        return lambda **arguments: self._table.call(operation, arguments)
