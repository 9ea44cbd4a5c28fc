"""Task tokens as AWS has them: one of its own for every attempt, refused once that attempt is over.

The emulator shares one token between all attempts and forgets it afterwards, so that code which keeps an old token
seems to work.
https://docs.aws.amazon.com/step-functions/latest/apireference/API_SendTaskSuccess.html
"""

import base64
import json
import secrets
import threading
import time
from dataclasses import dataclass, field
from typing import Any

from ministack.core.responses import error_response_json
from ministack.services import stepfunctions as engine

from local.cloud.patching import replace_function

# Real tokens have some 600 characters or more; a column or a header too short for them must show here.
TOKEN_BYTES = 460
TOKEN_PREFIX = b"AQC"
PAYLOAD_BYTES = 262_144
HEARTBEAT_ERROR = "States.HeartbeatTimeout"
TIMEOUT_ERROR = "States.Timeout"


class ExecutionClosedError(Exception):
    """The execution ended while one of its states still worked: the state's thread has nothing more to do."""


@dataclass
class Callback:
    """One attempt of a `.waitForTaskToken` state that sleeps until somebody answers."""

    execution_arn: str
    answered: threading.Event = field(default_factory=threading.Event)
    output: str | None = None
    failure: tuple[str, str] | None = None
    closed: bool = False
    heartbeat_at: float = field(default_factory=time.monotonic)


_open: dict[str, Callback] = {}
_lock = threading.Lock()


def issue_token(execution_arn: str) -> str:
    """Return a new token, which `wait` then sleeps on."""
    token = base64.b64encode(TOKEN_PREFIX + secrets.token_bytes(TOKEN_BYTES)).decode()
    with _lock:
        _open[token] = Callback(execution_arn)
    return token


def is_waiting(token: str) -> bool:
    """Return whether the attempt of this token still waits for its answer."""
    with _lock:
        callback = _open.get(token)
        return callback is not None and not callback.answered.is_set()


def answer(token: str, *, output: str | None = None, failure: tuple[str, str] | None = None) -> bool:
    """Give the attempt its result; only the first answer counts, False says that this one came too late."""
    with _lock:
        callback = _open.get(token)
        if callback is None or callback.answered.is_set():
            return False
        callback.output, callback.failure = output, failure
        callback.answered.set()
        return True


def close_tokens(execution_arn: str) -> None:
    """Wake every attempt of an execution that has ended; its tokens are refused from now on."""
    with _lock:
        for callback in _open.values():
            if callback.execution_arn == execution_arn and not callback.answered.is_set():
                callback.closed = True
                callback.answered.set()


def wait(token: str, timeout_seconds: float | None, heartbeat_seconds: float | None) -> Any:
    """Sleep until the token is answered and return the decoded output.

    Raises the state's error: the answered failure, States.Timeout after `timeout_seconds`, States.HeartbeatTimeout
    after `heartbeat_seconds` without a heartbeat. Raises ExecutionClosedError when the execution ended meanwhile.
    """
    callback = _open[token]
    deadline = None if timeout_seconds is None else time.monotonic() + timeout_seconds
    try:
        error = _sleep(callback, deadline, heartbeat_seconds)
    finally:
        with _lock:
            _open.pop(token, None)
    if callback.closed:
        raise ExecutionClosedError
    if callback.failure is not None:
        raise engine._ExecutionError(*callback.failure)
    if callback.output is not None:
        return json.loads(callback.output)
    raise engine._ExecutionError(error or TIMEOUT_ERROR, "")


def _sleep(callback: Callback, deadline: float | None, heartbeat_seconds: float | None) -> str | None:
    while True:
        beat_by = None if heartbeat_seconds is None else callback.heartbeat_at + heartbeat_seconds
        ends = [moment for moment in (deadline, beat_by) if moment is not None]
        if callback.answered.wait(max(0.0, min(ends) - time.monotonic()) if ends else None):
            return None
        now = time.monotonic()
        if deadline is not None and now >= deadline:
            return TIMEOUT_ERROR
        if heartbeat_seconds is not None and now >= callback.heartbeat_at + heartbeat_seconds:
            return HEARTBEAT_ERROR


def _refuse(token: str) -> Any:
    """An answered, expired or closed task is TaskTimedOut; text that was never a token is InvalidToken."""
    try:
        known = base64.b64decode(token, validate=True).startswith(TOKEN_PREFIX)
    except ValueError:
        known = False
    if known:
        return error_response_json("TaskTimedOut", "Task Timed Out: 'Provided task does not exist anymore'", 400)
    return error_response_json("InvalidToken", "Invalid Token: 'Invalid token'", 400)


def _send_task_success(data: dict[str, Any]) -> Any:
    token, output = data.get("taskToken", ""), data.get("output", "")
    try:
        json.loads(output)
    except ValueError:
        return error_response_json("InvalidOutput", "Invalid Output: 'Output is not valid JSON'", 400)
    if len(output.encode()) > PAYLOAD_BYTES:
        return error_response_json("ValidationException", "output must have length less than or equal to 262144", 400)
    return engine.json_response({}) if answer(token, output=output) else _refuse(token)


def _send_task_failure(data: dict[str, Any]) -> Any:
    token = data.get("taskToken", "")
    failure = (data.get("error", ""), data.get("cause", ""))
    return engine.json_response({}) if answer(token, failure=failure) else _refuse(token)


def _send_task_heartbeat(data: dict[str, Any]) -> Any:
    token = data.get("taskToken", "")
    with _lock:
        callback = _open.get(token)
        if callback is not None and not callback.answered.is_set():
            callback.heartbeat_at = time.monotonic()
            return engine.json_response({})
    return _refuse(token)


def install() -> None:
    """Answer the three SendTask calls from this module's tokens; activities keep the emulator's."""
    for original, ours in (
        (engine._send_task_success, _send_task_success),
        (engine._send_task_failure, _send_task_failure),
        (engine._send_task_heartbeat, _send_task_heartbeat),
    ):
        replace_function(original, _activities_first(original, ours))


def _activities_first(original: Any, ours: Any) -> Any:
    def handle(data: dict[str, Any]) -> Any:
        return original(data) if data.get("taskToken") in engine._task_tokens else ours(data)

    return handle
