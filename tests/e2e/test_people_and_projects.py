"""Members, quotas, auditors, and a project's life from onboarding to offboarding, on the deployed product."""

import os
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.aws import client, environment
from local.client import Session
from local.cloud_process import ROOT
from local.endpoints import Endpoints
from tests.e2e.conftest import Aws, SignIn
from tests.e2e.test_main_job import ATLAS, SPEC, create, new_name

pytestmark = pytest.mark.e2e

CETUS = "333333333333"
Operate = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def operate(endpoints: Endpoints) -> Operate:
    """Run an operator's command: `operate("people", "list", …)`."""

    def run(module: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", f"operate.{module}", *arguments]
        variables = {**os.environ, **environment(endpoints.aws)}
        return subprocess.run(command, cwd=ROOT, env=variables, capture_output=True, text=True, check=False)

    return run


def test_a_member_comes_and_goes_with_the_next_request(sign_in: SignIn) -> None:
    """Ben is let into borealis, reads it, and no longer when he is taken out; no sign-in in between."""
    olga, ben = sign_in("olga"), sign_in("ben")
    ben_id = ben.http.get("me").json()["person"]["id"]
    path = f"projects/borealis/members/{ben_id}"

    assert ben.http.get("projects/borealis/resources").status_code == 403
    assert olga.http.put(path, json={"role": "auditor"}).status_code == 200
    assert ben.http.get("projects/borealis/resources").status_code == 200
    assert ben.http.put(f"projects/borealis/buckets/{new_name()}", json=SPEC).status_code == 403
    members = olga.http.get("projects/borealis/members").json()["items"]
    assert [it["role"] for it in members if it["person"]["id"] == ben_id] == ["auditor"]
    assert olga.http.delete(path).status_code == 204
    assert ben.http.get("projects/borealis/resources").status_code == 403


def test_the_last_operator_stays_and_a_manager_keeps_no_members(sign_in: SignIn) -> None:
    """What the unit tests hold, through gateway, function and table: the transaction is allowed, and refuses."""
    olga, anna = sign_in("olga"), sign_in("anna")
    olga_id = olga.http.get("me").json()["person"]["id"]

    refused = olga.http.delete(f"projects/atlas/members/{olga_id}")

    assert (refused.status_code, refused.json()["type"].rpartition("/")[2]) == (409, "last-operator")
    assert anna.http.get("projects/atlas/members").status_code == 403


def test_quota_and_mandatory_tags_that_operators_set_are_held_to(anna: Session, operate: Operate) -> None:
    """From the command line to the refusal, and back."""
    create(anna, new_name(), project="borealis")
    have = len(anna.http.get("projects/borealis/resources").json()["items"])
    limits = ["--quota", f"bucket={have}", "--mandatory-tag", "Team"]
    assert operate("projects", "set", "--project", "borealis", *limits).returncode == 0
    try:
        path = f"projects/borealis/buckets/{new_name()}"
        project = anna.http.get("projects/borealis").json()
        untagged = anna.http.put(path, json=SPEC)
        tagged = anna.http.put(path, json={**SPEC, "tags": {"Team": "x"}})
    finally:
        opened = operate("projects", "set", "--project", "borealis", "--quota", "bucket=default", "--no-mandatory-tags")

    assert (project["quotas"]["bucket"], project["mandatoryTags"]) == (have, ["Team"])
    assert (untagged.status_code, untagged.json()["pointer"]) == (422, "/tags/Team")
    assert (tagged.status_code, tagged.json()["type"].rpartition("/")[2]) == (409, "quota-exceeded")
    assert "quotas\tbucket=100" in opened.stdout
    assert "mandatory tags\tnone" in opened.stdout


def enter(endpoints: Endpoints, role: str, credentials: dict[str, Any] | None = None) -> dict[str, Any]:
    """Assume a role as the hub's root, or from a session."""
    sts = client("sts", endpoints.aws, credentials=credentials)
    given: dict[str, Any] = sts.assume_role(RoleArn=role, RoleSessionName="auditor")["Credentials"]
    return given


def denied(call: Callable[..., Any], **arguments: Any) -> bool:
    """Tell whether IAM refuses the call; any other answer, a missing parameter's too, is no refusal."""
    try:
        call(**arguments)
    except ClientError as error:
        return str(error.response["Error"]["Code"]).startswith("AccessDenied")
    return False


@pytest.fixture
def auditor_role(aws: Aws) -> str:
    """Give the hub's role for auditors, by the stack's output."""
    [stack] = aws("cloudformation").describe_stacks(StackName="stowage")["Stacks"]
    return next(str(it["OutputValue"]) for it in stack["Outputs"] if it["OutputKey"] == "AuditorRoleArn")


def test_an_auditor_reads_a_history_and_can_start_stop_and_put_nothing(
    anna: Session, endpoints: Endpoints, auditor_role: str
) -> None:
    """IAM itself says so: executions, histories and the hub's stack are read, and every other call is refused."""
    change = create(anna, new_name())
    credentials = enter(endpoints, auditor_role)

    def as_auditor(service: str) -> Any:
        return client(service, endpoints.aws, credentials=credentials)

    states, machine = as_auditor("stepfunctions"), endpoints.state_machines["change_resource"]
    execution = f"{machine.replace(':stateMachine:', ':execution:')}:{change['id']}"
    history = states.get_execution_history(executionArn=execution, maxResults=1000)["events"]
    entered = [it["stateEnteredEventDetails"]["name"] for it in history if "stateEnteredEventDetails" in it]

    assert change["id"] in [it["name"] for it in states.list_executions(stateMachineArn=machine)["executions"]]
    assert states.describe_execution(executionArn=execution)["status"] == "SUCCEEDED"
    assert entered[0] == "AcquireLock"
    assert entered[-1] == "ChangeSucceeded"
    assert states.describe_state_machine(stateMachineArn=machine)["definition"]
    assert as_auditor("cloudformation").describe_stacks(StackName="stowage")["Stacks"]
    assert denied(states.start_execution, stateMachineArn=machine, input="{}")
    assert denied(states.stop_execution, executionArn=execution)
    assert denied(states.update_state_machine, stateMachineArn=machine, definition="{}")
    assert denied(states.send_task_success, taskToken="x", output="{}")
    table = endpoints.table
    dynamodb = as_auditor("dynamodb")
    key = {"pk": {"S": "PROJECT#atlas"}, "sk": {"S": "PROJECT"}}
    assert denied(dynamodb.get_item, TableName=table, Key=key)
    assert denied(dynamodb.put_item, TableName=table, Item=key)
    assert denied(as_auditor("cloudformation").delete_stack, StackName="stowage")
    assert denied(as_auditor("s3").list_buckets)
    assert denied(as_auditor("iam").list_roles)


def test_an_auditor_reads_a_projects_stacks_and_nothing_else_there(
    anna: Session, endpoints: Endpoints, auditor_role: str, aws: Aws
) -> None:
    """From the hub's role alone, into the project's: the stack of a bucket, and never the bucket."""
    name = new_name()
    create(anna, name)
    inside = f"arn:aws:iam::{ATLAS}:role/StowageAuditor"
    credentials = enter(endpoints, inside, enter(endpoints, auditor_role))
    stacks = client("cloudformation", endpoints.aws, credentials=credentials)
    s3 = client("s3", endpoints.aws, credentials=credentials)
    stack = f"stowage-bucket-{name}"

    assert stacks.describe_stacks(StackName=stack)["Stacks"][0]["StackStatus"] == "CREATE_COMPLETE"
    assert stacks.describe_stack_events(StackName=stack)["StackEvents"]
    assert stacks.get_template(StackName=stack)["TemplateBody"]
    assert denied(stacks.describe_stacks, StackName="somebody-elses")
    assert denied(stacks.delete_stack, StackName=stack)
    assert denied(stacks.create_stack, StackName="stowage-bucket-mine", TemplateBody="{}")
    assert denied(s3.list_objects_v2, Bucket=name)
    assert denied(s3.put_object, Bucket=name, Key="x", Body=b"x")
    assert denied(aws("sts").assume_role, RoleArn=inside, RoleSessionName="root-is-no-auditor")
    deploy = f"arn:aws:iam::{ATLAS}:role/StowageDeploy"
    from_hub = client("sts", endpoints.aws, credentials=enter(endpoints, auditor_role))
    assert denied(from_hub.assume_role, RoleArn=deploy, RoleSessionName="not-a-driver")


def test_baselines_are_upgraded_once(operate: Operate) -> None:
    """Every project is up to date after `make run`, and the command says so."""
    done = operate("baseline", "upgrade", "--all")

    assert done.returncode == 0, done.stderr
    assert "atlas: baseline " in done.stdout
    assert done.stdout.count("already up to date") >= 2


def test_a_project_comes_and_goes(operate: Operate, sign_in: SignIn, aws: Aws) -> None:
    """Onboarded, used, refused while a bucket stands, offboarded; its logs and key stay, and nobody is a member."""
    olga, name = sign_in("olga"), new_name()
    onboarded = operate("onboard", "--project", "cetus", "--account", CETUS, "--quota", "bucket=1")
    assert onboarded.returncode == 0, onboarded.stderr
    operate("people", "add", "--email", "olga@example.com", "--role", "operator", "--project", "cetus")
    create(olga, name, project="cetus")

    occupied = operate("offboard", "--project", "cetus", "--yes", "cetus")
    assert occupied.returncode == 1
    assert f"bucket {name} (ACTIVE)" in occupied.stderr
    change = olga.http.delete(f"projects/cetus/buckets/{name}").json()["change"]["id"]
    assert olga.wait_for_change("cetus", change)["outcome"] == "SUCCEEDED"
    unsaid = operate("offboard", "--project", "cetus")
    assert unsaid.returncode == 1
    assert "say --yes cetus" in unsaid.stderr
    gone = operate("offboard", "--project", "cetus", "--yes", "cetus")

    assert gone.returncode == 0, gone.stderr
    assert olga.http.get("projects/cetus").status_code == 404
    assert "cetus" not in [it["id"] for it in olga.http.get("me").json()["projects"]]
    with pytest.raises(ClientError, match="does not exist"):
        aws("cloudformation", CETUS).describe_stacks(StackName="stowage-baseline")
    kept = [it["Name"] for it in aws("s3", CETUS).list_buckets()["Buckets"]]
    assert kept == [f"stowage-logs-{CETUS}-eu-west-1"]
    assert kept[0] in gone.stdout
