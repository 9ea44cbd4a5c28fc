"""Bring a whole Stowage up on the local cloud: used by `make run` and by the end-to-end tests alike."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from local import population
from local.aws import HUB_ACCOUNT, REGION
from local.cloud_process import ROOT, CloudProcess
from local.deployment import Deployment, Polls, stack_outputs
from local.endpoints import Endpoints
from local.marks import Mark
from local.sftp import address_in

Say = Callable[[str], None]


@dataclass
class Stage:
    """A local cloud with Stowage deployed, projects onboarded and people added.

    `source` is the tree that is deployed and onboarded from; the local cloud and the tools are always this one's. A
    waiting rotation looks every `rotation_poll_seconds`, 1,464 times at most: half an hour makes it wait for 30 days,
    and what a person does wakes it at once.
    """

    cloud: CloudProcess
    console: str
    poll_seconds: int
    say: Say = field(default=lambda _line: None)
    source: Path = ROOT
    rotation_poll_seconds: int = 1800

    def bring_up(self) -> Endpoints:
        """Start, build, deploy and populate what is not there yet. Raises LocalCloudError."""
        with self._step("starting the local cloud"):
            self.cloud.start()
        origins = (self.console, self.console.replace("127.0.0.1", "localhost"))
        polls = Polls(self.poll_seconds, self.rotation_poll_seconds)
        deployment = Deployment(self.cloud.url, self.cloud.state_dir, origins, polls, self.source)
        if deployment.is_current():
            self.say("  the deployment is up to date")
        else:
            with self._step("building the package (sam build)"):
                deployment.build()
            with self._step("deploying the control plane (sam deploy)"):
                deployment.deploy()
        self._populate()
        # A kill from now on loses a minute at most, and never that Stowage is there.
        self.cloud.save()
        return self.endpoints()

    def _populate(self) -> None:
        """Populate once: afterwards it is the operators' business who is in and who is not."""
        outputs = stack_outputs(self.cloud.url)
        populated = Mark(self.cloud.url, "populated")
        missing = population.missing(self.cloud.url, outputs["TableName"], outputs["UserPoolId"])
        # Another table is another Stowage: the stack was deleted and made anew.
        if populated.read() == outputs["TableName"]:
            if missing:
                self.say(f"  missing, removed by an operator or lost: {', '.join(missing)} (FRESH=1 begins anew)")
            return
        with self._step("onboarding two projects in two accounts"):
            population.onboard(self.cloud.url, self.source)
        with self._step("adding four people"):
            population.add_people(self.cloud.url, self.cloud.state_dir, self.source)
        populated.write(outputs["TableName"])

    def endpoints(self) -> Endpoints:
        """Tell where everything is. Raises LocalCloudError if nothing is deployed."""
        outputs = stack_outputs(self.cloud.url)
        return Endpoints(
            console=self.console,
            api=self._execute_api(outputs["ApiUrl"]),
            socket=self._execute_api(outputs["SocketUrl"]).replace("http:", "ws:"),
            aws=self.cloud.url,
            region=REGION,
            hub_account=HUB_ACCOUNT,
            table=outputs["TableName"],
            state_machines={
                "change_resource": outputs["StateMachineArn"],
                "reconcile": outputs["ReconcileMachineArn"],
                "rotate_credentials": outputs["RotationMachineArn"],
            },
            user_pool_id=outputs["UserPoolId"],
            client_id=outputs["UserPoolClientId"],
            test_sign_in="USER_PASSWORD_AUTH",
            projects=tuple(replace(it, sftp=address_in(self.cloud.url, it.account)) for it in population.PROJECTS),
            people=population.people(self.cloud.state_dir),
        )

    @contextmanager
    def _step(self, what: str) -> Iterator[None]:
        self.say(f"  {what} …")
        began = time.monotonic()
        yield
        self.say(f"  {what}: {time.monotonic() - began:.1f} s")

    def _execute_api(self, url: str) -> str:
        """Give the local address of an `https://{id}.execute-api.…/{stage}` URL; an HTTP API's stage is $default."""
        host, _, stage = url.split("://", 1)[1].partition("/")
        return f"{self.cloud.url}/_aws/execute-api/{host.split('.')[0]}/{stage.strip('/') or '$default'}"
