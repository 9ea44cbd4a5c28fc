"""What reconcile found in a project: counted while it looks, kept on the project's row, shown to its members."""

from stowage.domain.wire import WireModel


class Counts(WireModel):
    """What one run did in a project so far.

    `mismatches` are rows that differed from CloudFormation, `repaired` those that were put right, `locks_freed` dead
    locks; `waiting` is what a running operation or change kept from being judged, `failed` what could not be read or
    written; `calls_made` counts CloudFormation's.
    """

    stacks: int = 0
    mismatches: int = 0
    repaired: int = 0
    locks_freed: int = 0
    drifted: int = 0
    waiting: int = 0
    failed: int = 0
    calls_made: int = 0

    def plus(self, **more: int) -> "Counts":
        """Give the counts with more of these."""
        return self.model_copy(update={name: getattr(self, name) + count for name, count in more.items()})

    def with_calls(self, calls: int) -> "Counts":
        """Give the counts with so many calls more."""
        return self.plus(calls_made=calls)


class Findings(Counts):
    """What the last run found in a project.

    `verified_at` is when every row of the project had last been compared with its stack, null before the first time;
    `tried_at` when the last run ended, `cause` why that could not compare them all, null where it did.
    """

    verified_at: str | None
    tried_at: str
    cause: str | None = None
