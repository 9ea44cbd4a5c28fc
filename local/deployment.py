"""Stowage on the local cloud: the very `sam build` and `sam deploy` that deploy it to AWS, skipped when unchanged."""

import hashlib
import json
import os
import platform
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from botocore.exceptions import ClientError

from local.aws import HUB_ACCOUNT, client, environment
from local.cloud_process import PYTHON, ROOT, LocalCloudError
from local.marks import Mark

SAM = ROOT / ".venv" / "sam" / "bin" / "sam"
STACK = "stowage"
BUILD_INPUTS = ("template.yaml", "samconfig.toml", "package.mk", "operate/package.py", "requirements/lambda.txt")
BUILD_FOLDERS = ("api", "tasks", "listeners", "stowage", "statemachines")
LOG_TAIL_LINES = 25


def stack_outputs(url: str) -> dict[str, str]:
    """Give the outputs of Stowage's stack. Raises LocalCloudError if it is not deployed."""
    try:
        stacks = client("cloudformation", url).describe_stacks(StackName=STACK)["Stacks"]
    except ClientError as error:
        raise LocalCloudError(f"The stack {STACK} is not deployed: {error}") from error
    return {output["OutputKey"]: output["OutputValue"] for output in stacks[0].get("Outputs", [])}


@dataclass(frozen=True)
class Polls:
    """How often waiting states look by themselves: those of changes, and those of rotations."""

    change_seconds: int
    rotation_seconds: int


@dataclass(frozen=True)
class Deployment:
    """What to deploy, and where; `source` is the tree that is built, this one unless a test has made another."""

    url: str
    state_dir: Path
    console_origins: tuple[str, ...]
    polls: Polls
    source: Path = ROOT

    @property
    def parameters(self) -> dict[str, str]:
        """The template's parameters that differ from those for AWS."""
        machine = {"aarch64": "arm64", "arm64": "arm64"}.get(platform.machine(), "x86_64")
        return {
            "Architecture": machine,
            "PythonVersion": f"python{sys.version_info.major}.{sys.version_info.minor}",
            "PasswordSignIn": "true",
            "AuditorPrincipal": f"arn:aws:iam::{HUB_ACCOUNT}:root",
            "PollSeconds": str(self.polls.change_seconds),
            "RotationPollSeconds": str(self.polls.rotation_seconds),
            "CredentialsMinutes": "2",
            "ReconcileMinutes": "2",
            "ConsoleOrigins": ",".join(self.console_origins),
        }

    def fingerprint(self) -> str:
        """Give a hash of everything that goes into the build and the deployment."""
        summed = hashlib.sha256(json.dumps([self.url, self.parameters, sys.version], sort_keys=True).encode())
        files = [self.source / name for name in BUILD_INPUTS]
        for folder in BUILD_FOLDERS:
            files += sorted(path for path in (self.source / folder).rglob("*") if path.suffix in {".py", ".json"})
        for file in files:
            summed.update(str(file.relative_to(self.source)).encode() + b"\0" + file.read_bytes())
        return summed.hexdigest()

    def is_current(self) -> bool:
        """Tell whether exactly this stands deployed already."""
        if Mark(self.url, "deployed").read() != self.fingerprint():
            return False
        try:
            stack_outputs(self.url)
        except LocalCloudError:
            return False
        return True

    def build(self) -> None:
        """Build the package. Raises LocalCloudError with the end of SAM's output."""
        self._sam("build", "--build-dir", str(self.state_dir / "build"))

    def deploy(self) -> None:
        """Deploy the package and wait for it. Raises LocalCloudError with the end of SAM's output."""
        overrides = [f"{name}={value}" for name, value in self.parameters.items()]
        template = str(self.state_dir / "build" / "template.yaml")
        # SAM looks for samconfig.toml beside the template, and the built one lies elsewhere.
        configuration = ["--config-file", str(self.source / "samconfig.toml"), "--template-file", template]
        self._sam("deploy", *configuration, "--no-progressbar", "--parameter-overrides", *overrides)
        Mark(self.url, "deployed").write(self.fingerprint())

    def _sam(self, verb: str, *arguments: str) -> None:
        log = self.state_dir / f"sam-{verb}.log"
        # The package is for the interpreter that the local cloud runs functions in, wherever its source lies.
        variables = {**os.environ, **environment(self.url), "PYTHON": str(PYTHON)}
        with log.open("wb") as out:
            code = subprocess.run(
                [str(SAM), verb, *arguments],
                cwd=self.source,
                env=variables,
                stdout=out,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                check=False,
            ).returncode
        if code:
            tail = "\n".join(log.read_text(errors="replace").splitlines()[-LOG_TAIL_LINES:])
            raise LocalCloudError(f"`sam {verb}` failed (exit {code}); the end of {log}:\n{tail}")
