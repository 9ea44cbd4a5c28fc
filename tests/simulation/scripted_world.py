"""The machine in the simulation, its tasks played by the scripts of tests/contract/scripted_machine."""

from typing import Any

from botocore.exceptions import ClientError

from stowage.adapters.dynamodb.items import from_item
from tests.contract.scripted_machine import DONE, STACK_ID
from tests.simulation import wiring
from tests.simulation.aws_faults import Plan
from tests.simulation.executions import Execution, Executions, machine
from tests.simulation.world import Reply, World
from workflows.asl import Json

DEFAULTS: dict[str, Json] = {
    "SubmitStackOperation": {"answer": {"stackId": STACK_ID, "operation": "create", "noChange": False}},
    "AwaitStack": {"succeed": DONE},
    "RecordFailure": {"answer": {"outcome": "CREATE_FAILED", "cause": "The first failing event.", "keepLock": False}},
    "NotifyRefused": {"answer": {"outcome": "LOCKED", "cause": "Somebody else holds it."}},
}
"""As in the handler of tests/contract/scripted_machine."""


class ScriptedWorld(World):
    """A world whose functions do what the change's spec says; nobody listens to the ends of its executions."""

    def __init__(self) -> None:
        super().__init__(0, Plan())
        self.attempts: dict[tuple[str, str], int] = {}

    def invoke(self, state: str, change: str, event: Any, ended: Reply, **_limits: Any) -> None:
        """Take the next step of the script."""
        if state not in event["change"]["spec"].get("script", {}) and state not in DEFAULTS:
            self.timeline.after(0.01, lambda: ended({}, None))
            return
        number = self.attempts[change, state] = self.attempts.get((change, state), 0) + 1
        steps = event["change"]["spec"].get("script", {}).get(state) or [DEFAULTS[state]]
        self.timeline.after(0.01, lambda: self._step(steps[min(number, len(steps)) - 1], event, ended))

    def _step(self, step: Json, event: Json, ended: Reply) -> None:
        if "raise" in step:
            ended(None, type(step["raise"], (Exception,), {})(step["cause"]))
            return
        key = row_key(event["change"])
        if "sleep" in step:
            self.table.rows[key] = {**self.table.rows[key], "wakeToken": {"S": event["taskToken"]}}
        if "steal" in step:
            row = self.table.rows[key]
            lock = {"M": {**row["lock"]["M"], "change": {"S": step["steal"]}}}
            self.table.rows[key] = {**row, "lock": lock, "fence": {"N": str(int(row["fence"]["N"]) + 1)}}
        if "succeed" in step or "fail" in step:
            answer = {"error": step.get("fail"), "cause": step.get("cause")}
            if "succeed" in step:
                answer = {"output": wiring.json_text(step["succeed"])}
            operation = "send_task_success" if "succeed" in step else "send_task_failure"
            try:
                self.more["stepfunctions"](operation, {"taskToken": event["taskToken"], **answer})
            except ClientError as error:
                ended(None, error)
                return
        ended(step.get("answer"), None)


def row_key(request: Json) -> tuple[str, str]:
    """Give the key of a request's resource."""
    return f"RESOURCES#{request['project']}", f"RESOURCE#{request['kind']}#{request['name']}"


def play(request: Json, row: Json | None, *, poll_seconds: int) -> tuple[Execution, Json]:
    """Run a change on the simulated Step Functions; give its execution and the row that it left."""
    world = ScriptedWorld()
    executions = Executions(world, machine(poll_seconds=poll_seconds))
    executions.ended.send = lambda *_: None  # type: ignore[method-assign]
    if row is not None:
        world.table.rows[row_key(request)] = row
    execution = executions.start(request)
    world.timeline.run()
    return execution, from_item(world.table.rows[row_key(request)])
