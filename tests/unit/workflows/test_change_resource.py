"""What the machine change_resource promises, read from its ASL."""

from itertools import product

import pytest

from stowage.domain import errors
from stowage.domain.outcomes import Outcome
from workflows.asl import Json
from workflows.paths import edges, reachable, success_path
from workflows.retries import LAMBDA_ERRORS, leaf_names, transient_names
from workflows.service_checks import substitutions

SUCCESS = [
    "AcquireLock",
    "NotifyStarted",
    "SubmitStackOperation",
    "AwaitStack",
    "UpdateMirror",
    "ReleaseLock",
    "NotifySucceeded",
    "ChangeSucceeded",
]
LAMBDA_STATES = {
    "EmptyContents",
    "NotifyStarted",
    "SubmitStackOperation",
    "AwaitStack",
    "UpdateMirror",
    "NotifySucceeded",
    "RecordFailure",
    "NotifyFailed",
    "NotifyRefused",
}


def test_a_success_enters_eight_states(asl: Json) -> None:
    """The history of a success is short enough to be read: eight entries, of the nine that are allowed."""
    assert success_path(asl) == SUCCESS


def test_a_failure_ends_in_fail(asl: Json) -> None:
    """From wherever a failure leads, but a notification's own, no path ends in success."""
    caught = {
        edge.target
        for state, block in asl["States"].items()
        for edge in edges(block)
        if edge.caught and not state.startswith("Notify")
    } - {"EmptyContents"}  # no failure, but what comes first: see workflows/failure_checks.py, WAYS
    ends = {
        asl["States"][state]["Type"]
        for target in caught
        for state in reachable(asl, target)
        if not list(edges(asl["States"][state]))
    }

    assert caught == {"DescribeLock", "RecordFailure", "NotifyFailed"}
    assert ends == {"Fail"}


def test_a_notification_never_fails_a_change(asl: Json) -> None:
    """A state that only tells people goes on the same way whether it succeeds or not."""
    for state in LAMBDA_STATES:
        if state.startswith("Notify"):
            block = asl["States"][state]
            assert [catch["Next"] for catch in block["Catch"]] == [block["Next"]]


def test_every_task_catches_everything_and_has_a_timeout(asl: Json) -> None:
    """No Task can end the execution by itself, and none can hang."""
    tasks = [block for block in asl["States"].values() if block["Type"] == "Task"]

    assert len(tasks) == 13
    for block in tasks:
        assert block["Catch"][-1]["ErrorEquals"] == ["States.ALL"]
        assert "TimeoutSeconds" in block


def test_each_lambda_state_invokes_the_function_named_after_it(asl: Json) -> None:
    """State SubmitStackOperation is `${SubmitStackOperationFunctionArn}`: one name, one grep."""
    invoked = {
        state: block["Arguments"]["FunctionName"]
        for state, block in asl["States"].items()
        if ":lambda:invoke" in block.get("Resource", "")
    }

    assert invoked == {state: f"${{{state}FunctionArn}}" for state in LAMBDA_STATES}


def test_the_template_has_to_fill_these_substitutions(asl: Json) -> None:
    """Partition, table, poll interval, and one function per Lambda state: nothing else."""
    functions = {f"{state}FunctionArn" for state in LAMBDA_STATES}

    assert set(substitutions(asl)) == functions | {"Partition", "TableName", "PollSeconds"}


def test_telling_that_a_change_has_begun_delays_it_by_five_seconds_at_most(asl: Json) -> None:
    """One attempt, and a short one: it stands in the way of the change. What is told after the release stands not."""
    started = asl["States"]["NotifyStarted"]

    assert (started["TimeoutSeconds"], started.get("Retry", [])) == (5, [])
    for state in ("NotifySucceeded", "NotifyFailed", "NotifyRefused"):
        assert asl["States"][state]["Retry"]


@pytest.mark.parametrize("state", sorted(LAMBDA_STATES - {"NotifyStarted"}))
def test_a_lambda_state_backs_off_after_exactly_the_transient_errors(state: str, asl: Json) -> None:
    """The list is the tree's retryable leaves without the polled ones, and the Lambda service's own."""
    backing_off = [retry for retry in asl["States"][state]["Retry"] if retry["BackoffRate"] != 1]

    assert [retry["ErrorEquals"] for retry in backing_off] == [
        ["ThrottledError", "ServiceUnavailableError", "ConcurrentUpdateError", *LAMBDA_ERRORS]
    ]


def test_a_direct_call_is_repeated_after_whatever_dynamodb_has_no_name_for(asl: Json) -> None:
    """A 503 comes under the SDK's own name; a failed condition has a name, and is an answer."""
    direct = [block for block in asl["States"].values() if ":dynamodb:" in block.get("Resource", "")]

    assert len(direct) == 4
    for block in direct:
        [retry] = block["Retry"]
        assert "DynamoDB.AmazonDynamoDBException" in retry["ErrorEquals"]
        assert "DynamoDB.ConditionalCheckFailedException" not in retry["ErrorEquals"]


def test_the_retry_lists_follow_the_error_tree() -> None:
    """Every retryable leaf is retried somewhere, once: with backoff, or at a fixed interval while it is waiting."""
    polled = {"StackBusyError", "LeftoverStackError", "KeyNotReadyError"}

    assert set(transient_names()) | polled == set(leaf_names(errors.RetryableError))
    assert not set(transient_names()) & polled
    assert not set(transient_names()) & set(leaf_names(errors.PermanentError))


def test_a_busy_stack_is_waited_for_at_a_fixed_interval(asl: Json) -> None:
    """Waiting for another operation is a retry every 5 seconds for half an hour: no backoff, no sleeping Lambda."""
    waits = [retry for retry in asl["States"]["SubmitStackOperation"]["Retry"] if retry["BackoffRate"] == 1]

    assert [retry["ErrorEquals"] for retry in waits] == [["StackBusyError", "LeftoverStackError"]]
    assert waits[0]["IntervalSeconds"] * waits[0]["MaxAttempts"] == 30 * 60
    assert "JitterStrategy" not in waits[0]


@pytest.mark.parametrize(("state", "seconds"), [("SubmitStackOperation", 30 * 60), ("AwaitStack", 60 * 60)])
def test_throttling_is_outlasted_until_the_deadline(state: str, seconds: int, asl: Json) -> None:
    """AWS not answering just now fails no change before its time; full jitter waits half the delay on average."""
    [retry] = [each for each in asl["States"][state]["Retry"] if "ThrottledError" in each["ErrorEquals"]]

    assert retry["MaxAttempts"] * retry["MaxDelaySeconds"] / 2 >= seconds


def test_the_token_timeout_is_the_poll_interval(asl: Json) -> None:
    """AwaitStack sleeps `${PollSeconds}` on its token and is retried on that timeout for an hour."""
    await_stack = asl["States"]["AwaitStack"]
    poll = await_stack["Retry"][0]

    assert await_stack["Resource"].endswith(":lambda:invoke.waitForTaskToken")
    assert await_stack["TimeoutSeconds"] == "{% ${PollSeconds} %}"
    assert poll["ErrorEquals"] == ["States.Timeout"]
    assert 3600 <= poll["MaxAttempts"] * (10 + poll["IntervalSeconds"]) < 3600 + 11


def test_all_waiting_together_ends_before_the_machine_does(asl: Json) -> None:
    """The machine's own timeout frees no lock, so it must be out of reach of the states' waiting."""
    submit, await_stack = asl["States"]["SubmitStackOperation"]["Retry"], asl["States"]["AwaitStack"]["Retry"]
    throttled = [retry for retry in (*submit, *await_stack) if retry["BackoffRate"] != 1]
    busy, poll = submit[1], await_stack[0]
    waiting = busy["IntervalSeconds"] * busy["MaxAttempts"] + poll["MaxAttempts"] * (10 + poll["IntervalSeconds"])
    waiting += sum(retry["MaxAttempts"] * retry["MaxDelaySeconds"] / 2 for retry in throttled)

    assert waiting + 20 * 60 <= asl["TimeoutSeconds"]


def test_the_history_of_the_longest_execution_fits(asl: Json) -> None:
    """If every retry of every state were used up, its history would still be below half of the 25,000 allowed events.

    https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
    """
    events_per_attempt, events_per_state = 5, 2
    attempts = [1 + sum(r["MaxAttempts"] for r in block.get("Retry", [])) for block in asl["States"].values()]

    assert sum(events_per_state + events_per_attempt * tried for tried in attempts) < 25_000 / 2


def test_a_verdict_given_by_the_machine_itself_is_a_known_outcome(asl: Json) -> None:
    """Where no task is left to judge, the machine says INTERNAL_ERROR, one of the stable codes."""
    verdicts = [
        catch["Assign"]["verdict"]["outcome"]
        for block in asl["States"].values()
        for catch in block.get("Catch", [])
        if "verdict" in catch.get("Assign", {})
    ]

    assert verdicts == [Outcome.INTERNAL_ERROR.value] * 4


def test_the_fail_states_tell_the_verdict(asl: Json) -> None:
    """A failed change's error is its outcome and its cause the verdict's, never a fixed text."""
    fails = [block for block in asl["States"].values() if block["Type"] == "Fail"]

    assert [(block["Error"], block["Cause"]) for block in fails] == [
        ("{% $verdict.outcome %}", "{% $verdict.cause %}")
    ] * 2


def test_every_state_explains_itself(asl: Json) -> None:
    """An auditor finds a sentence in each state, and no two are the same."""
    comments = [block["Comment"] for block in asl["States"].values()]

    assert all(comment.endswith(".") for comment in comments)
    assert len(set(comments)) == len(comments)


@pytest.mark.parametrize(
    ("release", "part"),
    list(product(("ReleaseLock", "ReleaseLockAfterFailure"), ("#fence = :fence", "#lock.#change = :change"))),
)
def test_a_lock_is_released_by_holder_and_fence(release: str, part: str, asl: Json) -> None:
    """Both releases re-check who holds the lock and under which fence (invariant L5)."""
    assert part in asl["States"][release]["Arguments"]["ConditionExpression"]
