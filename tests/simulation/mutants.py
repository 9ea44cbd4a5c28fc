"""The mutants: faults of our own code, by name, each of which the simulation must find; here of lock and mirror."""

from tests.simulation.action_mutants import ACTIONS
from tests.simulation.mutation import Mutant
from tests.simulation.reconcile_mutants import RECONCILE

ROWS = "stowage.adapters.dynamodb.resources"
ACQUIRE = "asl:AcquireLock/Arguments/ConditionExpression"
RELEASE = "#fence = :fence AND (#lock.#change = :change OR attribute_not_exists(#lock))"

LOCK_AND_MIRROR: tuple[Mutant, ...] = (
    # the lock, as the machine takes and frees it
    Mutant("AcquireLock takes a held lock over", ACQUIRE, "attribute_not_exists(#lock) AND ", ""),
    Mutant("AcquireLock refuses a lock of its own", ACQUIRE, "#lock.#change = :change", "#lock.#change = :zero"),
    Mutant(
        "AcquireLock does not ask for the version",
        ACQUIRE,
        "#version = :expected",
        "(#version = :expected OR #version >= :zero)",
    ),
    Mutant("AcquireLock does not mind a tombstone", ACQUIRE, " AND attribute_not_exists(deletedAt)", ""),
    Mutant(
        "AcquireLock leaves the fence as it is",
        "asl:AcquireLock/Arguments/UpdateExpression",
        "if_not_exists(#fence, :zero) + :one",
        "if_not_exists(#fence, :one), unused = :zero",
    ),
    Mutant(
        "AcquireLock sets the spec of an update at once",
        "asl:AcquireLock/Arguments/UpdateExpression",
        "'if_not_exists(#spec, :spec) REMOVE",
        "':spec REMOVE",
    ),
    Mutant(
        "ReleaseLock frees whoever's lock it is",
        "asl:ReleaseLock/Arguments/ConditionExpression",
        RELEASE,
        "#fence >= :fence AND (#lock.#change <> :change OR #lock.#change = :change)",
    ),
    Mutant(
        "ReleaseLock does not ask for the fence",
        "asl:ReleaseLock/Arguments/ConditionExpression",
        "#fence = :fence",
        "#fence >= :fence",
    ),
    Mutant(
        "ReleaseLock frees nothing",
        "asl:ReleaseLock/Arguments/UpdateExpression",
        "REMOVE #lock, wakeToken",
        "REMOVE wakeToken",
    ),
    # the way through the machine
    Mutant("a refused AcquireLock is no refusal", "asl:AcquireLock/Catch/0"),
    Mutant("a refused AcquireLock goes on", "asl:AcquireLock/Catch/0/Next", "DescribeLock", "NotifyStarted"),
    Mutant("a failed notification fails the change", "asl:NotifyStarted/Catch"),
    Mutant("a failed last notification fails the change", "asl:NotifySucceeded/Catch"),
    Mutant("SubmitStackOperation is not tried again", "asl:SubmitStackOperation/Retry/0"),
    Mutant("SubmitStackOperation does not wait for a busy stack", "asl:SubmitStackOperation/Retry/1"),
    Mutant("SubmitStackOperation's failure is not caught", "asl:SubmitStackOperation/Catch"),
    Mutant("AwaitStack does not look again", "asl:AwaitStack/Retry/0"),
    Mutant("AwaitStack's failure is not caught", "asl:AwaitStack/Catch"),
    Mutant("AwaitStack's failure ends in success", "asl:AwaitStack/Catch/0/Next", "RecordFailure", "NotifySucceeded"),
    Mutant("UpdateMirror's failure ends in success", "asl:UpdateMirror/Catch/0/Next", "RecordFailure", "ReleaseLock"),
    Mutant("UpdateMirror's failure is not caught", "asl:UpdateMirror/Catch"),
    Mutant("the lock is freed before the mirror is written", "asl:AwaitStack/Next", "UpdateMirror", "ReleaseLock"),
    Mutant("success is told before the lock is free", "asl:UpdateMirror/Next", "ReleaseLock", "NotifySucceeded"),
    Mutant(
        "a running operation's lock is freed",
        "asl:OperationStillRuns/Choices/0/Next",
        "NotifyFailed",
        "ReleaseLockAfterFailure",
    ),
    Mutant(
        "a failed change keeps its lock", "asl:OperationStillRuns/Default", "ReleaseLockAfterFailure", "NotifyFailed"
    ),
    Mutant("DescribeLock reads what was", "asl:DescribeLock/Arguments/ConsistentRead", old=True, new=False),
    # the adapters
    Mutant(
        "fenced writes do not ask for the fence",
        ROWS,
        '"#lock.#change = :change AND #fence = :fence"',
        '"#lock.#change = :change AND #fence >= :fence"',
    ),
    Mutant(
        "fenced writes do not ask for the holder",
        ROWS,
        '"#lock.#change = :change AND #fence = :fence"',
        '"#fence = :fence AND (#lock.#change = :change OR attribute_not_exists(#lock))"',
    ),
    Mutant(
        "finish has no condition",
        ROWS,
        "**described}, HOLDS, {",
        '**described}, "#lock.#change <> :change OR #fence = :fence OR #lock.#change = :change", {',
    ),
    Mutant(
        "the wake token is stored without the lock",
        ROWS,
        'REMOVE #heard",\n                ConditionExpression=HOLDS',
        'REMOVE #heard",\n                ConditionExpression="#fence = :fence OR #lock.#change <> :change"',
    ),
    Mutant(
        "recovery frees whoever's lock it is",
        ROWS,
        '"#lock.#change = :change", {":change": change}',
        '"attribute_exists(#lock.#change) OR #lock.#change = :change", {":change": change}',
    ),
    Mutant(
        "rows are read as they were", "stowage.adapters.dynamodb.table", "ConsistentRead=True", "ConsistentRead=False"
    ),
    Mutant(
        "a busy stack counts as missing",
        "stowage.adapters.cloudformation",
        "        return StackBusyError(sentence)",
        "        return StackMissingError(sentence)",
    ),
    # the domain
    Mutant(
        "holding does not mind the fence",
        "stowage.domain.resources",
        "lock.change == change and self.fence == fence",
        "lock.change == change",
    ),
    Mutant(
        "the operation's token is not derived from the fence",
        "stowage.domain.stacks",
        '{change}/{operation}/{fence}"',
        '{change}/{operation}"',
    ),
    Mutant(
        "the operation's token is not derived from the change",
        "stowage.domain.stacks",
        '{change}/{operation}/{fence}"',
        '{operation}"',
    ),
    Mutant(
        "a stack at work counts as at rest",
        "stowage.domain.stacks",
        '.endswith("_IN_PROGRESS") and',
        '.endswith("_BUSY") and',
    ),
    Mutant(
        "an old description counts as the end",
        "stowage.domain.stacks",
        'return action is Action.UPDATE and stack.status in {"UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE"}',
        "return False",
    ),
    Mutant("any stack of the name is ours", "stowage.domain.stacks", "return all(", "return True or all("),
    Mutant(
        "the mirror keeps its spec, whatever stands",
        "stowage.domain.settlement",
        "resource.spec if spec is None else spec",
        "resource.spec",
    ),
    # tasks and listener
    Mutant(
        "a lost answer is not looked for",
        "stowage.domain.submission",
        "newest is not None and newest.token == token",
        "False",
    ),
    # That SubmitStackOperation asks for the lock when it begins is none: the note of what may begin asks
    # again, under the table's own condition, and one of the two is enough. Unit and integration tests
    # hold each for itself.
    Mutant(
        "UpdateMirror keeps the old spec",
        "tasks.update_mirror",
        "ResourceStatus.ACTIVE, change.spec",
        "ResourceStatus.ACTIVE, row.resource.spec",
    ),
    Mutant(
        "RecordFailure never keeps the lock",
        "tasks.record_failure",
        "keep_lock = found.outcome is Outcome.STILL_RUNNING",
        "keep_lock = False",
    ),
    Mutant(
        "RecordFailure always keeps the lock",
        "tasks.record_failure",
        "keep_lock = found.outcome is Outcome.STILL_RUNNING",
        "keep_lock = True",
    ),
    Mutant(
        "NotifySucceeded forgets the end",
        "tasks.notify_succeeded",
        "changes.put_ended(change)",
        "changes.put_started(change)",
    ),
    Mutant(
        "a refusal never tells of the holder",
        "tasks.notify_refused",
        "lock is not None and lock.change != change.change",
        "lock is None and row is None",
    ),
    Mutant(
        "the listener frees while an operation runs",
        "stowage.domain.recovery",
        "stack is not None and stack.running",
        "stack is None and row is None",
    ),
    Mutant(
        "the listener does not ask whether it has ended",
        "stowage.domain.recovery",
        "if execution.status not in ENDED:",
        "if execution.status is None:",
    ),
    Mutant(
        "the listener takes a success at its word",
        "listeners.execution_ended",
        "return written is not None and written.status is not ChangeStatus.RUNNING",
        "return True",
    ),
    Mutant(
        "the listener heeds successes alone",
        "listeners.execution_ended",
        "if ended.status not in ENDED:",
        'if ended.status != "SUCCEEDED":',
    ),
)

MUTANTS = (*LOCK_AND_MIRROR, *ACTIONS, *RECONCILE)
