"""Reconcile, deployed: a mirror that was lost comes back from the stacks alone, and what people did by hand shows."""

import json
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from local.aws import environment
from local.client import Session
from local.cloud_process import ROOT
from local.endpoints import Endpoints
from tests.e2e.conftest import Aws
from tests.e2e.credentials import OWNER
from tests.e2e.test_main_job import SPEC

pytestmark = pytest.mark.e2e

PROJECT = "borealis"
WITH_SFTP = "atlas"
HIS, HERS = (
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4",
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl",
)
SECONDS = 120
SCHEDULE_SECONDS = 180
SAME = ("kind", "name", "spec", "version", "status", "outputs", "stackId", "stackStatus", "referencedBy")
"""What of a row comes back; its fence is a higher one."""

Run = Callable[..., dict[str, Any]]
Look = Callable[..., dict[str, Any]]
Row = dict[str, Any]


def account_of(endpoints: Endpoints, project: str) -> str:
    """Give a project's account."""
    return next(each.account for each in endpoints.projects if each.id == project)


@pytest.fixture
def account(endpoints: Endpoints) -> str:
    """Give the project's account."""
    return account_of(endpoints, PROJECT)


@pytest.fixture
def reconcile(endpoints: Endpoints, aws: Aws, anna: Session) -> Run:
    """Run reconcile for a project as `make reconcile` does, and give what the API tells of it."""
    states, machine = aws("stepfunctions"), endpoints.state_machines["reconcile"]

    def run(project: str = PROJECT) -> dict[str, Any]:
        started = states.start_execution(stateMachineArn=machine, input=json.dumps({"project": project}))
        deadline = time.monotonic() + SECONDS
        while (told := states.describe_execution(executionArn=started["executionArn"]))["status"] == "RUNNING":
            assert time.monotonic() < deadline, f"reconcile still runs after {SECONDS} s"
            time.sleep(0.1)
        found: dict[str, Any] = anna.http.get(f"projects/{project}").json()["reconcile"]
        assert told["status"] == "SUCCEEDED", (told.get("error"), told.get("cause"), found)
        return found

    return run


class Table:
    """The mirror's rows, as only an operator can get at them."""

    def __init__(self, client: Any, name: str) -> None:
        self.client, self.name = client, name

    def rows(self, project: str = PROJECT) -> dict[str, Row]:
        """Give the project's rows by their sort keys."""
        found = self.client.query(
            TableName=self.name,
            KeyConditionExpression="pk = :pk AND begins_with(sk, :sk)",
            ExpressionAttributeValues={":pk": {"S": f"RESOURCES#{project}"}, ":sk": {"S": "RESOURCE#"}},
            ConsistentRead=True,
        )
        return {row["sk"]["S"]: row for row in found["Items"]}

    def row(self, kind: str, name: str, project: str = PROJECT) -> Row:
        """Give one row."""
        return self.rows(project)[f"RESOURCE#{kind}#{name}"]

    def delete(self, row: Row) -> None:
        """Delete a row."""
        self.client.delete_item(TableName=self.name, Key={key: row[key] for key in ("pk", "sk")})

    def put(self, row: Row) -> None:
        """Write a row as it is given."""
        self.client.put_item(TableName=self.name, Item=row)


@pytest.fixture
def table(endpoints: Endpoints, aws: Aws) -> Table:
    """Give the table."""
    return Table(aws("dynamodb"), endpoints.table)


def make(session: Session, path: str, spec: dict[str, Any], project: str = PROJECT) -> str:
    """Create a resource and give its name."""
    name = f"rec-{secrets.token_hex(6)}"
    answer = session.http.put(f"projects/{project}/{path}/{name}", json=spec)
    assert answer.status_code == 202, answer.text
    assert session.wait_for_change(project, answer.json()["change"]["id"])["outcome"] == "SUCCEEDED"
    return name


def read(session: Session, name: str) -> dict[str, Any]:
    """Read the bucket."""
    found: dict[str, Any] = session.http.get(f"projects/{PROJECT}/buckets/{name}").json()
    return found


@pytest.fixture
def look(anna: Session, table: Table, reconcile: Run) -> Look:
    """Let drift of a resource be looked for now, and give what is shown of it."""

    def run(kind: str, name: str, project: str = PROJECT) -> dict[str, Any]:
        row = table.row(kind, name, project)
        table.put({**row, "driftAskedAt": {"S": "2026-01-01T00:00:00.000Z"}})
        asked_at = datetime.now(UTC)
        deadline = time.monotonic() + SECONDS
        while True:
            reconcile(project)
            drift: dict[str, Any] | None = anna.http.get(f"projects/{project}/{kind}s/{name}").json()["drift"]
            if drift is not None and datetime.fromisoformat(drift["checkedAt"]) > asked_at:
                return drift
            assert time.monotonic() < deadline, drift

    return run


def test_every_row_deleted_is_every_row_back(anna: Session, table: Table, reconcile: Run) -> None:
    """Spec, version, status, outputs, stack, marks, from the stacks alone; no fence is lower than it was."""
    buckets = [make(anna, "buckets", {**SPEC, "description": f"Lost {number}"}) for number in range(2)]
    users = [make(anna, "users", {**OWNER, "grants": [{"bucket": buckets[0], "access": ["list", "read"]}]})]
    mine = [f"RESOURCE#bucket#{name}" for name in buckets] + [f"RESOURCE#user#{name}" for name in users]
    reconcile()
    before = table.rows()
    for row in before.values():
        table.delete(row)
    assert table.rows() == {}

    found = reconcile()

    after = table.rows()
    for key in mine:
        assert {name: after[key].get(name) for name in SAME} == {name: before[key].get(name) for name in SAME}
        assert int(after[key]["fence"]["N"]) >= int(before[key]["fence"]["N"])
        assert "lock" not in after[key]
    assert read(anna, buckets[0])["referencedBy"] == [{"kind": "user", "name": users[0]}]
    assert found["verifiedAt"] is not None
    assert anna.http.get("projects").json()["items"][1]["reconcile"] is not None

    changed = anna.http.put(
        f"projects/{PROJECT}/buckets/{buckets[0]}", json={**SPEC, "description": "Found"}, headers={"If-Match": '"1"'}
    )
    assert anna.wait_for_change(PROJECT, changed.json()["change"]["id"])["outcome"] == "SUCCEEDED"


def test_a_lock_whose_execution_never_began_is_freed(anna: Session, table: Table, reconcile: Run) -> None:
    """It is old, Step Functions knows no such execution, and its stack is at rest."""
    name = make(anna, "buckets", SPEC)
    lock = {
        "change": "chg-" + "0" * 32,
        "actor": "anna@example.com",
        "actorId": "nobody",
        "since": "2026-01-01T00:00:00.000Z",
        "action": "update",
    }
    row = table.row("bucket", name)
    table.put({**row, "status": {"S": "UPDATING"}, "lock": {"M": {key: {"S": value} for key, value in lock.items()}}})
    assert read(anna, name)["lock"] == lock

    reconcile()

    freed = read(anna, name)
    assert (freed["lock"], freed["status"], freed["outcome"]) == (None, "ACTIVE", "INTERNAL_ERROR")


def test_a_stack_deleted_by_hand_is_missing(
    anna: Session, aws: Aws, account: str, table: Table, reconcile: Run
) -> None:
    """Shown so, with what can be done about it."""
    name = make(anna, "buckets", SPEC)
    stack = table.row("bucket", name)["stackId"]["S"]
    cloudformation = aws("cloudformation", account)
    cloudformation.delete_stack(StackName=stack)
    cloudformation.get_waiter("stack_delete_complete").wait(StackName=stack, WaiterConfig={"Delay": 1})

    reconcile()

    missing = read(anna, name)
    assert (missing["status"], missing["outputs"], missing["nextActions"]) == ("MISSING", {}, ["recreate", "forget"])


def test_drift_is_shown(anna: Session, aws: Aws, account: str, look: Look) -> None:
    """A setting of the bucket that somebody changed by hand: which resource, which property, and when it was seen."""
    name = make(anna, "buckets", SPEC)
    aws("s3", account).put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Suspended"})

    drift = look("bucket", name)

    assert drift["status"] == "DRIFTED"
    assert [(each["type"], each["status"]) for each in drift["resources"]] == [("AWS::S3::Bucket", "MODIFIED")]
    assert any("Versioning" in path for path in drift["resources"][0]["properties"])
    assert anna.http.get(f"projects/{PROJECT}").json()["reconcile"]["drifted"] >= 1


def test_drift_that_cloudformation_does_not_see_is_shown(
    anna: Session, endpoints: Endpoints, aws: Aws, look: Look
) -> None:
    """A bucket without its policy, an SFTP user with somebody else's key: in sync before; never the key itself."""
    account = account_of(endpoints, WITH_SFTP)
    bucket = make(anna, "buckets", SPEC, WITH_SFTP)
    home = [{"bucket": bucket, "path": "/in", "access": ["list", "read"]}]
    partner = make(anna, "sftp-users", {**OWNER, "publicKeys": [HIS], "home": home}, WITH_SFTP)
    for kind, name in (("bucket", bucket), ("sftp-user", partner)):
        before = look(kind, name, WITH_SFTP)
        assert (before["status"], before["resources"]) == ("IN_SYNC", [])

    aws("s3", account).delete_bucket_policy(Bucket=bucket)
    server = anna.http.get(f"projects/{WITH_SFTP}/sftp-users/{partner}").json()["outputs"]["ServerId"]
    aws("transfer", account).import_ssh_public_key(ServerId=server, UserName=partner, SshPublicKeyBody=HERS)

    without_policy, with_her_key = look("bucket", bucket, WITH_SFTP), look("sftp-user", partner, WITH_SFTP)
    assert without_policy["status"] == with_her_key["status"] == "DRIFTED"
    assert without_policy["resources"] == [
        {"type": "AWS::S3::BucketPolicy", "id": "BucketPolicy", "status": "DELETED", "properties": []}
    ]
    assert with_her_key["resources"] == [
        {"type": "AWS::Transfer::User", "id": "SftpUser", "status": "MODIFIED", "properties": ["/SshPublicKeys/1"]}
    ]


def test_what_agrees_costs_one_listing(reconcile: Run) -> None:
    """Whatever stands: ⌈N / 100⌉ calls, and what drift takes by its own budget."""
    reconcile()

    found = reconcile()

    assert (found["mismatches"], found["failed"], found["cause"]) == (0, 0, None)
    assert 1 <= found["callsMade"] <= 1 + 40


def test_an_operator_starts_it_and_sees_what_was_found(endpoints: Endpoints) -> None:
    """`make reconcile`: a table of findings, the one project's or everyone's."""

    def command(*arguments: str) -> str:
        line = [sys.executable, "-m", "operate.reconcile", *arguments]
        variables = {**os.environ, **environment(endpoints.aws)}
        run = subprocess.run(line, cwd=ROOT, env=variables, capture_output=True, text=True, check=False)
        assert run.returncode == 0, run.stderr
        return run.stdout

    head, only = command("--project", PROJECT).splitlines()
    everyone = command().splitlines()

    assert head.split()[:3] == ["project", "stacks", "mismatches"]
    assert only.startswith(PROJECT)
    assert [line.split()[0] for line in everyone[1:]] == sorted(each.id for each in endpoints.projects)


def test_the_schedule_starts_it(endpoints: Endpoints, aws: Aws) -> None:
    """Without anybody's asking: an execution whose input names no project, and that has succeeded."""
    states, machine = aws("stepfunctions"), endpoints.state_machines["reconcile"]

    def scheduled() -> list[str]:
        listed = states.list_executions(stateMachineArn=machine)["executions"]
        told = [states.describe_execution(executionArn=each["executionArn"]) for each in listed]
        # By hand, for all projects, its name says so.
        return [each["status"] for each in told if each["input"] == "{}" and not each["name"].startswith("by-hand-")]

    deadline = time.monotonic() + SCHEDULE_SECONDS
    while "SUCCEEDED" not in scheduled():
        assert time.monotonic() < deadline, scheduled()
        time.sleep(1)
