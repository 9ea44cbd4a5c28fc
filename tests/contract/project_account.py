"""An onboarded project, ways into its account, and resources in it, driven by the product's own code."""

import contextlib
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from operate.onboard import Request, onboard
from stowage.adapters import session as adapter_session
from stowage.adapters.cloudformation import CloudFormationStacks
from stowage.adapters.onboarding import AwsHub
from stowage.adapters.sts import ProjectSessions
from stowage.adapters.system_clock import SystemClock
from stowage.catalog.baseline import Hub
from stowage.catalog.bucket import KIND
from stowage.domain.changes import Action
from stowage.domain.kinds import Kind, RenderRequest
from stowage.domain.ports import StackOperation
from stowage.domain.projects import Project
from stowage.domain.resources import stack_name
from stowage.domain.stacks import Stack, operation_error
from tests.contract.conftest import HUB, LocalCloud
from tests.unit.fakes.projects import FakeProjects
from tests.unit.operate.fakes import FakeStackEventQueue, mirror

ELSEWHERE = "355555555555"
REGION = "eu-west-1"
PERSON = "0a1b2c3d-0000-4000-8000-000000000001"
DEADLINE_SECONDS = 30.0
MINIMAL: dict[str, Any]
FULL: dict[str, Any]
MINIMAL, FULL = KIND.schema["examples"]


@dataclass(frozen=True)
class World:
    """An onboarded project, and ways into its account."""

    cloud: LocalCloud
    project: Project

    def root(self, service: str) -> Any:
        """Give a client of the project account's root."""
        return self.cloud.client(service, self.project.account)

    def hub_role(self, name: str, account: str = HUB) -> Any:
        """Give an STS client of a role that may assume every role, as a function of the hub is."""
        iam, sts = self.cloud.client("iam", account), self.cloud.client("sts", account)
        trust = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{account}:root"}, "Action": "sts:AssumeRole"}
        may = {"Effect": "Allow", "Action": ["sts:AssumeRole", "sts:SetSourceIdentity"], "Resource": "*"}
        with contextlib.suppress(iam.exceptions.EntityAlreadyExistsException):
            iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(_document(trust)))
        iam.put_role_policy(RoleName=name, PolicyName="assume", PolicyDocument=json.dumps(_document(may)))
        given = sts.assume_role(RoleArn=f"arn:aws:iam::{account}:role/{name}", RoleSessionName="function")
        return self.cloud.client("sts", credentials=given["Credentials"])

    def enter(self, sts: Any, **changed: str) -> Any:
        """Assume the project's deploy role as the product does, and give a CloudFormation client."""
        asked = {"ExternalId": self.project.external_id, "SourceIdentity": PERSON, **changed}
        given = sts.assume_role(RoleArn=self.project.deploy_role_arn, RoleSessionName=PERSON, **asked)
        return self.cloud.client("cloudformation", credentials=given["Credentials"])

    def stacks(self) -> CloudFormationStacks:
        """Give the product's own port, on a role of the hub."""
        return CloudFormationStacks(sessions(self, self.hub_role("stowage-AwaitStack")))

    def stack_states(self) -> dict[str, str]:
        """Give every stack of the project's account and its status."""
        pages = self.root("cloudformation").get_paginator("list_stacks").paginate()
        return {stack["StackId"]: stack["StackStatus"] for page in pages for stack in page["StackSummaries"]}


def _document(statement: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": [statement]}


@contextlib.contextmanager
def onboarded(cloud: LocalCloud, account_id: str, project: str) -> Iterator[World]:
    """Onboard a project into an account, once."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("AWS_ENDPOINT_URL", cloud.url)
        environment.setenv("AWS_ACCESS_KEY_ID", HUB)
        environment.setenv("AWS_SECRET_ACCESS_KEY", "local")
        environment.setenv("AWS_REGION", REGION)
        environment.setenv("AWS_DEFAULT_REGION", REGION)
        projects = FakeProjects()
        hub = AwsHub()
        account = hub.open_project(account_id, REGION, admin_role="unused", profile=None)
        request = Request(project, project.title(), account_id, REGION, sftp=True)
        ports: dict[str, Any] = {
            "account": account,
            "mirror": mirror(projects),
            "events": FakeStackEventQueue(),
            "say": lambda _: None,
        }
        assert onboard(request, Hub(hub.account, "stowage"), **ports)
        assert not onboard(request, Hub(hub.account, "stowage"), **ports)
    yield World(cloud, projects.projects[project])
    adapter_session.session.cache_clear()


@dataclass(frozen=True)
class Resource:
    """A resource's stack, driven as the product drives it."""

    world: World
    name: str
    kind: Kind = KIND

    def operation(self, spec: dict[str, Any], token: str) -> StackOperation:
        """Give what SubmitStackOperation would submit."""
        request = RenderRequest(self.world.project, self.name, spec, 1)
        assert self.kind.request_faults(request) == ()
        kind, template = self.kind.kind, self.kind.render(request)
        tags = {"stowage:project": self.world.project.id, "stowage:kind": kind, "stowage:name": self.name}
        return StackOperation(self.world.project, stack_name(kind, self.name), template, token, tags, PERSON)

    def settle(self, stacks: CloudFormationStacks, stack_id: str, action: Action) -> Stack:
        """Wait until the operation ends, and make sure that it did what was asked."""
        deadline = time.monotonic() + DEADLINE_SECONDS
        while (stack := stacks.describe(self.world.project, stack_id, person=PERSON)) and stack.running:
            assert time.monotonic() < deadline, stack
            time.sleep(0.05)
        assert stack is not None
        cause = stacks.first_failure(self.world.project, stack_id, token=None, person=PERSON)
        assert operation_error(action, stack, cause) is None, (stack, cause)
        return stack


def sessions(world: World, sts: Any) -> ProjectSessions:
    """Give the product's sessions on a role's STS client."""

    def make_client(service: str, **options: Any) -> Any:
        return adapter_session.make_client(service, endpoint_url=world.cloud.url, **options)

    return ProjectSessions(sts, make_client, SystemClock())
