"""What must hold: watched at every write and at every beginning of an operation, and judged once all is at rest."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from stowage.adapters.dynamodb.items import from_item
from stowage.domain.changes import RECOVERIES, Mode
from stowage.domain.stacks import ACTIVE, ROLLED_BACK
from tests.simulation.aws_faults import AwsCall, Fault
from tests.simulation.dynamodb import Key
from tests.simulation.dynamodb_expressions import Item
from tests.simulation.executions import Executions
from tests.simulation.gaps import (
    FOREIGN,
    ORPHAN,
    REDRIVEN,
    RELEASED,
    STALE_LOOK,
    ended_by_a_stale_look,
    of_a_spoilt_look,
)
from tests.simulation.recovery import LISTENER
from tests.simulation.sim_stack import Operation, SimStack
from tests.simulation.stack_events import LISTENER as STACK_EVENT
from tests.simulation.truth import stale
from tests.simulation.wiring import API
from tests.simulation.world import World
from tests.unit.fakes.clock import START

RELEASES = frozenset({"ReleaseLock", "ReleaseLockAfterFailure"})
CHANGES_OWN = ("lock", "fence", "version", "spec", "outcome", "cause", "lastChange", "wakeToken", "deletedAt")
"""What changes write, and no stack event (invariant L4)."""
SEEN_FAILURES = frozenset({"CREATE_FAILED", "ROLLED_BACK", "DELETE_FAILED", "STUCK", "NEEDS_OPERATOR", "NAME_TAKEN"})
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
            self.seen_holders[call.change] = _holder(from_item(self.world.table.rows.get(_key(request)) or {}))
        at_row = call.operation == "get_item" and call.arguments["Key"]["sk"]["S"].startswith("RESOURCE#")
        if at_row or call.operation in {"describe_stacks", "describe_execution"}:
            self.looks[call.change, call.state, call.operation] = self.world.timeline.now_seconds

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
        elif call.state == API:
            if changed := [name for name in before.keys() | after if before.get(name) != after.get(name)]:
                self._wished(changed, before, after)
        elif call.state == "AcquireLock":
            self._acquired(call.change, before, after)
        else:
            self._changed(call, before, after)

    def _wished(self, changed: list[str], before: dict[str, Any], after: dict[str, Any]) -> None:
        """A request writes nothing to a resource but that its running change is to be stopped."""
        if changed != ["stopWish"] or after["stopWish"]["change"] != _holder(before):
            self.say(f"a request wrote {', '.join(changed)} to a row that {_holder(before)} holds")

    def _told(self, call: AwsCall, change: dict[str, Any]) -> None:
        """Whoever reads that a change has succeeded may ask for the next one at once."""
        if call.state == API:
            if change.get("status") != "RUNNING":
                self.say(f"the API wrote the end of {change['change']}")
            return
        request = self.executions.by_name[call.change].run.given
        row = from_item(self.world.table.rows.get(_key(request)) or {})
        holder = self.seen_holders.get(call.change)
        if call.state == "NotifyRefused" and holder is not None and holder not in (change.get("cause") or ""):
            self.say(f"{call.change} was refused for the lock of {holder}, and is not told of it")
        if change.get("status") == "SUCCEEDED" and _holder(row) == call.change and call.state != LISTENER:
            self.say(f"{call.state} of {call.change} told its success while it holds the lock")

    def _acquired(self, change: str, before: dict[str, Any], after: dict[str, Any]) -> None:
        self.looks[change, ACQUIRED, "update_item"] = self.world.timeline.now_seconds
        held = _holder(before)
        if held is not None and held != change:
            self.say(f"two holders: {change} took the lock that {held} holds")
        if after["fence"] <= before.get("fence", 0):
            self.say(f"{change} got the fence {after['fence']} after {before.get('fence')}")
        if "spec" in before and after["lock"]["action"] != "create" and after["spec"] != before["spec"]:
            self.say(f"{change} wrote its spec before CloudFormation had it")

    def _changed(self, call: AwsCall, before: dict[str, Any], after: dict[str, Any]) -> None:
        held, holds = _holder(before), _holder(after)
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
        if state == LISTENER:
            self.freed[change] += 1
            looked = self._looked(change, LISTENER, "describe_execution")
            if execution.run.status == "RUNNING" and execution.redriven_at < looked:
                self.say(f"{LISTENER} took the lock of {change}, which still runs")

    def _began_after_the_look(self, state: str, change: str) -> bool:
        """Tell whether the change's operation began only after whoever decided to free its lock had seen none."""
        decider = {LISTENER: LISTENER, "ReleaseLockAfterFailure": "RecordFailure"}.get(state, "")
        looked = self._looked(change, decider, "describe_stacks")
        return looked >= 0 and any(each.begun > looked for each in self.begun.get(change, []))

    def _looked(self, change: str, state: str, operation: str) -> float:
        return self.looks.get((change, state, operation), -1.0)

    def _began(self, operation: Operation) -> None:
        call = self.world.making
        if call is None:
            return
        if call.state == API:
            self.say(f"a request began to {operation.verb} a stack")
            return
        request = self.executions.by_name[call.change].run.given
        if operation.verb == "cancelUpdate" or (operation.verb == "delete" and request["action"] != "delete"):
            return  # stopping an operation, or clearing away what a failed first creation left
        if request.get("mode") == Mode.FORGET:
            self.say(f"{call.change} was to forget {request['name']}, and began to {operation.verb} its stack")
        mine = self.begun.setdefault(call.change, [])
        mine.append(operation)
        started = (self.executions.by_name[call.change].started - START).total_seconds()
        if len([each for each in mine if each.begun >= started]) > 1:
            self.say(f"{call.change} began {len(mine)} operations")
        row = from_item(self.world.table.rows.get(_key(request)) or {})
        execution = self.executions.by_name[call.change]
        own = _holder(row) == call.change and row["fence"] == call.fence
        if not own or execution.turn != call.turn:
            self.orphans.add(request["name"])
        # Between a look at the lock and the submission lies a moment in which it may be lost: nobody can close it.
        looked = self._looked(call.change, call.state, "get_item")
        just_lost = self._looked(call.change, ACQUIRED, "update_item") > looked >= 0
        if not own and execution.turn == call.turn and not execution.redrives and not just_lost:
            self.say(f"{call.state} of {call.change} began an operation without the lock")

    # ------------------------------------------------------------------ at rest

    def held(self) -> list[str]:
        """Give the changes that hold a lock now."""
        rows = [from_item(row) for (_, sk), row in self.world.table.rows.items() if sk.startswith("RESOURCE#")]
        return [row["lock"]["change"] for row in rows if "lock" in row]

    def judge(self, *, recovered: bool = True) -> list[str]:
        """Give every breach, the world being at rest, after its one sweep."""
        for name, execution in self.executions.by_name.items():
            self._judge_change(name, execution.run.status)
        for (_, sk), item in self.world.table.rows.items():
            if sk.startswith("RESOURCE#"):
                self._judge_row(from_item(item), recovered=recovered)
        return self.broken

    def _judge_change(self, name: str, status: str) -> None:
        request = self.executions.by_name[name].run.given
        item = self.world.table.rows.get((f"CHANGES#{request['project']}", f"CHANGE#{name}"))
        change = from_item(item or {})
        if status == "RUNNING":
            self.say(f"the execution {name} never ended")
            return
        if change.get("status", "RUNNING") == "RUNNING" or not change.get("outcome"):
            if name not in self.untold:
                self.say(f"the change {name} has no end: {change.get('status')}, while its execution is {status}")
            return
        if change["startedAt"] != self.executions.by_name[name].run.started_at:
            return  # known: an end stays, also that of another execution which had this name 90 days ago
        self._judge_told(name, request, str(change["outcome"]))
        redriven = self.executions.by_name[name].redrives
        bumped = any(state == "AcquireLock" and fault is Fault.LATE for state, _, fault in self.world.plan.hits)
        if change["outcome"] == "LOCK_LOST" and name in self.released:
            self.excused.append((RELEASED, f"{name} is told to have lost its lock, which it had freed itself"))
        elif change["outcome"] == "LOCK_LOST" and not (self.freed[name] or redriven or bumped):
            self.say(f"{name} is told to have lost its lock, which nobody took")
        if change["status"] == "SUCCEEDED" and status == "FAILED" and not redriven:
            self.say(f"{name} is told to have succeeded, and its execution is {status}")

    def _judge_told(self, name: str, request: dict[str, Any], outcome: str) -> None:
        """Compare what a change is told to have come to with the end of its operation."""
        ends = {self._end_of(operation) for operation in self.begun.get(name, [])}
        good = {"create": ACTIVE, "update": ACTIVE, "delete": {"DELETE_COMPLETE"}}[request["action"]]
        if request.get("mode") in RECOVERIES:
            good = ACTIVE | ROLLED_BACK | {"DELETE_COMPLETE"}
        if outcome == "SUCCEEDED" and ends - good:
            self.say(f"{name} is told to have succeeded, and its operation ended in {ends}")
        if outcome in SEEN_FAILURES and ends and not ends - good:
            self.say(f"{name} is told to have ended with {outcome}, and its operation ended in {ends}")
        if outcome == "STOPPED" and ends & good:
            self.say(f"{name} is told to be stopped, and its operation ended in {ends}")

    untold: frozenset[str] = frozenset()
    """Changes whose end nobody can tell before reconcile: the listener never heard of their end."""

    def _end_of(self, operation: Operation) -> str:
        """Give the status in which an operation ended, whatever came after it."""
        stack = self.world.stacks.stacks[operation.stack_id]
        tokens = {operation.token, self.world.stacks.stops.get(operation.token)}
        own = [event for event in stack.events if event["ClientRequestToken"] in tokens]
        told = [event["ResourceStatus"] for event in own if event["ResourceType"].endswith("::Stack")]
        return str(told[-1])

    def _judge_row(self, row: dict[str, Any], *, recovered: bool) -> None:
        name, stack = row["name"], self._stack(row)
        if "lock" in row and recovered and not (stack is not None and stack.running):
            self.say(f"{name} is locked by {row['lock']['change']} for ever")
        if "lock" in row:
            return
        for sentence in stale(row, stack):
            gap = ORPHAN if name in self.orphans else self._gap(row["lastChange"])
            if gap is None:
                self.say(f"the row of {name} is stale: {sentence}")
            else:
                self.excused.append((gap, f"the row of {name} is stale: {sentence}"))

    def _gap(self, change: str) -> str | None:
        """Give what makes a row stale until reconcile looks at every stack, of all that went wrong here."""
        execution = self.executions.by_name.get(change)
        if execution is None:
            return FOREIGN
        if execution.redrives and self.freed[change]:
            return REDRIVEN
        return of_a_spoilt_look(self.world.plan.hits)

    def _stack(self, row: dict[str, Any]) -> SimStack | None:
        if "stackId" in row:
            return self.world.stacks.find(row["stackId"])
        stack = self.world.stacks.find(f"stowage-{row['kind']}-{row['name']}")
        return stack if stack is not None and dict(stack.tags).get("stowage:name") == row["name"] else None


def _holder(row: dict[str, Any]) -> str | None:
    return row["lock"]["change"] if "lock" in row else None


def _key(request: dict[str, Any]) -> Key:
    return f"RESOURCES#{request['project']}", f"RESOURCE#{request['kind']}#{request['name']}"
