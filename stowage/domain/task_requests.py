"""What every state hands to its task: the change, and the lock that it was given."""

from stowage.domain.changes import ChangeRequest
from stowage.domain.ports import ResourceKey
from stowage.domain.wire import WireModel


class LoggedRequest(WireModel):
    """What any task is asked for."""

    def log_fields(self) -> dict[str, str]:
        """Give what every line of the log carries."""
        return {}


class TaskRequest(LoggedRequest):
    """A change, as its execution's input tells it, and when that execution started (ISO 8601)."""

    change: ChangeRequest
    started_at: str

    @property
    def row_of(self) -> ResourceKey:
        """Name the resource."""
        return ResourceKey(self.change.project, self.change.kind, self.change.name)

    def log_fields(self) -> dict[str, str]:
        """Give what every line of the log carries."""
        change = self.change
        told = {"change": change.change, "project": change.project, "kind": change.kind, "name_of": change.name}
        return {**told, "action": change.action.value}


class LockedTaskRequest(TaskRequest):
    """A change under its lock; `fence` is the lock's number, 0 when the lock was never got."""

    fence: int


class Nothing(WireModel):
    """The answer of a task that has nothing to tell."""
