"""Stack events on their whole way: a change ends with its stack, and without any event by the next look.

On a local cloud of its own, whose stacks take their time and whose polls are far apart.
"""

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import pytest

from local.aws import HUB_ACCOUNT, client
from local.client import Session
from local.cloud_process import CloudProcess, free_port
from local.endpoints import Endpoints
from local.stage import Stage

pytestmark = pytest.mark.e2e

ATLAS = "111111111111"
POLL_SECONDS, STEP_SECONDS = 8, 2.0
EVENTS_SECONDS = 1.0
SPEC: dict[str, Any] = {"owner": "anna@example.com", "costCentre": "CC-1", "dataClass": "internal"}


@pytest.fixture(scope="module")
def slow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoints]:
    """Bring up a Stowage that looks every eight seconds, at stacks whose resources take two seconds each."""
    cloud = CloudProcess(tmp_path_factory.mktemp("events"), step_seconds=STEP_SECONDS)
    try:
        yield Stage(cloud, f"http://127.0.0.1:{free_port()}", POLL_SECONDS).bring_up()
    finally:
        cloud.stop()


def create(slow: Endpoints) -> tuple[float, dict[str, Any], list[dict[str, Any]]]:
    """Create a bucket; give the seconds from its stack's end to AwaitStack's, the change, and the progress told."""
    name = f"events-{secrets.token_hex(4)}"
    anna = Session(slow, "anna@example.com")
    with anna, anna.listen("atlas") as screen:
        answer = anna.http.put(f"projects/atlas/buckets/{name}", json=SPEC).raise_for_status()
        screen.wait_for_end(answer.json()["change"]["id"])
        change = anna.wait_for_change("atlas", answer.json()["change"]["id"])
        told = [each for each in screen.received if each["type"] == "progress" and each["name"] == name]
    events = client("cloudformation", slow.aws, ATLAS).describe_stack_events(StackName=f"stowage-bucket-{name}")
    end = events["StackEvents"][0]
    assert (end["LogicalResourceId"], end["ResourceStatus"]) == (f"stowage-bucket-{name}", "CREATE_COMPLETE")
    [awaited] = [state for state in change["states"] if state["name"] == "AwaitStack"]
    seconds = (datetime.fromisoformat(awaited["exitedAt"]) - end["Timestamp"]).total_seconds()
    return seconds, change, told


@contextmanager
def without_events(slow: Endpoints) -> Iterator[None]:
    """Let every stack event be lost: nobody receives them."""
    functions = client("lambda", slow.aws, HUB_ACCOUNT)
    mappings = functions.list_event_source_mappings()["EventSourceMappings"]
    [mapping] = [each["UUID"] for each in mappings if "StackEvents" in each["EventSourceArn"]]
    functions.update_event_source_mapping(UUID=mapping, Enabled=False)
    try:
        yield
    finally:
        functions.update_event_source_mapping(UUID=mapping, Enabled=True)


def test_a_change_ends_within_a_second_of_its_stack(slow: Endpoints, tell_figure: Callable[[str], None]) -> None:
    """Without a single look more than the first; and pages see each resource of the stack come into being."""
    create(slow)  # the functions are warm from here on

    seconds, change, told = create(slow)

    tell_figure(f"events: AwaitStack ended {seconds:.2f} s after its stack, polls {POLL_SECONDS} s apart")
    [awaited] = [state for state in change["states"] if state["name"] == "AwaitStack"]
    assert change["outcome"] == "SUCCEEDED"
    assert awaited["attempts"] == 1
    assert seconds <= EVENTS_SECONDS
    seen = {(each["logicalId"], each["status"]) for message in told for each in message["resources"]}
    assert {("Bucket", "CREATE_IN_PROGRESS"), ("Bucket", "CREATE_COMPLETE")} <= seen
    assert {message["change"] for message in told} == {change["id"]}


def test_without_any_event_it_ends_by_the_next_look(slow: Endpoints, tell_figure: Callable[[str], None]) -> None:
    """Events are a hint; polling is the safety net."""
    with without_events(slow):
        seconds, change, told = create(slow)

    tell_figure(f"no events: AwaitStack ended {seconds:.2f} s after its stack, polls {POLL_SECONDS} s apart")
    assert (change["outcome"], told) == ("SUCCEEDED", [])
    assert seconds <= POLL_SECONDS + 1
