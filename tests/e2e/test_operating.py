"""What operators and developers do with a running Stowage: restart it, deploy again."""

import os
import secrets
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from local.aws import client, environment
from local.client import Session
from local.cloud_process import ROOT, CloudProcess, free_port
from local.deployment import SAM, stack_outputs
from local.endpoints import Endpoints
from local.stage import Stage
from local.third_party import client_of
from tests.e2e.credentials import OWNER, grant, hand_over, new_name, open_handover, put, soon_let_in
from tests.e2e.test_main_job import SPEC
from tests.e2e.test_rotation import advance, rotate, step_is, told, wait_until

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def slow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """A Stowage of its own whose stacks take seconds, as they do for a newcomer."""
    cloud = CloudProcess(tmp_path_factory.mktemp("slow"), step_seconds=2.0)
    stage = Stage(cloud, f"http://127.0.0.1:{free_port()}", 2)
    try:
        stage.bring_up()
        yield stage
    finally:
        cloud.stop()


@pytest.fixture
def slow_endpoints(slow: Stage) -> Endpoints:
    """Where everything of it is, whatever was restarted."""
    return slow.endpoints()


def test_the_second_is_told_who_holds_the_bucket(slow_endpoints: Endpoints) -> None:
    """While a change runs, list, row and refusal all name the holder, and since when, and in which change."""
    name = f"e2e-{secrets.token_hex(6)}"
    path = f"projects/atlas/buckets/{name}"
    with Session(slow_endpoints, "anna@example.com") as anna, Session(slow_endpoints, "ben@example.com") as ben:
        change = anna.http.put(path, json=SPEC).json()["change"]["id"]
        _until(lambda: _locked(ben, name))
        refused = ben.http.put(path, json=SPEC)
        assert refused.status_code == 409
        lock = refused.json()["lock"]
        assert (lock["change"], lock["actor"], lock["action"]) == (change, "anna@example.com", "create")
        assert "anna@example.com" in refused.json()["detail"]
        row = next(it for it in ben.http.get("projects/atlas/resources").json()["items"] if it["name"] == name)
        assert (row["status"], row["lock"]) == ("CREATING", lock)
        assert anna.wait_for_change("atlas", change)["outcome"] == "SUCCEEDED"


def test_an_execution_stopped_in_aws_leaves_no_lock(slow_endpoints: Endpoints) -> None:
    """No Catch runs for an abort: the listener frees the resource once its stack is at rest, and ends the change.

    Redriven after that, the execution finds its lock gone and ends without touching anything (L5).
    """
    name = f"e2e-{secrets.token_hex(6)}"
    with Session(slow_endpoints, "anna@example.com") as anna:
        change = anna.http.put(f"projects/atlas/buckets/{name}", json=SPEC).json()["change"]["id"]
        _until(lambda: _locked(anna, name))
        machine = slow_endpoints.state_machines["change_resource"]
        arn = f"{machine.replace(':stateMachine:', ':execution:')}:{change}"
        client("stepfunctions", slow_endpoints.aws).stop_execution(executionArn=arn, cause="an operator's test")
        _until(lambda: not _locked(anna, name), seconds=180)
        ended = anna.change("atlas", change)
        assert (ended["status"], ended["outcome"]) == ("STOPPED", "ABORTED")

        states = client("stepfunctions", slow_endpoints.aws)
        states.redrive_execution(executionArn=arn)
        _until(lambda: states.describe_execution(executionArn=arn)["status"] != "RUNNING")
        redriven = states.describe_execution(executionArn=arn)
        assert (redriven["status"], redriven["error"]) == ("FAILED", "LOCK_LOST"), "the lock is not its own any more"
        assert anna.change("atlas", change)["outcome"] == "ABORTED"
        again = anna.http.put(f"projects/atlas/buckets/{name}", json=SPEC)
        assert again.status_code == 202, again.text
        assert anna.wait_for_change("atlas", again.json()["change"]["id"])["outcome"] == "SUCCEEDED"


def test_a_restart_keeps_the_data_and_what_runs_goes_on(slow: Stage) -> None:
    """People, buckets and rows survive; a change that was cut short ends and leaves no lock; a rotation waits on.

    The stack that was being created is rolled back by the local cloud; the change finds that as after any failure.
    """
    calm, hasty, partner = new_name("calm"), new_name("hasty"), new_name("partner")
    with Session(slow.endpoints(), "anna@example.com") as anna:
        put(anna, f"buckets/{calm}", SPEC)
        put(anna, f"users/{partner}", {**OWNER, "grants": [grant(calm, "list")]})
        old = open_handover(slow.endpoints(), hand_over(anna, partner))
        wait_until(anna, partner, lambda it: it["rotation"] is None, "at rest")
        rotation = rotate(anna, partner)
        waiting = wait_until(anna, partner, step_is("AWAITING_HANDOVER"), "waiting for the handover")
        second = anna.http.put(f"projects/atlas/buckets/{hasty}", json=SPEC).json()["change"]["id"]
        _until(lambda: _stack_status(anna, hasty) == "CREATE_IN_PROGRESS")
    slow.cloud.stop()
    lines: list[str] = []
    slow.say = lines.append
    endpoints = slow.bring_up()
    assert any("up to date" in line for line in lines), "an unchanged build is not deployed again"
    assert not any("onboarding" in line or "missing" in line for line in lines), lines
    with Session(endpoints, "anna@example.com") as anna:
        assert anna.http.get(f"projects/atlas/buckets/{calm}").json()["status"] == "ACTIVE"
        assert anna.wait_for_change("atlas", second)["outcome"] == "CREATE_FAILED"
        assert not _locked(anna, hasty)
        again = anna.http.put(f"projects/atlas/buckets/{hasty}", json=SPEC)
        assert again.status_code == 202, again.text
        assert anna.wait_for_change("atlas", again.json()["change"]["id"])["outcome"] == "SUCCEEDED"

        assert [key["accessKeyId"] for key in told(anna, partner)["keys"]] == [
            key["accessKeyId"] for key in waiting["keys"]
        ]
        assert told(anna, partner)["rotation"]["id"] == rotation["id"]
        new = open_handover(endpoints, hand_over(anna, partner))
        # Nothing but the handover can wake it this soon: it looks by itself every half hour.
        wait_until(anna, partner, step_is("AWAITING_IDLE"), "woken by the handover")
        path = f"projects/atlas/users/{partner}/rotations/{rotation['id']}"
        assert advance(anna, path, "AWAITING_IDLE").is_success
        wait_until(anna, partner, step_is("UNDO_WINDOW"), "woken by the wish not to wait")
        assert anna.http.post(f"{path}/undo").is_success
        wait_until(anna, partner, step_is("AWAITING_IDLE"), "woken by the undo")
        client_of(endpoints, new).list_objects_v2(Bucket=calm)
        soon_let_in(client_of(endpoints, old).list_objects_v2, Bucket=calm)


def test_a_killed_cloud_is_back_with_what_it_had_saved(slow: Stage) -> None:
    """Neither an empty Stowage that calls itself ready, nor a second population: at worst a minute is lost."""
    with Session(slow.endpoints(), "anna@example.com") as anna:
        kept = new_name("kept")
        put(anna, f"buckets/{kept}", SPEC)
    slow.cloud.save()
    assert slow.cloud.process is not None
    slow.cloud.process.kill()
    slow.cloud.process.wait()
    lines: list[str] = []
    slow.say = lines.append
    with Session(slow.bring_up(), "anna@example.com") as anna:
        assert anna.http.get(f"projects/atlas/buckets/{kept}").json()["status"] == "ACTIVE"
    assert not any("onboarding" in line or "missing" in line for line in lines), lines


def test_who_is_gone_is_said_and_a_lost_state_is_populated_again(slow: Stage) -> None:
    """Whom an operator takes out, no restart brings back; where nothing at all is left, it begins anew."""
    outputs = stack_outputs(slow.cloud.url)
    cognito = client("cognito-idp", slow.cloud.url)
    cognito.admin_delete_user(UserPoolId=outputs["UserPoolId"], Username="ben@example.com")
    lines: list[str] = []
    slow.say = lines.append
    slow.cloud.stop()
    slow.bring_up()
    assert [line for line in lines if "ben@example.com" in line and "FRESH=1" in line], lines

    slow.cloud.stop()
    for saved in (slow.cloud.state_dir / "state").glob("*.json"):
        saved.unlink()
    with Session(slow.bring_up(), "ben@example.com") as ben:
        assert [it["id"] for it in ben.http.get("me").json()["projects"]] == ["atlas"]


def test_stock_sam_deploys_twice_in_a_row(endpoints: Endpoints, tmp_path: Path) -> None:
    """`sam build && sam deploy` without a flag, in a fresh clone, against the running local cloud, and once more."""
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "-q", str(ROOT), str(clone)], check=True)
    variables = {**os.environ, **environment(endpoints.aws)}
    for verb in ("build", "deploy", "build", "deploy"):
        done = subprocess.run(
            [str(SAM), verb],
            cwd=clone,
            env=variables,
            capture_output=True,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
        )
        assert done.returncode == 0, done.stdout + done.stderr
    stack = client("cloudformation", endpoints.aws).describe_stacks(StackName="stowage")["Stacks"][0]
    parameters = {it["ParameterKey"]: it["ParameterValue"] for it in stack["Parameters"]}
    assert parameters["PasswordSignIn"] == "true", "a deployment without parameters keeps those that stand"
    with Session(endpoints, "anna@example.com") as anna:
        assert anna.http.get("me").status_code == 200


def _locked(session: Session, name: str) -> bool:
    answer = session.http.get(f"projects/atlas/buckets/{name}")
    return answer.status_code == 200 and answer.json()["lock"] is not None


def _stack_status(session: Session, name: str) -> str | None:
    answer = session.http.get(f"projects/atlas/buckets/{name}")
    return answer.json()["stackStatus"] if answer.status_code == 200 else None


def _until(condition: Callable[[], bool], seconds: float = 30.0) -> None:

    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not so within {seconds:.0f} s"
        time.sleep(0.1)
