"""What waits for what, and for how long at most."""

import pytest

from tests.unit.template.conftest import ASL, Hub

AWAIT, BUSY = "AwaitStack", "SubmitStackOperation"
OTHER_STATES_SECONDS = 20 * 60


def looks_seconds(poll_seconds: int) -> int:
    """Give the seconds after which AwaitStack has used up its looks."""
    [looks] = [retry for retry in ASL["States"][AWAIT]["Retry"] if retry["ErrorEquals"] == ["States.Timeout"]]
    seconds: int = (looks["MaxAttempts"] + 1) * (poll_seconds + looks["IntervalSeconds"])
    return seconds


def busy_seconds() -> int:
    """Give the seconds for which another operation on the stack is waited for."""
    [busy] = [retry for retry in ASL["States"][BUSY]["Retry"] if "StackBusyError" in retry["ErrorEquals"]]
    seconds: int = busy["IntervalSeconds"] * busy["MaxAttempts"]
    return seconds


@pytest.mark.parametrize("bound", ["MinValue", "MaxValue", "Default"])
def test_whatever_poll_seconds_a_stack_is_waited_for_within_the_executions_time(hub: Hub, bound: str) -> None:
    """The machine's own timeout runs no Catch, so that no allowed value may bring it into reach."""
    poll_seconds: int = hub.source["Parameters"]["PollSeconds"][bound]

    assert looks_seconds(poll_seconds) + OTHER_STATES_SECONDS <= ASL["TimeoutSeconds"]
    assert looks_seconds(poll_seconds) + busy_seconds() <= ASL["TimeoutSeconds"]


@pytest.mark.parametrize("bound", ["MinValue", "MaxValue", "Default"])
def test_an_ended_executions_message_rests_longer_than_its_function_works(hub: Hub, bound: str) -> None:
    """Lambda refuses the mapping otherwise; at the default it is the six times that AWS recommends.

    https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
    """
    rest = rest_seconds(hub, bound)
    timeout: int = hub.functions["ExecutionEndedFunction"]["Timeout"]

    assert timeout <= rest
    assert bound != "Default" or timeout * 6 <= rest


def test_a_lock_is_looked_after_for_hours_before_an_operator_must(hub: Hub) -> None:
    """A stack that CloudFormation works on for the whole of an execution's time is long at rest by then."""
    looks: int = hub.resources["EndedExecutions"]["Properties"]["RedrivePolicy"]["maxReceiveCount"]
    kept: int = hub.resources["EndedExecutions"]["Properties"]["MessageRetentionPeriod"]

    assert 2 * ASL["TimeoutSeconds"] <= looks * rest_seconds(hub, "Default") < kept


def rest_seconds(hub: Hub, bound: str) -> int:
    """Give the queue's visibility timeout at a bound of PollSeconds."""
    timeout: str = hub.resources["EndedExecutions"]["Properties"]["VisibilityTimeout"]["Fn::Sub"]
    return int(timeout.replace("${PollSeconds}", str(hub.source["Parameters"]["PollSeconds"][bound])))
