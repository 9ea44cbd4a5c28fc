"""A user's access keys and their rotation: minted outside the stack, told by one row (docs/adr/0011)."""

from dataclasses import dataclass, field
from enum import StrEnum

from stowage.domain.wire import WireModel

KEYS_PER_USER = 2
"""https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html"""


class KeyStatus(StrEnum):
    """Whether a key is meant to work; a suspended user's keys do not, whatever this says."""

    ACTIVE = "ACTIVE"
    INACTIVE = "INACTIVE"


class RotationReason(StrEnum):
    """Why keys are minted."""

    FIRST = "first"
    REQUESTED = "requested"
    SCHEDULED = "scheduled"


class RotationStep(StrEnum):
    """Where a rotation stands, for people: the machine's state says the same to auditors."""

    MINTING = "MINTING"
    PROBING = "PROBING"
    AWAITING_HANDOVER = "AWAITING_HANDOVER"
    AWAITING_IDLE = "AWAITING_IDLE"
    UNDO_WINDOW = "UNDO_WINDOW"
    DELETING = "DELETING"


class RotationOutcome(StrEnum):
    """How a rotation ended."""

    SUCCEEDED = "SUCCEEDED"
    HANDOVER_NOT_OPENED = "HANDOVER_NOT_OPENED"
    SUPERSEDED = "SUPERSEDED"
    SWITCHED_OFF = "SWITCHED_OFF"
    FAILED = "FAILED"


@dataclass(frozen=True, slots=True)
class MintedKey:
    """An access key with its secret: lives in memory and in the project's secret store, nowhere else (S1).

    Its repr tells the id alone, so that no log line, error or assertion shows the secret.
    """

    access_key_id: str
    secret_access_key: str = field(repr=False)


class AccessKey(WireModel):
    """An access key without its secret. Times are ISO 8601, UTC.

    `rotation` is the id of the rotation that minted it; `secret_id` the ARN under which the project's store keeps its
    secret until it is revealed, None before and after; `ready_at` when a probe with it succeeded. `last_used_at` is
    what IAM told at `last_used_checked_at`: None there, nobody has looked, and nothing is known of its use.
    """

    access_key_id: str
    status: KeyStatus
    rotation: str
    created_at: str
    ready_at: str | None = None
    secret_id: str | None = None
    handed_over_at: str | None = None
    last_used_at: str | None = None
    last_used_service: str | None = None
    last_used_checked_at: str | None = None


class Hurry(WireModel):
    """Somebody's wish that a rotation waits in this step no longer; `key` tells a repeated wish from another one.

    It is a hash of the person and of the Idempotency-Key that the wish came with, None without one.
    """

    step: RotationStep
    key: str | None = None


class Rotation(WireModel):
    """A running rotation: an execution of rotate_credentials, whose name is `id`.

    `due_at` is when the current wait ends by itself. `hurried` is a person's wish not to wait any longer, `undone`
    the wish to take the deactivation back: each is answered by the next step. `hurries` are the last wishes not to
    wait, with the step that each meant. `wake_token` wakes the waiting state.
    """

    id: str
    reason: RotationReason
    step: RotationStep
    actor: str
    actor_id: str
    started_at: str
    due_at: str | None = None
    hurried: bool = False
    hurries: tuple[Hurry, ...] = ()
    undone: bool = False
    wake_token: str | None = None


class EndedRotation(WireModel):
    """How the last rotation ended."""

    id: str
    outcome: RotationOutcome
    cause: str | None
    ended_at: str


class Credentials(WireModel):
    """A user's keys, whole, as one row; `revision` is +1 with each write, and each write demands the one it read.

    `stack_id` names the incarnation of the user: a row of another stack speaks of a user who is gone. `suspended`:
    the user is switched off, every key is inactive in IAM whatever its own status. `closed`: the user is being
    deleted, nothing is minted any more.
    """

    project: str
    kind: str
    name: str
    stack_id: str
    revision: int
    keys: tuple[AccessKey, ...] = ()
    rotation: Rotation | None = None
    last_rotation: EndedRotation | None = None
    suspended: bool = False
    closed: bool = False

    def key_of(self, rotation: str) -> AccessKey | None:
        """Give the key that this rotation minted, or None."""
        return next((key for key in self.keys if key.rotation == rotation), None)

    def held_by(self, rotation: str) -> bool:
        """Tell whether this rotation is the running one."""
        return self.rotation is not None and self.rotation.id == rotation and not self.closed

    def key(self, access_key_id: str) -> AccessKey | None:
        """Give the key of this id, or None."""
        return next((key for key in self.keys if key.access_key_id == access_key_id), None)

    def old_key(self, rotation: str) -> AccessKey | None:
        """Give the key that this rotation replaces: the oldest that another one minted, or None."""
        others = [key for key in self.keys if key.rotation != rotation]
        return min(others, key=lambda key: key.created_at, default=None)

    def effective(self, key: AccessKey) -> KeyStatus:
        """Tell what IAM must say of a key: a suspended or deleted user's are all inactive."""
        return KeyStatus.INACTIVE if self.suspended or self.closed else key.status

    def with_key(self, access_key_id: str, **changed: object) -> "Credentials":
        """Give the row with one key changed; the same row when there is nothing to change."""
        keys = tuple(key.model_copy(update=changed) if key.access_key_id == access_key_id else key for key in self.keys)
        return self if keys == self.keys else self.model_copy(update={"keys": keys})

    def without_key(self, access_key_id: str) -> "Credentials":
        """Give the row without a key."""
        return self.model_copy(update={"keys": tuple(key for key in self.keys if key.access_key_id != access_key_id)})

    def with_rotation(self, **changed: object) -> "Credentials":
        """Give the row with its running rotation changed; the same row when there is nothing to change, or none."""
        if self.rotation is None:
            return self
        rotation = self.rotation.model_copy(update=changed)
        return self if rotation == self.rotation else self.model_copy(update={"rotation": rotation})

    def with_rotation_ended(self, outcome: RotationOutcome, cause: str | None, at: str) -> "Credentials":
        """Give the row with its rotation over."""
        if self.rotation is None:
            return self
        ended = EndedRotation(id=self.rotation.id, outcome=outcome, cause=cause, ended_at=at)
        return self.model_copy(update={"rotation": None, "last_rotation": ended})
