"""CloudFormation in the projects' accounts, and names that all of AWS shares."""

from dataclasses import dataclass
from typing import Protocol

from stowage.domain.changes import Spec
from stowage.domain.kinds import Template
from stowage.domain.projects import Project
from stowage.domain.stacks import NewestOperation, Stack, Stuck


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

    def delete(self, project: Project, stack_id: str, *, token: str, person: str, retain: tuple[str, ...] = ()) -> None:
        """Start the stack's deletion, by its id; done also if it is gone. Raises StackBusyError.

        `retain` are the logical ids of what is to stay, which CloudFormation takes of a stack in DELETE_FAILED alone.
        """
        ...

    def cancel_update(self, project: Project, stack_id: str, *, token: str, person: str) -> None:
        """Let CloudFormation roll the running update back; done also if the stack is gone.

        Raises StackBusyError when there is no update that can be cancelled (any more), or the token was used.
        """
        ...

    def continue_rollback(self, project: Project, stack_id: str, *, token: str, person: str) -> None:
        """Begin anew the rollback that failed, skipping nothing.

        Raises StackBusyError when the stack is in no such status (any more), or the token was used.
        """
        ...

    def roll_back(self, project: Project, stack_id: str, *, token: str, person: str) -> None:
        """Begin the rollback of an update that failed without one. Raises StackBusyError, as `continue_rollback`."""
        ...

    def stuck(self, project: Project, stack_id: str, *, person: str) -> Stuck:
        """Tell what the stack's last rollback has failed at, by its events."""
        ...

    def leftovers(self, project: Project, stack_id: str, *, person: str) -> tuple[str, ...]:
        """Name what stands of a stack that could not be removed, for a sentence, by its events."""
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


class GlobalNames(Protocol):
    """Names that are unique in all of AWS."""

    def is_taken(self, service: str, name: str) -> bool:
        """Tell whether anybody owns the name; `service` is a kind's `name_is_global_in`."""
        ...
