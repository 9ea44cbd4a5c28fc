"""Resources: one bucket, user or SFTP user, which is one CloudFormation stack in its project's account."""

import hashlib
from enum import StrEnum

from pydantic import computed_field

from stowage.domain.changes import Action, Spec
from stowage.domain.drift import Drift
from stowage.domain.next_actions import NextAction, next_actions
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


IN_USE = frozenset({ResourceStatus.ACTIVE, ResourceStatus.UPDATING, ResourceStatus.ROLLED_BACK})
"""The resource stands and serves, whatever is being changed of it."""

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


class StopWish(WireModel):
    """Who wants which change stopped, since when (ISO 8601)."""

    change: str
    actor: str
    actor_id: str
    at: str


class ResourceName(WireModel):
    """Which resource of a project."""

    kind: str
    name: str

    def __str__(self) -> str:
        """Give it for a sentence."""
        return f"{self.kind} {self.name}"

    def sort_key(self) -> tuple[str, str]:
        """Give what lists of resources are sorted by."""
        return self.kind, self.name


class Resource(WireModel):
    """A resource on the wire, as the mirror knows it.

    `version` is +1 with each accepted spec and by nothing else; `verified_at` is when CloudFormation was last asked
    about this one resource. Reconcile compares all of a project at once and does not write a row that agrees: the
    project's `reconcile.verifiedAt`, if later, is when this row too was last known right, unless a change held it.
    `outcome`, `cause` and `change` tell how the last change ended. `referenced_by` are the resources whose specs name
    this one, sorted; their changes write it, never its own (docs/adr/0012-references-on-the-row.md). `next_actions`
    is what whoever may write can do now, derived from the rest. `drift` is what reconcile last found, None before.
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
    referenced_by: tuple[ResourceName, ...] = ()
    drift: Drift | None = None

    @computed_field  # type: ignore[prop-decorator]
    @property
    def next_actions(self) -> tuple[NextAction, ...]:
        """What may be done with it now, by whoever may write."""
        return next_actions(self.status, self.outcome, self.stack_status, self.lock and self.lock.action)


class ResourceRow(WireModel):
    """A resource with what stays inside: fence, stack id, wake token, tombstone mark.

    `stack_updated_at` is when the last creation or update that a change saw the end of had begun, ISO 8601, by
    CloudFormation's own clock; None when that is not known. `heard` tells the operation of which an event has come
    since AwaitStack last looked (`stowage.domain.merge.operation_of`). `touched` are the resources that the last change
    began or ceased to name, for whoever announces its end.
    `stop_wish` counts for the change that it names alone, and so does `begun`: the change that may have begun an
    operation on the stack, noted before it does. `drift_asked_at` is when a detection of drift was last begun.
    """

    project: str
    resource: Resource
    fence: int
    stack_id: str | None = None
    stack_updated_at: str | None = None
    wake_token: str | None = None
    heard: str | None = None
    touched: tuple[ResourceName, ...] = ()
    drift_asked_at: str | None = None
    stop_wish: StopWish | None = None
    begun: str | None = None
    deleted: bool = False

    def holds(self, change: str, fence: int) -> bool:
        """Tell whether the execution `change` holds the lock under `fence` (invariant L5)."""
        lock = self.resource.lock
        return lock is not None and lock.change == change and self.fence == fence

    def stop_of(self, change: str) -> StopWish | None:
        """Give the wish to stop this change, if somebody has one."""
        return self.stop_wish if self.stop_wish is not None and self.stop_wish.change == change else None


STANDING = frozenset(
    {
        ResourceStatus.UPDATING,
        ResourceStatus.ACTIVE,
        ResourceStatus.ROLLED_BACK,
        ResourceStatus.DELETE_FAILED,
        ResourceStatus.NEEDS_OPERATOR,
    }
)
"""In which a resource may be named by another: it stands, as far as anybody knows, and nobody deletes it."""


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
    prefix = _stack_prefix(kind)
    plain = f"{prefix}{name}"
    fits = all(c.isascii() and (c.isalnum() or c == "-") for c in name) and "--" not in plain
    if fits and len(plain) <= STACK_NAME_LENGTH:
        return plain
    folded = "".join(c if c.isascii() and c.isalnum() else "-" for c in name)
    digest = hashlib.sha256(name.encode()).hexdigest()[:16]
    head = f"{prefix}{folded}"[: STACK_NAME_LENGTH - len(digest) - 2]
    return f"{head}--{digest}"


def unfolded(kind: str, stack: str) -> tuple[str | None, bool]:
    """Give the name of the kind's resource whose stack is called so, and True; or what it begins with, and False.

    The second is all that a folded name tells of what it was folded from. None: no stack of this kind is called so.
    """
    prefix = _stack_prefix(kind)
    if not stack.startswith(prefix):
        return None, False
    rest = stack.removeprefix(prefix)
    if "--" in stack:
        return rest.rpartition("--")[0].split("-")[0], False
    return (rest, True) if rest else (None, False)


def _stack_prefix(kind: str) -> str:
    first, *rest = kind.split("-")
    return f"{STACK_PREFIX}-{first}{''.join(word.capitalize() for word in rest)}-"
