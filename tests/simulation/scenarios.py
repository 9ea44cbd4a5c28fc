"""The scenarios: between them they go through every state and every call of a task; and what each comes to."""

from dataclasses import replace

from tests.simulation.asking import Ask
from tests.simulation.plays import NAME, Given, Interrupt, Play, Wish

STANDING = Given("CREATE_COMPLETE")
BUSY = Given("UPDATE_IN_PROGRESS", foreign_end=("UPDATE_COMPLETE",))
PUT, DELETE = Wish(0, "put"), Wish(0, "delete")
UNSEEN = Given("UPDATE_COMPLETE", "pears", row=False)
GONE = Given("DELETE_COMPLETE")
TOO_SLOW = 5000.0
DONE = ("SUCCEEDED", "SUCCEEDED")
STOPPED = ("STOPPED", "STOPPED")


def asks(*wanted: tuple[float, str], clients: int = 1, keys: bool = True) -> tuple[Ask, ...]:
    """Give what is asked for at the API, when; `clients` ask for the first of it."""
    first, *others = [Ask(seconds, verb, NAME) for seconds, verb in wanted]
    return (replace(first, clients=clients, keys=keys), *others)


def asked(
    *wanted: tuple[float, str],
    given: Given | None = STANDING,
    seconds: float = 15.0,
    contents: tuple[int, int] = (0, 0),
    **ends: str,
) -> Play:
    """Give a play of what is asked for at the API."""
    givens = (given,) if given else ()
    return Play("", 0, (), givens, asks=asks(*wanted), seconds=seconds, contents=contents, ends=ends)


SCENARIOS: dict[str, tuple[Play, list[tuple[str, str]]]] = {
    "create": (Play("", 0, (PUT,)), [DONE]),
    "create rolled back": (Play("", 0, (PUT,), ends={"create": "rolled back"}), [("FAILED", "CREATE_FAILED")]),
    "create over a leftover": (Play("", 0, (PUT,), (Given("ROLLBACK_COMPLETE", row=False),)), [DONE]),
    "create over an adopted stack": (Play("", 0, (PUT,), (Given("CREATE_COMPLETE", row=False),)), [DONE]),
    "create beside a stranger": (
        Play("", 0, (PUT,), (Given("CREATE_COMPLETE", row=False, ours=False),)),
        [("FAILED", "NAME_TAKEN")],
    ),
    "update": (Play("", 0, (PUT,), (STANDING,)), [DONE]),
    "second update": (Play("", 0, (PUT, Wish(60, "put")), (STANDING,)), [DONE, DONE]),
    "update, told by events": (
        Play("", 0, (PUT, Wish(60, "put")), (STANDING,), events=lambda _chance: [0.2]),
        [DONE, DONE],
    ),
    "update, told twice": (Play("", 0, (PUT,), (STANDING,), events=lambda _chance: [0.2, 3.0]), [DONE]),
    "delete, told by events": (Play("", 0, (DELETE,), (STANDING,), events=lambda _chance: [0.2]), [DONE]),
    "update rolled back": (
        Play("", 0, (PUT,), (STANDING,), ends={"update": "rolled back"}),
        [("FAILED", "ROLLED_BACK")],
    ),
    "update stuck": (Play("", 0, (PUT,), (STANDING,), ends={"update": "stuck"}), [("FAILED", "STUCK")]),
    "update of a busy stack": (Play("", 0, (PUT,), (BUSY,)), [DONE]),
    "update aborted": (
        Play("", 0, (PUT,), (STANDING,), interrupts=(Interrupt("AwaitStack", "ABORTED", 1.0),)),
        [("STOPPED", "ABORTED")],
    ),
    "update too slow": (Play("", 0, (PUT,), (STANDING,), seconds=TOO_SLOW), [("FAILED", "STILL_RUNNING")]),
    "update of a deleted one": (
        Play("", 0, (DELETE, Wish(0.1, "put", waits=60)), (STANDING,)),
        [DONE, ("FAILED", "STALE_VERSION")],
    ),
    "delete": (Play("", 0, (DELETE,), (STANDING,)), [DONE]),
    "delete failed": (Play("", 0, (DELETE,), (STANDING,), ends={"delete": "failed"}), [("FAILED", "DELETE_FAILED")]),
    "delete of nothing": (
        Play("", 0, (PUT, Wish(60, "delete")), ends={"create": "rolled back"}),
        [("FAILED", "CREATE_FAILED"), DONE],
    ),
    "the same change id after 90 days": (
        Play("", 0, (PUT, Wish(100, "delete"), Wish(8_000_000, "put", number=1))),
        [DONE, DONE],
    ),
    "refused": (Play("", 0, (PUT, Wish(3, "put")), (STANDING,)), [DONE, ("FAILED", "LOCKED")]),
    "asked for": (asked((0, "put"), (60, "put"), (120, "delete"), given=None), [DONE, DONE, DONE]),
    "asked for by fifty with one key": (Play("", 0, (), asks=asks((0, "put"), clients=50)), [DONE]),
    "asked for by fifty": (
        Play("", 0, (), asks=asks((0, "put"), clients=50, keys=False)),
        [],  # chance says how many get past the API's look before the first has its lock; they are LOCKED
    ),
    "stopped update": (asked((0, "put"), (3, "stop"), seconds=60.0), [STOPPED]),
    "stopped update, told by events": (
        replace(asked((0, "put"), (3, "stop"), seconds=60.0), events=lambda _chance: [0.2]),
        [STOPPED],
    ),
    "stopped creation": (asked((0, "put"), (3, "stop"), given=None, seconds=60.0), [STOPPED]),
    # Nothing of it has begun; its lock stays all the same while somebody else's operation runs.
    "stopped before it began": (asked((0, "put"), (3, "stop"), given=BUSY), [("FAILED", "STILL_RUNNING")]),
    "stopped too late": (asked((0, "put"), (9, "stop")), [DONE]),
    "stopped, and stuck then": (
        asked((0, "put"), (3, "stop"), seconds=60.0, cancelUpdate="stuck"),
        [("FAILED", "STUCK")],
    ),
    "emptied": (
        asked((0, "delete"), (30, "emptyAndDelete"), contents=(2_500, 0)),
        [("FAILED", "BUCKET_NOT_EMPTY"), DONE],
    ),
    "emptied in vain": (
        asked((0, "delete"), (30, "emptyAndDelete"), contents=(20, 2)),
        [("FAILED", "BUCKET_NOT_EMPTY"), ("FAILED", "BUCKET_NOT_EMPTY")],
    ),
    "kept": (
        asked((0, "delete"), (30, "retain"), contents=(30, 0)),
        [("FAILED", "BUCKET_NOT_EMPTY"), ("SUCCEEDED", "RETAINED")],
    ),
    "continued": (asked((0, "put"), (60, "continueRollback"), update="stuck"), [("FAILED", "STUCK"), DONE]),
    "continued in vain": (
        asked(
            (0, "put"), (60, "continueRollback"), (120, "continueRollback"), update="stuck", continueRollback="stuck"
        ),
        [("FAILED", "STUCK"), ("FAILED", "STUCK"), ("FAILED", "NEEDS_OPERATOR")],
    ),
    "repaired": (asked((0, "put"), (60, "repair"), update="failed"), [("FAILED", "STUCK"), DONE]),
    "cleared away": (asked((0, "repair"), given=Given("ROLLBACK_FAILED")), [DONE]),
    "retried": (asked((0, "put"), (60, "retry"), update="rolled back, done"), [("FAILED", "ROLLED_BACK"), DONE]),
    "creation retried": (
        asked((0, "put"), (60, "retry"), given=None, create="rolled back, done"),
        [("FAILED", "CREATE_FAILED"), DONE],
    ),
    "recreated": (asked((0, "recreate"), given=GONE), [DONE]),
    "forgotten": (asked((0, "forget"), given=GONE), [DONE]),
    "reconciled meanwhile": (
        Play(
            "", 0, (PUT, Wish(60, "put")), (STANDING, Given("UPDATE_COMPLETE", "pears", row=False)), reconciles=(3, 70)
        ),
        [DONE, DONE],
    ),
    "a stack that was deleted by hand": (
        Play("", 0, (), (GONE, Given("DELETE_COMPLETE", "pears")), reconciles=(1,)),
        [],
    ),
    "stale": (Play("", 0, (Wish(0, "put", stale=True),), (STANDING,)), [("FAILED", "STALE_VERSION")]),
}
AGAIN = ("idempotent", "exists", "token refused")
"""How CloudFormation answers a token that was used: which it is, its documentation leaves open."""
