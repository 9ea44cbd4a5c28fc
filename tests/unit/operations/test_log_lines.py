"""Every line that a change causes carries its id, and none carries what it must not."""

import json
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from types import SimpleNamespace
from typing import Any

import pytest

from stowage.adapters import bootstrap
from stowage.domain.errors import ServiceUnavailableError, StowageError, ThrottledError
from tests.unit.api.world import World as Api
from tests.unit.fakes.world import CHANGE, OTHER_CHANGE, STARTED_AT, World
from tests.unit.operations.lines import Line, Read
from tests.unit.template.conftest import HUB

SECRET_SPEC, SECRET_TOKEN = "spec-canary-4711", "token-canary-4711"
PORTS = (
    "custodian",
    "rotations",
    "projects",
    "resources",
    "changes",
    "executions",
    "waits",
    "stacks",
    "notifier",
    "contents",
)
CONTEXT = SimpleNamespace(aws_request_id="11111111-2222-3333-4444-555555555555")
OF_CHANGES = " of change_resource"
TASKS = sorted(each["Handler"] for each in HUB.functions.values() if str(each["Description"]).endswith(OF_CHANGES))
LISTENERS = ["listeners.execution_ended.handler"]

MORE: dict[str, dict[str, Any]] = {
    "tasks.await_stack.handler": {
        "stackId": "arn:stack",
        "operation": "create",
        "noChange": False,
        "taskToken": SECRET_TOKEN,
    },
    "tasks.empty_contents.handler": {"removed": 0},
    "tasks.notify_failed.handler": {"failure": {"outcome": "CREATE_FAILED", "cause": "No."}},
    "tasks.notify_refused.handler": {"row": None},
    "tasks.notify_succeeded.handler": {"outcome": "SUCCEEDED"},
    "tasks.record_failure.handler": {"failure": {"error": "StackCreateFailedError", "cause": "No."}, "stackId": None},
    "tasks.update_mirror.handler": {
        "result": {"stackId": "arn:stack", "stackStatus": "CREATE_COMPLETE", "outputs": {}, "outcome": "SUCCEEDED"}
    },
}
"""What a state gives its task beside the change and its lock."""

Handler = Callable[[dict[str, Any], object], object]


class Broken:
    """A port of which every verb fails alike."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def __getattr__(self, _verb: str) -> Callable[..., None]:
        """Give a verb that fails."""

        def fail(*_arguments: object, **_named: object) -> None:
            raise self.error

        return fail


def handler_of(path: str) -> Handler:
    """Give the function that Lambda calls."""
    module, _, name = path.rpartition(".")
    handler: Handler = getattr(import_module(module), name)
    return handler


def wire(monkeypatch: pytest.MonkeyPatch, world: World) -> None:
    """Let bootstrap give the world's fakes."""
    for port in (*PORTS, "clock"):
        monkeypatch.setattr(bootstrap, port, lambda port=port: getattr(world, port))


def event_of(path: str, world: World) -> dict[str, Any]:
    """Give the event of a change in whose spec a canary sits."""
    given = world.lock(spec={"description": SECRET_SPEC}).to_wire()
    refused = path == "tasks.notify_refused.handler"
    if refused:
        del given["fence"]
    if path.startswith("listeners."):
        world.executions.start(CHANGE, json.dumps(given["change"]))
        world.executions.end(CHANGE, "ABORTED")
        detail = {"name": CHANGE, "status": "ABORTED", "input": json.dumps(given["change"])}
        told = {"source": "aws.states", "detail-type": "Step Functions Execution Status Change", "detail": detail}
        return {"Records": [{"messageId": "message-1", "body": json.dumps(told)}]}
    return {**given, **MORE.get(path, {})}


def assert_traceable(lines: list[Line]) -> None:
    """Fail on a line without the change's id, or with a spec, a body or a token."""
    assert lines
    assert [line for line in lines if line.get("change") != CHANGE] == []
    assert SECRET_SPEC not in json.dumps(lines)
    assert SECRET_TOKEN not in json.dumps(lines)


@pytest.mark.parametrize("path", [*TASKS, *LISTENERS])
def test_a_function_that_does_its_work_tells_the_change_on_every_line(
    path: str, monkeypatch: pytest.MonkeyPatch, written: Read
) -> None:
    """What it announces, counts and concludes; and the id of the call, under which Lambda writes its own lines."""
    world = World()
    world.listen("page")
    wire(monkeypatch, world)
    event = event_of(path, world)

    with suppress(StowageError):  # the kind "crate" is not in the catalog: SubmitStackOperation says so
        handler_of(path)(event, CONTEXT)

    lines = written()
    assert_traceable(lines)
    assert {line.get("request_id") for line in lines} == {CONTEXT.aws_request_id}


@pytest.mark.parametrize(
    "error", [ThrottledError("Slow down."), KeyError("lost")], ids=lambda error: type(error).__name__
)
@pytest.mark.parametrize("path", TASKS)
def test_a_task_that_fails_tells_the_change_on_every_line(
    path: str, error: Exception, monkeypatch: pytest.MonkeyPatch, written: Read
) -> None:
    """Whether AWS failed it or a defect did."""
    world = World()
    wire(monkeypatch, world)
    event = event_of(path, world)
    for port in PORTS:
        monkeypatch.setattr(bootstrap, port, lambda: Broken(error))

    # A function may look at something else first, and fail on that; fail it must.
    with pytest.raises(Exception) as caught:  # noqa: PT011 -- either of the two, or what comes before
        handler_of(path)(event, CONTEXT)

    assert not isinstance(caught.value, (AttributeError, TypeError))
    assert_traceable(written())


@pytest.mark.parametrize("begun", ["new", "locked", "row not written", "started before"])
@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_a_write_of_the_api_tells_the_change_on_every_line(
    method: str, begun: str, monkeypatch: pytest.MonkeyPatch, written: Read
) -> None:
    """Accepted, refused or half done: the person's sentence names the id, and so does the log."""
    api = Api()
    monkeypatch.setattr("api.request_change.change_id", lambda *_: CHANGE)
    if begun == "locked":
        world = World()
        api.fake_resources.acquire_lock(world.lock(change=OTHER_CHANGE).change, STARTED_AT)
    if begun == "row not written":
        api.spies["changes"] = Broken(ServiceUnavailableError("No."))
    if begun == "started before":
        api.fake_executions.start(CHANGE, "{}")

    api.call(method, "/v1/projects/apollo/crates/apples", json={"description": SECRET_SPEC})

    assert_traceable(written())


def test_the_next_request_carries_no_id_of_the_one_before(written: Read) -> None:
    """A function serves one request after the other in one process."""
    api = Api()
    api.put()
    assert written()

    api.call("GET", "/v1/health")

    after = written()
    assert after
    assert [line for line in after if "change" in line] == []


def test_every_task_and_listener_of_the_template_is_among_these() -> None:
    """A new one is tested by being in the template, and needs its event here."""
    assert set(MORE) <= set(TASKS)
    assert len(TASKS) >= 8
    assert LISTENERS
