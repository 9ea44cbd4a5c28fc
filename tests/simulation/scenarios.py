"""The scenarios: between them they go through every state and every call of a task; and what each comes to."""

from tests.simulation.plays import Given, Interrupt, Play, Wish

STANDING = Given("CREATE_COMPLETE")
BUSY = Given("UPDATE_IN_PROGRESS", foreign_end=("UPDATE_COMPLETE",))
PUT, DELETE = Wish(0, "put"), Wish(0, "delete")
TOO_SLOW = 5000.0
DONE = ("SUCCEEDED", "SUCCEEDED")

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
    "stale": (Play("", 0, (Wish(0, "put", stale=True),), (STANDING,)), [("FAILED", "STALE_VERSION")]),
}
AGAIN = ("idempotent", "exists", "token refused")
"""How CloudFormation answers a token that was used: which it is, its documentation leaves open."""
