"""The one table, in memory: the calls that the adapters and the machine make of it, under DynamoDB's conditions.

A strongly consistent read sees the last write; any other may see the table as it was (`as_of`). What is written is
told to whoever watches, with the row before and after.
"""

import copy
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.simulation.aws_faults import client_error
from tests.simulation.dynamodb_expressions import Item, condition, update

Key = tuple[str, str]
Watcher = Callable[[Key, Item | None, Item | None], None]
OPERATIONS = ("get_item", "put_item", "update_item", "delete_item", "query", "transact_write_items")
CONDITION_FAILED = "The conditional request failed"


@dataclass
class Table:
    """Rows by key; `tick` gives the time of a write, in seconds."""

    tick: Callable[[], float] = lambda: 0.0
    rows: dict[Key, Item] = field(default_factory=dict)
    past: dict[Key, list[tuple[float, Item | None]]] = field(default_factory=dict)
    watchers: list[Watcher] = field(default_factory=list)

    def call(self, operation: str, arguments: dict[str, Any], as_of: float | None = None) -> dict[str, Any]:
        """Make a call as a client makes it. Raises ClientError, and NotImplementedError for what is not known."""
        _check_placeholders(arguments)
        if operation not in OPERATIONS:
            raise NotImplementedError(f"The simulation's table does not know dynamodb {operation}.")
        if operation in {"get_item", "query"}:
            stale = None if arguments.get("ConsistentRead") else as_of
            read: dict[str, Any] = getattr(self, f"_{operation}")(arguments, stale)
            return read
        answer: dict[str, Any] = getattr(self, f"_{operation}")(arguments)
        return answer

    def at(self, key: Key, as_of: float | None = None) -> Item | None:
        """Give a row as it is, or as it was at a time."""
        if as_of is None:
            return self.rows.get(key)
        before = [row for written, row in self.past.get(key, []) if written <= as_of]
        return before[-1] if before else None

    def _get_item(self, arguments: dict[str, Any], as_of: float | None) -> dict[str, Any]:
        row = self.at(_key(arguments["Key"]), as_of)
        if row is None:
            return {}
        return {"Item": copy.deepcopy(_projected(row, arguments))}

    def _query(self, arguments: dict[str, Any], as_of: float | None) -> dict[str, Any]:
        index = "IndexName" in arguments
        sort = "gsi1sk" if index else "sk"
        names, values = arguments.get("ExpressionAttributeNames", {}), arguments["ExpressionAttributeValues"]
        matches = condition(arguments["KeyConditionExpression"])
        rows = [row for key in self.rows | self.past if (row := self.at(key, as_of)) and matches(row, names, values)]
        rows.sort(key=lambda row: row[sort]["S"], reverse=not arguments.get("ScanIndexForward", True))
        if "ExclusiveStartKey" in arguments or len(rows) > arguments.get("Limit", len(rows)):
            raise NotImplementedError("The simulation's table does not turn pages.")
        if "FilterExpression" in arguments:
            shown = condition(arguments["FilterExpression"])
            rows = [row for row in rows if shown(row, names, values)]
        return {"Items": [copy.deepcopy(_projected(row, arguments)) for row in rows], "Count": len(rows)}

    def _put_item(self, arguments: dict[str, Any]) -> dict[str, Any]:
        item: Item = arguments["Item"]
        self._check(_key(item), arguments, "ConditionalCheckFailedException", "PutItem")
        self._write(_key(item), copy.deepcopy(item))
        return {}

    def _delete_item(self, arguments: dict[str, Any]) -> dict[str, Any]:
        self._check(_key(arguments["Key"]), arguments, "ConditionalCheckFailedException", "DeleteItem")
        self._write(_key(arguments["Key"]), None)
        return {}

    def _update_item(self, arguments: dict[str, Any]) -> dict[str, Any]:
        key = _key(arguments["Key"])
        self._check(key, arguments, "ConditionalCheckFailedException", "UpdateItem")
        new, old = self._updated(key, arguments), copy.deepcopy(self.rows.get(key))
        self._write(key, new)
        wanted = arguments.get("ReturnValues", "NONE")
        if wanted not in {"NONE", "ALL_NEW", "ALL_OLD", "UPDATED_NEW"}:
            raise NotImplementedError(f"ReturnValues {wanted}")
        if wanted == "ALL_OLD":
            return {} if old is None else {"Attributes": old}
        if wanted == "UPDATED_NEW":
            new = {name: value for name, value in new.items() if name in _written(arguments)}
        return {} if wanted == "NONE" else {"Attributes": copy.deepcopy(new)}

    def _transact_write_items(self, arguments: dict[str, Any]) -> dict[str, Any]:
        items = arguments["TransactItems"]
        codes = ["None" if self._holds(_target(item)) else "ConditionalCheckFailed" for item in items]
        if set(codes) != {"None"}:
            reasons = [{"Code": code} for code in codes]
            raise client_error(
                "TransactionCanceledException",
                f"Transaction cancelled, please refer cancellation reasons for specific reasons {codes}",
                "TransactWriteItems",
                CancellationReasons=reasons,
            )
        for item in items:
            [(verb, given)] = item.items()
            if verb == "Update":
                self._write(_key(given["Key"]), self._updated(_key(given["Key"]), given))
            elif verb == "Put":
                self._write(_key(given["Item"]), copy.deepcopy(given["Item"]))
            elif verb == "Delete":
                self._write(_key(given["Key"]), None)
            elif verb != "ConditionCheck":
                raise NotImplementedError(f"TransactWriteItems {verb}")
        return {}

    def _updated(self, key: Key, arguments: dict[str, Any]) -> Item:
        old = self.rows.get(key) or {"pk": {"S": key[0]}, "sk": {"S": key[1]}}
        names, values = arguments.get("ExpressionAttributeNames", {}), arguments.get("ExpressionAttributeValues", {})
        return copy.deepcopy(update(arguments["UpdateExpression"])(old, names, values))

    def _holds(self, target: tuple[Key, dict[str, Any]]) -> bool:
        key, arguments = target
        if "ConditionExpression" not in arguments:
            return True
        names, values = arguments.get("ExpressionAttributeNames", {}), arguments.get("ExpressionAttributeValues", {})
        return condition(arguments["ConditionExpression"])(self.rows.get(key) or {}, names, values)

    def _check(self, key: Key, arguments: dict[str, Any], code: str, operation: str) -> None:
        if not self._holds((key, arguments)):
            raise client_error(code, CONDITION_FAILED, operation)

    def _write(self, key: Key, new: Item | None) -> None:
        old = self.rows.get(key)
        if new is None:
            self.rows.pop(key, None)
        else:
            self.rows[key] = new
        self.past.setdefault(key, []).append((self.tick(), new))
        for watch in self.watchers:
            watch(key, old, new)


def _written(arguments: dict[str, Any]) -> set[str]:
    """Name the attributes that an update speaks of, which are those that it writes in all of ours."""
    used = re.findall(r"#\w+", arguments["UpdateExpression"])
    return {arguments["ExpressionAttributeNames"][each] for each in used}


def _key(item: Item) -> Key:
    return item["pk"]["S"], item["sk"]["S"]


def _target(item: dict[str, Any]) -> tuple[Key, dict[str, Any]]:
    [given] = item.values()
    return _key(given["Item"] if "Item" in given else given["Key"]), given


def _check_placeholders(arguments: Any) -> None:
    """Refuse what DynamoDB refuses: a name or value that is defined and not used. Raises ClientError."""
    if isinstance(arguments, list):
        for each in arguments:
            _check_placeholders(each)
    elif isinstance(arguments, dict):
        used = " ".join(text for name, text in arguments.items() if name.endswith("Expression"))
        for kind in ("Names", "Values"):
            for placeholder in arguments.get(f"ExpressionAttribute{kind}", {}):
                if not re.search(rf"{placeholder}\b", used):
                    sentence = (
                        f"Value provided in ExpressionAttribute{kind} unused in expressions: keys: {{{placeholder}}}"
                    )
                    raise client_error("ValidationException", sentence, "Expression")
        _check_placeholders(arguments.get("TransactItems"))
        for verb in ("Put", "Update", "Delete", "ConditionCheck"):
            _check_placeholders(arguments.get(verb))


def _projected(row: Item, arguments: dict[str, Any]) -> Item:
    if "ProjectionExpression" not in arguments:
        return row
    names = arguments.get("ExpressionAttributeNames", {})
    wanted = [part.strip() for part in arguments["ProjectionExpression"].split(",")]
    return {names.get(name, name): row[names.get(name, name)] for name in wanted if names.get(name, name) in row}
