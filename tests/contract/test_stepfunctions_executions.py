"""Executions start, end and are told as Step Functions documents it."""

import json
import time
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.contract.conftest import CloudFactory, LocalCloud
from tests.contract.function_package import allow, deploy_function, eventually, make_role
from tests.contract.state_machines import call, history, log_group_arn, make_machine, run, start, wait_for_end

WAITS: dict[str, Any] = {"Wait": {"Type": "Wait", "Seconds": 60, "End": True}}
PASSES: dict[str, Any] = {"Pass": {"Type": "Pass", "End": True}}


def refusal(caught: pytest.ExceptionInfo[ClientError]) -> str:
    """Return the error's code."""
    return caught.value.response["Error"]["Code"]


def test_starting_a_running_execution_again_is_the_same_execution(cloud: LocalCloud, unique: str) -> None:
    """Same name and same input while it runs: the same ARN and start date; another input, or a closed one, is refused.

    https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html
    """
    states = cloud.client("stepfunctions")
    machine = make_machine(cloud, unique, WAITS)
    named = {"stateMachineArn": machine, "name": "once"}

    first = states.start_execution(**named, input='{"a": 1}')
    again = states.start_execution(**named, input='{"a":1}')
    with pytest.raises(ClientError) as other_input:
        states.start_execution(**named, input='{"a": 2}')
    states.stop_execution(executionArn=first["executionArn"])
    with pytest.raises(ClientError) as closed:
        states.start_execution(**named, input='{"a": 1}')

    assert (again["executionArn"], again["startDate"]) == (first["executionArn"], first["startDate"])
    assert refusal(other_input) == refusal(closed) == "ExecutionAlreadyExists"


def test_a_stopped_execution_is_aborted_and_stays_so(cloud: LocalCloud, unique: str) -> None:
    """StopExecution ends it with its error and cause; a task that fails afterwards does not overwrite them."""
    source = "import time\ndef handler(event, context): time.sleep(1); raise ValueError('late')\n"
    function = deploy_function(cloud, unique, source)
    execution = start(cloud, make_machine(cloud, unique, {"Work": call(function, {})}))
    eventually(lambda: any(event["type"] == "TaskStarted" for event in history(cloud, execution)))

    cloud.client("stepfunctions").stop_execution(executionArn=execution, error="Stopped", cause="by ann")
    before = wait_for_end(cloud, execution)
    time.sleep(1.2)  # the function's error comes now, and must change nothing
    after = wait_for_end(cloud, execution)

    assert (before["status"], before["error"], before["cause"]) == ("ABORTED", "Stopped", "by ann")
    assert before == {**after, "ResponseMetadata": before["ResponseMetadata"]}
    assert history(cloud, execution)[-1]["type"] == "ExecutionAborted"


def test_a_machine_that_takes_too_long_times_out(cloud: LocalCloud, unique: str) -> None:
    """The machine's TimeoutSeconds ends the execution TIMED_OUT, with the event in its history."""
    execution = start(cloud, make_machine(cloud, unique, WAITS, TimeoutSeconds=1))

    ended = wait_for_end(cloud, execution)

    assert (ended["status"], ended["error"]) == ("TIMED_OUT", "States.Timeout")
    assert history(cloud, execution)[-1]["type"] == "ExecutionTimedOut"


def test_a_fail_state_fails_the_execution_with_computed_error_and_cause(cloud: LocalCloud, unique: str) -> None:
    """A Fail state's Error and Cause may be JSONata; DescribeExecution and the last event carry both, and no output."""
    fails = {"Type": "Fail", "Error": "{% $states.input.outcome %}", "Cause": "{% 'Held by ' & $states.input.who %}"}
    execution = start(cloud, make_machine(cloud, unique, {"Refused": fails}), {"outcome": "LOCKED", "who": "ann"})

    ended = wait_for_end(cloud, execution)
    events = history(cloud, execution)

    assert (ended["status"], ended["error"], ended["cause"], ended["output"]) == (
        "FAILED",
        "LOCKED",
        "Held by ann",
        None,
    )
    assert [event["type"] for event in events] == ["ExecutionStarted", "FailStateEntered", "ExecutionFailed"]
    assert events[-1]["executionFailedEventDetails"] == {"error": "LOCKED", "cause": "Held by ann"}


def test_variables_and_the_context_object(cloud: LocalCloud, unique: str) -> None:
    """Assign evaluates all its values against the old variables; StartTime has the form of the API's other times."""
    states = {
        "First": {"Type": "Pass", "Assign": {"a": 1, "b": 1}, "Next": "Second"},
        "Second": {"Type": "Pass", "Assign": {"a": "{% $a + 1 %}", "b": "{% $a %}"}, "Next": "Last"},
        "Last": {
            "Type": "Succeed",
            "Output": {
                "a": "{% $a %}",
                "b": "{% $b %}",
                "startedAt": "{% $states.context.Execution.StartTime %}",
                "name": "{% $states.context.Execution.Name %}",
                "fence": "{% $number('41') + 1 %}",
                "fenceText": "{% $string($number('41') + 1) %}",
                "spec": "{% $string({'tags': {'team': 'blue'}, 'days': 30}) %}",
                "merged": "{% $merge([{'a': 1}, {'b': true ? 2 : 3}]) %}",
            },
        },
    }

    ended = run(cloud, unique, states)

    output = ended["output"]
    assert (output["a"], output["b"]) == (2, 1)
    assert output["startedAt"][10] == "T"
    assert output["startedAt"][19] == "."
    assert output["startedAt"].endswith("Z")
    assert output["name"] == ended["name"]
    assert (output["fence"], output["fenceText"]) == (42, "42")
    assert output["spec"] == '{"tags":{"team":"blue"},"days":30}'
    assert output["merged"] == {"a": 1, "b": 2}


@pytest.mark.parametrize(
    ("definition", "fault"),
    [
        ("{", "INVALID_JSON_DESCRIPTION"),
        ({"StartAt": "A", "States": {"B": {"Type": "Succeed"}}}, "MISSING_TRANSITION_TARGET"),
        ({"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "B"}}}, "MISSING_TRANSITION_TARGET"),
        ({"StartAt": "A", "States": {"A": {"Type": "Passes", "End": True}}}, "Unknown state type"),
        ({"StartAt": "A", "States": {"A": {"Type": "Pass"}}}, "either Next or End"),
        (
            {"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": "${NotifyFunctionArn}", "End": True}}},
            "NotifyFunctionArn",
        ),
        (
            {
                "QueryLanguage": "JSONata",
                "StartAt": "A",
                "States": {"A": {"Type": "Pass", "ResultPath": "$.a", "End": True}},
            },
            "ResultPath",
        ),
    ],
)
def test_an_invalid_definition_is_refused(cloud: LocalCloud, unique: str, definition: Any, fault: str) -> None:
    """CreateStateMachine answers InvalidDefinition and ValidateStateMachineDefinition FAIL, each naming the fault."""
    states = cloud.client("stepfunctions")
    text = definition if isinstance(definition, str) else json.dumps(definition)

    with pytest.raises(ClientError, match=fault) as refused:
        states.create_state_machine(name=unique, definition=text, roleArn=make_role(cloud, unique))
    validated = states.validate_state_machine_definition(definition=text)

    assert refusal(refused) == "InvalidDefinition"
    assert validated["result"] == "FAIL"


def test_history_is_delivered_to_the_log_group(cloud: LocalCloud, unique: str) -> None:
    """Level ALL delivers every event, without data unless asked; logging and tracing settings read back."""
    cloud.client("logs").create_log_group(logGroupName=unique)
    states = cloud.client("stepfunctions")
    logging = {
        "level": "ALL",
        "includeExecutionData": False,
        "destinations": [{"cloudWatchLogsLogGroup": {"logGroupArn": log_group_arn(unique)}}],
    }
    machine = states.create_state_machine(
        name=unique,
        definition=json.dumps({"StartAt": "Pass", "States": PASSES}),
        roleArn=make_role(cloud, unique),
        loggingConfiguration=logging,
        tracingConfiguration={"enabled": True},
    )["stateMachineArn"]

    execution = start(cloud, machine, {"secret": "input"})
    wait_for_end(cloud, execution)
    delivered = [
        json.loads(event["message"]) for event in cloud.client("logs").filter_log_events(logGroupName=unique)["events"]
    ]
    described = states.describe_state_machine(stateMachineArn=machine)

    assert [entry["type"] for entry in delivered] == [event["type"] for event in history(cloud, execution)]
    assert {entry["execution_arn"] for entry in delivered} == {execution}
    assert "secret" not in json.dumps(delivered)
    assert (described["loggingConfiguration"], described["tracingConfiguration"]) == (logging, {"enabled": True})


def test_listeners_hear_of_executions_that_a_restart_ended(start_cloud: CloudFactory, unique: str) -> None:
    """What a restart finds inside a Map cannot go on: it is FAILED, and its status change reaches the listener."""
    private = start_cloud()
    table = {"TableName": unique, "BillingMode": "PAY_PER_REQUEST"}
    private.client("dynamodb").create_table(
        **table,
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
    )
    source = (
        "import boto3\n"
        "def handler(event, context):\n"
        "    detail = event['detail']\n"
        f"    boto3.client('dynamodb').put_item(TableName={unique!r}, Item={{\n"
        "        'pk': {'S': detail['executionArn'] + ' ' + detail['status']}, 'input': {'S': detail['input']}})\n"
    )
    function = deploy_function(private, unique, source, allow("dynamodb:PutItem"))
    events = private.client("events")
    pattern = {"source": ["aws.states"], "detail": {"status": ["RUNNING", "FAILED"]}}
    rule = events.put_rule(Name=unique, EventPattern=json.dumps(pattern))["RuleArn"]
    events.put_targets(Rule=unique, Targets=[{"Id": "listener", "Arn": function}])
    private.client("lambda").add_permission(
        FunctionName=unique,
        StatementId="events",
        Action="lambda:InvokeFunction",
        Principal="events.amazonaws.com",
        SourceArn=rule,
    )
    each = {"Type": "Map", "Items": [1], "ItemProcessor": {"StartAt": "Wait", "States": WAITS}, "End": True}
    execution = start(private, make_machine(private, unique, {"Each": each}), {"change": "chg-1"})

    def heard(status: str) -> dict[str, Any]:
        found = private.client("dynamodb").get_item(TableName=unique, Key={"pk": {"S": f"{execution} {status}"}})
        item: dict[str, Any] = found.get("Item", {})
        return item

    eventually(lambda: heard("RUNNING"))
    private.restart()

    assert eventually(lambda: heard("FAILED"))["input"] == {"S": '{"change": "chg-1"}'}
    assert wait_for_end(private, execution)["status"] == "FAILED"
    assert history(private, execution)[-1]["type"] == "ExecutionFailed"
