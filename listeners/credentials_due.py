"""Listener of a schedule: starts what is due for users' keys, tells what will be, mends what was left.

For every project and every resource of a kind with keys or an expiry: a rotation that its spec asks for every so many
days; a first minting that nobody started; a rotation whose execution has ended without telling; a secret that was
revealed and not deleted; access that expires soon, which is told, or has expired, which is switched off by a change of
its spec. Idempotent: executions and notices have names that derive from what they are about.

A run looks at so many resources at most, for so long at most, and the next one begins somewhere else among them, so
that none is left out, in whichever project.
"""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from stowage.adapters import bootstrap
from stowage.adapters.log import logger
from stowage.catalog.registry import all_kinds
from stowage.domain.abandonment import abandon, broken_off, end_of, tell_failure
from stowage.domain.change_specs import specs_of
from stowage.domain.changes import Action, ChangeRequest, change_id, request_fingerprint
from stowage.domain.clock import day_of, to_iso
from stowage.domain.credentials import Credentials, RotationOutcome
from stowage.domain.custody import Custodian
from stowage.domain.errors import ExecutionExistsError, StowageError
from stowage.domain.kinds import AccessRules, Kind
from stowage.domain.notices import NoticeCode
from stowage.domain.ports import ChangeDetails, Clock, Executions, Handovers, Projects, Resources
from stowage.domain.projects import Project
from stowage.domain.resources import IN_USE, Resource, ResourceRow
from stowage.domain.reveals import settle_reveal
from stowage.domain.rotation import STOWAGE, STOWAGE_ID, lacks_keys, scheduled_rotation, start_first_rotation
from stowage.domain.rotation_requests import Teller

MOST_RESOURCES = 2_000
LONGEST = timedelta(minutes=4)
"""Below the function's 300 s."""
PAGE = 100
SOON = timedelta(days=7)
HOUR = len("2026-11-23T09")

Subject = tuple[Project, Kind, str]
"""Whose keys are looked at: project, kind and name."""


@dataclass(frozen=True, slots=True)
class Sweep:
    """One run's ports."""

    projects: Projects
    resources: Resources
    custodian: Custodian
    executions: Executions
    details: ChangeDetails
    rotations: Executions
    handovers: Handovers
    clock: Clock
    teller: Teller

    def run(self, kinds: Iterable[Kind]) -> dict[str, int]:
        """Look at every resource that has keys or an expiry, and give what was done, counted."""
        counts, until = {"looked": 0, "failed": 0}, self.clock.now() + LONGEST
        wanted = [kind for kind in kinds if kind.access is not None or kind.credentials is not None]
        everything = list(self._each(wanted))
        for project, kind, name in turned(everything, self.clock.now()):
            if counts["looked"] >= MOST_RESOURCES or self.clock.now() >= until:
                logger().warning(
                    "There is more than one run can look at", looked=counts["looked"], standing=len(everything)
                )
                break
            counts["looked"] += 1
            try:
                done = tuple(self._look(project, kind, name))
            except StowageError as error:
                counts["failed"] += 1
                logger().warning(
                    "A user's keys cannot be looked at",
                    project=project.id,
                    kind=kind.kind,
                    name_of=name,
                    error=type(error).__name__,
                    sentence=str(error),
                )
                continue
            for what in done:
                counts[what] = counts.get(what, 0) + 1
        return counts

    def _each(self, kinds: list[Kind]) -> Iterator[Subject]:
        """Give the resources of these kinds, by project."""
        for project in self.projects.list_projects():
            if project.closing:
                continue
            for kind in kinds:
                after = None
                while True:
                    page = self.resources.list_page(project.id, kind=kind.kind, limit=PAGE, after=after)
                    yield from ((project, kind, str(item["name"])) for item in page.items)
                    after = page.next_key
                    if after is None:
                        break

    def _look(self, project: Project, kind: Kind, name: str) -> Iterator[str]:
        row = self.resources.get(project.id, kind.kind, name)
        if row is None or row.deleted or row.stack_id is None or row.resource.status not in IN_USE:
            return
        if kind.access is not None:
            yield from self._expiry(project, kind, row.resource)
        if kind.credentials is not None and project.credentials_role_arn is not None:
            yield from self._keys(project, kind, row, row.stack_id)

    def _expiry(self, project: Project, kind: Kind, resource: Resource) -> Iterator[str]:
        rules = kind.access
        moment = None if rules is None else rules.expires_at(resource.spec)
        if rules is None or moment is None or not rules.enabled(resource.spec):
            return
        of, now, ends = (project.id, kind.kind, resource.name), self.clock.now(), datetime.fromisoformat(moment)
        if now < ends:
            text = f"The access of {resource.name} ends on {moment}."
            if now >= ends - SOON and self.teller.give(NoticeCode.ACCESS_EXPIRES_SOON, of, about=moment, text=text):
                yield "expiring"
            return
        text = f"The access of {resource.name} has ended on {moment}, and is switched off."
        self.teller.give(NoticeCode.ACCESS_EXPIRED, of, about=moment, text=text)
        if resource.lock is None and self._switch_off(of, resource, rules):
            yield "expired"

    def _switch_off(self, of: tuple[str, str, str], resource: Resource, rules: AccessRules) -> bool:
        """Start the change that switches access off: one an hour, until one succeeds."""
        spec, version = rules.with_enabled(resource.spec, False), resource.version  # noqa: FBT003 -- its form
        about = f"expire/{'/'.join(of)}/{version}/{to_iso(self.clock.now())[:HOUR]}"
        change = ChangeRequest(
            change=change_id(STOWAGE_ID, about),
            project=of[0],
            kind=of[1],
            name=of[2],
            action=Action.UPDATE,
            spec=spec,
            expected_version=version,
            version=version + 1,
            actor=STOWAGE,
            actor_id=STOWAGE_ID,
            request=request_fingerprint(of, verb="put", spec=spec, if_match=str(version)),
        )
        started = _is_started(self.executions, change.change, change.to_input())
        if started:
            self.details.keep_specs(of[0], change.change, specs_of(change, resource.spec))
        return started

    def _keys(self, project: Project, kind: Kind, row: ResourceRow, stack_id: str) -> Iterator[str]:
        name, spec = row.resource.name, row.resource.spec
        of, now = (project.id, kind.kind, name), self.clock.now()
        credentials = self.custodian.rows.get(*of)
        lets_in = self.custodian.lets_in(kind.kind, spec) and not self.custodian.is_over(kind.kind, spec, now)
        if lacks_keys(credentials, stack_id):
            if lets_in and row.resource.lock is None:
                start_first_rotation(of, stack_id, day=day_of(now), rotations=self.rotations)
                yield "first"
            return
        if credentials is None:
            return
        yield from self._secrets(project, of, credentials)
        if credentials.rotation is not None:
            if self._has_died(of, credentials):
                yield "abandoned"
        elif lets_in and self._is_due(kind, row, credentials):
            rotation = scheduled_rotation(of, stack_id, day_of(now))
            if _is_started(self.rotations, rotation.rotation, rotation.to_input()):
                yield "rotating"

    def _secrets(self, project: Project, of: tuple[str, str, str], credentials: Credentials) -> Iterator[str]:
        """Do what a reveal has left: mark its key, delete its secret."""
        for key in credentials.keys:
            if key.secret_id is None:
                continue
            revealed_at = key.handed_over_at or self.handovers.revealed_at(key.rotation)
            if revealed_at is not None:
                settle_reveal(
                    (project, of[1], of[2]),
                    key.rotation,
                    revealed_at=revealed_at,
                    person=STOWAGE_ID,
                    credential_rows=self.custodian.rows,
                    secret_store=self.custodian.secrets,
                )
                yield "secrets"

    def _has_died(self, of: tuple[str, str, str], credentials: Credentials) -> bool:
        """Free the row of a rotation whose execution has ended, and whose end nobody has told."""
        rotation = credentials.rotation
        if rotation is None:
            return False
        status = end_of(rotation, rotations=self.rotations, now=self.clock.now())
        if status is None:
            return False
        custody = self.custodian.of(*of, person=STOWAGE_ID)
        cause, at = broken_off(status, rotation.id), to_iso(self.clock.now())
        outcome = RotationOutcome.FAILED
        if not abandon(custody, rotation.id, outcome=outcome, cause=cause, at=at, handovers=self.handovers):
            return False
        tell_failure(self.teller, of, rotation.id, outcome, cause)
        return True

    def _is_due(self, kind: Kind, row: ResourceRow, credentials: Credentials) -> bool:
        """Tell whether the newest key that somebody has is as old as the spec lets it become."""
        days = None if kind.credentials is None else kind.credentials.rotate_every_days(row.resource.spec)
        seen = [key for key in credentials.keys if key.handed_over_at is not None]
        if days is None or not seen or credentials.suspended or credentials.closed:
            return False
        newest = max(datetime.fromisoformat(key.created_at) for key in seen)
        return newest + timedelta(days=days) <= self.clock.now()


def turned(everything: list[Subject], now: datetime) -> list[Subject]:
    """Give the same list, beginning somewhere else in every minute.

    Anywhere, and not one further at each run: runs are as far apart as the schedule says, and a step that divides the
    list would come to the same places for ever.
    """
    if not everything:
        return []
    minute = int(now.timestamp()) // 60
    turn = int.from_bytes(hashlib.sha256(str(minute).encode()).digest(), "big") % len(everything)
    return everything[turn:] + everything[:turn]


def _is_started(executions: Executions, name: str, text: str) -> bool:
    """Start an execution; False when it has run already."""
    try:
        executions.start(name, text)
    except ExecutionExistsError:
        return False
    return True


def credentials_due() -> dict[str, int]:
    """Run with the process's ports."""
    return Sweep(
        projects=bootstrap.projects(),
        resources=bootstrap.resources(),
        custodian=bootstrap.custodian(),
        executions=bootstrap.executions(),
        details=bootstrap.change_details(),
        rotations=bootstrap.rotations(),
        handovers=bootstrap.handovers(),
        clock=bootstrap.clock(),
        teller=bootstrap.teller(),
    ).run(all_kinds())


def handler(_event: dict[str, Any], context: object) -> None:
    """Handle one tick of the schedule."""
    with logger().append_context_keys(request_id=getattr(context, "aws_request_id", None)):
        logger().info("The users' keys were looked through", counts=credentials_due())
