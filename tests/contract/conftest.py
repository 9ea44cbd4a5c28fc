"""A local cloud for the contract tests: one for the session, and private ones on demand.

A contract test states what AWS documents and asserts it on the emulator through real boto3 clients, signatures and IAM
enforcement included, so that nothing else in this repository rests on a behaviour that AWS does not have.
"""

import contextlib
import json
import signal
import socket
import subprocess
import threading
import time
import urllib.parse
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore import UNSIGNED
from botocore.config import Config

ROOT = Path(__file__).parents[2]
PYTHON = ROOT / ".venv" / "cloud" / "bin" / "python"
HUB = "000000000000"
PROJECT = "111111111111"
OTHER_PROJECT = "222222222222"
SETTLE_SECONDS = 30.0
START_SECONDS = 30.0
STOP_SECONDS = 20.0
LOG_TAIL_LINES = 60
# One for all clients: a session of its own costs each of them 80 ms. The stubs know literal service names alone.
SESSION: Any = boto3.session.Session()
SESSION_LOCK = threading.Lock()


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@dataclass
class LocalCloud:
    """A running local cloud; every client it hands out talks to it alone."""

    state_dir: Path
    step_seconds: float = 0.0
    auth: bool = True
    port: int = field(default_factory=_free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Return the one endpoint of every service."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> Path:
        """Return the file that the emulator's output goes to."""
        return self.state_dir / "cloud.log"

    def start(self) -> None:
        """Start the process and return once it answers; fail with the end of its log if it does not in time."""
        self.state_dir.mkdir(parents=True, exist_ok=True)
        command = [str(PYTHON), "-m", "local.cloud", "--port", str(self.port), "--state-dir", str(self.state_dir)]
        command += ["--step-seconds", str(self.step_seconds)]
        if not self.auth:
            command.append("--no-auth")
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=subprocess.STDOUT)
        deadline = time.monotonic() + START_SECONDS
        while not self._healthy():
            if self.process.poll() is not None:
                self._fail(f"it ended with exit code {self.process.returncode}")
            if time.monotonic() > deadline:
                self.stop()
                self._fail(f"it did not answer within {START_SECONDS:.0f} s")
            time.sleep(0.05)

    def stop(self) -> None:
        """Stop the process gracefully, so that it saves its state; kill it if it does not end in time."""
        if self.process is None or self.process.poll() is not None:
            return
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            self._fail(f"it did not stop within {STOP_SECONDS:.0f} s")

    def restart(self) -> None:
        """Stop gracefully and start again, on the same port and state."""
        self.stop()
        self.start()

    def client(
        self,
        service: str,
        account: str = HUB,
        *,
        credentials: dict[str, Any] | None = None,
        region: str = "eu-west-1",
        unsigned: bool = False,
    ) -> Any:
        """Return a boto3 client of the account's root, of the AssumeRole credentials, or of nobody (`unsigned`)."""
        keys = {"AccessKeyId": account, "SecretAccessKey": "test", **(credentials or {})}
        with SESSION_LOCK:  # making a client is not thread safe, using one is
            client = SESSION.client(
                service,
                endpoint_url=self.url,
                region_name=region,
                aws_access_key_id=keys["AccessKeyId"],
                aws_secret_access_key=keys["SecretAccessKey"],
                aws_session_token=keys.get("SessionToken"),
                config=Config(
                    retries={"total_max_attempts": 1},
                    connect_timeout=5,
                    read_timeout=60,
                    s3={"addressing_style": "path"},
                    **({"signature_version": UNSIGNED} if unsigned else {}),
                ),
            )
        if service == "s3control":
            # Its endpoint rules put the account before any host, and nothing resolves 111111111111.127.0.0.1.
            client.meta.events.register("before-sign.s3-control", self._strip_account)
        return client

    def _strip_account(self, request: Any, **_: Any) -> None:
        path = urllib.parse.urlsplit(request.url).path
        request.url = f"{self.url}{path}"

    def _healthy(self) -> bool:
        with contextlib.suppress(OSError), urllib.request.urlopen(f"{self.url}/_ministack/health", timeout=2) as answer:  # noqa: S310
            return isinstance(json.load(answer), dict)
        return False

    def _fail(self, why: str) -> None:
        tail = "\n".join(self.log.read_text(errors="replace").splitlines()[-LOG_TAIL_LINES:])
        pytest.fail(f"The local cloud: {why}. The end of its log:\n{tail}", pytrace=False)


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

    def start(*, step_seconds: float = 0.0, auth: bool = True) -> LocalCloud:
        private = LocalCloud(tmp_path / f"cloud{len(started)}", step_seconds=step_seconds, auth=auth)
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
