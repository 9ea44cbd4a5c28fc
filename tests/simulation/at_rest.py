"""What must hold once all is at rest and reconcile has run once: changes have their ends, rows say what stacks show."""

import json
from dataclasses import dataclass
from typing import Any

from stowage.adapters.dynamodb.items import from_item
from stowage.domain.changes import RECOVERIES, Mode
from stowage.domain.stacks import ACTIVE, ROLLED_BACK
from tests.simulation.aws_faults import Fault
from tests.simulation.gaps import FOREIGN, ORPHAN, REDRIVEN, RELEASED, of_a_spoilt_look
from tests.simulation.invariants import Invariants, stack_of
from tests.simulation.sim_stack import Operation, moment_of
from tests.simulation.truth import stale

SEEN_FAILURES = frozenset({"CREATE_FAILED", "ROLLED_BACK", "DELETE_FAILED", "STUCK", "NEEDS_OPERATOR", "NAME_TAKEN"})
TOLD_BY_STACKS = ("kind", "name", "spec", "status", "outputs", "stackStatus")
"""What of a row its stack alone tells (invariant M3)."""


@dataclass
class AtRest:
    """Judges a world; breaches are said to `invariants`. `untold`: changes of whose end nobody could hear."""

    invariants: Invariants
    untold: frozenset[str]

    def __post_init__(self) -> None:
        """Take what is looked at."""
        self.world, self.executions = self.invariants.world, self.invariants.executions
        self.say = self.invariants.say

    def judge(self) -> None:
        """Say every breach."""
        for name, execution in self.executions.by_name.items():
            self._judge_change(name, execution.run.status)
        for execution in self.executions.reconciliations:
            if execution.run.status == "RUNNING":
                self.say(f"{execution.run.name} never ended")
        if self.executions.reconciliations[-1].run.status != "SUCCEEDED":
            self.say(f"the last run of reconcile is {self.executions.reconciliations[-1].run.error}")
        for row in self.rows():
            self._judge_row(row)
        self._judge_stacks()

    def judge_without_reconcile(self) -> None:
        """Say of each free row that is stale already, but for what only another look at the stack can tell."""
        for row in self.rows():
            for sentence in [] if "lock" in row else stale(row, stack_of(self.world, row)):
                gap = self._gap(row)
                if gap is None:
                    self.say(f"the row of {row['name']} is stale before reconcile: {sentence}")
                else:
                    self.invariants.excused.append((gap, f"the row of {row['name']} is stale: {sentence}"))

    def _gap(self, row: dict[str, Any]) -> str | None:
        """Give what makes a row stale until reconcile looks at every stack, of all that went wrong here."""
        execution = self.executions.by_name.get(row.get("lastChange") or "")
        if row["name"] in self.invariants.orphans:
            return ORPHAN
        if execution is None:
            return FOREIGN
        if execution.redrives and self.invariants.freed[row["lastChange"]]:
            return REDRIVEN
        return of_a_spoilt_look(self.world.plan.hits)

    def rows(self) -> list[dict[str, Any]]:
        """Give the resources' rows."""
        rows = self.world.table.rows.items()
        return [from_item(row) for (_, sk), row in rows if sk.startswith("RESOURCE#")]

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
        if change["outcome"] == "LOCK_LOST" and name in self.invariants.released:
            self.invariants.excused.append(
                (RELEASED, f"{name} is told to have lost its lock, which it had freed itself")
            )
        elif change["outcome"] == "LOCK_LOST" and not (self.invariants.freed[name] or redriven or bumped):
            self.say(f"{name} is told to have lost its lock, which nobody took")
        if change["status"] == "SUCCEEDED" and status == "FAILED" and not redriven:
            self.say(f"{name} is told to have succeeded, and its execution is {status}")

    def _judge_told(self, name: str, request: dict[str, Any], outcome: str) -> None:
        """Compare what a change is told to have come to with the end of its operation."""
        over = self.executions.by_name[name].stopped or self.world.now()
        begun = self.invariants.begun.get(name, [])
        # A request that was on its way for longer than its change ran begins what nobody can tell of.
        mine = [each for each in begun if moment_of(each.begun) <= over]
        if len(mine) < len(begun):
            self.invariants.excused.append((ORPHAN, f"an operation of {name} began after its end"))
        ends = {self._end_of(operation) for operation in (mine[-1:] if request.get("mode") == Mode.RETAIN else mine)}
        good = {"create": ACTIVE, "update": ACTIVE, "delete": {"DELETE_COMPLETE"}}[request["action"]]
        if request.get("mode") in RECOVERIES:
            good = ACTIVE | ROLLED_BACK | {"DELETE_COMPLETE"}
        if outcome in {"SUCCEEDED", "RETAINED"} and ends - good:
            self.say(f"{name} is told to have succeeded, and its operation ended in {ends}")
        if outcome in SEEN_FAILURES and ends and not ends - good:
            self.say(f"{name} is told to have ended with {outcome}, and its operation ended in {ends}")
        if outcome == "STOPPED" and ends & good:
            self.say(f"{name} is told to be stopped, and its operation ended in {ends}")

    def _end_of(self, operation: Operation) -> str:
        """Give the status in which an operation ended, whatever came after it."""
        stack = self.world.stacks.stacks[operation.stack_id]
        tokens = {operation.token, self.world.stacks.stops.get(operation.token)}
        own = [event for event in stack.events if event["ClientRequestToken"] in tokens]
        told = [event["ResourceStatus"] for event in own if event["ResourceType"].endswith("::Stack")]
        return str(told[-1])

    def _judge_row(self, row: dict[str, Any]) -> None:
        name, stack = row["name"], stack_of(self.world, row)
        if "lock" in row and not (stack is not None and stack.running):
            self.say(f"{name} is locked by {row['lock']['change']} for ever")
        if "lock" in row:
            return
        for sentence in stale(row, stack):
            self.say(f"the row of {name} is stale: {sentence}")

    def _judge_stacks(self) -> None:
        """No stack of ours stands unseen; an unexecuted creation has made nothing."""
        known = {row.get("stackId") for row in self.rows() if "deletedAt" not in row}
        for stack in self.world.stacks.stacks.values():
            ours = dict(stack.tags).get("stowage:project") == self.world.project.id
            if ours and stack.live and not stack.running and stack.stack_id not in known | self._reviewed():
                self.say(f"no row tells of the stack {stack.name} in {stack.status}")

    def _reviewed(self) -> set[str]:
        stacks = self.world.stacks.stacks.values()
        return {stack.stack_id for stack in stacks if stack.status == "REVIEW_IN_PROGRESS"}

    def told_by_stacks(self) -> list[str]:
        """Give of each row whose stack stands what that tells, as one text each."""
        told = []
        for row in self.rows():
            stack = stack_of(self.world, row)
            if stack is not None and stack.live and stack.status != "REVIEW_IN_PROGRESS":
                shown = {name: row.get(name) for name in TOLD_BY_STACKS}
                told.append(json.dumps({**shown, "stackId": stack.stack_id}, sort_keys=True))
        return sorted(told)

    def lose_the_mirror(self) -> None:
        """Delete every resource's row, as if the table had been lost."""
        for key in [key for key in self.world.table.rows if key[1].startswith("RESOURCE#")]:
            del self.world.table.rows[key]
