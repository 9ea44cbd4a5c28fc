"""One stretch of reconcile's work in a project: compare, repair, and tell where to go on (docs/adr/0014-reconcile.md).

Idempotent: whatever is done twice finds the row as the first time left it. No row under a lock is written here but by
`stowage.domain.recovery`, and nothing at all without a condition.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from stowage.domain.clock import to_iso
from stowage.domain.comparison import Pair, Verdict, as_stack, from_stack, is_seen, pairs, without_stack
from stowage.domain.drift_watch import DriftWatch
from stowage.domain.errors import PermanentError, ProjectMissingError, RetryableError, StackBusyError
from stowage.domain.findings import CAUSE_LENGTH, Counts, Progress
from stowage.domain.notifications import Notifier
from stowage.domain.ports import (
    Clock,
    Projects,
    Reconciliation,
    ReferenceChanges,
    ResourceKey,
    Resources,
    StackSurvey,
)
from stowage.domain.projects import Project
from stowage.domain.recovery import Recovered, Recovery
from stowage.domain.references import FindKind, held_by, named_by
from stowage.domain.resources import Lock, ResourceName, ResourceRow, stack_name
from stowage.domain.settlement import GONE
from stowage.domain.stacks import Stack
from stowage.domain.survey import Origin, bears_name

CALLS = 80
"""Of CloudFormation in one stretch, beside its listing and drift; the machine waits between two stretches."""
CALLS_AT_ONCE = 2
"""What one stack costs: a description and its template; twice as much where a lock is freed first."""
STRETCH = timedelta(seconds=30)
"""Half of what the function may take."""


@dataclass(frozen=True, slots=True)
class Reconciler:
    """Compares a project's stacks with its rows.

    `on_closed` hears of each change that was closed, `on_kept` of each lock that stays.
    """

    projects: Projects
    resources: Resources
    mirror: Reconciliation
    survey: StackSurvey
    recovery: Recovery
    watch: DriftWatch
    notifier: Notifier
    clock: Clock
    find_kind: FindKind
    on_closed: Callable[[Recovered], None]
    on_kept: Callable[[Lock], None]

    def stretch(self, progress: Progress) -> Progress:
        """Go on where `progress` stands, for a while, and give the new one.

        The rows are read before the stacks: a change in between counts the fence up, and is not overwritten.
        Raises ProjectMissingError, AccessDeniedError for a project whose account refuses, and the retryable errors.
        """
        project = self.projects.get_project(progress.project)
        if project is None:
            raise ProjectMissingError(f"The project {progress.project} is not onboarded.")
        begun_at = progress.begun_at or to_iso(self.clock.now())
        rows = self.mirror.rows(project.id)
        listing = self.survey.list_stacks(project)
        counts = progress.counts.model_copy(update={"stacks": len(listing.stacks)}).plus(calls_made=listing.calls)
        found = pairs(rows, listing.stacks)
        work = _Work(self, project, counts, progress.cause, {each.name: each.row for each in found if each.row})
        last = self._go_through(work, [each for each in found if each.name > (progress.cursor or "")])
        if last is None:
            work.mend_marks()
            # Of what agreed from the start: what was just written is looked at in the next run.
            agreeing = tuple(each for each in found if each.verdict is Verdict.AGREE)
            drifted, calls, touched = self.watch.look(project, agreeing)
            work.changed += touched
            work.counts = work.counts.model_copy(update={"drifted": drifted}).plus(calls_made=calls)
        self.notifier.announce_rows(project.id, work.changed)
        return Progress(
            project=project.id,
            cursor=last,
            begun_at=begun_at,
            counts=work.counts,
            remaining=last is not None,
            cause=work.cause,
        )

    def _go_through(self, work: "_Work", left: list[Pair]) -> str | None:
        """Do what is to be done, until the stretch is over; give the last name then, None when all is done."""
        until, last = self.clock.now() + STRETCH, ""
        for pair in left:
            if pair.verdict is not Verdict.AGREE:
                if work.is_over(until):
                    return last
                try:
                    work.do(pair)
                except RetryableError:
                    if not last:
                        raise
                    return last
                except PermanentError as error:
                    work.note_failure(f"{pair.name}: {error}")
                work.did_something = True
            last = pair.name if work.did_something else ""
        return None


@dataclass
class _Work:
    """What one stretch has done so far."""

    by: Reconciler
    project: Project
    counts: Counts
    cause: str | None
    rows: dict[str, ResourceRow]
    changed: list[ResourceName] = field(default_factory=list)
    calls: int = 0
    did_something: bool = False

    def is_over(self, until: datetime) -> bool:
        """Tell whether it is time to stop; never before something was done."""
        return self.did_something and (self.calls > CALLS - CALLS_AT_ONCE or self.by.clock.now() >= until)

    def note_failure(self, sentence: str) -> None:
        """Count what could not be done, and keep the first sentence."""
        self.counts = self.counts.plus(failed=1)
        self.cause = self.cause or sentence[:CAUSE_LENGTH]

    def do(self, pair: Pair) -> None:
        """Do what the pair's verdict says."""
        row, stack = pair.row, pair.stack
        if pair.verdict is Verdict.WAIT:
            self.counts = self.counts.plus(waiting=1)
        elif pair.verdict is Verdict.ASK_HOLDER and row is not None:
            self._ask_holder(pair, row)
        elif pair.verdict is Verdict.CONFIRM_GONE and row is not None:
            self._confirm_gone(row)
        elif stack is not None:
            self._show(row, stack.stack_id)

    def _ask_holder(self, pair: Pair, row: ResourceRow) -> None:
        """Close what an ended execution has left, and look at the row anew; a lock that stays is told of.

        Recovery frees a row and writes how it stands, but not which stack it has: that is looked at in the same run.
        """
        self._spend(CALLS_AT_ONCE)
        try:
            recovered = self.by.recovery.of_lock(row)
        except StackBusyError:
            recovered = None
        if recovered is not None and recovered.freed:
            self.counts = self.counts.plus(locks_freed=1)
            self.by.on_closed(recovered)
            freed = self.by.resources.get(self.project.id, row.resource.kind, row.resource.name)
            if freed is not None and freed.resource.lock is None:
                self.do(Pair(pair.name, freed, pair.stack))
        else:
            self.counts = self.counts.plus(waiting=1)
            if row.resource.lock is not None:
                self.by.on_kept(row.resource.lock)

    def _confirm_gone(self, row: ResourceRow) -> None:
        """Write that the stack is gone, if a description says so too: a listing may be some seconds old."""
        which = row.stack_id or stack_name(row.resource.kind, row.resource.name)
        asked_at, stack = self._describe(which)
        if stack is not None and stack.status != GONE:
            self._refresh(row, stack, asked_at)
            return
        status = None if stack is None else stack.status
        self._settle(row, without_stack(row, stack_status=status, verified_at=asked_at))

    def _show(self, row: ResourceRow | None, stack_id: str) -> None:
        """Write the row as the stack shows it."""
        asked_at, stack = self._describe(stack_id)
        if stack is None or stack.running or stack.status == GONE:
            self.counts = self.counts.plus(waiting=1)
        elif row is None:
            self._rebuild(stack, asked_at)
        else:
            self._refresh(row, stack, asked_at)

    def _refresh(self, row: ResourceRow, stack: Stack, asked_at: str) -> None:
        resource = row.resource
        if stack.running:
            self.counts = self.counts.plus(waiting=1)
            return
        if not bears_name(stack, self.project.id, resource.kind, resource.name):
            # Somebody else's by that name: ours is gone, and was known to be or is now.
            if not row.deleted:
                self._settle(row, without_stack(row, stack_status=None, verified_at=asked_at))
            return
        origin = self._origin_of(stack)
        if origin is None and row.deleted:
            self.note_failure(f"{stack.name}: its template does not tell what it was made of.")
            return
        self._settle(row, as_stack(row, stack, origin, verified_at=asked_at))

    def _rebuild(self, stack: Stack, asked_at: str) -> None:
        """Write a row that was lost, or never was, from the stack alone; somebody else's stack is let be."""
        if stack.tags.get("stowage:project") != self.project.id:
            return
        origin = self._origin_of(stack)
        if origin is None or self.by.find_kind(origin.kind) is None:
            self.note_failure(f"{stack.name}: its template does not tell what it was made of.")
            return
        # Above every fence that a lost row can have had: one acquire a second would be needed to catch up.
        fence = int(self.by.clock.now().timestamp())
        row = from_stack(self.project.id, origin, stack, fence=fence, verified_at=asked_at)
        self._count(row, written=self.by.mirror.rebuild(row))

    def _origin_of(self, stack: Stack) -> Origin | None:
        """Give what the stack's template tells, if that agrees with its tags and its name."""
        self._spend(1)
        origin = self.by.survey.origin_of(self.project, stack.stack_id)
        if origin is None or stack_name(origin.kind, origin.name) != stack.name:
            return None
        return origin if bears_name(stack, self.project.id, origin.kind, origin.name) else None

    def _describe(self, stack: str) -> tuple[str, Stack | None]:
        self._spend(1)
        asked_at = to_iso(self.by.clock.now())
        return asked_at, self.by.survey.describe(self.project, stack)

    def _settle(self, before: ResourceRow, after: ResourceRow) -> None:
        """Write the row, and with it take the marks that it holds no more."""
        kind = self.by.find_kind(before.resource.kind)
        dropped: tuple[ResourceName, ...] = ()
        if kind is not None and not before.deleted:
            going = named_by(kind, before.resource.spec).keys() - held_by(kind, after.resource)
            named = self.by.resources.get_all(self.project.id, going) if going else {}
            me = ResourceName(kind=before.resource.kind, name=before.resource.name)
            dropped = tuple(
                sorted((each for each, row in named.items() if me in row.resource.referenced_by), key=_by_name)
            )
        written = self.by.mirror.settle(before, after, ReferenceChanges(dropped=dropped, touched=dropped))
        if not is_seen(before, after):
            self.rows |= {stack_name(after.resource.kind, after.resource.name): after} if written else {}
            return
        self._count(after, written=written)
        self.changed += dropped if written else ()

    def _count(self, row: ResourceRow, *, written: bool) -> None:
        self.counts = self.counts.plus(mismatches=1, repaired=int(written), waiting=int(not written))
        if written:
            self.rows[stack_name(row.resource.kind, row.resource.name)] = row
            self.changed.append(ResourceName(kind=row.resource.kind, name=row.resource.name))

    def mend_marks(self) -> None:
        """Set the marks that are missing (ADR 0012); one too many is found when it matters."""
        rows = {
            ResourceName(kind=row.resource.kind, name=row.resource.name): row
            for row in self.rows.values()
            if not row.deleted
        }
        for me, row in rows.items():
            kind = self.by.find_kind(me.kind)
            named = frozenset[ResourceName]() if kind is None else held_by(kind, row.resource)
            for each in sorted(named & rows.keys(), key=_by_name) if row.resource.lock is None else ():
                if me in rows[each].resource.referenced_by:
                    continue
                if self.by.resources.add_referrer(ResourceKey(self.project.id, each.kind, each.name), me):
                    self.counts = self.counts.plus(mismatches=1, repaired=1)
                    self.changed.append(each)

    def _spend(self, calls: int) -> None:
        self.calls += calls
        self.counts = self.counts.plus(calls_made=calls)


def _by_name(name: ResourceName) -> tuple[str, str]:
    return name.sort_key()
