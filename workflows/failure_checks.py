"""What a machine does when a state fails: names that exist, in an order that works, and an end in Fail."""

from collections.abc import Iterator

from stowage.domain import errors
from stowage.domain.credentials import RotationOutcome
from stowage.domain.outcomes import Outcome
from workflows.asl import Json
from workflows.expressions import MARK
from workflows.nesting import WITHIN
from workflows.paths import reachable
from workflows.retries import DYNAMODB_ERRORS, LAMBDA_ERRORS, leaf_names

ALL = "States.ALL"
CATCHABLE = frozenset(
    {
        ALL,
        "States.BranchFailed",
        "States.ExceedToleratedFailureThreshold",
        "States.HeartbeatTimeout",
        "States.ItemReaderFailed",
        "States.Permissions",
        "States.QueryEvaluationError",
        "States.ResultWriterFailed",
        "States.TaskFailed",
        "States.Timeout",
    }
)
"""https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html; the terminal errors
States.Runtime and States.DataLimitExceeded are left out, for nothing can catch them."""
WIDE = frozenset({ALL, "States.TaskFailed"})
"""Never retried: they name permanent errors and defects with the transient ones, on whatever step. A catcher may."""
CONDITION_FAILED = "DynamoDB.ConditionalCheckFailedException"

OUTCOMES = frozenset({*Outcome.__members__, *RotationOutcome.__members__})

WAYS = frozenset({errors.ContentsRemainError.__name__})
"""Errors that are no failure but the way to what comes first: usual changes are spared a Choice that way."""
BEST_EFFORT = "Notify"
"""States named so tell people what happened; their failure alone may be passed over."""


def failures(asl: Json) -> Iterator[str]:
    """Check every retrier and catcher."""
    for state, block in asl["States"].items():
        if block["Type"] == "Task" and not _catches_all(block):
            yield f"{state} is a Task that does not catch {ALL}: say where its failure is recorded"
        for field in ("Retry", "Catch"):
            yield from _names(state, field, block.get(field, []))
        yield from _retriers(state, block.get("Retry", []), asl.get("TimeoutSeconds"))
        yield from _told(state, block)
        # Of a Map's items one may fail: its answer says so, and a Choice after the Map fails the execution for it.
        if not state.startswith(BEST_EFFORT) and WITHIN not in block:
            yield from _ends(asl, state, block.get("Catch", []))


def known_names() -> frozenset[str]:
    """Give every error name that a retrier or catcher may mean: ours, AWS's services', Step Functions' own."""
    ours = leaf_names(errors.StowageError)
    return CATCHABLE | {*ours, *LAMBDA_ERRORS, *DYNAMODB_ERRORS, CONDITION_FAILED}


def _catches_all(block: Json) -> bool:
    return any(ALL in catch["ErrorEquals"] for catch in block.get("Catch", []))


def _names(state: str, field: str, blocks: list[Json]) -> Iterator[str]:
    earlier: set[str] = set()
    for index, block in enumerate(blocks):
        names = block["ErrorEquals"]
        if ALL in names and (len(names) > 1 or index + 1 < len(blocks)):
            yield f"{state}.{field} holds {ALL}, which must stand alone and last"
        for name in names:
            if name not in known_names():
                yield f"{state}.{field} names {name}, which is no error that can be caught"
            if name in earlier:
                yield f"{state}.{field} names {name} twice; only the first counts"
        earlier.update(names)


def _retriers(state: str, retriers: list[Json], machine_seconds: int | None) -> Iterator[str]:
    for retrier in retriers:
        for name in sorted(WIDE.intersection(retrier["ErrorEquals"])):
            yield f"{state}.Retry names {name}, which repeats what can never succeed: name the errors that pass"
        if "MaxAttempts" not in retrier:
            yield f"{state}.Retry does not say MaxAttempts: say how long is worth waiting"
        backs_off = retrier.get("BackoffRate", 2) != 1
        if backs_off and retrier.get("JitterStrategy") != "FULL":
            yield f"{state}.Retry backs off without full jitter: set JitterStrategy FULL"
        if backs_off and "MaxDelaySeconds" not in retrier:
            yield f"{state}.Retry backs off without MaxDelaySeconds: say how long one pause may be"
        longest = retrier.get("MaxDelaySeconds", 0) if backs_off else retrier.get("IntervalSeconds", 1)
        waiting = longest * retrier.get("MaxAttempts", 0)
        if machine_seconds is not None and waiting >= machine_seconds:
            yield f"{state}.Retry waits {waiting} s in all, longer than its machine: retry less often"


def _told(state: str, block: Json) -> Iterator[str]:
    """Check that a failure says what it is, in the stable codes."""
    if block["Type"] == "Fail":
        for field in ("Error", "Cause"):
            if field not in block:
                yield f"{state} fails without {field}: say the outcome and why"
    for outcome in _outcomes(block):
        if outcome not in OUTCOMES and not MARK.fullmatch(outcome):
            yield f"{state} says the outcome {outcome}, which Stowage does not know"


def _outcomes(node: object) -> Iterator[str]:
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "outcome" and isinstance(value, str):
                yield value
            yield from _outcomes(value)
    elif isinstance(node, list):
        for value in node:
            yield from _outcomes(value)


def _ends(asl: Json, state: str, catches: list[Json]) -> Iterator[str]:
    for catch in catches:
        if set(catch["ErrorEquals"]) <= WAYS:
            continue
        ends = {name for name in reachable(asl, catch["Next"]) if _succeeds(asl["States"][name])}
        for name in sorted(ends):
            yield f"{state} fails into {catch['Next']}, from where the execution can still succeed at {name}"


def _succeeds(block: Json) -> bool:
    return block["Type"] == "Succeed" or bool(block.get("End"))
