"""The way into a project's account: open to the hub's roles with the external id, one stack wide, and else shut."""

import dataclasses
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from stowage.adapters.cloudformation import CloudFormationStacks
from stowage.catalog.baseline import STACK_NAME
from stowage.domain.changes import Action
from stowage.domain.errors import AccessDeniedError
from stowage.domain.ports import StackOperation
from stowage.domain.projects import Project
from stowage.domain.resources import stack_name
from tests.contract.conftest import HUB, LocalCloud
from tests.contract.project_account import (
    ELSEWHERE,
    FULL,
    MINIMAL,
    PERSON,
    REGION,
    Resource,
    World,
    onboarded,
    sessions,
)

pytestmark = pytest.mark.contract

ACCOUNT = "346666666666"
Verbs = dict[str, Callable[[], object]]


@pytest.fixture(scope="module")
def world(cloud: LocalCloud) -> Iterator[World]:
    """Onboard a project into an account of its own, once."""
    with onboarded(cloud, ACCOUNT, "brahe") as world:
        yield world


def test_a_role_of_the_hubs_stack_gets_in_with_the_external_id(world: World) -> None:
    """The way in that the product uses is open."""
    inside = world.enter(world.hub_role("stowage-SubmitStackOperation"))

    with pytest.raises(ClientError, match="does not exist"):
        inside.describe_stacks(StackName="stowage-bucket-nothing")


@pytest.mark.parametrize("external_id", ["0" * 64, "xx"])
def test_a_wrong_external_id_is_refused(world: World, external_id: str) -> None:
    """The hub's own role does not get in with another external id."""
    with pytest.raises(ClientError, match="AccessDenied"):
        world.enter(world.hub_role("stowage-SubmitStackOperation"), ExternalId=external_id)


def test_no_external_id_is_refused(world: World) -> None:
    """The hub's own role does not get in without an external id."""
    sts = world.hub_role("stowage-SubmitStackOperation")

    with pytest.raises(ClientError, match="AccessDenied"):
        sts.assume_role(RoleArn=world.project.deploy_role_arn, RoleSessionName=PERSON)


@pytest.mark.parametrize(("role", "account"), [("other-Function", HUB), ("stowage-Function", ELSEWHERE)])
def test_other_roles_and_other_accounts_are_refused(world: World, role: str, account: str) -> None:
    """A role outside the hub's stack, and one of the same name in another account, stay outside."""
    with pytest.raises(ClientError, match="AccessDenied"):
        world.enter(world.hub_role(role, account))


@pytest.mark.parametrize("stack", [STACK_NAME, "somebody-elses-stack"])
def test_the_deploy_role_touches_neither_the_baseline_nor_foreign_stacks(world: World, stack: str) -> None:
    """Even a whole session of the deploy role cannot change what limits it, or what is not Stowage's."""
    inside = world.enter(world.hub_role("stowage-SubmitStackOperation"))

    for call in (inside.delete_stack, inside.describe_stacks):
        with pytest.raises(ClientError, match="AccessDenied"):
            call(StackName=stack)


def verbs(stacks: CloudFormationStacks, project: Project, operation: StackOperation, stack: str) -> Verbs:
    """Give all that the product can do to a stack, ready to be called."""
    operation = dataclasses.replace(operation, project=project, stack_name=stack)
    return {
        "describe": lambda: stacks.describe(project, stack, person=PERSON),
        "create": lambda: stacks.create(operation),
        "update": lambda: stacks.update(operation),
        "delete": lambda: stacks.delete(project, stack, token="delete", person=PERSON),
        "events": lambda: stacks.first_failure(project, stack, token=None, person=PERSON),
    }


def assert_refused(world: World, calls: Verbs) -> None:
    """Every verb is refused as a permanent error of ours, and no stack has come or gone for it."""
    before = world.stack_states()
    for verb, call in calls.items():
        with pytest.raises(AccessDeniedError):
            pytest.fail(f"{verb} was let in and gave {call()}")
    assert world.stack_states() == before


def test_a_session_is_narrowed_to_its_one_stack(world: World, unique: str) -> None:
    """The session in which a bucket's stack is driven cannot touch the next bucket's, whatever it tries."""
    stacks, other = world.stacks(), Resource(world, f"{unique}-other")
    other_id = stacks.create(other.operation(MINIMAL, "create"))
    other.settle(stacks, other_id, Action.CREATE)
    own = sessions(world, world.hub_role("stowage-AwaitStack"))
    mine = own.cloudformation(world.project, f"stowage-bucket-{unique}", PERSON)

    class OneSession:
        """Gives the session of one stack for every other, as a mistaken adapter would."""

        def cloudformation(self, *_: object) -> Any:
            return mine

        def forget(self, *_: object) -> None:
            raise AssertionError("A refused session has not expired.")

    mistaken = CloudFormationStacks(OneSession())  # type: ignore[arg-type]
    for stack in (stack_name("bucket", other.name), other_id, f"stowage-bucket-{unique}-2"):
        assert_refused(world, verbs(mistaken, world.project, other.operation(FULL, "mistaken"), stack))
    stacks.delete(world.project, other_id, token="delete", person=PERSON)
    other.settle(stacks, other_id, Action.DELETE)


@pytest.mark.parametrize("stack", [STACK_NAME, "somebody-elses-stack"])
def test_the_product_cannot_name_the_baseline_or_a_foreign_stack(world: World, unique: str, stack: str) -> None:
    """Whatever the hub's code came to ask for, the project's account refuses it."""
    operation = Resource(world, f"{unique}-bucket").operation(MINIMAL, "create")

    assert_refused(world, verbs(world.stacks(), world.project, operation, stack))


@pytest.mark.parametrize("external_id", ["f" * 64, "0123456789abcdef"])
def test_the_product_does_not_get_in_with_a_wrong_external_id(world: World, unique: str, external_id: str) -> None:
    """The adapter tells a refused role as AccessDeniedError, which ends a change with ACCESS_DENIED."""
    bucket = Resource(world, f"{unique}-bucket")
    foreign = world.project.model_copy(update={"external_id": external_id, "id": "foreign"})
    operation = bucket.operation(MINIMAL, "create")

    assert_refused(world, verbs(world.stacks(), foreign, operation, operation.stack_name))


def test_a_hub_in_another_account_does_not_get_in(world: World, unique: str) -> None:
    """Not even with the right external id, and a role of the same name as the hub's."""
    operation = Resource(world, f"{unique}-bucket").operation(MINIMAL, "create")
    stacks = CloudFormationStacks(sessions(world, world.hub_role("stowage-AwaitStack", ELSEWHERE)))

    assert_refused(world, verbs(stacks, world.project, operation, operation.stack_name))


def test_a_session_does_not_reach_into_another_account(world: World, unique: str) -> None:
    """A row that mixed two projects up leads nowhere: the role's account and the session policy's have to agree."""
    operation = Resource(world, f"{unique}-bucket").operation(MINIMAL, "create")
    mixed = world.project.model_copy(update={"account": ELSEWHERE, "id": "mixed"})
    name = operation.stack_name
    foreign_id = f"arn:aws:cloudformation:{REGION}:{ELSEWHERE}:stack/{name}/0a1b2c3d-0000-4000-8000-000000000002"

    assert_refused(world, verbs(world.stacks(), mixed, operation, name))
    calls = verbs(world.stacks(), world.project, operation, foreign_id)
    assert_refused(world, {verb: calls[verb] for verb in ("describe", "delete", "events")})
