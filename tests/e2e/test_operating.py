"""What operators and developers do with a running Stowage: restart it, deploy again."""

import os
import secrets
import subprocess
import time
from collections.abc import Callable
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


def test_a_restart_keeps_the_data_and_frees_what_it_interrupted(tmp_path: Path) -> None:
    """People, buckets and rows survive; an execution that the restart ended leaves no lock behind."""
    cloud = CloudProcess(tmp_path / "cloud", step_seconds=2.0)
    stage = Stage(cloud, f"http://127.0.0.1:{free_port()}", 1)
    try:
        endpoints = stage.bring_up()
        calm, hasty = f"e2e-{secrets.token_hex(6)}", f"e2e-{secrets.token_hex(6)}"
        with Session(endpoints, "anna@example.com") as anna:
            first = anna.http.put(f"projects/atlas/buckets/{calm}", json=SPEC).json()["change"]["id"]
            assert anna.wait_for_change("atlas", first)["outcome"] == "SUCCEEDED"
            second = anna.http.put(f"projects/atlas/buckets/{hasty}", json=SPEC).json()["change"]["id"]
            _until(lambda: _locked(anna, hasty))
        cloud.stop()
        lines: list[str] = []
        stage.say = lines.append
        endpoints = stage.bring_up()
        assert any("up to date" in line for line in lines), "an unchanged build is not deployed again"
        with Session(endpoints, "anna@example.com") as anna:
            assert anna.http.get(f"projects/atlas/buckets/{calm}").json()["status"] == "ACTIVE"
            _until(lambda: not _locked(anna, hasty))
            assert anna.change("atlas", second)["status"] in {"FAILED", "STOPPED"}
            again = anna.http.put(f"projects/atlas/buckets/{hasty}", json=SPEC)
            assert again.status_code == 202, again.text
            assert anna.wait_for_change("atlas", again.json()["change"]["id"])["outcome"] == "SUCCEEDED"
    finally:
        cloud.stop()


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
