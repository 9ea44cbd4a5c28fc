"""A machine is deployed anew while an execution sleeps: the execution ends by the definition that it began with.

https://docs.aws.amazon.com/step-functions/latest/apireference/API_UpdateStateMachine.html: "Running executions will
continue to use the previous definition and roleArn."
"""

import json
from dataclasses import dataclass
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.contract.conftest import LocalCloud, StackDriver
from tests.contract.function_package import allow, deploy_function, eventually, make_role
from tests.contract.state_machines import CALLBACK, TOKEN, call, history, wait_for_end

ASLEEP = "AwaitStack"


def definition(function: str, release: str) -> dict[str, Any]:
    """Give a machine that sleeps in AwaitStack until its token is answered, and then says which release it is."""
    sleep = call(function, {"token": TOKEN}, CALLBACK, TimeoutSeconds=60, Next=f"Tell{release}")
    tell = {"Type": "Pass", "Output": {"release": release}, "End": True}
    sleep.pop("End", None)
    return {"QueryLanguage": "JSONata", "StartAt": ASLEEP, "States": {ASLEEP: sleep, f"Tell{release}": tell}}


def template(role: str, function: str, release: str) -> dict[str, Any]:
    """Give what SAM makes of AutoPublishAlias: the machine, a version of its revision, an alias of that."""
    machine = {"DefinitionString": json.dumps(definition(function, release)), "RoleArn": role}
    revision = {"Fn::GetAtt": ["Machine", "StateMachineRevisionId"]}
    preference = {"Type": "ALL_AT_ONCE", "StateMachineVersionArn": {"Ref": "Version"}}
    return {
        "Resources": {
            "Machine": {"Type": "AWS::StepFunctions::StateMachine", "Properties": machine},
            "Version": {
                "Type": "AWS::StepFunctions::StateMachineVersion",
                "DeletionPolicy": "Retain",
                "UpdateReplacePolicy": "Retain",
                "Properties": {"StateMachineArn": {"Ref": "Machine"}, "StateMachineRevisionId": revision},
            },
            "Alias": {
                "Type": "AWS::StepFunctions::StateMachineAlias",
                "Properties": {"Name": "live", "DeploymentPreference": preference},
            },
        },
        "Outputs": {name: {"Value": {"Ref": name}} for name in ("Machine", "Version", "Alias")},
    }


@dataclass(frozen=True)
class Machine:
    """A stack with a machine, its version and its alias."""

    cloud: LocalCloud
    stacks: StackDriver
    stack: str
    role: str
    function: str

    def deploy(self, release: str) -> dict[str, str]:
        """Create or update the stack, and give its outputs."""
        given = template(self.role, self.function, release)
        try:
            assert self.stacks.update(self.stack, given) == "UPDATE_COMPLETE", self.stacks.first_failure(self.stack)
        except ClientError:
            self.stacks.create(self.stack, given)
        outputs = self.stacks.describe(self.stack)["Outputs"]
        return {each["OutputKey"]: each["OutputValue"] for each in outputs}

    def fall_asleep(self, arn: str, name: str) -> tuple[str, str]:
        """Start an execution and wait until it sleeps; give its ARN and its token."""
        states = self.cloud.client("stepfunctions")
        execution: str = states.start_execution(stateMachineArn=arn, name=name)["executionArn"]

        def token() -> str | None:
            for event in history(self.cloud, execution):
                if event["type"] == "TaskSubmitted":
                    [scheduled] = [each for each in history(self.cloud, execution) if each["type"] == "TaskScheduled"]
                    parameters = json.loads(scheduled["taskScheduledEventDetails"]["parameters"])
                    return str(parameters["Payload"]["token"])
            return None

        return execution, eventually(token)

    def wake(self, token: str) -> None:
        """Answer the sleeping state."""
        self.cloud.client("stepfunctions").send_task_success(taskToken=token, output="{}")


@pytest.fixture
def machine(cloud: LocalCloud, unique: str) -> Machine:
    """Give a machine in the hub that is not deployed yet."""
    function = deploy_function(cloud, unique, "def handler(event, context): return None\n")
    role = make_role(cloud, f"{unique}-states", allow("*"))
    return Machine(cloud, StackDriver(cloud.client("cloudformation")), unique, role, function)


@pytest.mark.parametrize("by", ["Alias", "Version", "Machine"])
def test_a_sleeping_execution_ends_by_the_definition_it_began_with(machine: Machine, by: str) -> None:
    """However it was started: a deployment in between changes later executions alone."""
    before = machine.deploy("One")
    execution, token = machine.fall_asleep(before[by], "sleeper")

    after = machine.deploy("Two")
    machine.wake(token)
    ended = wait_for_end(machine.cloud, execution)
    later, token = machine.fall_asleep(after[by], "later")
    machine.wake(token)

    assert ended["output"] == {"release": "One"}
    assert wait_for_end(machine.cloud, later)["output"] == {"release": "Two"}


def test_an_execution_tells_the_version_and_the_alias_it_was_started_by(machine: Machine) -> None:
    """Auditors see which release a change ran; its ARN is that of the machine, without either.

    https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeExecution.html
    """
    first = machine.deploy("One")
    execution, token = machine.fall_asleep(first["Alias"], "sleeper")
    second = machine.deploy("Two")
    machine.wake(token)

    ended = wait_for_end(machine.cloud, execution)

    assert (ended["stateMachineArn"], ended["stateMachineVersionArn"]) == (first["Machine"], first["Version"])
    assert ended["stateMachineAliasArn"] == first["Alias"] == second["Alias"] == f"{first['Machine']}:live"
    assert execution == f"{first['Machine'].replace(':stateMachine:', ':execution:')}:sleeper"
    assert second["Version"] != first["Version"]


def test_an_older_version_can_still_be_started_after_a_deployment(machine: Machine) -> None:
    """`UpdateReplacePolicy: Retain` keeps it: the alias can be pointed back."""
    first = machine.deploy("One")
    machine.deploy("Two")

    execution, token = machine.fall_asleep(first["Version"], "old")
    machine.wake(token)

    assert wait_for_end(machine.cloud, execution)["output"] == {"release": "One"}


def test_an_unchanged_machine_keeps_its_version(machine: Machine) -> None:
    """A deployment of something else publishes nothing."""
    first = machine.deploy("One")
    given = template(machine.role, machine.function, "One")
    given["Outputs"]["More"] = {"Value": "else"}

    assert machine.stacks.update(machine.stack, given) == "UPDATE_COMPLETE"

    [version] = [each for each in machine.stacks.describe(machine.stack)["Outputs"] if each["OutputKey"] == "Version"]
    assert version["OutputValue"] == first["Version"]


def test_a_start_by_the_alias_is_repeated_as_one_by_the_machine_is(machine: Machine) -> None:
    """Same name, same input, still running: the same execution, by whichever of its names the machine is called."""
    outputs = machine.deploy("One")
    execution, _ = machine.fall_asleep(outputs["Alias"], "once")

    again = machine.cloud.client("stepfunctions").start_execution(stateMachineArn=outputs["Alias"], name="once")

    assert again["executionArn"] == execution


def test_the_permission_for_an_alias_is_the_one_on_the_machine(machine: Machine) -> None:
    """https://docs.aws.amazon.com/step-functions/latest/dg/auth-version-alias.html."""
    outputs = machine.deploy("One")
    source = (
        "import boto3\n"
        "def handler(event, context):\n"
        "    return boto3.client('stepfunctions').start_execution(**event)['executionArn']\n"
    )
    starter = deploy_function(
        machine.cloud, f"{machine.stack}-starter", source, allow("states:StartExecution", outputs["Machine"])
    )

    answer = machine.cloud.client("lambda").invoke(
        FunctionName=starter, Payload=json.dumps({"stateMachineArn": outputs["Alias"], "name": "permitted"})
    )

    assert json.loads(answer["Payload"].read()).endswith(":permitted")


def test_a_gradual_deployment_is_refused(machine: Machine) -> None:
    """Nothing here would move the weight on from version to version."""
    given = template(machine.role, machine.function, "One")
    given["Resources"]["Alias"]["Properties"]["DeploymentPreference"] |= {"Type": "LINEAR", "Percentage": 10}

    machine.stacks.create(machine.stack, given)

    assert "does not support deployments of the type LINEAR" in machine.stacks.first_failure(machine.stack)
