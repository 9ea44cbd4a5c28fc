"""What a machine does when a state fails: names that exist, in an order that works, and an end in Fail."""

from collections.abc import Iterator

from stowage.domain import errors
from workflows.asl import Json
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
CONDITION_FAILED = "DynamoDB.ConditionalCheckFailedException"

BEST_EFFORT = "Notify"
"""States named so tell people what happened; their failure alone may be passed over."""


def failures(asl: Json) -> Iterator[str]:
    """Check every retrier and catcher."""
    for state, block in asl["States"].items():
        if block["Type"] == "Task" and not _catches_all(block):
            yield f"{state} is a Task that does not catch {ALL}"
        for field in ("Retry", "Catch"):
            yield from _names(state, field, block.get(field, []))
        yield from _retriers(state, block.get("Retry", []))
        if not state.startswith(BEST_EFFORT):
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


def _retriers(state: str, retriers: list[Json]) -> Iterator[str]:
    for retrier in retriers:
        backs_off = retrier.get("BackoffRate", 2) != 1
        if backs_off and retrier.get("JitterStrategy") != "FULL":
            yield f"{state}.Retry backs off without full jitter"
        if backs_off and "MaxDelaySeconds" not in retrier:
            yield f"{state}.Retry backs off without MaxDelaySeconds"


def _ends(asl: Json, state: str, catches: list[Json]) -> Iterator[str]:
    for catch in catches:
        ends = {name for name in reachable(asl, catch["Next"]) if _succeeds(asl["States"][name])}
        for name in sorted(ends):
            yield f"{state} fails into {catch['Next']}, from where the execution can still succeed at {name}"


def _succeeds(block: Json) -> bool:
    return block["Type"] == "Succeed" or bool(block.get("End"))
