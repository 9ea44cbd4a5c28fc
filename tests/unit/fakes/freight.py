"""Pallets that name crates, and their changes on the way through the machine's states: for tests of references."""

from typing import Any

from stowage.domain.changes import Action, ChangeRequest
from stowage.domain.kinds import Kind, RenderRequest
from stowage.domain.ports import ResourceKey
from stowage.domain.resources import ResourceName, ResourceRow, stack_name
from stowage.domain.stacks import Stack, stack_tags
from stowage.domain.submission import SubmittedOperation
from stowage.domain.task_requests import LockedTaskRequest
from tasks.notify_succeeded import NotifySucceededRequest, notify_succeeded
from tasks.record_failure import RecordedFailure, RecordFailureRequest, record_failure
from tasks.submit_stack_operation import submit_stack_operation
from tasks.update_mirror import UpdateMirrorRequest, update_mirror
from tests.unit.fakes.kinds import crate, pallet
from tests.unit.fakes.resources import resource_row
from tests.unit.fakes.world import STARTED_AT, World, request

PALLET = ResourceName(kind="pallet", name="monday")
APPLES = ResourceName(kind="crate", name="apples")
PEARS = ResourceName(kind="crate", name="pears")


def find_kind(name: str) -> Kind | None:
    """Give one of the two kinds."""
    return {"crate": crate(), "pallet": pallet()}.get(name)


def key(name: ResourceName) -> ResourceKey:
    """Give a resource's key in the project apollo."""
    return ResourceKey("apollo", name.kind, name.name)


def row(world: World, name: ResourceName) -> ResourceRow:
    """Give a resource's row."""
    return world.resources.rows[key(name)]


def marks(world: World, name: ResourceName) -> list[str]:
    """Give the names of who names a resource."""
    return [each.name for each in row(world, name).resource.referenced_by]


def stand(world: World, name: ResourceName, *referrers: ResourceName, **fields: Any) -> None:
    """Lay a resource into the mirror, ACTIVE unless told otherwise, with marks."""
    world.resources.put(resource_row("apollo", name.kind, name.name, referenced_by=referrers, **fields))


def load(world: World, *crates: ResourceName) -> str:
    """Let the pallet stand with these crates, marked as its changes would have left them; give its stack's id."""
    stack_id = lay_pallets_stack(world, "CREATE_COMPLETE", *crates)
    stand(world, PALLET, spec={"crates": [each.name for each in crates]}, stack_id=stack_id)
    for each in crates:
        assert world.resources.add_referrer(key(each), PALLET)
    return stack_id


def lay_pallets_stack(world: World, status: str, *crates: ResourceName) -> str:
    """Lay the pallet's stack into the project's account, made of a spec with these crates."""
    asked = ask(Action.CREATE, PALLET, *crates)
    name = stack_name(PALLET.kind, PALLET.name)
    stack_id = f"arn:aws:cloudformation:eu-west-1:111111111111:stack/{name}/given"
    stack = Stack(stack_id=stack_id, name=name, status=status, tags=stack_tags(asked))
    rendered = RenderRequest(project=world.project, name=PALLET.name, spec=asked.spec, version=1)
    world.stacks.put(world.project, stack, pallet().render(rendered))
    return stack_id


def ask(action: Action, name: ResourceName = PALLET, *crates: ResourceName, **fields: Any) -> ChangeRequest:
    """Give a change of a pallet or a crate."""
    spec = {"crates": [each.name for each in crates]} if name.kind == "pallet" else {"description": name.name}
    given = {"kind": name.kind, "name": name.name, "spec": {} if action is Action.DELETE else spec, **fields}
    return request(action, **given)


class Freight:
    """Runs a change's states one by one; `resources` may be any wrapper of the world's."""

    def __init__(self, world: World, asked: ChangeRequest, resources: Any = None) -> None:
        self.world = world
        self.asked = asked
        self.resources = resources or world.resources
        self.locked: LockedTaskRequest | None = None

    @property
    def row_of(self) -> ResourceKey:
        """Name the resource."""
        return ResourceKey(self.asked.project, self.asked.kind, self.asked.name)

    def acquire(self) -> LockedTaskRequest:
        """Do what AcquireLock does."""
        taken = self.resources.acquire_lock(self.asked, STARTED_AT)
        assert taken is not None
        self.locked = LockedTaskRequest(change=self.asked, fence=taken.fence, started_at=STARTED_AT)
        return self.locked

    def submit(self) -> SubmittedOperation:
        """Run SubmitStackOperation; a creation or update is done at once."""
        submitted = submit_stack_operation(
            self.locked or self.acquire(),
            projects=self.world.projects,
            resources=self.resources,
            stacks=self.world.stacks,
            custodian=self.world.custodian,
            contents=self.world.contents,
            clock=self.world.clock,
            find_kind=find_kind,
        )
        if submitted.stack_id is not None and not submitted.no_change:
            self.world.stacks.settle(submitted.stack_id, f"{submitted.operation.upper()}_COMPLETE")
        return submitted

    def update_mirror(self) -> None:
        """Run UpdateMirror."""
        result: dict[str, Any] = {
            "stack_id": None,
            "stack_status": "UPDATE_COMPLETE",
            "outputs": {},
            "outcome": "SUCCEEDED",
        }
        given = {**(self.locked or self.acquire()).model_dump(), "result": result}
        mirrored = UpdateMirrorRequest.model_validate(given)
        update_mirror(mirrored, resources=self.resources, clock=self.world.clock, find_kind=find_kind)

    def record_failure(self, error: str, cause: str = "", stack_id: str | None = None) -> RecordedFailure:
        """Run RecordFailure."""
        failure = {"failure": {"error": error, "cause": cause}, "stack_id": stack_id}
        return record_failure(
            RecordFailureRequest.model_validate({**(self.locked or self.acquire()).model_dump(), **failure}),
            projects=self.world.projects,
            resources=self.resources,
            stacks=self.world.stacks,
            clock=self.world.clock,
            find_kind=find_kind,
        )

    def release(self) -> None:
        """Do what ReleaseLock does."""
        assert self.locked is not None
        self.resources.release_lock(self.row_of, self.asked.change, self.locked.fence)

    def notify(self) -> None:
        """Run NotifySucceeded."""
        assert self.locked is not None
        notify_succeeded(
            NotifySucceededRequest.model_validate({**self.locked.model_dump(), "outcome": "SUCCEEDED"}),
            changes=self.world.changes,
            notifier=self.world.notifier,
            clock=self.world.clock,
        )

    def succeed(self) -> None:
        """Run the whole change."""
        self.submit()
        self.update_mirror()
        self.release()
        self.notify()
