"""Machines other than change_resource in the runner alone, their tasks played as the contract tests' stand-ins do."""

import json
from collections.abc import Callable
from random import Random
from typing import Any

from tests.contract import test_reconcile_machine as reconcile
from tests.simulation.asl import Call, Run, function_of
from tests.simulation.asl_machine import Machine
from tests.simulation.asl_values import StateError
from workflows.asl import Json

Answer = Callable[[str, Json], Json]
"""Of a state's function and its payload: a step, as tests/contract/scripted_machine.py has them."""
ROTATION_DEFAULTS: dict[str, Json] = {
    "ProbeAccessKey": {"answer": {"oldKeyStands": True}},
    "AwaitHandover": {"succeed": {"undone": False}},
    "AwaitOldKeyIdle": {"succeed": {"undone": False}},
    "AwaitUndo": {"succeed": {"undone": False}},
    "RecordRotationFailure": {"answer": {"outcome": "FAILED", "cause": "It broke."}},
}
"""As in the handler of tests/contract/test_rotate_credentials_machine.py."""


def play(machine: Machine, given: Json, answer: Answer) -> Run:
    """Run to the end; a state that waits for its token, and gets no answer, runs into its timeout."""
    run = Run(machine, "x", given, "2026-01-02T03:04:05.678Z", Random(1))  # noqa: S311 -- not for secrets
    steps = run.effects()
    effect = next(steps, None)
    while effect is not None:
        try:
            effect = steps.send(_result(run, effect, answer) if isinstance(effect, Call) else None)
        except StateError as error:
            effect = _thrown(steps, error)
        except StopIteration:
            effect = None
    return run


def _thrown(steps: Any, error: StateError) -> Any:
    try:
        return steps.throw(error)
    except StopIteration:
        return None


def _result(run: Run, call: Call, answer: Answer) -> Any:
    step = answer(function_of(call), call.arguments["Payload"])
    if "raise" in step:
        told = {"errorMessage": step["cause"], "errorType": step["raise"], "requestId": "1", "stackTrace": []}
        raise StateError(step["raise"], json.dumps(told))
    if call.token is None:
        return {"Payload": step.get("answer"), "StatusCode": 200}
    run.submitted()
    if "fail" in step:
        raise StateError(step["fail"], step["cause"])
    if "succeed" in step:
        return step["succeed"]
    raise StateError("States.Timeout")


def rotation_script() -> Answer:
    """Give what plays the tasks of rotate_credentials: the steps stand in the request, as the name of who asks."""
    attempts: dict[str, int] = {}

    def answer(state: str, payload: Json) -> Json:
        number = attempts[state] = attempts.get(state, 0) + 1
        default: Json = ROTATION_DEFAULTS.get(state, {"answer": {}})
        steps = json.loads(payload["rotation"]["actor"]).get(state) or [default]
        step: Json = steps[min(number, len(steps)) - 1]
        return step

    return answer


def reconcile_script(state: str, payload: Json) -> Json:
    """Play a task of reconcile by the contract test's own stand-in."""
    space: dict[str, Any] = {}
    exec(reconcile.HANDLER.replace('os.environ["STATE"]', repr(state)), space)  # noqa: S102 -- the stand-in itself
    try:
        return {"answer": space["handler"](payload, None)}
    except Exception as error:  # noqa: BLE001 -- whatever it raises, Step Functions tells
        return {"raise": type(error).__name__, "cause": str(error)}
