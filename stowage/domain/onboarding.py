"""What the operators' commands (`operate/`) ask of the world; `stowage.adapters` answers with AWS, tests with fakes.

Every port may raise ThrottledError, ServiceUnavailableError and AccessDeniedError.
"""

from dataclasses import dataclass
from typing import Protocol

from stowage.domain.kinds import Template
from stowage.domain.stacks import Stack


class HubAccount(Protocol):
    """The account and region in which Stowage itself runs."""

    @property
    def account(self) -> str:
        """Give the account's number."""
        ...

    @property
    def region(self) -> str:
        """Give the region that the credentials' configuration names."""
        ...

    def stack_outputs(self, stack: str) -> dict[str, str] | None:
        """Give the outputs of Stowage's own stack, or None when there is no such stack."""
        ...


class StackEventQueue(Protocol):
    """The hub's queue of stack events."""

    def subscribe(self, topic_arn: str, region: str) -> None:
        """Subscribe the queue to a project's topic, which stands in `region`; done also if it is subscribed."""
        ...


class ProjectAccount(Protocol):
    """A project's account and region, reached as somebody who may set it up."""

    @property
    def number(self) -> str:
        """Give the account's number."""
        ...

    @property
    def region(self) -> str:
        """Give the project's region."""
        ...

    def block_public_access(self) -> bool:
        """Switch the account's whole public access block on; gives False when it was on already."""
        ...

    def owns_bucket(self, name: str) -> bool:
        """Tell whether this very account has a bucket of that name."""
        ...

    def describe(self, stack: str) -> Stack | None:
        """Give the stack by name or id; None when there is none, or (by name) only a deleted one."""
        ...

    def create(self, stack: str, template: Template, tags: dict[str, str]) -> None:
        """Start the stack's creation."""
        ...

    def update(self, stack: str, template: Template, tags: dict[str, str]) -> bool:
        """Start the stack's update; gives False when CloudFormation sees nothing to do."""
        ...

    def delete(self, stack: str) -> None:
        """Start the stack's deletion, by its id."""
        ...

    def protect(self, stack: str) -> None:
        """Forbid the stack's deletion until somebody lifts the protection; idempotent."""
        ...

    def unprotect(self, stack: str) -> None:
        """Allow the stack's deletion (again); idempotent."""
        ...

    def first_failure(self, stack: str) -> str | None:
        """Give the reason of the newest operation's first failing event, or None."""
        ...


@dataclass(frozen=True, slots=True)
class SignIn:
    """A user of the user pool; `id` is the `sub`."""

    id: str
    email: str
    name: str
    enabled: bool


class SignIns(Protocol):
    """The users of the hub's Cognito user pool."""

    def find(self, email: str) -> SignIn | None:
        """Give the user with this e-mail, or None."""
        ...

    def create(self, email: str, name: str, *, invite: bool) -> SignIn:
        """Create the user, e-mail verified; with `invite` Cognito mails a first password."""
        ...

    def set_password(self, user: SignIn, password: str) -> None:
        """Set the password for good. Raises InvalidRequestError when it breaks the pool's password policy."""
        ...

    def enable(self, user: SignIn) -> None:
        """Let the user sign in (again); idempotent."""
        ...

    def disable(self, user: SignIn) -> None:
        """Forbid signing in and end every session; idempotent."""
        ...
