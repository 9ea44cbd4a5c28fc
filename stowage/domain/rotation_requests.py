"""What every state of rotate_credentials hands to its task, and what a task tells people of it."""

from dataclasses import dataclass

from stowage.domain.errors import StowageError
from stowage.domain.notices import NoticeCode, make_notice
from stowage.domain.notifications import Notifier, give_notice
from stowage.domain.ports import Clock, Notices
from stowage.domain.rotation import RotationRequest
from stowage.domain.task_requests import LoggedRequest


class RotationTaskRequest(LoggedRequest):
    """A rotation, as its execution's input tells it, and when that execution started (ISO 8601)."""

    rotation: RotationRequest
    started_at: str

    @property
    def id(self) -> str:
        """Give the rotation's id."""
        return self.rotation.rotation

    @property
    def of(self) -> tuple[str, str, str]:
        """Give project, kind and name."""
        return self.rotation.project, self.rotation.kind, self.rotation.name

    def log_fields(self) -> dict[str, str]:
        """Give what every line of the log carries."""
        project, kind, name = self.of
        return {"rotation": self.id, "project": project, "kind": kind, "name_of": name}


class WaitRequest(RotationTaskRequest):
    """A rotation that waits, and the token of this attempt."""

    task_token: str


@dataclass(frozen=True, slots=True)
class Teller:
    """Tells the project's people and open pages; that they cannot be told never fails a rotation."""

    notices: Notices
    notifier: Notifier
    clock: Clock

    def tell_changed(self, of: tuple[str, str, str]) -> bool:
        """Let open pages read the credentials anew."""
        try:
            self.notifier.announce_credentials(*of)
        except StowageError:
            return False
        return True

    def give(self, code: NoticeCode, of: tuple[str, str, str], *, about: str, text: str) -> bool:
        """Keep a notice and push it; tell whether it is new. The same code about the same is one notice."""
        notice = make_notice(code, of, about=about, text=text, at=self.clock.now())
        try:
            return give_notice(notice, notices=self.notices, notifier=self.notifier)
        except StowageError:
            return False
