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
from local.deployment import SAM
from local.endpoints import Endpoints
from local.stage import Stage
from tests.e2e.test_main_job import SPEC

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


def test_a_restart_keeps_the_data_and_frees_what_it_interrupted(slow: Stage) -> None:
    """People, buckets and rows survive; an execution that the restart ended leaves no lock behind."""
    calm, hasty = f"e2e-{secrets.token_hex(6)}", f"e2e-{secrets.token_hex(6)}"
    with Session(slow.endpoints(), "anna@example.com") as anna:
        first = anna.http.put(f"projects/atlas/buckets/{calm}", json=SPEC).json()["change"]["id"]
        assert anna.wait_for_change("atlas", first)["outcome"] == "SUCCEEDED"
        second = anna.http.put(f"projects/atlas/buckets/{hasty}", json=SPEC).json()["change"]["id"]
        _until(lambda: _locked(anna, hasty))
    slow.cloud.stop()
    lines: list[str] = []
    slow.say = lines.append
    slow.bring_up()
    assert any("up to date" in line for line in lines), "an unchanged build is not deployed again"
    with Session(slow.endpoints(), "anna@example.com") as anna:
        assert anna.http.get(f"projects/atlas/buckets/{calm}").json()["status"] == "ACTIVE"
        _until(lambda: not _locked(anna, hasty), seconds=180)
        assert anna.change("atlas", second)["status"] in {"FAILED", "STOPPED"}
        again = anna.http.put(f"projects/atlas/buckets/{hasty}", json=SPEC)
        assert again.status_code == 202, again.text
        assert anna.wait_for_change("atlas", again.json()["change"]["id"])["outcome"] == "SUCCEEDED"


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


def _until(condition: Callable[[], bool], seconds: float = 30.0) -> None:

    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not so within {seconds:.0f} s"
        time.sleep(0.1)
