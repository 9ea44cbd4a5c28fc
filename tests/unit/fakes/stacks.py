"""CloudFormation in memory: stacks go `*_IN_PROGRESS` and stay so until a test settles them."""

from dataclasses import dataclass, field

from stowage.catalog.metadata import spec_from_template
from stowage.domain.changes import Spec
from stowage.domain.errors import StackBusyError, StackMissingError
from stowage.domain.kinds import Template
from stowage.domain.ports import StackOperation
from stowage.domain.projects import Project
from stowage.domain.stacks import NewestOperation, Stack, Stuck


@dataclass
class FakeStack:
    """A stack with what only CloudFormation sees of it."""

    account: str
    stack: Stack
    template: Template
    tokens: list[str] = field(default_factory=list)
    failures: dict[str, str] = field(default_factory=dict)
    left: tuple[str, ...] = ()


class FakeStacks:
    """Port `Stacks`; `operations` lists what was really begun, as (verb, stack name, token)."""

    def __init__(self) -> None:
        self.by_id: dict[str, FakeStack] = {}
        self.operations: list[tuple[str, str, str]] = []
        self.people: list[str] = []

    def describe(self, project: Project, stack: str, *, person: str) -> Stack | None:
        """Give the stack; a deleted one only by id."""
        self.people.append(person)
        found = self._find(project, stack)
        return found.stack if found else None

    def create(self, operation: StackOperation) -> str:
        """Begin the creation; the same token gives the same stack."""
        self.people.append(operation.person)
        known = self._find(operation.project, operation.stack_name)
        if known is not None:
            if operation.token in known.tokens:
                return known.stack.stack_id
            raise StackBusyError(f"The stack {operation.stack_name} exists already.")
        account, region = operation.project.account, operation.project.region
        stack_id = (
            f"arn:aws:cloudformation:{region}:{account}:stack/{operation.stack_name}/incarnation-{len(self.by_id) + 1}"
        )
        stack = Stack(
            stack_id=stack_id, name=operation.stack_name, status="CREATE_IN_PROGRESS", tags=dict(operation.tags)
        )
        self.by_id[stack_id] = FakeStack(account, stack, operation.template, [operation.token])
        self.operations.append(("create", operation.stack_name, operation.token))
        return stack_id

    def update(self, operation: StackOperation) -> str | None:
        """Begin the update, or give None for an equal template."""
        self.people.append(operation.person)
        known = self._find(operation.project, operation.stack_name)
        if known is None:
            raise StackMissingError(f"The stack {operation.stack_name} is gone.")
        if operation.token in known.tokens:
            return known.stack.stack_id
        if known.stack.running:
            raise StackBusyError(f"The stack {operation.stack_name} is in {known.stack.status}.")
        if known.template == operation.template:
            return None
        known.template = operation.template
        self._begin(known, "UPDATE_IN_PROGRESS", "update", operation.token)
        return known.stack.stack_id

    def delete(self, project: Project, stack_id: str, *, token: str, person: str, retain: tuple[str, ...] = ()) -> None:
        """Begin the deletion; nothing to do for a stack that is gone."""
        self.people.append(person)
        known = self._find(project, stack_id)
        if known is None or known.stack.status == "DELETE_COMPLETE" or token in known.tokens:
            return
        if known.stack.running and known.stack.status != "CREATE_IN_PROGRESS":
            raise StackBusyError(f"The stack {known.stack.name} is in {known.stack.status}.")
        assert not retain or known.stack.status == "DELETE_FAILED"
        self._begin(known, "DELETE_IN_PROGRESS", f"retain {' '.join(retain)}" if retain else "delete", token)

    def cancel_update(self, project: Project, stack_id: str, *, token: str, person: str) -> None:
        """Begin the rollback of a running update."""
        self.people.append(person)
        known = self._find(project, stack_id)
        if known is None:
            return
        if token in known.tokens or known.stack.status != "UPDATE_IN_PROGRESS":
            raise StackBusyError(f"CancelUpdateStack cannot be called: {known.stack.status}.")
        self._begin(known, "UPDATE_ROLLBACK_IN_PROGRESS", "cancel", token)

    def continue_rollback(self, project: Project, stack_id: str, *, token: str, person: str) -> None:
        """Begin the rollback anew."""
        self.people.append(person)
        self._recover(project, stack_id, token, ("UPDATE_ROLLBACK_FAILED", "continueRollback"))

    def roll_back(self, project: Project, stack_id: str, *, token: str, person: str) -> None:
        """Begin the rollback."""
        self.people.append(person)
        self._recover(project, stack_id, token, ("UPDATE_FAILED", "rollback"))

    def stuck(self, project: Project, stack_id: str, *, person: str) -> Stuck:
        """Tell the last failure, and count the continued rollbacks."""
        self.people.append(person)
        known = self._find(project, stack_id)
        assert known is not None
        verbs = [verb for verb, name, _ in self.operations if name == known.stack.name]
        reason = list(known.failures.values())[-1] if known.failures else None
        return Stuck(resource="Crate" if reason else None, reason=reason, continued=verbs.count("continueRollback"))

    def leftovers(self, project: Project, stack_id: str, *, person: str) -> tuple[str, ...]:
        """Give what the test laid."""
        self.people.append(person)
        known = self._find(project, stack_id)
        return () if known is None else known.left

    def _recover(self, project: Project, stack_id: str, token: str, way: tuple[str, str]) -> None:
        found_in, verb = way
        known = self._find(project, stack_id)
        if known is None or token in known.tokens or known.stack.status != found_in:
            raise StackBusyError("The stack is in no such status.")
        self._begin(known, "UPDATE_ROLLBACK_IN_PROGRESS", verb, token)

    def first_failure(self, project: Project, stack_id: str, *, token: str | None, person: str) -> str | None:
        """Give the reason that the test gave when it settled the operation."""
        self.people.append(person)
        known = self._find(project, stack_id)
        if known is None or not known.failures:
            return None
        return known.failures.get(token if token is not None else known.tokens[-1])

    def newest_operation(self, project: Project, stack_id: str, *, person: str) -> NewestOperation | None:
        """Give the token of the last operation and the status that it has come to."""
        self.people.append(person)
        known = self._find(project, stack_id)
        return None if known is None else NewestOperation(token=known.tokens[-1], status=known.stack.status)

    def spec_of(self, project: Project, stack_id: str, *, person: str) -> Spec | None:
        """Read the template's metadata."""
        self.people.append(person)
        known = self._find(project, stack_id)
        try:
            return None if known is None else spec_from_template(known.template).spec
        except ValueError:
            return None

    def settle(
        self, stack_id: str, status: str, *, outputs: dict[str, str] | None = None, failure: str | None = None
    ) -> None:
        """Let the running operation end in `status`; `failure` is its first failing event's reason."""
        known = self.by_id[stack_id]
        if failure is not None:
            known.failures[known.tokens[-1]] = failure
        known.stack = known.stack.model_copy(
            update={"status": status, "outputs": known.stack.outputs if outputs is None else outputs}
        )

    def put(self, project: Project, stack: Stack, template: Template | None = None, *, token: str = "given") -> None:
        """Lay a stack into the project's account, as a given of the test; `token` is its last operation's."""
        self.by_id[stack.stack_id] = FakeStack(project.account, stack, template or {}, [token])

    def _begin(self, known: FakeStack, status: str, verb: str, token: str) -> None:
        known.stack = known.stack.model_copy(update={"status": status})
        known.tokens.append(token)
        self.operations.append((verb, known.stack.name, token))

    def _find(self, project: Project, stack: str) -> FakeStack | None:
        by_id = self.by_id.get(stack)
        if by_id is not None:
            return by_id if by_id.account == project.account else None
        return next(
            (
                known
                for known in self.by_id.values()
                if known.account == project.account
                and known.stack.name == stack
                and known.stack.status != "DELETE_COMPLETE"
            ),
            None,
        )
