"""A local cloud for the contract tests: one for the session, and private ones on demand.

A contract test states what AWS documents and asserts it on the emulator through real boto3 clients, signatures and IAM
enforcement included, so that nothing else in this repository rests on a behaviour that AWS does not have.
"""

import json
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from local.aws import HUB_ACCOUNT, client
from local.cloud_process import CloudProcess

HUB = HUB_ACCOUNT
PROJECT = "111111111111"
OTHER_PROJECT = "222222222222"
SETTLE_SECONDS = 30.0


@dataclass
class LocalCloud(CloudProcess):
    """A running local cloud; every client it hands out talks to it alone."""

    def client(self, service: str, account: str = HUB, **options: Any) -> Any:
        """Return a boto3 client, as `local.aws.client` makes it."""
        return client(service, self.url, account, **options)


CloudFactory = Callable[..., LocalCloud]
Template = dict[str, Any]


@dataclass(frozen=True)
class StackDriver:
    """CloudFormation of one account, driven to the end of each operation."""

    cloudformation: Any

    def create(self, name: str, template: Template, **parameters: Any) -> str:
        """Create a stack, wait for the end of it and return its id."""
        stack_id = str(self.start_create(name, template, **parameters))
        self.settle(stack_id)
        return stack_id

    def start_create(self, name: str, template: Template, **parameters: Any) -> str:
        """Create a stack and return its id at once."""
        answer = self.cloudformation.create_stack(
            StackName=name, TemplateBody=json.dumps(template), Capabilities=["CAPABILITY_NAMED_IAM"], **parameters
        )
        return str(answer["StackId"])

    def update(self, stack: str, template: Template, **parameters: Any) -> str:
        """Update a stack, wait for the end of it and return its status."""
        self.cloudformation.update_stack(
            StackName=stack, TemplateBody=json.dumps(template), Capabilities=["CAPABILITY_NAMED_IAM"], **parameters
        )
        return self.settle(stack)

    def delete(self, stack_id: str, **parameters: Any) -> str:
        """Delete a stack, wait for the end of it and return its status."""
        self.cloudformation.delete_stack(StackName=stack_id, **parameters)
        return self.settle(stack_id)

    def describe(self, stack: str) -> dict[str, Any]:
        """Return what DescribeStacks says of one stack."""
        description: dict[str, Any] = self.cloudformation.describe_stacks(StackName=stack)["Stacks"][0]
        return description

    def settle(self, stack: str) -> str:
        """Wait until no operation runs on the stack and return its status."""
        deadline = time.monotonic() + SETTLE_SECONDS
        while (status := str(self.describe(stack)["StackStatus"])).endswith("_IN_PROGRESS"):
            assert time.monotonic() < deadline, f"{stack} is still {status}"
            time.sleep(0.02)
        return status

    def template(self, stack: str) -> Template:
        """Return the template that the stack was last given."""
        body: Template | str = self.cloudformation.get_template(StackName=stack)["TemplateBody"]
        return json.loads(body) if isinstance(body, str) else body

    def events(self, stack: str) -> list[dict[str, Any]]:
        """Return the stack's events, oldest first."""
        events: list[dict[str, Any]] = self.cloudformation.describe_stack_events(StackName=stack)["StackEvents"]
        return events[::-1]

    def first_failure(self, stack: str) -> str:
        """Return the reason of the first event that tells of a failure."""
        return str(
            next(e["ResourceStatusReason"] for e in self.events(stack) if e["ResourceStatus"].endswith("FAILED"))
        )


@pytest.fixture
def stacks(cloud: LocalCloud) -> StackDriver:
    """Drive the stacks of project account 111111111111 in the session's cloud."""
    return StackDriver(cloud.client("cloudformation", PROJECT))


@pytest.fixture(scope="session")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCloud]:
    """Serve the whole session from one local cloud; tests keep apart by names of their own."""
    shared = LocalCloud(tmp_path_factory.mktemp("cloud"))
    shared.start()
    yield shared
    shared.stop()


@pytest.fixture
def start_cloud(tmp_path: Path) -> Iterator[CloudFactory]:
    """Start private clouds: `start_cloud(step_seconds=…, auth=…)`, with `.restart()` on the same state."""
    started: list[LocalCloud] = []

    def start(*, step_seconds: float = 0.0, auth: bool = True, save_seconds: float = 60.0) -> LocalCloud:
        folder = tmp_path / f"cloud{len(started)}"
        private = LocalCloud(folder, step_seconds=step_seconds, auth=auth, save_seconds=save_seconds)
        started.append(private)
        private.start()
        return private

    yield start
    for private in started:
        private.stop()


@pytest.fixture
def unique() -> str:
    """Return a short name that no other test uses (lower case letters and digits, begins with a letter)."""
    return f"t{uuid.uuid4().hex[:10]}"
