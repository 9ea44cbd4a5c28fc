"""Resources: one bucket, user or SFTP user, which is one CloudFormation stack in its project's account."""

import hashlib
from enum import StrEnum

from stowage.domain.changes import Action, Spec
from stowage.domain.outcomes import Outcome
from stowage.domain.wire import WireModel

STACK_PREFIX = "stowage"
STACK_NAME_LENGTH = 128
"""https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateStack.html"""


class ResourceStatus(StrEnum):
    """What a manager sees of a resource."""

    CREATING = "CREATING"
    UPDATING = "UPDATING"
    DELETING = "DELETING"
    ACTIVE = "ACTIVE"
    CREATE_FAILED = "CREATE_FAILED"
    ROLLED_BACK = "ROLLED_BACK"
    DELETE_FAILED = "DELETE_FAILED"
    NEEDS_OPERATOR = "NEEDS_OPERATOR"
    MISSING = "MISSING"
    DELETED = "DELETED"


IN_PROGRESS: dict[Action, ResourceStatus] = {
    Action.CREATE: ResourceStatus.CREATING,
    Action.UPDATE: ResourceStatus.UPDATING,
    Action.DELETE: ResourceStatus.DELETING,
}


class Lock(WireModel):
    """Who holds a resource: the change (its execution's name), for whom, since when, to do what."""

    change: str
    actor: str
    actor_id: str
    since: str
    action: Action


class Resource(WireModel):
    """A resource on the wire, as the mirror knows it.

    `version` is +1 with each accepted spec and by nothing else; `verified_at` is when CloudFormation was last asked;
    `outcome`, `cause` and `change` tell how the last change ended.
    """

    kind: str
    name: str
    spec: Spec
    status: ResourceStatus
    outputs: dict[str, str]
    lock: Lock | None
    version: int
    stack_status: str | None
    verified_at: str | None
    outcome: Outcome | None
    cause: str | None
    change: str | None


class ResourceRow(WireModel):
    """A resource with what stays inside: fence, stack id, wake token, tombstone mark.

    `stack_updated_at` is when the last creation or update that a change saw the end of had begun, ISO 8601, by
    CloudFormation's own clock; None when that is not known.
    """

    project: str
    resource: Resource
    fence: int
    stack_id: str | None = None
    stack_updated_at: str | None = None
    wake_token: str | None = None
    deleted: bool = False

    def holds(self, change: str, fence: int) -> bool:
        """Tell whether the execution `change` holds the lock under `fence` (invariant L5)."""
        lock = self.resource.lock
        return lock is not None and lock.change == change and self.fence == fence


class RowState(WireModel):
    """What of a row decides whether a change may take it: its holder, its version, whether it is a tombstone."""

    lock: Lock | None
    version: int
    deleted: bool


def next_action(row: ResourceRow | None) -> Action:
    """Tell whether a PUT creates or updates: a resource that never stood, or is gone, is created."""
    if row is None or row.deleted or row.resource.status in {ResourceStatus.CREATE_FAILED, ResourceStatus.MISSING}:
        return Action.CREATE
    return Action.UPDATE


def stack_name(kind: str, name: str) -> str:
    """Give the stack's name of a resource, injectively: two resources of a project never share one.

    A stack's name allows letters, digits and hyphens only, 128 at most. A name that fits stands as it is; any other
    (dots, underscores, a double hyphen, too long) is folded and told apart by a hash behind a double hyphen, which
    no name that stands as it is contains. A kind's hyphens become camel case (sftp-user: sftpUser), so that
    "sftp-user" + "a" and "sftp" + "user-a" stay two.
    """
    first, *rest = kind.split("-")
    kind = first + "".join(word.capitalize() for word in rest)
    plain = f"{STACK_PREFIX}-{kind}-{name}"
    fits = all(c.isascii() and (c.isalnum() or c == "-") for c in name) and "--" not in plain
    if fits and len(plain) <= STACK_NAME_LENGTH:
        return plain
    folded = "".join(c if c.isascii() and c.isalnum() else "-" for c in name)
    digest = hashlib.sha256(name.encode()).hexdigest()[:16]
    head = f"{STACK_PREFIX}-{kind}-{folded}"[: STACK_NAME_LENGTH - len(digest) - 2]
    return f"{head}--{digest}"
