"""FilterLogEvents finds what its pattern says, and refuses what the local cloud cannot do."""

import json
import time
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.contract.conftest import LocalCloud

pytestmark = pytest.mark.contract


@pytest.fixture
def group(cloud: LocalCloud, unique: str) -> str:
    """A log group with two lines of JSON and one of text."""
    logs = cloud.client("logs")
    logs.create_log_group(logGroupName=unique)
    logs.create_log_stream(logGroupName=unique, logStreamName="one")
    lines = [json.dumps({"level": "ERROR", "status": 500}), json.dumps({"level": "INFO", "status": 200}), "ERROR plain"]
    events: list[Any] = [{"timestamp": int(time.time() * 1000), "message": line} for line in lines]
    logs.put_log_events(logGroupName=unique, logStreamName="one", logEvents=events)
    return unique


@pytest.mark.parametrize(
    ("pattern", "found"),
    [('{ $.level = "ERROR" }', [500]), ("{ $.status >= 200 && $.status != 500 }", [200]), ("ERROR", [500, "plain"])],
)
def test_a_pattern_lets_through_what_it_names(cloud: LocalCloud, group: str, pattern: str, found: list[Any]) -> None:
    """Conditions on JSON and terms alike.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
    """
    events = cloud.client("logs").filter_log_events(logGroupName=group, filterPattern=pattern)["events"]

    told = [json.loads(it["message"])["status"] if it["message"].startswith("{") else "plain" for it in events]
    assert told == found


def test_a_pattern_that_is_not_known_is_refused(cloud: LocalCloud, group: str) -> None:
    """And not taken for one that lets everything through."""
    with pytest.raises(ClientError, match="does not know the filter pattern") as refused:
        cloud.client("logs").filter_log_events(logGroupName=group, filterPattern="{ $.level IS NULL }")

    assert refused.value.response["Error"]["Code"] == "InvalidParameterException"
