"""The mutants of reconcile, and of what leaves a row for it."""

from tests.simulation.mutation import Mutant

COMPARISON = "stowage.domain.comparison"
RECONCILE: tuple[Mutant, ...] = (
    Mutant(
        "a stack without a row is let be",
        COMPARISON,
        "if stack is None or stack.status == UNSUBMITTED else Verdict.ADOPT",
        "if row is None or stack is None else Verdict.AGREE",
    ),
    Mutant(
        "a row older than its stack is let be",
        COMPARISON,
        "Verdict.AGREE if _agree(row, stack) else Verdict.REFRESH",
        "Verdict.AGREE if row else Verdict.REFRESH",
    ),
    Mutant("a held lock is never asked for", COMPARISON, "return Verdict.ASK_HOLDER", "return Verdict.WAIT"),
    Mutant("a row whose stack is gone is let be", COMPARISON, "else Verdict.CONFIRM_GONE", "else Verdict.WAIT"),
    Mutant(
        "a rebuilt row begins with a fence that was given out",
        "stowage.domain.reconciliation",
        "fence = int(self.by.clock.now().timestamp())",
        "fence = 1",
    ),
    Mutant(
        "a template that is not told whole counts as read",
        "tasks.update_mirror",
        "updated_at = None if result.spec is None and not gone else updated_at",
        "updated_at = updated_at if result.spec is None else updated_at",
    ),
    Mutant(
        "a stack that is not seen yet is gone",
        "stowage.domain.awaiting",
        "stack is None and (awaited.may_be_unseen or",
        "stack is None and (",
    ),
)
