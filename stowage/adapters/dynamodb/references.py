"""Marks on a resource's row: which other resources name it (docs/adr/0012-references-on-the-row.md).

They are a group of attributes of their own. Each write adds or deletes single elements of a set, so that writers of
different marks need no order among each other, nor one with who writes the rest of the row.
"""

from collections.abc import Collection, Iterable
from typing import Any

from stowage.adapters.dynamodb.items import names, to_item
from stowage.adapters.dynamodb.table import key
from stowage.domain.changes import Action
from stowage.domain.ports import ResourceKey
from stowage.domain.resources import STANDING, ResourceName, ResourceStatus

REFERRED_BY = "referencedBy"
TOUCHED = "touched"
MARKS_AT_ONCE = 97
"""A transaction takes 100 items; the resource's own row and a change's row are two
(https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html). Marks beyond stay, and are
found stale when it matters."""

Write = dict[str, Any]


def row_key(row_of: ResourceKey) -> dict[str, dict[str, Any]]:
    """Give the key of a resource's row."""
    return key(*key_texts(row_of))


def key_texts(row_of: ResourceKey) -> tuple[str, str]:
    """Give both parts of that key."""
    return f"RESOURCES#{row_of.project}", f"RESOURCE#{row_of.kind}#{row_of.name}"


def marks_of(resources: Iterable[ResourceName]) -> frozenset[str]:
    """Give resources as a row's set of texts; no kind's name has a slash."""
    return frozenset(f"{each.kind}/{each.name}" for each in resources)


def wire_marks(marks: Iterable[str]) -> list[dict[str, str]]:
    """Give a row's set of texts as JSON has it: sorted by kind and name."""
    pairs = sorted(mark.split("/", 1) for mark in marks)
    return [{"kind": kind, "name": name} for kind, name in pairs]


def named(marks: Iterable[str]) -> tuple[ResourceName, ...]:
    """Give a row's set of texts as resources, sorted by kind and name."""
    return tuple(ResourceName(**each) for each in wire_marks(marks))


def mark_if_standing(table: str, row_of: ResourceKey, referrer: ResourceName) -> Write:
    """Give the write of a mark, on condition that its resource stands and no deletion holds it.

    AcquireLock of a deletion writes this same row: either its status is seen here, or the mark is seen by the deletion.
    """
    statuses: dict[str, ResourceStatus] = {f":standing{number}": each for number, each in enumerate(sorted(STANDING))}
    condition = (
        f"#status IN ({', '.join(statuses)}) AND attribute_not_exists(#deletedAt) "
        "AND (attribute_not_exists(#lock) OR #lock.#action <> :delete)"
    )
    values = {":mark": marks_of([referrer]), ":delete": Action.DELETE.value, **statuses}
    return {
        "TableName": table,
        "Key": row_key(row_of),
        "UpdateExpression": f"ADD #{REFERRED_BY} :mark",
        "ConditionExpression": condition,
        "ExpressionAttributeNames": names(REFERRED_BY, "status", "deletedAt", "lock", "action"),
        "ExpressionAttributeValues": to_item(values),
    }


def unmark(table: str, row_of: ResourceKey, referrers: Collection[ResourceName]) -> Write:
    """Give the write that takes marks away; the row is known to exist."""
    return {
        "TableName": table,
        "Key": row_key(row_of),
        "UpdateExpression": f"DELETE #{REFERRED_BY} :marks",
        "ExpressionAttributeNames": names(REFERRED_BY),
        "ExpressionAttributeValues": to_item({":marks": marks_of(referrers)}),
    }


def unmark_each(table: str, referrer: ResourceKey, dropped: Iterable[ResourceName]) -> list[Write]:
    """Give the writes that take the referrer's mark from each resource that it names no more."""
    return [
        unmark(table, ResourceKey(referrer.project, each.kind, each.name), [referrer.resource])
        for each in tuple(dropped)[:MARKS_AT_ONCE]
    ]
