"""What reconcile found in a project: counted while it looks, kept on the project's row, shown to its members."""

from stowage.domain.wire import WireModel

CAUSE_LENGTH = 500
RUNS_KEPT_DAYS = 7


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


class Progress(WireModel):
    """How far a run has come in a project: what its states hand on, small whatever the project holds.

    `cursor` is the last stack's name that was looked at, `begun_at` when the first was (ISO 8601); `remaining` tells
    that there is more, `cause` what went wrong first.
    """

    project: str
    cursor: str | None = None
    begun_at: str | None = None
    counts: Counts = Counts()
    remaining: bool = False
    cause: str | None = None


class Findings(Counts):
    """What the last run found in a project.

    `verified_at` is when every row of the project had last been compared with its stack, null before the first time;
    `tried_at` when the last run ended, `cause` why that could not compare them all, null where it did.
    """

    verified_at: str | None
    tried_at: str
    cause: str | None = None


def findings_of(progress: Progress, *, before: Findings | None, tried_at: str) -> Findings:
    """Give what is kept of a run: all was compared, at `begun_at`, if nothing went wrong."""
    last = None if before is None else before.verified_at
    verified_at = progress.begun_at if progress.cause is None else last
    counts = {name: getattr(progress.counts, name) for name in Counts.model_fields}
    cause = progress.cause and progress.cause[:CAUSE_LENGTH]
    return Findings(**counts, verified_at=verified_at, tried_at=tried_at, cause=cause)
