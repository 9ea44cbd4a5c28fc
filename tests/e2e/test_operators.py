"""What the console's pages for operators and auditors ask for, on the deployed product."""

import json
import time
from typing import Any

import pytest

from local.endpoints import Endpoints
from tests.e2e.conftest import Aws, SignIn
from tests.e2e.test_main_job import SPEC, create, new_name

pytestmark = pytest.mark.e2e

SECONDS = 120


def test_a_change_tells_its_specs_and_its_raw_history_without_a_token(sign_in: SignIn) -> None:
    """What was asked for, what stood, and every event, page by page; nothing by which a wait could be ended."""
    anna, name = sign_in("anna"), new_name()
    first = create(anna, name)
    second = create(anna, name, {**SPEC, "lifecycleDays": 30})

    assert (first["before"], first["spec"]["owner"]) == (None, SPEC["owner"])
    assert (second["before"], second["spec"]["lifecycleDays"]) == (first["spec"], 30)
    wanted = {"kind": "bucket", "action": "update", "limit": "1"}
    [newest] = anna.http.get("projects/atlas/changes", params=wanted).json()["items"]
    assert (newest["action"], "spec" in newest) == ("update", False)

    events: list[dict[str, Any]] = []
    cursor: dict[str, str] = {}
    while True:
        answer = anna.http.get(f"projects/atlas/changes/{first['id']}/history", params={"limit": 20, **cursor})
        assert answer.status_code == 200, answer.text
        events += answer.json()["items"]
        if answer.json()["cursor"] is None:
            break
        cursor = {"cursor": answer.json()["cursor"]}
    [asked] = [each for each in events if each["state"] == "AwaitStack" and each["type"] == "TaskScheduled"][:1]
    assert json.loads(asked["input"])["Payload"]["taskToken"] == "(removed)"
    assert [each["id"] for each in events] == list(range(1, len(events) + 1))
    assert {"AcquireLock", "AwaitStack", "ReleaseLock"} <= {each["state"] for each in events}


def test_a_project_is_reconciled_when_an_operator_asks(sign_in: SignIn) -> None:
    """One run, whose findings stand on the list of runs."""
    olga, anna = sign_in("olga"), sign_in("anna")

    assert anna.http.post("projects/borealis/reconcile").status_code == 403
    begun = olga.http.post("projects/borealis/reconcile")

    assert begun.status_code == 202, begun.text
    started_at, deadline = begun.json()["run"]["startedAt"], time.monotonic() + SECONDS
    while not any(
        run["triedAt"] >= started_at for run in anna.http.get("projects/borealis/reconciliations").json()["items"]
    ):
        assert time.monotonic() < deadline, "no run has told its findings"
        time.sleep(0.5)


def test_a_lock_that_nobody_will_free_is_broken_by_an_operator(sign_in: SignIn, aws: Aws, endpoints: Endpoints) -> None:
    """Its execution is unknown and its stack at rest; a manager is refused, and what is free has nothing to break."""
    olga, anna, name = sign_in("olga"), sign_in("anna"), new_name()
    create(anna, name)
    path = f"projects/atlas/buckets/{name}"
    me = anna.http.get("me").json()["person"]["id"]
    lock = {
        "change": {"S": "chg-" + "f" * 32},
        "actor": {"S": "anna@example.com"},
        "actorId": {"S": me},
        "since": {"S": "2026-01-01T00:00:00.000Z"},
        "action": {"S": "update"},
    }

    free = olga.http.post(f"{path}/lock/break")
    aws("dynamodb").update_item(
        TableName=endpoints.table,
        Key={"pk": {"S": "RESOURCES#atlas"}, "sk": {"S": f"RESOURCE#bucket#{name}"}},
        UpdateExpression="SET #lock = :lock",
        ExpressionAttributeNames={"#lock": "lock"},
        ExpressionAttributeValues={":lock": {"M": lock}},
    )
    refused = anna.http.post(f"{path}/lock/break")
    broken = olga.http.post(f"{path}/lock/break")

    assert (free.status_code, refused.status_code, broken.status_code) == (409, 403, 200), (free.text, broken.text)
    assert broken.json()["resource"]["lock"] is None
    assert anna.http.get(path).json()["lock"] is None
    codes = [each["code"] for each in anna.http.get("projects/atlas/notices").json()["items"]]
    assert "LOCK_BROKEN" in codes


def test_a_person_is_let_in_by_e_mail_address(sign_in: SignIn) -> None:
    """Whoever signs in already; nobody else."""
    olga, ben = sign_in("olga"), sign_in("ben")

    added = olga.http.post("projects/borealis/members", json={"email": "ben@example.com", "role": "auditor"})
    unknown = olga.http.post("projects/borealis/members", json={"email": "nobody@example.com", "role": "auditor"})

    assert (added.status_code, unknown.status_code) == (200, 404), (added.text, unknown.text)
    assert ben.http.get("projects/borealis/resources").status_code == 200
    assert olga.http.delete(f"projects/borealis/members/{added.json()['person']['id']}").status_code == 204
