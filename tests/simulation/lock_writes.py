"""The lock's real writes, each tried once for everything that can decide it.

Fences never repeat: all that matters of the one a writer believes in is whether it is the row's, CURRENT or OLD.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from botocore.exceptions import ClientError

from stowage.adapters.dynamodb.resources import DynamoResources
from stowage.domain.changes import Change, ChangeRequest, ChangeStatus
from stowage.domain.errors import LockLostError
from stowage.domain.outcomes import Outcome
from stowage.domain.ports import ResourceKey
from tests.simulation.asl_machine import Machine
from tests.simulation.asl_values import evaluate
from tests.simulation.dynamodb import Table
from tests.simulation.executions import machine
from tests.simulation.wiring import TABLE

KEY = ResourceKey("apollo", "bucket", "apples")
ROW = (f"RESOURCES#{KEY.project}", f"RESOURCE#{KEY.kind}#{KEY.name}")
STARTED_AT = "2026-11-23T09:00:00.000Z"
NONE, CURRENT, OLD = 0, 1, 2
FREE, MINE, OTHERS = 0, 1, 2
ROW_FENCE, OLD_FENCE = 7, 5


@dataclass(frozen=True, slots=True)
class Written:
    """What became of a write: whether it was accepted, the row's holder and fence after it."""

    accepted: bool
    holder: int
    fence: int


class Writes:
    """The lock's real writes, each tried once for everything that can decide it."""

    def __init__(self, steps: Machine | None = None) -> None:
        self._states = (steps or machine()).asl["States"]
        self._table = Table()
        self._resources = DynamoResources(_Client(self._table), TABLE)  # type: ignore[arg-type]
        self._mine, self._others = _request(1), _request(2)
        self.write = cache(self._write)

    def _write(self, at: str, exists: bool, holder: int, fence: int) -> Written:  # noqa: FBT001 -- a cache's key
        """Make a write; `holder` is whose the lock is, `fence` what the writer believes of the row's."""
        self._lay(exists=exists, holder=holder)
        believed = {NONE: 0, CURRENT: ROW_FENCE, OLD: OLD_FENCE}[fence]
        try:
            self._make(at, believed)
        except (ClientError, LockLostError):
            return Written(accepted=False, holder=holder, fence=ROW_FENCE)
        row = self._table.rows.get(ROW)
        if row is None:
            return Written(accepted=False, holder=FREE, fence=0)
        lock = row["lock"]["M"]["change"]["S"] if "lock" in row else None
        after = FREE if lock is None else MINE if lock == self._mine["change"] else OTHERS
        return Written(accepted=True, holder=after, fence=int(row["fence"]["N"]))

    def _lay(self, *, exists: bool, holder: int) -> None:
        """Lay a row whose lock is free, the writer's own or another's, as AcquireLock makes it."""
        self._table.rows.clear()
        if not exists:
            return
        self._direct("AcquireLock", self._others if holder == OTHERS else self._mine, 0)
        row = self._table.rows[ROW] = {**self._table.rows[ROW], "fence": {"N": str(ROW_FENCE)}}
        if holder == FREE:
            del row["lock"]

    def _make(self, at: str, fence: int) -> None:
        change = self._mine["change"]
        if at in {"acquire", "release"}:
            self._direct("AcquireLock" if at == "acquire" else "ReleaseLock", self._mine, fence)
        elif at == "token":
            self._resources.store_wake_token(KEY, change=change, fence=fence, token="t", stack_id="s")
        else:
            row = self._resources.get(KEY.project, KEY.kind, KEY.name)
            if row is None:
                raise LockLostError("There is no row.")
            if at == "submit":
                if not row.holds(change, fence):
                    raise LockLostError("The lock is another's.")
            elif at == "finish":
                self._resources.finish(
                    KEY, change=change, fence=fence, resource=row.resource, stack_id="s", deleted=False
                )
            else:
                started = Change.started(ChangeRequest.model_validate(self._mine), STARTED_AT)
                ended = started.ended(ChangeStatus.STOPPED, Outcome.ABORTED, None, STARTED_AT)
                if not self._resources.release(KEY, change=change, resource=row.resource, ended=ended):
                    raise LockLostError("That change holds nothing.")

    def _direct(self, state: str, request: dict[str, Any], fence: int) -> None:
        context = {"Execution": {"Input": request, "StartTime": STARTED_AT}}
        arguments = evaluate(self._states[state]["Arguments"], {"context": context}, {"fence": fence})
        self._table.call("update_item", arguments)


class _Client:
    """A client of the table, as the adapters use it."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        return lambda **arguments: self._table.call(operation, arguments)


def _request(number: int) -> dict[str, Any]:
    """Give the input of an update that was made for whatever version there is."""
    return {
        "change": f"chg-{number:032d}",
        "project": KEY.project,
        "kind": KEY.kind,
        "name": KEY.name,
        "action": "update",
        "spec": {"description": str(number)},
        "expectedVersion": 0,
        "version": 0,
        "actor": "mia@example.com",
        "actorId": "1",
        "request": "f",
    }
