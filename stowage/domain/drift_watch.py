"""Drift, looked for a few stacks at a time (docs/adr/0014-reconcile.md).

CloudFormation detects it asynchronously: a detection is begun in one run, and a later run's listing tells its result.
Access keys are no part of any stack: IAM is asked for them, and the row that tells of them says which there should be.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from stowage.domain.clock import to_iso
from stowage.domain.comparison import Pair
from stowage.domain.drift import RESOURCES_TOLD, Drift, DriftedResource, DriftStatus
from stowage.domain.errors import PermanentError, UserMissingError
from stowage.domain.ports import AccessKeys, Clock, CredentialRows, Reconciliation, ResourceKey, StackSurvey
from stowage.domain.projects import Project
from stowage.domain.references import FindKind
from stowage.domain.resources import ResourceName, ResourceRow
from stowage.domain.survey import StackSummary

DETECTABLE = frozenset({"CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE", "UPDATE_ROLLBACK_FAILED"})
"""https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/detect-drift-stack.html"""
AT_ONCE = 20
"""So many detections are begun in a run, and so many results read: each is a call, and CloudFormation's detection reads
every resource of the stack in turn."""
EVERY = timedelta(hours=24)
PERSON = "reconcile"
TOLD: dict[str, DriftStatus] = {"IN_SYNC": "IN_SYNC", "DRIFTED": "DRIFTED"}


@dataclass(frozen=True, slots=True)
class DriftWatch:
    """Begins detections and keeps what they found."""

    survey: StackSurvey
    mirror: Reconciliation
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
        for row, stack in told:
            if look.calls < AT_ONCE:
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
        self.by.mirror.note_drift(_key(row), None, asked_at=to_iso(self.by.clock.now()))

    def read(self, row: ResourceRow, stack: StackSummary) -> None:
        """Keep the result of the last detection."""
        checked_at = stack.drift_checked_at or ""
        found: tuple[DriftedResource, ...] = ()
        try:
            if stack.drift == "DRIFTED":
                self.calls += 1
                found = self.by.survey.drifted(self.project, stack.stack_id)
            found += self._beside_the_stack(row)
        except PermanentError:
            return  # gone by now, or may not be read; the next run tries again
        status: DriftStatus = "DRIFTED" if found else TOLD.get(stack.drift, "UNKNOWN")
        drift = Drift(status=status, checked_at=checked_at, resources=found[:RESOURCES_TOLD])
        self.by.mirror.note_drift(_key(row), drift, asked_at=row.drift_asked_at or checked_at)
        self.drifted[_name_of(row)] = status == "DRIFTED"
        before = row.resource.drift
        if before is None or (before.status, before.resources) != (drift.status, drift.resources):
            self.news.append(_name_of(row))

    def _beside_the_stack(self, row: ResourceRow) -> tuple[DriftedResource, ...]:
        """Hold a user's access keys against the row that tells of them; not while a rotation is changing them."""
        name, kind = _name_of(row), self.by.find_kind(row.resource.kind)
        if kind is None or kind.credentials is None or self.project.credentials_role_arn is None:
            return ()
        try:
            standing = self.by.keys.list_keys(self.project, kind.credentials.user_name(name.name), person=PERSON)
        except UserMissingError:
            return ()  # the stack's own drift tells that
        credentials = self.by.key_rows.get(self.project.id, name.kind, name.name)
        if credentials is not None and credentials.rotation is not None:
            return ()
        known = set() if credentials is None else {key.access_key_id for key in credentials.keys}
        there = {key.access_key_id for key in standing}
        unexpected = [(key, "UNEXPECTED") for key in sorted(there - known)]
        deleted = [(key, "DELETED") for key in sorted(known - there)]
        return tuple(
            DriftedResource(type="AWS::IAM::AccessKey", id=key, status=how) for key, how in unexpected + deleted
        )


def _is_told(row: ResourceRow, stack: StackSummary) -> bool:
    """Tell whether the listing knows a result that the row does not."""
    known = row.resource.drift
    return stack.drift_checked_at is not None and (known is None or known.checked_at < stack.drift_checked_at)


def _name_of(row: ResourceRow) -> ResourceName:
    return ResourceName(kind=row.resource.kind, name=row.resource.name)


def _key(row: ResourceRow) -> ResourceKey:
    return ResourceKey(row.project, row.resource.kind, row.resource.name)
