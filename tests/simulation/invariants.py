"""What must hold at every write and at every beginning of an operation; what must hold at rest, judges at_rest.py."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from stowage.adapters.dynamodb.items import from_item
from stowage.domain.changes import Mode
from tests.simulation.aws_faults import AwsCall
from tests.simulation.dynamodb import Key
from tests.simulation.dynamodb_expressions import Item
from tests.simulation.executions import Executions
from tests.simulation.gaps import (
    ORPHAN,
    REDRIVEN,
    STALE_LOOK,
    ended_by_a_stale_look,
)
from tests.simulation.recovery import LISTENER
from tests.simulation.sim_stack import Operation, SimStack
from tests.simulation.stack_events import LISTENER as STACK_EVENT
from tests.simulation.wiring import API
from tests.simulation.world import World
from tests.unit.fakes.clock import START

RECONCILE = "ReconcileStacks"
RELEASES = frozenset({"ReleaseLock", "ReleaseLockAfterFailure"})
CHANGES_OWN = ("lock", "fence", "version", "spec", "outcome", "cause", "lastChange", "wakeToken", "deletedAt")
"""What changes write, and no stack event (invariant L4)."""
ACQUIRED = "AcquireLock"


@dataclass
class Invariants:
    """Watches a world; `broken` are sentences, one for each breach."""

    world: World
    executions: Executions
    broken: list[str] = field(default_factory=list)
    begun: dict[str, list[Operation]] = field(default_factory=dict)
    excused: list[tuple[str, str]] = field(default_factory=list)
    """What is not as it must be, by a known gap of the product: which, and how."""
    orphans: set[str] = field(default_factory=set)
    """Resources on whose stack an operation began that nobody waits for: its function outlived the lock."""
    seen_holders: dict[str, str | None] = field(default_factory=dict)
    """Whom a refused change met."""
    freed: Counter[str] = field(default_factory=Counter)
    """How often recovery took a change's lock away."""
    looks: dict[tuple[str, str, str], float] = field(default_factory=dict)
    """When a state last looked for a change: at its row, its stack, its execution."""
    asked: dict[str, str] = field(default_factory=dict)
    """Of which change a run of reconcile has last asked Step Functions."""
    released: set[str] = field(default_factory=set)
    """Changes that have freed their lock themselves."""

    def __post_init__(self) -> None:
        """Watch."""
        self.world.table.watchers.append(self._written)
        self.world.stacks.begins.append(self._began)
        self.world.watchers.append(self._called)

    def say(self, sentence: str) -> None:
        """Note a breach."""
        self.broken.append(sentence)
        self.world.note(f"BROKEN: {sentence}")

    # ------------------------------------------------------------------ while it runs

    def _called(self, call: AwsCall) -> None:
        if call.state == "DescribeLock":
            request = self.executions.by_name[call.change].run.given
            self.seen_holders[call.change] = holder_of(from_item(self.world.table.rows.get(key_of(request)) or {}))
        at_row = call.operation == "get_item" and call.arguments["Key"]["sk"]["S"].startswith("RESOURCE#")
        change = call.change
        if call.operation == "describe_execution":
            change = call.arguments["executionArn"].rpartition(":")[2]
            self.asked[call.change] = change
        elif call.state == RECONCILE:
            change = self.asked.get(call.change, "")
        if at_row or call.operation in {"describe_stacks", "describe_execution"}:
            self.looks[change, call.state, call.operation] = self.world.timeline.now_seconds

    def _written(self, key: Key, old: Item | None, new: Item | None) -> None:
        call = self.world.making
        if call is not None and key[0].startswith("CHANGES#"):
            self._told(call, from_item(new or {}))
        if call is None or not key[1].startswith("RESOURCE#"):
            return
        if new is None:
            self.say(f"{call.state} of {call.change} deleted the row of a resource")
            return
        before, after = from_item(old or {}), from_item(new)
        if call.state == STACK_EVENT:
            if before and (changed := [name for name in CHANGES_OWN if before.get(name) != after.get(name)]):
                self.say(f"an event wrote what only changes write: {', '.join(changed)}")
        elif call.state == RECONCILE:
            self._reconciled(key, before, after)
        elif call.state == API:
            if changed := [name for name in before.keys() | after if before.get(name) != after.get(name)]:
                self._wished(changed, before, after)
        elif call.state == "AcquireLock":
            self._acquired(call.change, before, after)
        else:
            self._changed(call, before, after)

    def _reconciled(self, key: Key, before: dict[str, Any], after: dict[str, Any]) -> None:
        """Reconcile frees no lock of a running execution, and writes nothing to a row that is held."""
        held, holds = holder_of(before), holder_of(after)
        changed = {name for name in before.keys() | after if before.get(name) != after.get(name)}
        if not before and after["fence"] <= max(fences_of(self.world.table.past[key][:-1]), default=0):
            self.say(f"{RECONCILE} gave the fence {after['fence']} once more")
        elif held is not None and holds is None:
            self._freed(RECONCILE, held, held, after)
        elif holds is not None and changed:
            self.say(f"{RECONCILE} wrote {', '.join(sorted(changed))} to a row that {holds} holds")
        if before and (after["fence"] != before["fence"] or after["version"] < before["version"]):
            self.say(f"{RECONCILE} changed the fence, or took a version back")

    def _wished(self, changed: list[str], before: dict[str, Any], after: dict[str, Any]) -> None:
        """A request writes nothing to a resource but that its running change is to be stopped."""
        if changed != ["stopWish"] or after["stopWish"]["change"] != holder_of(before):
            self.say(f"a request wrote {', '.join(changed)} to a row that {holder_of(before)} holds")

    def _told(self, call: AwsCall, change: dict[str, Any]) -> None:
        """Whoever reads that a change has succeeded may ask for the next one at once."""
        if call.state == RECONCILE:
            return
        if call.state == API:
            if change.get("status") != "RUNNING":
                self.say(f"the API wrote the end of {change['change']}")
            return
        request = self.executions.by_name[call.change].run.given
        row = from_item(self.world.table.rows.get(key_of(request)) or {})
        holder = self.seen_holders.get(call.change)
        if call.state == "NotifyRefused" and holder is not None and holder not in (change.get("cause") or ""):
            self.say(f"{call.change} was refused for the lock of {holder}, and is not told of it")
        if change.get("status") == "SUCCEEDED" and holder_of(row) == call.change and call.state != LISTENER:
            self.say(f"{call.state} of {call.change} told its success while it holds the lock")

    def _acquired(self, change: str, before: dict[str, Any], after: dict[str, Any]) -> None:
        self.looks[change, ACQUIRED, "update_item"] = self.world.timeline.now_seconds
        held = holder_of(before)
        if held is not None and held != change:
            self.say(f"two holders: {change} took the lock that {held} holds")
        if after["fence"] <= before.get("fence", 0):
            self.say(f"{change} got the fence {after['fence']} after {before.get('fence')}")
        if "spec" in before and after["lock"]["action"] != "create" and after["spec"] != before["spec"]:
            self.say(f"{change} wrote its spec before CloudFormation had it")

    def _changed(self, call: AwsCall, before: dict[str, Any], after: dict[str, Any]) -> None:
        held, holds = holder_of(before), holder_of(after)
        if after.get("version") != before.get("version") or after.get("fence") != before.get("fence"):
            self.say(f"{call.state} of {call.change} changed version or fence")
        if held is not None and holds is None:
            self._freed(call.state, call.change, held, after)
        if call.state == LISTENER:
            if held != call.change:
                self.say(f"{LISTENER} of {call.change} wrote a row that {held} holds")
            return
        own = held == call.change or (held is None and call.state in RELEASES)
        if not own or before.get("fence") != call.fence:
            self.say(f"a fenced-off write was accepted: {call.state} of {call.change}, fence {call.fence}")

    def _freed(self, state: str, change: str, held: str, row: dict[str, Any]) -> None:
        if held != change:
            self.say(f"{state} of {change} freed the lock of {held}")
        elif state in RELEASES:
            self.released.add(change)
        stack, execution = self._stack(row), self.executions.by_name[change]
        if stack is not None and stack.running:
            sentence = f"{state} of {change} freed the lock while the stack is in {stack.status}"
            gap = STALE_LOOK if ended_by_a_stale_look(self.world.plan.hits) else None
            if self._began_after_the_look(state, change):
                gap = REDRIVEN if execution.redrives else ORPHAN
            if gap is None:
                self.say(sentence)
            else:
                self.excused.append((gap, sentence))
        if state in {LISTENER, RECONCILE}:
            self.freed[change] += 1
            looked = self._looked(change, state, "describe_execution")
            if execution.run.status == "RUNNING" and execution.redriven_at < looked:
                self.say(f"{state} took the lock of {change}, which still runs")

    def _began_after_the_look(self, state: str, change: str) -> bool:
        """Tell whether the change's operation began only after whoever decided to free its lock had seen none."""
        decider = {LISTENER: LISTENER, RECONCILE: RECONCILE, "ReleaseLockAfterFailure": "RecordFailure"}.get(state, "")
        looked = self._looked(change, decider, "describe_stacks")
        return looked >= 0 and any(each.begun > looked for each in self.begun.get(change, []))

    def _looked(self, change: str, state: str, operation: str) -> float:
        return self.looks.get((change, state, operation), -1.0)

    def _began(self, operation: Operation) -> None:
        call = self.world.making
        if call is None:
            return
        if call.state in {API, RECONCILE}:
            self.say(f"{call.state} began to {operation.verb} a stack")
            return
        request = self.executions.by_name[call.change].run.given
        if operation.verb == "cancelUpdate" or (operation.verb == "delete" and request["action"] != "delete"):
            return  # stopping an operation, or clearing away what a failed first creation left
        if request.get("mode") == Mode.FORGET:
            self.say(f"{call.change} was to forget {request['name']}, and began to {operation.verb} its stack")
        mine = self.begun.setdefault(call.change, [])
        mine.append(operation)
        started = (self.executions.by_name[call.change].started - START).total_seconds()
        # What is to be kept stops the first deletion, as it must; the second one leaves it out.
        if len([each for each in mine if each.begun >= started]) > 1 + (request.get("mode") == Mode.RETAIN):
            self.say(f"{call.change} began {len(mine)} operations")
        row = from_item(self.world.table.rows.get(key_of(request)) or {})
        execution = self.executions.by_name[call.change]
        own = holder_of(row) == call.change and row["fence"] == call.fence
        if not own or execution.turn != call.turn:
            self.orphans.add(request["name"])
        # Between a look at the lock and the submission lies a moment in which it may be lost: nobody can close it.
        looked = self._looked(call.change, call.state, "get_item")
        just_lost = self._looked(call.change, ACQUIRED, "update_item") > looked >= 0
        if not own and execution.turn == call.turn and not execution.redrives and not just_lost:
            self.say(f"{call.state} of {call.change} began an operation without the lock")

    # ------------------------------------------------------------------ for whoever judges

    def held(self) -> list[str]:
        """Give the changes that hold a lock now."""
        rows = [from_item(row) for (_, sk), row in self.world.table.rows.items() if sk.startswith("RESOURCE#")]
        return [row["lock"]["change"] for row in rows if "lock" in row]

    def _stack(self, row: dict[str, Any]) -> SimStack | None:
        return stack_of(self.world, row)


def stack_of(world: World, row: dict[str, Any]) -> SimStack | None:
    """Give the stack of a row; one of its name that is somebody else's is none."""
    if "stackId" in row:
        return world.stacks.find(row["stackId"])
    stack = world.stacks.find(f"stowage-{row['kind']}-{row['name']}")
    return stack if stack is not None and dict(stack.tags).get("stowage:name") == row["name"] else None


def fences_of(past: list[tuple[float, Item | None]]) -> list[int]:
    """Give the fences that a row has had."""
    return [int(row["fence"]["N"]) for _, row in past if row is not None and "fence" in row]


def holder_of(row: dict[str, Any]) -> str | None:
    """Give the change that holds a row, or None."""
    return row["lock"]["change"] if "lock" in row else None


def key_of(request: dict[str, Any]) -> Key:
    """Give the key of the row that a change is about."""
    return f"RESOURCES#{request['project']}", f"RESOURCE#{request['kind']}#{request['name']}"
