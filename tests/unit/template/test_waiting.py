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
