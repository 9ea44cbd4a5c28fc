"""The mutants of what people may do with a resource, of stop and deadlines, of stack events and of the API."""

from tests.simulation.mutation import Mutant

AWAITING = "stowage.domain.awaiting"
ACTIONS: tuple[Mutant, ...] = (
    # stop
    Mutant(
        "AwaitStack does not heed a stop",
        "tasks.await_stack",
        "if answer is None and wish is not None:",
        "if answer is not None and wish is not None:",
    ),
    Mutant(
        "SubmitStackOperation does not heed a stop",
        "tasks.submit_stack_operation",
        "if wish is not None and not submission.has_begun():",
        "if wish is not None and submission is None:",
    ),
    Mutant(
        "a stop does not ask whether the operation has begun",
        "tasks.submit_stack_operation",
        "if wish is not None and not submission.has_begun():",
        "if wish is not None:",
    ),
    Mutant(
        "a stopped update is told to have failed",
        AWAITING,
        "cause is None and isinstance(error, StackRolledBackError)",
        "cause is None and error is None",
    ),
    Mutant(
        "a stopped creation is told to be missing",
        AWAITING,
        "            awaited.stopped_by is not None\n            and awaited.action is Action.CREATE",
        "            awaited.stopped_by is None\n            and awaited.action is Action.CREATE",
    ),
    Mutant(
        "a stop's own events are nobody's",
        AWAITING,
        "return frozenset({self.token} if self.stopped_by is None else {self.token, self.stop_token})",
        "return frozenset({self.token})",
    ),
    Mutant(
        "the listener does not know a stop's events",
        "listeners.stack_event",
        "operation_of(event.token) == operation_of(awaited.stop_token)",
        "operation_of(event.token) is None",
    ),
    # recoveries
    Mutant("a rollback is continued for ever", AWAITING, "CONTINUED_AT_MOST = 2", "CONTINUED_AT_MOST = 99"),
    Mutant(
        "the former rollback's end is taken for the recovery's",
        AWAITING,
        "awaited.recovery is not None or may_be_older(",
        "may_be_older(",
    ),
    Mutant(
        "a recovery leaves what was asked for",
        "tasks.update_mirror",
        "if change.mode in RECOVERIES:",
        "if change.mode is not None and change.mode not in RECOVERIES:",
    ),
    Mutant(
        "a recovery keeps the spec that failed",
        "tasks.update_mirror",
        "spec = row.resource.spec if result.spec is None else result.spec",
        "spec = row.resource.spec",
    ),
    # contents
    Mutant("what is to be emptied first is a failure", "asl:SubmitStackOperation/Catch/0"),
    Mutant(
        "a deletion does not look what it would delete",
        "tasks.submit_stack_operation",
        "submission.look_into(contents, rules)",
        "assert contents is not rules",
    ),
    Mutant(
        "EmptyContents does not ask for the lock",
        "tasks.empty_contents",
        "row is None or not row.holds(change.change, request.fence)",
        "row is None",
    ),
    # deadlines and events
    Mutant(
        "no deadline is kept", "tasks.await_stack", "if answer is None and late:", "if answer is None and late is None:"
    ),
    Mutant(
        "an end that is heard wakes nobody",
        "listeners.stack_event",
        "if end is None or token is None:",
        "if end is None or token:",
    ),
    Mutant(
        "of two events the later to come stands",
        "stowage.domain.merge",
        "        if mark <= sight.mark:",
        "        if mark == sight.mark:",
    ),
    Mutant(
        "a resource's later event to come stands",
        "stowage.domain.merge",
        "if known is not None and mark <= known.mark:",
        "if known is not None and mark == known.mark:",
    ),
    Mutant(
        "an event from before the description is news",
        "stowage.domain.merge",
        "event.stack_id != sight.stack_id or mark <= sight.described",
        "event.stack_id != sight.stack_id",
    ),
    # the API
    Mutant(
        "a repeated key begins another change",
        "stowage.domain.changes",
        "    if idempotency_key is None:\n        return",
        "    if idempotency_key is not None:\n        return",
    ),
    Mutant(
        "a repeat is refused for what its first did",
        "api.request_change",
        "        if wish.idempotency_key is None:\n            raise",
        "        if wish.idempotency_key is not None:\n            raise",
    ),
)
