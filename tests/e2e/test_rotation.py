"""Rotation seen from outside: at every moment one of the two keys works, and a rotated-out key is refused."""

import threading
import time
from collections.abc import Callable
from typing import Any, Self

import httpx
import pytest
from botocore.exceptions import ClientError

from local.client import Message, Session
from local.endpoints import Endpoints
from local.third_party import client_of
from tests.e2e.conftest import Aws
from tests.e2e.credentials import (
    ANY_REFUSAL,
    KEY_REFUSED,
    OWNER,
    grant,
    hand_over,
    new_name,
    open_handover,
    put,
    refusal_of,
    soon_let_in,
    soon_refused,
)

pytestmark = pytest.mark.e2e

WAIT_SECONDS = 60.0


class Watch:
    """Asks with every key it knows, over and over, and keeps the moments at which all were refused."""

    def __init__(self, endpoints: Endpoints, bucket: str) -> None:
        self._endpoints = endpoints
        self._bucket = bucket
        self._clients: list[Any] = []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self.looks = 0
        self.dark: list[float] = []

    def know(self, opened: Message) -> None:
        """Ask with this key, too, from now on."""
        self._clients.append(client_of(self._endpoints, opened))

    def __enter__(self) -> Self:
        """Begin."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """End."""
        self._stop.set()
        self._thread.join(30)

    def _run(self) -> None:
        while not self._stop.wait(0.05):
            began = time.monotonic()
            if not any(self._works(client) for client in list(self._clients)):
                self.dark.append(began)
            self.looks += 1

    def _works(self, client: Any) -> bool:
        try:
            client.get_object(Bucket=self._bucket, Key="r/1")
        except ClientError:
            return False
        return True


def told(session: Session, user: str) -> Message:
    """Give what the API tells of the user's credentials."""
    answer: Message = session.http.get(f"projects/atlas/users/{user}/credentials").raise_for_status().json()
    return answer


def wait_until(session: Session, user: str, wanted: Callable[[Message], bool], what: str) -> Message:
    """Read the user's credentials until they are as wanted."""
    deadline = time.monotonic() + WAIT_SECONDS
    while True:
        found = told(session, user)
        if wanted(found):
            return found
        assert time.monotonic() < deadline, f"never {what}: {found}"
        time.sleep(0.1)


def step_is(step: str) -> Callable[[Message], bool]:
    """Want a running rotation to stand at this step."""
    return lambda it: it["rotation"] is not None and it["rotation"]["step"] == step


@pytest.fixture
def user(anna: Session, endpoints: Endpoints) -> tuple[str, str, Message]:
    """A user with one key that was handed over: name, bucket, key."""
    bucket, name = new_name("rotated"), new_name("partner")
    put(anna, f"buckets/{bucket}", OWNER)
    put(anna, f"users/{name}", {**OWNER, "grants": [grant(bucket, "list", "read", "write", prefix="r/")]})
    opened = open_handover(endpoints, hand_over(anna, name))
    client_of(endpoints, opened).put_object(Bucket=bucket, Key="r/1", Body=b"1")
    wait_until(anna, name, lambda it: it["rotation"] is None, "at rest")
    return name, bucket, opened


def rotate(session: Session, user: str, **hours: int) -> Message:
    """Ask for a rotation and give it."""
    answer = session.http.post(f"projects/atlas/users/{user}/rotations", json=hours)
    assert answer.status_code == 202, answer.text
    rotation: Message = answer.json()["rotation"]
    return rotation


def advance(session: Session, rotation: str, step: str) -> httpx.Response:
    """Ask a rotation, by its path, not to wait in this step any longer."""
    return session.http.post(f"{rotation}/advance", json={"step": step})


def test_a_rotation_never_leaves_the_partner_without_a_key(
    anna: Session, ben: Session, endpoints: Endpoints, aws: Aws, user: tuple[str, str, Message]
) -> None:
    """Second key, handover, last use shown, deactivation, undo, deactivation again, deletion."""
    name, bucket, old = user
    with Watch(endpoints, bucket) as watch:
        watch.know(old)
        rotation = rotate(anna, name, overlapHours=24, undoHours=24)
        twice = ben.http.post(f"projects/atlas/users/{name}/rotations", json={})
        assert twice.status_code == 409, twice.text
        waiting = wait_until(anna, name, step_is("AWAITING_HANDOVER"), "waiting for the handover")
        assert len(waiting["keys"]) == 2
        early = anna.http.post(f"projects/atlas/users/{name}/rotations/{rotation['id']}/advance")
        assert early.status_code == 409, early.text

        new = open_handover(endpoints, hand_over(anna, name))
        assert new["accessKeyId"] != old["accessKeyId"]
        watch.know(new)
        shown = wait_until(anna, name, step_is("AWAITING_IDLE"), "waiting for the old key to fall idle")
        shown = wait_until(
            anna,
            name,
            lambda it: any(key["accessKeyId"] == old["accessKeyId"] and key["lastUsedAt"] for key in it["keys"]),
            "showing the old key's last use",
        )
        assert shown["rotation"]["dueAt"] is not None

        path = f"projects/atlas/users/{name}/rotations/{rotation['id']}"
        assert advance(anna, path, "AWAITING_IDLE").is_success
        wait_until(anna, name, step_is("UNDO_WINDOW"), "in the undo window")
        assert advance(anna, path, "AWAITING_IDLE").json()["rotation"]["step"] == "UNDO_WINDOW"
        assert anna.http.post(f"{path}/advance").status_code == 409
        assert soon_refused(client_of(endpoints, old).get_object, Bucket=bucket, Key="r/1") in KEY_REFUSED | ANY_REFUSAL
        assert client_of(endpoints, new).get_object(Bucket=bucket, Key="r/1")["Body"].read() == b"1"

        assert anna.http.post(f"{path}/undo").is_success
        wait_until(anna, name, step_is("AWAITING_IDLE"), "waiting again after the undo")
        assert soon_let_in(client_of(endpoints, old).get_object, Bucket=bucket, Key="r/1")["Body"].read() == b"1"

        assert advance(anna, path, "AWAITING_IDLE").is_success
        wait_until(anna, name, step_is("UNDO_WINDOW"), "in the undo window again")
        assert advance(anna, path, "UNDO_WINDOW").is_success
        ended = wait_until(anna, name, lambda it: it["rotation"] is None, "ended")
    assert ended["lastRotation"]["outcome"] == "SUCCEEDED"
    assert [key["accessKeyId"] for key in ended["keys"]] == [new["accessKeyId"]]
    listed = aws("iam", "111111111111").list_access_keys(UserName=name)["AccessKeyMetadata"]
    assert [key["AccessKeyId"] for key in listed] == [new["accessKeyId"]]
    assert refusal_of(client_of(endpoints, old).get_object, Bucket=bucket, Key="r/1") in ANY_REFUSAL
    assert watch.looks > 20
    assert watch.dark == []


def test_the_history_tells_the_whole_rotation(
    anna: Session, endpoints: Endpoints, aws: Aws, user: tuple[str, str, Message]
) -> None:
    """An auditor reads every step as a state of its own; without any wait a rotation ends by itself."""
    name, _, _ = user
    rotation = rotate(anna, name, overlapHours=0, undoHours=0)
    wait_until(anna, name, step_is("AWAITING_HANDOVER"), "waiting for the handover")
    open_handover(endpoints, hand_over(anna, name))
    wait_until(anna, name, lambda it: it["rotation"] is None or it["rotation"]["step"] != "AWAITING_HANDOVER", "on")
    wait_until(anna, name, step_is("AWAITING_IDLE"), "waiting for the old key to fall idle")
    # It was used a moment ago, which the rotation waits out unless it is told not to.
    assert advance(anna, f"projects/atlas/users/{name}/rotations/{rotation['id']}", "AWAITING_IDLE").is_success
    wait_until(anna, name, lambda it: it["rotation"] is None, "ended")
    machine = endpoints.state_machines["rotate_credentials"]
    arn = f"{machine.replace(':stateMachine:', ':execution:')}:{rotation['id']}"
    events = aws("stepfunctions").get_execution_history(executionArn=arn, maxResults=1000)["events"]
    entered = [event["stateEnteredEventDetails"]["name"] for event in events if "stateEnteredEventDetails" in event]
    wanted = ["MintAccessKey", "ProbeAccessKey", "AwaitHandover", "AwaitOldKeyIdle", "DeactivateOldKey", "DeleteOldKey"]
    assert [state for state in entered if state in wanted] == wanted
    assert entered[-1] == "RotationSucceeded"
