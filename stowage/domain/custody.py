"""One user's keys: the row that says what is wished, and IAM and the project's store, which follow it (ADR 0011)."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime

from stowage.domain.changes import Spec
from stowage.domain.credentials import Credentials, KeyStatus
from stowage.domain.errors import (
    ConcurrentUpdateError,
    KindMissingError,
    ProjectMissingError,
    RotationSupersededError,
    UserMissingError,
)
from stowage.domain.handovers import HandoverStatus
from stowage.domain.kinds import CredentialRules, Kind
from stowage.domain.ports import AccessKeys, CredentialRows, Handovers, IamKey, Projects, SecretStore
from stowage.domain.projects import Project

ATTEMPTS = 6
"""A row is written whole, by whoever read it last: a person and a reveal may come in between, hardly six of them."""
SECONDS = len("2026-11-23T09:00:00")


@dataclass(frozen=True, slots=True)
class Custodian:
    """Finds a user: in which project, of which kind, under which name in IAM."""

    projects: Projects
    rows: CredentialRows
    keys: AccessKeys
    secrets: SecretStore
    find_kind: Callable[[str], Kind | None]
    handovers: Handovers

    def of(self, project: str, kind: str, name: str, *, person: str) -> "Custody":
        """Give the custody of a user's keys, in a person's name. Raises ProjectMissingError and KindMissingError."""
        found = self.projects.get_project(project)
        if found is None:
            raise ProjectMissingError(f"The project {project} is not onboarded.")
        rules = self.rules(kind)
        if rules is None:
            raise KindMissingError(f"There is no kind {kind} with access keys.")
        user = rules.user_name(name)
        return Custody(found, kind, name, user, person, self.rows, self.keys, self.secrets, self.handovers)

    def rules(self, kind: str) -> CredentialRules | None:
        """Give what a kind says of its access keys, None for one without."""
        known = self.find_kind(kind)
        return None if known is None else known.credentials

    def lets_in(self, kind: str, spec: Spec) -> bool:
        """Tell whether a spec of the kind lets anybody in."""
        known = self.find_kind(kind)
        return known is None or known.access is None or known.access.enabled(spec)

    def is_over(self, kind: str, spec: Spec, moment: datetime) -> bool:
        """Tell whether access has ended by itself: no key would be let in, and none can be probed."""
        known = self.find_kind(kind)
        ends = None if known is None or known.access is None else known.access.expires_at(spec)
        return ends is not None and datetime.fromisoformat(ends) <= moment


@dataclass(frozen=True, slots=True)
class Custody:
    """One user's keys. The row is written first and IAM made to agree after it, so that a repeat mends a crash.

    Two things are done the other way round, since the row alone knows what is left to be done: a new key is written
    down once its secret is stored, and a key is forgotten once it is deleted.
    """

    project: Project
    kind: str
    name: str
    user: str
    person: str
    rows: CredentialRows
    keys: AccessKeys
    secrets: SecretStore
    handovers: Handovers

    def read(self) -> Credentials | None:
        """Give the row."""
        return self.rows.get(self.project.id, self.kind, self.name)

    def held(self, rotation: str) -> Credentials:
        """Give the row, if this rotation holds it. Raises RotationSupersededError."""
        row = self.read()
        if row is None or not row.held_by(rotation):
            raise RotationSupersededError(f"The rotation {rotation} does not hold the credentials of {self.name}.")
        return row

    def rewrite(self, change: Callable[[Credentials], Credentials]) -> Credentials | None:
        """Change the row as it is now, read anew when somebody else was quicker; None when there is none.

        `change` gives the same row for nothing to change, and may raise. Raises ConcurrentUpdateError.
        """
        for _ in range(ATTEMPTS):
            row = self.read()
            if row is None:
                return None
            changed = change(row)
            if changed == row:
                return row
            try:
                return self.rows.put(changed)
            except ConcurrentUpdateError:
                continue
        raise ConcurrentUpdateError(f"The credentials of {self.name} were changed by others {ATTEMPTS} times in a row.")

    def rewrite_held(self, rotation: str, change: Callable[[Credentials], Credentials]) -> Credentials:
        """Change the row, if this rotation holds it. Raises RotationSupersededError and ConcurrentUpdateError."""

        def held(row: Credentials) -> Credentials:
            if not row.held_by(rotation):
                raise RotationSupersededError(f"The rotation {rotation} does not hold the credentials of {self.name}.")
            return change(row)

        written = self.rewrite(held)
        if written is None:
            raise RotationSupersededError(f"There are no credentials of {self.name} any more.")
        return written

    def converge(self) -> None:
        """Make IAM's statuses those that the row wishes; keys that the row does not know are let be.

        Each is set, whatever IAM says it is: its list may be some seconds old, and a deactivation that was taken back
        at once would be found undone already
        (https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html#troubleshoot_general_eventual-consistency).
        The row is read again at the end: who wrote it meanwhile may have been overwritten in IAM by this look at an
        older one. Switching on comes before switching off, so that no moment has every key refused.
        """
        row = self.read()
        for _ in range(ATTEMPTS):
            if row is None:
                return
            wished = {key.access_key_id: row.effective(key) for key in row.keys}
            for status in (KeyStatus.ACTIVE, KeyStatus.INACTIVE):
                for access_key_id, wish in wished.items():
                    if wish is status:
                        self.set_status(access_key_id, wish)
            row = self.read()
            if row is not None and {key.access_key_id: row.effective(key) for key in row.keys} == wished:
                return
        raise ConcurrentUpdateError(f"The credentials of {self.name} were changed by others {ATTEMPTS} times in a row.")

    def list_keys(self) -> tuple[IamKey, ...]:
        """Give the keys that IAM has, oldest first; none for a user who is gone."""
        try:
            return self.keys.list_keys(self.project, self.user, person=self.person)
        except UserMissingError:
            return ()

    def set_status(self, access_key_id: str, status: KeyStatus) -> None:
        """Switch a key on or off in IAM; one that is gone, or whose user is, is no error."""
        try:
            self.keys.set_status(self.project, self.user, access_key_id, status, person=self.person)
        except UserMissingError:
            return

    def delete_key(self, access_key_id: str) -> None:
        """Delete a key in IAM; one that is gone, or whose user is, is no error."""
        try:
            self.keys.delete(self.project, self.user, access_key_id, person=self.person)
        except UserMissingError:
            return

    def secret_name(self, rotation: str) -> str:
        """Give the name under which the secret of a rotation's key is kept."""
        return f"stowage/{self.kind}/{self.user}/{rotation}"

    def delete_secret_of(self, rotation: str) -> None:
        """Delete what a rotation has stored, although the row may not know of it."""
        self.delete_secret(self.secret_name(rotation))

    def delete_secret(self, secret_id: str) -> None:
        """Delete a secret from the project's store."""
        self.secrets.delete(self.project, secret_id, person=self.person)

    def drop(self, access_key_id: str) -> None:
        """Delete a key with its secret, then forget it."""
        row = self.read()
        key = None if row is None else row.key(access_key_id)
        if key is None:
            return
        self.delete_key(access_key_id)
        if key.secret_id is not None:
            self.delete_secret(key.secret_id)
        self.rewrite(lambda current: current.without_key(access_key_id))

    def take_back_links(self, *, at: str, of: str | None = None, but: str | None = None) -> None:
        """Take back the user's open links: all, those to one rotation's key (`of`), or all but those (`but`).

        One made a moment ago may be missed, the list being an index's: a reveal asks the row as well.
        """
        for link in self.handovers.list_of(self.project.id, self.kind, self.name):
            is_meant = link.rotation == of if of is not None else link.rotation != but
            if is_meant and link.status is HandoverStatus.WAITING:
                self.handovers.revoke(link.id, revoked_at=at)

    def drop_orphans(self, rotation: str, claimed_at: str) -> None:
        """Delete what a lost answer has left: keys younger than this rotation's claim that the row does not know.

        Nobody has their secrets. Older ones were made by somebody else and are let be. IAM tells whole seconds. The row
        is read after IAM: a rotation that came in between, and whose key was listed, holds it by then.
        """
        standing, row = self.list_keys(), self.read()
        if row is None or not row.held_by(rotation):
            return
        for key in standing:
            if row.key(key.access_key_id) is None and key.created_at[:SECONDS] >= claimed_at[:SECONDS]:
                self.delete_key(key.access_key_id)

    def foreign_keys(self, known: Collection[str], claimed_at: str) -> tuple[str, ...]:
        """Give the ids of keys that somebody else has made: none of the known ones, and older than the claim."""
        return tuple(
            key.access_key_id
            for key in self.list_keys()
            if key.access_key_id not in known and key.created_at[:SECONDS] < claimed_at[:SECONDS]
        )
