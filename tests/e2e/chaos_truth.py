"""What stands after a storm, read past Stowage: rows, stacks and their events, and how they contradict each other."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from local.aws import client
from local.endpoints import Endpoints, LocalProject
from stowage.adapters.dynamodb.items import from_item
from stowage.catalog.metadata import spec_from_template
from stowage.domain.stacks import token_of
from stowage.domain.survey import Origin
from tests.e2e.chaos_requests import Wish

Row = dict[str, Any]
Key = tuple[str, str]
"""A project, and the sort key of a row of its."""

WORDS = ("create", "update", "delete", "clear")
"""Every operation that a change of a storm may begin; "clear" removes what a failed creation has left."""
FENCES_AT_MOST = 50
BEGINNINGS = frozenset({"CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS", "DELETE_IN_PROGRESS"})
NEVER_STOOD = "ROLLBACK_COMPLETE"
MEANT = {
    "CREATE_COMPLETE": "ACTIVE",
    "UPDATE_COMPLETE": "ACTIVE",
    NEVER_STOOD: "CREATE_FAILED",
    "UPDATE_ROLLBACK_COMPLETE": "ROLLED_BACK",
    "DELETE_FAILED": "DELETE_FAILED",
}
"""What a row says of each status that a stack may rest in after a storm: written down here once more, on purpose."""
WITHOUT_STACK = frozenset({"DELETED", "CREATE_FAILED"})
"""What a row without a stack may say; never MISSING, since nobody has deleted a stack by hand."""
REFUSED = frozenset({"LOCKED", "STALE_VERSION"})
LEAVES = {
    "CREATE_FAILED": frozenset({None, NEVER_STOOD}),
    "ROLLED_BACK": frozenset({"UPDATE_ROLLBACK_COMPLETE"}),
    "DELETE_FAILED": frozenset({"DELETE_FAILED"}),
}
"""What a failure leaves of the stack; one that was broken off may leave anything."""
SAME = ("kind", "name", "status", "stackId", "stackStatus", "referencedBy")
"""What of a row comes back as it was, beside spec, outputs and version (docs/adr/0014-reconcile.md)."""


@dataclass(frozen=True)
class Standing:
    """A stack of Stowage's that is not deleted, with what its own template tells."""

    stack_id: str
    status: str
    outputs: dict[str, str]
    origin: Origin


@dataclass(frozen=True)
class Operation:
    """An operation on a stack, as the stack's events tell it: how often it began, and when first."""

    stack: str
    token: str
    times: int
    at: datetime | None = None


@dataclass(frozen=True)
class Truth:
    """A running local Stowage, seen with the eyes of its accounts' roots."""

    endpoints: Endpoints

    def rows(self) -> dict[Key, Row]:
        """Give the rows of all resources, tombstones too."""
        return self._rows("RESOURCES", "RESOURCE#")

    def changes(self) -> dict[Key, Row]:
        """Give the rows of all changes."""
        return self._rows("CHANGES", "CHANGE#")

    def delete(self, keys: Iterable[Key]) -> None:
        """Delete rows of resources from the table."""
        table = client("dynamodb", self.endpoints.aws)
        for project, sort in keys:
            key = {"pk": {"S": f"RESOURCES#{project}"}, "sk": {"S": sort}}
            table.delete_item(TableName=self.endpoints.table, Key=key)

    def stacks(self) -> dict[Key, Standing]:
        """Give the stacks that are not deleted, each under the key that its row must have."""
        return {
            (project.id, f"RESOURCE#{tags['stowage:kind']}#{tags['stowage:name']}"): self._standing(project, stack)
            for project in self.endpoints.projects
            for stack, tags in self._of_ours(project)
        }

    def at_work(self) -> set[Key]:
        """Give the stacks on which an operation runs."""
        return {
            (project.id, f"RESOURCE#{tags['stowage:kind']}#{tags['stowage:name']}")
            for project in self.endpoints.projects
            for stack, tags in self._of_ours(project)
            if stack["StackStatus"].endswith("_IN_PROGRESS")
        }

    def operations(self) -> list[Operation]:
        """Give every operation that has begun on any stack of Stowage's, of deleted stacks too."""
        found = []
        for project in self.endpoints.projects:
            stacks = client("cloudformation", self.endpoints.aws, project.account)
            for stack in _pages(stacks, "list_stacks", "StackSummaries"):
                name = stack["StackName"]
                if name.startswith("stowage-bucket-"):
                    events = _pages(stacks, "describe_stack_events", "StackEvents", StackName=stack["StackId"])
                    begun = defaultdict(list)
                    for event in events:
                        if event["LogicalResourceId"] == name and event["ResourceStatus"] in BEGINNINGS:
                            begun[event.get("ClientRequestToken", "")].append(event["Timestamp"])
                    found += [Operation(name, token, len(times), min(times)) for token, times in begun.items()]
        return found

    def _rows(self, partition: str, prefix: str) -> dict[Key, Row]:
        table = client("dynamodb", self.endpoints.aws)
        return {
            (project.id, item["sk"]["S"]): from_item(item)
            for project in self.endpoints.projects
            for item in _pages(
                table,
                "query",
                "Items",
                TableName=self.endpoints.table,
                KeyConditionExpression="pk = :pk AND begins_with(sk, :sk)",
                ExpressionAttributeValues={":pk": {"S": f"{partition}#{project.id}"}, ":sk": {"S": prefix}},
                ConsistentRead=True,
            )
        }

    def _of_ours(self, project: LocalProject) -> Iterator[tuple[dict[str, Any], dict[str, str]]]:
        stacks = client("cloudformation", self.endpoints.aws, project.account)
        for stack in _pages(stacks, "describe_stacks", "Stacks"):
            tags = {tag["Key"]: tag["Value"] for tag in stack.get("Tags", [])}
            is_ours = tags.get("stowage:project") == project.id and "stowage:name" in tags
            if is_ours and stack["StackStatus"] != "DELETE_COMPLETE":
                yield stack, tags

    def _standing(self, project: LocalProject, stack: dict[str, Any]) -> Standing:
        stacks = client("cloudformation", self.endpoints.aws, project.account)
        body = stacks.get_template(StackName=stack["StackId"])["TemplateBody"]
        template = json.loads(body) if isinstance(body, str) else body
        outputs = {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}
        return Standing(stack["StackId"], stack["StackStatus"], outputs, spec_from_template(template))


def locked(rows: dict[Key, Row]) -> list[str]:
    """Tell which rows are locked, and by which change."""
    return [f"{key} is locked by {row['lock']['change']}" for key, row in rows.items() if "lock" in row]


def differing(rows: dict[Key, Row], stacks: dict[Key, Standing]) -> dict[Key, list[str]]:
    """Tell in what each row differs from its stack; a stack without a row differs, too."""
    told = {key: _difference(rows.get(key), stacks.get(key)) for key in rows.keys() | stacks.keys()}
    return {key: sentences for key, sentences in told.items() if sentences}


def _difference(row: Row | None, stack: Standing | None) -> list[str]:
    if stack is None:
        fine = row is None or row["status"] in WITHOUT_STACK
        return [] if fine else [f"{row and row['status']}, and there is no stack"]
    if row is None or "deletedAt" in row:
        return [f"no row tells of the stack in {stack.status}"]
    pairs: dict[str, tuple[Any, Any]] = {
        "stack id": (row.get("stackId"), stack.stack_id),
        "status": (row["status"], MEANT.get(stack.status)),
        "stack status": (row.get("stackStatus"), stack.status),
        "outputs": (json.loads(row.get("outputs", "{}")), stack.outputs),
        "spec": (json.loads(row["spec"]), stack.origin.spec),
    }
    if row.get("outcome") == "SUCCEEDED":
        pairs["version"] = (row["version"], stack.origin.version)
    told = [f"{what} {shown}, and the stack's is {true}" for what, (shown, true) in pairs.items() if shown != true]
    # A version that was accepted and never came to stand is used up: the row's may be higher.
    below = row["version"] < stack.origin.version
    return [*told, f"version {row['version']}, below the stack's {stack.origin.version}"] if below else told


def _whose(changes: dict[Key, Row]) -> dict[str, tuple[str, str]]:
    """Give of every token that a change may have used the change, and its word."""
    return {
        token_of(row["change"], word, fence): (row["change"], word)
        for row in changes.values()
        for word in WORDS
        for fence in range(1, FENCES_AT_MOST + 1)
    }


def outlived(operations: Iterable[Operation], changes: dict[Key, Row], deaths: dict[str, list[datetime]]) -> int:
    """Count the operations whose function was killed once they had begun, so that nobody was told."""
    whose = _whose(changes)
    begun = ((whose.get(operation.token, ("", ""))[0], operation.at) for operation in operations)
    return sum(1 for change, at in begun if at and any(death >= at for death in deaths.get(change, [])))


def duplicates(operations: Iterable[Operation], changes: dict[Key, Row]) -> list[str]:
    """Tell which operation began twice, which change began two, which two changes began the same, what is nobody's.

    In a storm a stack is created, updated or deleted once, or by one of two rivals.
    """
    whose, told = _whose(changes), []
    of_change, of_stack = defaultdict(list), defaultdict(list)
    for operation in operations:
        change, word = whose.get(operation.token, (None, None))
        if change is None:
            told.append(f"nobody's operation {operation.token!r} on {operation.stack}")
        elif word != "clear":
            of_change[change].append(f"{word} of {operation.stack}")
            of_stack[f"{word} of {operation.stack}"].append(change)
        if operation.times > 1:
            told.append(f"{change}: {word} of {operation.stack} began {operation.times} times")
    told += [f"{change} began {', '.join(its)}" for change, its in of_change.items() if len(its) > 1]
    return told + [f"{what} was begun by {', '.join(its)}" for what, its in of_stack.items() if len(its) > 1]


def lies(
    asked: dict[str, Wish], changes: dict[Key, Row], stacks: dict[Key, Standing], operations: Iterable[Operation]
) -> list[str]:
    """Tell which changes say of themselves what their stack, after all of it, does not show."""
    ends = {row["change"]: row.get("outcome") for row in changes.values()}
    whose = _whose(changes)
    at_work = {whose[operation.token][0] for operation in operations if operation.token in whose}
    told = []
    for change, wish in asked.items():
        outcome, stack = ends.get(change), stacks.get((wish.project, f"RESOURCE#bucket#{wish.name}"))
        if outcome == "NO_CHANGE":
            told.append(f"{change}: nothing to do, and the {wish.action} of {wish.name} asked for something")
        elif outcome == "SUCCEEDED" and not _is_done(wish, stack):
            told.append(f"{change}: {outcome}, and the {wish.action} of {wish.name} is not what stands")
        elif outcome in REFUSED and change in at_work:
            told.append(f"{change}: {outcome}, and it has begun an operation on {wish.name}")
        elif outcome in LEAVES and (stack and stack.status) not in LEAVES[outcome]:
            told.append(f"{change}: {outcome}, and {wish.name} is in {stack and stack.status}")
    return told


def _is_done(wish: Wish, stack: Standing | None) -> bool:
    if stack is None or wish.action == "delete":
        return stack is None and wish.action == "delete"
    spec = {name: stack.origin.spec.get(name) for name in wish.spec}
    return spec == wish.spec and stack.status == f"{wish.action.upper()}_COMPLETE"


def unended(changes: dict[Key, Row]) -> list[str]:
    """Tell which changes have no end."""
    return [
        f"{row['change']} of {row['name']} is {row['status']}"
        for row in changes.values()
        if row["status"] == "RUNNING" or not row.get("outcome")
    ]


def not_rebuilt(before: dict[Key, Row], after: dict[Key, Row], stacks: dict[Key, Standing]) -> list[str]:
    """Tell in what rows that were lost came back otherwise: all whose stack stands, nothing else (invariant M3).

    A version is what stands; a fence is never below what it was, so that no late writer gets in.
    """
    told = [f"{key} came back, and there is no stack" for key in after.keys() - stacks.keys()]
    for key, stack in stacks.items():
        was, now = before[key], after.get(key)
        if now is None:
            told.append(f"{key} did not come back")
            continue
        told += [f"{key}: {it} {now.get(it)}, was {was.get(it)}" for it in SAME if now.get(it) != was.get(it)]
        told += [f"{key}: {it} came back otherwise" for it in ("spec", "outputs") if _json(now, it) != _json(was, it)]
        if now["version"] != stack.origin.version:
            told.append(f"{key}: version {now['version']}, and {stack.origin.version} stands")
        if now["fence"] < was["fence"] or "lock" in now:
            told.append(f"{key}: fence {now['fence']} after {was['fence']}, lock {now.get('lock')}")
    return told


def _json(row: Row, name: str) -> Any:
    return json.loads(row.get(name, "{}"))


def _pages(of: Any, verb: str, member: str, **arguments: Any) -> Iterator[Any]:
    for page in of.get_paginator(verb).paginate(**arguments):
        yield from page[member]
