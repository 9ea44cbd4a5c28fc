"""What api, tasks, listeners and operate ask of the world; `stowage.adapters` answers with AWS, tests with fakes.

Every port may raise ThrottledError, ServiceUnavailableError and AccessDeniedError. Further errors stand at the verb.
Reads are strongly consistent unless a verb says otherwise.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from stowage.domain.changes import Change, ChangeState, Spec
from stowage.domain.kinds import Template
from stowage.domain.projects import Membership, Person, Project
from stowage.domain.resources import Resource, ResourceRow
from stowage.domain.stacks import NewestOperation, Stack


class Clock(Protocol):
    """Time, as a port, so that tests own it."""

    def now(self) -> datetime:
        """Give the current moment with its time zone (UTC)."""
        ...


class Projects(Protocol):
    """Projects and their members (rows `project`, `member`, `person`)."""

    def get_project(self, project: str) -> Project | None:
        """Give the project, or None when it was never onboarded."""
        ...

    def list_projects(self) -> tuple[Project, ...]:
        """Give all projects, by id; eventually consistent (an index)."""
        ...

    def get_membership(self, project: str, person: str) -> Membership | None:
        """Give the person's membership now, or None."""
        ...

    def list_memberships(self, person: str) -> tuple[Membership, ...]:
        """Give all of a person's memberships, by project id; eventually consistent (an index)."""
        ...

    def list_members(self, project: str) -> tuple[Membership, ...]:
        """Give all members of a project now, by person id."""
        ...

    def get_person(self, person: str) -> Person | None:
        """Give the person's row, or None."""
        ...

    def put_project(self, project: Project) -> None:
        """Write the project; idempotent."""
        ...

    def delete_project(self, project: str) -> None:
        """Remove the project's row; done also if there is none."""
        ...

    def put_person(self, person: Person) -> None:
        """Write the person; idempotent."""
        ...

    def put_membership(self, membership: Membership) -> None:
        """Write the membership, replacing the person's former role; idempotent."""
        ...

    def delete_membership(self, project: str, person: str) -> None:
        """Remove the membership; done also if there is none."""
        ...

    def change_membership(
        self, before: Membership | None, after: Membership | None, *, witness: Membership | None
    ) -> None:
        """Replace a person's membership (None: none before, none after) while what permits it still holds.

        `before` and `witness`, the membership of somebody else, must have the roles that were seen. Raises
        ConcurrentUpdateError when they have not: read again, and judge again.
        """
        ...


@dataclass(frozen=True, slots=True)
class ResourcePage:
    """A page of a project's resources; `seq` was read before the rows (invariant N2)."""

    items: tuple[dict[str, Any], ...]
    """Resources in their wire shape, ready for JSON: a list builds no model per row."""
    next_key: str | None
    """What to pass as `after` for the next page, as it is: opaque, the adapter's own; None at the end."""
    seq: int


class Resources(Protocol):
    """The mirror's resource rows, their lock and fence, and the project's sequence number."""

    def get(self, project: str, kind: str, name: str) -> ResourceRow | None:
        """Give the row, tombstones included, or None."""
        ...

    def list_page(self, project: str, *, kind: str | None, limit: int, after: str | None) -> ResourcePage:
        """Give a page of the rows that are no tombstones, by kind and name; one DynamoDB query.

        Raises InvalidRequestError when `after` is no page's `next_key`.
        """
        ...

    def count(self, project: str, kind: str) -> int:
        """Count the rows of a kind that are no tombstones."""
        ...

    def store_wake_token(
        self, row_of: "ResourceKey", *, change: str, fence: int, token: str, stack_id: str
    ) -> ResourceRow:
        """Keep the task token that wakes the sleeping execution, and give the row. Raises LockLostError."""
        ...

    def finish(
        self,
        row_of: "ResourceKey",
        *,
        change: str,
        fence: int,
        resource: Resource,
        stack_id: str | None,
        stack_updated_at: str | None = None,
        deleted: bool,
    ) -> None:
        """Write the resource as a change leaves it, if lock and fence are ours.

        `resource.lock` is ignored: the lock stays until ReleaseLock, and only after that may the change's end be told
        (`Changes.put_ended`). Of a deleted resource a tombstone stays, `verified_at` being when it was deleted.
        Repeating it is harmless. Raises LockLostError.
        """
        ...

    def release(self, row_of: "ResourceKey", *, change: str, resource: Resource | None, ended: Change) -> bool:
        """Free the lock that an ended execution left held, for recovery only (invariant L3).

        Conditional on the holder being `change`; writes the change's end and, if given, the resource's status with
        it. Gives False when that change holds nothing (any more).
        """
        ...

    def advance_seq(self, project: str, by: int) -> int:
        """Add to the project's sequence number and give the new one."""
        ...

    def get_seq(self, project: str) -> int:
        """Give the project's sequence number; 0 before the first message."""
        ...


@dataclass(frozen=True, slots=True)
class ResourceKey:
    """Which resource."""

    project: str
    kind: str
    name: str


@dataclass(frozen=True, slots=True)
class ChangeFilter:
    """Which changes of a project to list; times ISO 8601, `since` inclusive, `until` exclusive."""

    resource: tuple[str, str] | None = None
    actor: str | None = None
    outcome: str | None = None
    since: str | None = None
    until: str | None = None


@dataclass(frozen=True, slots=True)
class ChangePage:
    """A page of changes, newest first; `next_key` is opaque, as a ResourcePage's is."""

    items: tuple[Change, ...]
    next_key: str | None


class Changes(Protocol):
    """The change rows: what `GET …/changes` answers from."""

    def get(self, project: str, change: str) -> Change | None:
        """Give the change (without states), or None."""
        ...

    def put_started(self, change: Change) -> None:
        """Write a running change unless its row exists; never overwrites an end."""
        ...

    def put_ended(self, change: Change) -> None:
        """Write an ended change, whole; a repeat is harmless."""
        ...

    def list_page(self, project: str, which: ChangeFilter, *, limit: int, after: str | None) -> ChangePage:
        """Give a page of changes, newest first; eventually consistent (an index).

        Raises InvalidRequestError when `after` is no page's `next_key`.
        """
        ...


@dataclass(frozen=True, slots=True)
class Execution:
    """A Step Functions execution. `status` is Step Functions' own: RUNNING, SUCCEEDED, FAILED, TIMED_OUT, ABORTED."""

    name: str
    status: str
    input: str
    started_at: str
    stopped_at: str | None = None
    output: str | None = None
    error: str | None = None
    cause: str | None = None


class Executions(Protocol):
    """The executions of the machine change_resource."""

    def start(self, name: str, input_json: str) -> str:
        """Start the execution and give its start time; a repeat with equal input gives the running one's.

        Raises ExecutionExistsError when the name was used with another input, or its execution has ended.
        """
        ...

    def describe(self, name: str) -> Execution:
        """Give the execution. Raises ExecutionNotFoundError."""
        ...

    def states(self, name: str) -> tuple[ChangeState, ...]:
        """Give the entered states in order, from the execution's history. Raises ExecutionNotFoundError."""
        ...


class Waits(Protocol):
    """Answers to states that wait for their task token."""

    def succeed(self, token: str, output_json: str) -> None:
        """Answer with a result. Raises TaskTokenExpiredError."""
        ...

    def fail(self, token: str, error: str, cause: str) -> None:
        """Answer with an error; `cause` is cut to what Step Functions takes. Raises TaskTokenExpiredError."""
        ...


@dataclass(frozen=True, slots=True)
class StackOperation:
    """What to submit to CloudFormation, and in whose name."""

    project: Project
    stack_name: str
    template: Template
    token: str
    tags: dict[str, str]
    person: str


class Stacks(Protocol):
    """CloudFormation in a project's account, reached with a session narrowed to one stack.

    Every verb assumes the project's role anew when its session is about to expire; `person` is who asked.
    """

    def describe(self, project: Project, stack: str, *, person: str) -> Stack | None:
        """Give the stack by id or name; None when there is none, or (by name) only a deleted one."""
        ...

    def create(self, operation: StackOperation) -> str:
        """Start the stack's creation and give its id; the same token never creates twice.

        Raises StackBusyError when a stack of that name exists or the token was used (describe it),
        TemplateTooLargeError, StackQuotaReachedError.
        """
        ...

    def update(self, operation: StackOperation) -> str | None:
        """Start the update and give the stack's id, or None when CloudFormation sees nothing to do.

        Raises StackBusyError when the stack cannot be updated now or the token was used (describe it),
        StackMissingError when there is no such stack.
        """
        ...

    def delete(self, project: Project, stack_id: str, *, token: str, person: str) -> None:
        """Start the stack's deletion, by its id; done also if it is gone. Raises StackBusyError."""
        ...

    def first_failure(self, project: Project, stack_id: str, *, token: str | None, person: str) -> str | None:
        """Give the reason of the first failing event of the operation `token` (None: the newest operation).

        "Resource creation cancelled" and the like are consequences, not causes, and are passed over.
        """
        ...

    def newest_operation(self, project: Project, stack_id: str, *, person: str) -> NewestOperation | None:
        """Give the newest operation that the stack's events tell of, or None when there are no events."""
        ...

    def spec_of(self, project: Project, stack_id: str, *, person: str) -> Spec | None:
        """Give the spec that stands in the stack's own template (invariant M3), or None when it tells none.

        Of a stack that was rolled back, the template is the one that it was rolled back to.
        """
        ...


@dataclass(frozen=True, slots=True)
class Subscriber:
    """A socket that asked for a project's messages."""

    connection: str
    person: str


PROJECTS_PER_SOCKET = 49
"""Leaving one set of projects and joining another must fit one transaction of 100 writes, with the socket's own row
(https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html)."""


class Sockets(Protocol):
    """Who is connected, and to what subscribed (rows `socket`, `subscription`)."""

    def add(self, connection: str, person: str, *, expires_at: int) -> None:
        """Remember a connection; `expires_at` is epoch seconds, after which DynamoDB may forget it."""
        ...

    def person_of(self, connection: str) -> str | None:
        """Tell who is behind a connection, or None when it is unknown."""
        ...

    def subscribe(self, connection: str, person: str, projects: tuple[str, ...], *, expires_at: int) -> None:
        """Let a connection receive these projects' messages, in place of what it received before.

        Raises SocketGoneError when the connection is unknown, ConcurrentUpdateError when it changes its subscriptions
        at this very moment, InvalidRequestError for more than PROJECTS_PER_SOCKET projects.
        """
        ...

    def subscribers(self, project: str) -> tuple[Subscriber, ...]:
        """Give the sockets subscribed to a project."""
        ...

    def remove(self, connection: str) -> None:
        """Forget a connection and its subscriptions; done also if it is unknown."""
        ...


class Tickets(Protocol):
    """Single-use tickets for the socket's `$connect`."""

    def put(self, ticket_hash: str, person: str, *, expires_at: int) -> None:
        """Keep a ticket by its SHA-256."""
        ...

    def redeem(self, ticket_hash: str, *, now: int) -> str:
        """Use a ticket up and give its person. Raises TicketRefusedError."""
        ...


class Connections(Protocol):
    """The way to an open WebSocket."""

    def post(self, connection: str, message: str) -> None:
        """Send one text message of at most 32 KB. Raises SocketGoneError."""
        ...


class GlobalNames(Protocol):
    """Names that are unique in all of AWS."""

    def is_taken(self, service: str, name: str) -> bool:
        """Tell whether anybody owns the name; `service` is a kind's `name_is_global_in`."""
        ...
