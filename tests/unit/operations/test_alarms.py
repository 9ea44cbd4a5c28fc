"""Alarms watch metrics that are sent, tell somebody, and have their page in docs/operations.md."""

import json
import re
from typing import Any

import pytest

from stowage.adapters.metrics import NAMESPACE
from stowage.domain.outcomes import Outcome
from tests.unit.template.conftest import HUB, ROOT

ALARMS: dict[str, dict[str, Any]] = HUB.of_type("AWS::CloudWatch::Alarm")
PAGE = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
METRICS = (ROOT / "stowage" / "adapters" / "metrics.py").read_text(encoding="utf-8")
SERVICE: Any = HUB.source["Globals"]["Function"]["Environment"]["Variables"]["POWERTOOLS_SERVICE_NAME"]
OF_AWS: dict[str, dict[str, set[str]]] = {
    # https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-metrics.html
    # https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-logging.html
    "AWS/ApiGateway": {"5xx": {"ApiId"}, "ExecutionError": {"ApiId"}},
    # https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/metrics-dimensions.html
    "AWS/DynamoDB": {"ReadThrottleEvents": {"TableName"}, "WriteThrottleEvents": {"TableName"}},
    # https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
    "AWS/Lambda": {"Throttles": set()},
    # https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
    "AWS/SQS": {"ApproximateAgeOfOldestMessage": {"QueueName"}, "ApproximateNumberOfMessagesVisible": {"QueueName"}},
    # https://docs.aws.amazon.com/step-functions/latest/dg/procedure-cw-metrics.html
    "AWS/States": {
        name: {"StateMachineArn"}
        for name in ("ExecutionThrottled", "ExecutionsFailed", "ExecutionsStarted", "ExecutionsTimedOut")
    },
}
"""The metrics of AWS that are watched, and the dimensions without which they have no values."""


def section(heading: str) -> list[str]:
    """Give the headings of the third level under one of the second."""
    [text] = re.findall(rf"^## {heading}\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL)
    return re.findall(r"^### (.+)$", text, re.MULTILINE)


def test_every_alarm_has_its_page_and_every_page_its_alarm() -> None:
    """Who is woken up finds under the alarm's own name what to do."""
    assert sorted(section("Alarms")) == sorted(ALARMS), (
        "docs/operations.md, Alarms: one heading per alarm of template.yaml"
    )


def test_every_outcome_has_its_page_and_every_page_its_outcome() -> None:
    """In the order of the enumeration."""
    assert section("Outcomes") == [outcome.value for outcome in Outcome], "docs/operations.md, Outcomes"


def test_every_metric_is_on_the_page_and_the_page_knows_no_other() -> None:
    """Namespace `Stowage`."""
    [table] = re.findall(r"^## Metrics\n(.*?)(?=^## )", PAGE, re.MULTILINE | re.DOTALL)
    rows = "".join(line.split("|")[1] for line in table.splitlines() if line.startswith("| `"))

    assert set(re.findall(r"`(\w+)`", rows)) == sent()


def sent() -> set[str]:
    """Give the names of the metrics that are written."""
    return set(re.findall(r'"(\w+)": \((?:COUNT|SECONDS), ', METRICS))


@pytest.mark.parametrize("alarm", sorted(ALARMS))
def test_an_alarm_watches_what_exists_tells_the_topic_and_names_its_page(alarm: str) -> None:
    """A typing error in a metric's name would keep the alarm silent for ever."""
    watched = ALARMS[alarm]
    dimensions = {each["Name"]: each["Value"] for each in watched.get("Dimensions", [])}

    if watched["Namespace"] == NAMESPACE:
        assert watched["MetricName"] in sent()
        assert dimensions["service"] == SERVICE
        assert dimensions.get("outcome", "ABORTED") in Outcome.__members__
        assert ("outcome" in dimensions) is (watched["MetricName"] == "ChangesEnded")
    else:
        assert set(dimensions) - {"GlobalSecondaryIndexName"} == OF_AWS[watched["Namespace"]][watched["MetricName"]]
    assert watched["AlarmActions"] == watched["OKActions"] == [{"Ref": "AlarmTopic"}]
    for_want_of_any = watched["ComparisonOperator"] == "LessThanThreshold"
    assert watched["TreatMissingData"] == ("breaching" if for_want_of_any else "notBreaching")
    assert watched["AlarmDescription"].endswith(f" See docs/operations.md, {alarm}.")


def test_the_topic_is_encrypted_and_takes_alarms_of_this_account_alone() -> None:
    """CKV_AWS_26; without the key's own statement for CloudWatch no alarm would be delivered."""
    [statement] = HUB.resources["AlarmTopicPolicy"]["Properties"]["PolicyDocument"]["Statement"]
    key = HUB.resources["Key"]["Properties"]["KeyPolicy"]["Statement"]

    assert HUB.resources["AlarmTopic"]["Properties"]["KmsMasterKeyId"] == {"Fn::GetAtt": ["Key", "Arn"]}
    assert statement["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
    assert statement["Condition"] == {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}
    assert [each["Action"] for each in key if each["Principal"] == {"Service": "cloudwatch.amazonaws.com"}] == [
        ["kms:Decrypt", "kms:GenerateDataKey"]
    ]


def test_a_lock_is_old_only_when_no_execution_can_hold_it_any_more() -> None:
    """The machine ends every execution by then."""
    machine = json.loads((ROOT / "statemachines" / "change_resource.asl.json").read_text(encoding="utf-8"))

    assert ALARMS["LockHeldTooLongAlarm"]["Threshold"] == machine["TimeoutSeconds"]
