"""Bad input and bad luck: a clear refusal, no execution started, nothing lost."""

import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from local.client import Session
from local.endpoints import Endpoints
from tests.e2e.conftest import Aws, SignIn
from tests.e2e.test_main_job import ATLAS, BOREALIS, SPEC, create, new_name

pytestmark = pytest.mark.e2e

CountExecutions = Callable[[], int]


def problem(answer: httpx.Response, status: int) -> dict[str, Any]:
    """Give the problem document; fails unless it is one, with that status."""
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"].startswith("application/problem+json")
    body: dict[str, Any] = answer.json()
    assert body["status"] == status
    assert body["type"].startswith("https://stowage.dev/problems/")
    assert body["detail"]
    return body


@pytest.mark.parametrize(
    ("name", "spec", "pointer"),
    [
        ("UPPER-CASE", SPEC, ""),
        ("ab", SPEC, ""),
        ("192.168.0.1", SPEC, ""),
        ("xn--bucket", SPEC, ""),
        ("e2e-fine", {**SPEC, "unknownField": 1}, "/unknownField"),
        ("e2e-fine", {**SPEC, "lifecycleDays": "soon"}, "/lifecycleDays"),
        ("e2e-fine", {**SPEC, "owner": "not an e-mail"}, "/owner"),
        ("e2e-fine", {**SPEC, "tags": {"aws:mine": "x"}}, "/tags"),
        ("e2e-fine", {**SPEC, "tags": {"Team": "${AWS::AccountId}"}}, "/tags/Team"),
        ("e2e-fine", {}, ""),
    ],
)
def test_an_invalid_spec_is_422_with_its_pointer(
    anna: Session, count_executions: CountExecutions, name: str, spec: dict[str, Any], pointer: str
) -> None:
    """The field is named by a JSON Pointer and no execution starts."""
    before = count_executions()
    body = problem(anna.http.put(f"projects/atlas/buckets/{name}", json=spec), 422)
    assert any(fault["pointer"].startswith(pointer) for fault in body["errors"]), body
    assert count_executions() == before


def test_strangers_and_auditors_are_refused(sign_in: SignIn, count_executions: CountExecutions) -> None:
    """Unknown project 404, a project of others 403, an auditor's write 403, no token 401."""
    ben, aude = sign_in("ben"), sign_in("aude")
    before = count_executions()
    problem(ben.http.put("projects/nowhere/buckets/e2e-fine", json=SPEC), 404)
    problem(ben.http.put("projects/borealis/buckets/e2e-fine", json=SPEC), 403)
    problem(ben.http.get("projects/borealis/resources"), 403)
    problem(aude.http.put("projects/atlas/buckets/e2e-fine", json=SPEC), 403)
    problem(aude.http.delete("projects/atlas/buckets/e2e-fine"), 403)
    problem(ben.http.get("projects/atlas/buckets/e2e-there-is-none"), 404)
    problem(ben.http.get("no/such/route"), 404)
    anonymous = httpx.get(f"{ben.http.base_url}me")
    assert (anonymous.status_code, anonymous.json()) == (401, {"message": "Unauthorized"})
    with_id_token = httpx.get(f"{ben.http.base_url}me", headers={"Authorization": f"Bearer {ben.tokens['IdToken']}"})
    problem(with_id_token, 401)
    assert count_executions() == before


def test_a_body_that_is_no_spec_is_refused(anna: Session, count_executions: CountExecutions) -> None:
    """Too large 413, another content type 415, no JSON 400; nothing starts."""
    before = count_executions()
    path = "projects/atlas/buckets/e2e-fine"
    problem(anna.http.put(path, json={**SPEC, "description": "x" * 1_000_000}), 413)
    problem(anna.http.put(path, content=b"owner=anna", headers={"Content-Type": "text/plain"}), 415)
    problem(anna.http.put(path, content=b'{"owner":', headers={"Content-Type": "application/json"}), 400)
    problem(anna.http.put(path, content=b"[]", headers={"Content-Type": "application/json"}), 422)
    assert count_executions() == before


def test_a_name_that_another_account_owns_is_409(anna: Session, aws: Aws, count_executions: CountExecutions) -> None:
    """S3 names are global: a bucket of another account is in the way before anything starts."""
    name = new_name()
    place = {"LocationConstraint": "eu-west-1"}
    aws("s3", "333333333333").create_bucket(Bucket=name, CreateBucketConfiguration=place)
    before = count_executions()
    problem(anna.http.put(f"projects/atlas/buckets/{name}", json=SPEC), 409)
    assert count_executions() == before


def test_a_stale_if_match_is_412(anna: Session, count_executions: CountExecutions) -> None:
    """An edit of a version that is gone is refused, and the row keeps what it has."""
    name = new_name()
    create(anna, name)
    before = count_executions()
    path = f"projects/atlas/buckets/{name}"
    problem(anna.http.put(path, json={**SPEC, "lifecycleDays": 3}, headers={"If-Match": '"7"'}), 412)
    problem(anna.http.put(path, json=SPEC, headers={"If-Match": "seven"}), 400)
    assert count_executions() == before
    assert anna.http.get(path).json()["version"] == 1


def test_two_changes_of_one_bucket_make_one_operation(sign_in: SignIn, aws: Aws) -> None:
    """Of simultaneous edits of one version a single one is carried out; every other is refused or ends refused."""
    anna, ben = sign_in("anna"), sign_in("ben")
    name = new_name()
    create(anna, name)
    path = f"projects/atlas/buckets/{name}"

    def put(numbered: tuple[int, Session]) -> httpx.Response:
        number, session = numbered
        return session.http.put(path, json={**SPEC, "lifecycleDays": 10 + number}, headers={"If-Match": '"1"'})

    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(put, enumerate([anna, ben] * 3)))
    assert {it.status_code for it in answers} <= {202, 409, 412}, [it.text for it in answers]
    for refused in (it for it in answers if it.status_code == 409):
        assert problem(refused, 409)["lock"]["actor"] in {"anna@example.com", "ben@example.com"}
    ended = [anna.wait_for_change("atlas", it.json()["change"]["id"]) for it in answers if it.status_code == 202]
    outcomes = sorted(change["outcome"] for change in ended)
    assert outcomes.count("SUCCEEDED") == 1, outcomes
    assert set(outcomes) <= {"SUCCEEDED", "LOCKED", "STALE_VERSION"}
    assert all("example.com" in it["cause"] for it in ended if it["outcome"] == "LOCKED")
    events = aws("cloudformation", ATLAS).describe_stack_events(StackName=f"stowage-bucket-{name}")["StackEvents"]
    of_stack = [it["ResourceStatus"] for it in events if it["ResourceType"] == "AWS::CloudFormation::Stack"]
    assert of_stack.count("UPDATE_IN_PROGRESS") == 1
    row = anna.http.get(path).json()
    assert (row["lock"], row["version"]) == (None, 2)


def test_a_repeated_idempotency_key_is_the_same_change(anna: Session, count_executions: CountExecutions) -> None:
    """Ten simultaneous and one late repeat give one change; another body under the key is 409."""
    path = f"projects/atlas/buckets/{new_name()}"
    headers = {"Idempotency-Key": secrets.token_hex(8)}
    before = count_executions()
    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda _: anna.http.put(path, json=SPEC, headers=headers), range(10)))
    assert {it.status_code for it in answers} == {202}, [it.text for it in answers]
    changes = {it.json()["change"]["id"] for it in answers}
    assert len(changes) == 1
    anna.wait_for_change("atlas", *changes)
    late = anna.http.put(path, json=SPEC, headers=headers)
    assert (late.status_code, late.json()["change"]["id"]) == (202, *changes)
    problem(anna.http.put(path, json={**SPEC, "lifecycleDays": 5}, headers=headers), 409)
    assert count_executions() == before + 1


def test_a_socket_needs_a_fresh_ticket_and_a_membership(sign_in: SignIn, endpoints: Endpoints) -> None:
    """A used ticket opens nothing; messages of a project go to its members alone."""
    anna, ben = sign_in("anna"), sign_in("ben")
    with ben.listen("atlas", "borealis") as screen:
        assert "borealis" not in (screen.hello.get("seq") or {})
        create(anna, new_name(), project="borealis")
        create(anna, new_name())
        assert {it.get("project") for it in screen.received if it["type"] in {"resource", "change"}} == {"atlas"}
    ticket = ben.http.post("socket-tickets").json()["ticket"]
    url = f"{endpoints.socket}?ticket={ticket}"
    with connect(url):
        pass
    for refused in (url, endpoints.socket, f"{endpoints.socket}?ticket=guess"):
        with pytest.raises(InvalidStatus) as caught, connect(refused):
            pass
        assert caught.value.response.status_code in {401, 403}


def test_the_hub_and_the_other_project_hold_nothing_of_a_manager(anna: Session, aws: Aws) -> None:
    """A project's stacks stand in its own account alone."""
    name = new_name()
    create(anna, name)
    stack = f"stowage-bucket-{name}"
    names = {
        account: [it["StackName"] for it in aws("cloudformation", account).describe_stacks()["Stacks"]]
        for account in ("000000000000", ATLAS, BOREALIS)
    }
    assert stack in names[ATLAS]
    assert stack not in names["000000000000"] + names[BOREALIS]
