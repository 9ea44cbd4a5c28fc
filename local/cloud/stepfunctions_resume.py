"""Running executions outlive the local cloud's restart, as they outlive anything on AWS.

What is restored as RUNNING goes on, under its ARN and with its history, in the state that it was in: with that state's
input, variables and used-up retries. A Wait keeps its end; a task that had not ended is tried again, with a token of
its own if it waits for one (the old one is refused); the machine's own timeout counts from the beginning. No status
change is published, since none has happened. AWS never starts a task twice of itself; here a restart is like the
loss of a task's answer.

What is inside a Parallel or Map, whose branches are not kept, and what belongs to a deleted machine, cannot go on: it
is FAILED with `States.ServiceRestart`, and the listeners are told.
"""

import json
import os
import socket
import threading
import time
from typing import Any

from ministack.core.responses import request_scope
from ministack.services import stepfunctions as engine

from local.cloud import stepfunctions_execution as executions
from local.cloud import stepfunctions_history as history
from local.cloud.stepfunctions_events import publish_status

SERVING_SECONDS = 60.0
BRANCHED = {"Parallel", "Map"}


def can_resume(execution: dict[str, Any]) -> bool:
    """Return whether a restored execution can go on where it was."""
    if execution.get("sync") or execution["stateMachineArn"] not in engine._state_machines:
        return False
    machine, at = execution.get("_machine"), execution.get("_at")
    if machine is None or at is None:
        return True  # accepted, and not begun yet
    return json.loads(machine["definition"])["States"][at["state"]]["Type"] not in BRANCHED


def _restore(original: Any, data: dict[str, Any]) -> None:
    """Restore all executions; once the cloud serves again, go on with those that can, and tell of the others' end."""
    restored = data.get("executions", {})
    running = [each for each in restored.all_values() if each["status"] == "RUNNING"]
    original(data)
    for execution in running:
        if can_resume(execution):
            execution.update(status="RUNNING", stopDate=None, error=None, cause=None)
    if running:
        threading.Thread(target=_go_on, args=(running,), daemon=True, name="states-restored").start()


def _go_on(interrupted: list[dict[str, Any]]) -> None:
    deadline = time.monotonic() + SERVING_SECONDS
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", int(os.environ["GATEWAY_PORT"]))) == 0:
                break
        time.sleep(0.05)
    for execution in interrupted:
        arn = execution["executionArn"]
        _, _, _, region, account, *_ = arn.split(":")
        if execution["status"] == "RUNNING":
            threading.Thread(
                target=_resume, args=(account, region, execution), daemon=True, name="states-resumed"
            ).start()
            continue
        with request_scope(account, region):
            details = {"error": execution["error"], "cause": execution["cause"]}
            history.record_end(execution, "ExecutionFailed", {"executionFailedEventDetails": details})
            publish_status(execution)


def _resume(account: str, region: str, execution: dict[str, Any]) -> None:
    with request_scope(account, region):
        executions.run_execution(execution["executionArn"], resumed=True)


def install() -> None:
    """Watch what a restart restores."""
    restore = engine.load_persisted_state
    engine.load_persisted_state = lambda data: _restore(restore, data)
