"""Rows of handovers in memory, under the conditions of the real ones; safe for callers at once."""

from threading import Lock

from stowage.domain.errors import ConcurrentUpdateError, HandoverRefusedError
from stowage.domain.handovers import PASSPHRASE_TRIES, Handover, HandoverStatus
from stowage.domain.ports import Reveal

REFUSED = "The conditional request failed."


class FakeHandovers:
    """Port `Handovers`; `rows` is the table, `audit` what was revealed, by handover, `revealed` by rotation.

    `withdrawn` holds the rotations whose keys nobody is shown any more.
    """

    def __init__(self) -> None:
        self.rows: dict[str, Handover] = {}
        self.audit: dict[str, Reveal] = {}
        self.revealed: dict[str, str] = {}
        self.withdrawn: set[str] = set()
        self._one_at_a_time = Lock()

    def get(self, handover: str) -> Handover | None:
        """Give the handover, or None."""
        return self.rows.get(handover)

    def list_of(self, project: str, kind: str, name: str) -> tuple[Handover, ...]:
        """Give the resource's handovers, newest first."""
        mine = [row for row in self.rows.values() if (row.project, row.kind, row.name) == (project, kind, name)]
        return tuple(sorted(mine, key=lambda row: (row.created_at, row.id), reverse=True)[:100])

    def create(self, handover: Handover) -> None:
        """Keep a new handover."""
        if handover.id in self.rows:
            raise ConcurrentUpdateError(REFUSED)
        self.rows[handover.id] = handover

    def take_try(self, handover: str) -> int:
        """Take a try, if one is left."""
        with self._one_at_a_time:
            row = self._waiting(handover)
            if row.tries_left <= 0:
                raise HandoverRefusedError(REFUSED)
            return self._set(handover, tries_left=row.tries_left - 1).tries_left

    def give_back_try(self, handover: str) -> None:
        """Give a try back, if one was taken."""
        with self._one_at_a_time:
            row = self.rows.get(handover)
            if row is not None and row.status is HandoverStatus.WAITING and row.tries_left < PASSPHRASE_TRIES:
                self._set(handover, tries_left=row.tries_left + 1)

    def open(self, handover: Handover, reveal: Reveal) -> None:
        """Claim and audit, both or neither."""
        with self._one_at_a_time:
            row = self._waiting(handover.id)
            late = row.expires_at <= reveal.at or row.token_hash != handover.token_hash
            taken = handover.rotation in self.revealed or handover.rotation in self.withdrawn
            if late or taken or handover.id in self.audit:
                raise HandoverRefusedError(REFUSED)
            self._set(
                handover.id,
                status=HandoverStatus.OPENED,
                opened_at=reveal.at,
                opened_from=reveal.source,
                claim=reveal.claim,
            )
            self.revealed[handover.rotation] = reveal.at
            self.audit[handover.id] = reveal

    def revealed_at(self, rotation: str) -> str | None:
        """Tell when the rotation's key was revealed."""
        return self.revealed.get(rotation)

    def withdraw(self, rotation: str, *, at: str) -> str | None:  # noqa: ARG002 -- of the port
        """Let nobody be shown the rotation's key any more; give when somebody was."""
        with self._one_at_a_time:
            if rotation not in self.revealed:
                self.withdrawn.add(rotation)
            return self.revealed.get(rotation)

    def revoke(self, handover: str, *, revoked_at: str) -> Handover | None:
        """End a handover that is not opened."""
        row = self.rows.get(handover)
        if row is None or row.status is not HandoverStatus.WAITING:
            return row
        return self._set(handover, status=HandoverStatus.REVOKED, revoked_at=revoked_at)

    def note_retry(self, handover: str, *, retried_at: str) -> None:
        """Keep when somebody tried again."""
        if handover in self.rows:
            self._set(handover, retried_at=retried_at)

    def _waiting(self, handover: str) -> Handover:
        row = self.rows.get(handover)
        if row is None or row.status is not HandoverStatus.WAITING:
            raise HandoverRefusedError(REFUSED)
        return row

    def _set(self, handover: str, **fields: object) -> Handover:
        self.rows[handover] = self.rows[handover].model_copy(update=fields)
        return self.rows[handover]
