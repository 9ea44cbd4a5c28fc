"""Drift, looked for a few stacks at a time (docs/adr/0014-reconcile.md).

CloudFormation detects it asynchronously: a detection is begun in one run, and a later run's listing tells its result.
What it leaves out a kind has read directly, beside the result (`stowage.domain.direct_checks`). Access keys are no part
of any stack: IAM is asked for them, and the row that tells of them says which there should be.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from stowage.domain.clock import to_iso
from stowage.domain.comparison import Pair
from stowage.domain.direct_checks import DirectChecks
from stowage.domain.drift import RESOURCES_TOLD, Drift, DriftedResource, DriftStatus
from stowage.domain.errors import PermanentError, UserMissingError
from stowage.domain.kinds import DirectCheck
from stowage.domain.ports import AccessKeys, Clock, CredentialRows, Reconciliation, ResourceKey, StackSurvey
from stowage.domain.projects import Project
from stowage.domain.references import FindKind
from stowage.domain.resources import ResourceName, ResourceRow
from stowage.domain.survey import StackSummary

DETECTABLE = frozenset({"CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE", "UPDATE_ROLLBACK_FAILED"})
"""https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/detect-drift-stack.html"""
AT_ONCE = 20
"""So many detections are begun in a run, and so many calls of CloudFormation are made for results: its detection reads
every resource of the stack in turn, and so does what is read beside it."""
EVERY = timedelta(hours=24)
PERSON = "reconcile"
_Part = tuple[tuple[DriftedResource, ...], bool]
"""What was found, and whether all of it could be looked at."""
TOLD: dict[str, DriftStatus] = {"IN_SYNC": "IN_SYNC", "DRIFTED": "DRIFTED"}


@dataclass(frozen=True, slots=True)
class DriftWatch:
    """Begins detections and keeps what they found."""

    survey: StackSurvey
    mirror: Reconciliation
    checks: DirectChecks
    keys: AccessKeys
    key_rows: CredentialRows
    clock: Clock
    find_kind: FindKind

    def look(self, project: Project, agreeing: Sequence[Pair]) -> tuple[int, int, list[ResourceName]]:
        """Give how many resources have drifted, how many calls it took, and whose drift is news."""
        look = _Look(self, project)
        pairs = [
            (each.row, each.stack)
            for each in agreeing
            if each.row is not None and each.stack is not None and each.stack.status in DETECTABLE
        ]
        told = [pair for pair in pairs if _is_told(*pair)]
        for row, stack in sorted(told, key=lambda pair: pair[0].drift_asked_at or "")[:AT_ONCE]:
            if look.calls + look.cost(row, stack) <= AT_ONCE:
                look.read(row, stack)
        begun = 0
        for row, stack in sorted(pairs, key=lambda pair: pair[0].drift_asked_at or ""):
            if begun < AT_ONCE and not _is_told(row, stack) and self._is_due(row, stack):
                begun += 1
                look.begin(row, stack)
        before = {
            _name_of(row): row.resource.drift is not None and row.resource.drift.status == "DRIFTED" for row, _ in pairs
        }
        return sum((before | look.drifted).values()), look.calls + begun, look.news

    def _is_due(self, row: ResourceRow, stack: StackSummary) -> bool:
        asked_at = row.drift_asked_at
        return (
            asked_at is None
            or asked_at < stack.updated_at
            or datetime.fromisoformat(asked_at) + EVERY <= self.clock.now()
        )


@dataclass
class _Look:
    """What one look has found so far."""

    by: DriftWatch
    project: Project
    calls: int = 0
    drifted: dict[ResourceName, bool] = field(default_factory=dict)
    news: list[ResourceName] = field(default_factory=list)

    def begin(self, row: ResourceRow, stack: StackSummary) -> None:
        """Begin a detection; one that cannot be begun waits for its next turn, as one that was."""
        with suppress(PermanentError):  # one runs already, or the stack is gone by now: a later comparison tells
            self.by.survey.detect_drift(self.project, stack.stack_id)
        self.by.mirror.note_drift(_key(row), None, asked_at=to_iso(self.by.clock.now()), fence=row.fence)

    def cost(self, row: ResourceRow, stack: StackSummary) -> int:
        """Tell how many calls of CloudFormation reading a result takes: what has drifted, the stack's template."""
        return int(stack.drift == "DRIFTED") + int(bool(self._checks_of(row)))

    def read(self, row: ResourceRow, stack: StackSummary) -> None:
        """Keep the result of the last detection, and what is found beside it; UNKNOWN where not all could be read."""
        checked_at = stack.drift_checked_at or ""
        self.calls += self.cost(row, stack)
        found: tuple[DriftedResource, ...] = ()
        whole = True
        for part in (self._in_the_stack, self._directly, self._beside_the_stack):
            try:
                more, all_of_it = part(row, stack)
            except PermanentError:  # gone by now, or may not be read
                whole = False
            else:
                known = {(each.type, each.id) for each in found}
                found += tuple(each for each in more if (each.type, each.id) not in known)
                whole = whole and all_of_it
        status: DriftStatus = TOLD.get(stack.drift, "UNKNOWN") if whole else "UNKNOWN"
        drift = Drift(status="DRIFTED" if found else status, checked_at=checked_at, resources=found[:RESOURCES_TOLD])
        asked_at = row.drift_asked_at or checked_at
        if not self.by.mirror.note_drift(_key(row), drift, asked_at=asked_at, fence=row.fence):
            return  # a change has come meanwhile: what was found is not of the stack as it is now
        self.drifted[_name_of(row)] = drift.status == "DRIFTED"
        before = row.resource.drift
        if before is None or (before.status, before.resources) != (drift.status, drift.resources):
            self.news.append(_name_of(row))

    def _in_the_stack(self, _row: ResourceRow, stack: StackSummary) -> _Part:
        if stack.drift != "DRIFTED":
            return (), True
        return self.by.survey.drifted(self.project, stack.stack_id), True

    def _directly(self, row: ResourceRow, stack: StackSummary) -> _Part:
        """Read what the kind says that CloudFormation leaves out, and hold it against the stack's template."""
        checks = self._checks_of(row)
        if not checks:
            return (), True
        template = self.by.survey.template_of(self.project, stack.stack_id)
        if template is None:
            return (), False
        return self.by.checks.look(self.project, row.resource.name, checks, template)

    def _checks_of(self, row: ResourceRow) -> tuple[DirectCheck, ...]:
        kind = self.by.find_kind(row.resource.kind)
        return () if kind is None else kind.checks

    def _beside_the_stack(self, row: ResourceRow, _stack: StackSummary) -> _Part:
        """Hold a user's access keys against the row that tells of them; not while a rotation is changing them."""
        name, kind = _name_of(row), self.by.find_kind(row.resource.kind)
        if kind is None or kind.credentials is None or self.project.credentials_role_arn is None:
            return (), True
        try:
            standing = self.by.keys.list_keys(self.project, kind.credentials.user_name(name.name), person=PERSON)
        except UserMissingError:
            return (), True  # the stack's own drift tells that
        credentials = self.by.key_rows.get(self.project.id, name.kind, name.name)
        if credentials is not None and credentials.rotation is not None:
            return (), True
        known = set() if credentials is None else {key.access_key_id for key in credentials.keys}
        there = {key.access_key_id for key in standing}
        unexpected = [(key, "UNEXPECTED") for key in sorted(there - known)]
        deleted = [(key, "DELETED") for key in sorted(known - there)]
        found = [DriftedResource(type="AWS::IAM::AccessKey", id=key, status=how) for key, how in unexpected + deleted]
        return tuple(found), True


def _is_told(row: ResourceRow, stack: StackSummary) -> bool:
    """Tell whether the listing knows a result that the row does not."""
    known = row.resource.drift
    return stack.drift_checked_at is not None and (known is None or known.checked_at < stack.drift_checked_at)


def _name_of(row: ResourceRow) -> ResourceName:
    return ResourceName(kind=row.resource.kind, name=row.resource.name)


def _key(row: ResourceRow) -> ResourceKey:
    return ResourceKey(row.project, row.resource.kind, row.resource.name)
