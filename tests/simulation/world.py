"""A world: table, CloudFormation, sockets and functions on one timeline, each call of AWS a step that a plan may spoil.

Everything that is random comes from one seed: how long a call takes, what goes wrong, how an operation ends.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random
from typing import Any

from stowage.adapters.settings import SettingMissingError
from stowage.catalog.registry import kind_by_name
from stowage.domain.kinds import RenderRequest
from stowage.domain.projects import Role
from tests.simulation import wiring
from tests.simulation.aws_faults import (
    CONNECT_SECONDS,
    READ_SECONDS,
    AwsCall,
    Fault,
    Plan,
    client_error,
    error_of,
)
from tests.simulation.buckets import Buckets
from tests.simulation.cloudformation import CloudFormation, Script
from tests.simulation.dynamodb import Table
from tests.simulation.invocations import Invocation
from tests.simulation.sim_stack import SimStack
from tests.simulation.timeline import Timeline
from tests.unit.fakes.people import MANAGER, member, project

Reply = Callable[[Any, BaseException | None], None]
FUNCTION_SECONDS = 25.0
"""template.yaml, Globals.Function.Timeout."""
CRASHED, TIMED_OUT = "Runtime.ExitError", "Sandbox.Timedout"
UNWIRED = (SettingMissingError, NotImplementedError, ImportError, AttributeError, NameError)
"""What no fault of AWS makes: a function that ends by it was given too little here, or is broken."""
OPEN_PAGE, CLOSED_PAGE = "page", "closed"
BUCKET = "bucket"


class World:
    """Everything outside of the executions; `trace` tells what happened, in order."""

    def __init__(self, seed: int, plan: Plan | None = None, script: Script | None = None, again: str = "") -> None:
        self.random = Random(seed)  # noqa: S311 -- chance that can be had again
        self.plan = plan or Plan()
        self.timeline = Timeline()
        self.table = Table(tick=lambda: self.timeline.now_seconds)
        self.stacks = CloudFormation(self.timeline, script or (lambda _verb, _stack: ("done", 20.0)))
        self.stacks.again = again or self.random.choice(["idempotent", "exists", "token refused"])
        self.stacks.stop_has_own_token = seed % 2 == 0
        self.buckets = Buckets(self._template_of)
        self.stacks.holds = lambda stack: self.buckets.holds(stack.name.removeprefix(f"stowage-{BUCKET}-"))
        self.current: Invocation | None = None
        self.alive: list[Invocation] = []
        self.trace: list[str] = []
        self.watchers: list[Callable[[AwsCall], None]] = []
        """Told of each call that has taken effect."""
        self.more: dict[str, Callable[[str, dict[str, Any]], Any]] = {}
        """What other services answer: by service, from operation and arguments."""
        self.project = project(survey_role_arn="arn:aws:iam::111111111111:role/StowageSurvey")
        self._onboard()

    def _template_of(self, bucket: str) -> str | None:
        stack = self.stacks.find(f"stowage-{BUCKET}-{bucket}")
        return None if stack is None else stack.template

    def _onboard(self) -> None:
        """Lay a project, its member and two open pages, of which one is gone, into the table."""
        with wiring.wired(_Direct(self)):
            from stowage.adapters import bootstrap  # noqa: PLC0415 -- wired now

            bootstrap.projects().put_project(self.project)
            bootstrap.projects().put_membership(member(self.project, MANAGER, Role.MANAGER))
            for page in (OPEN_PAGE, CLOSED_PAGE):
                bootstrap.sockets().add(page, MANAGER.id, expires_at=0)
                bootstrap.sockets().subscribe(page, MANAGER.id, (self.project.id,), expires_at=0)

    def note(self, line: str) -> None:
        """Add a line to the trace."""
        self.trace.append(f"{self.timeline.now_seconds:10.3f} {line}")

    # ------------------------------------------------------------------ functions

    def call(self, service: str, operation: str, arguments: dict[str, Any]) -> Any:
        """Answer a call of the function that runs now, when its time has come."""
        assert self.current is not None, f"{service} {operation} is called by nobody"
        return self.current.call(service, operation, arguments)

    def now(self) -> datetime:
        """Give the moment."""
        return self.timeline.now()

    def invoke(
        self, state: str, change: str, event: Any, ended: Reply, *, seconds: float = FUNCTION_SECONDS, turn: int = 0
    ) -> None:
        """Run a state's real handler; `ended` gets its answer, or its error (a string: the runtime's own)."""
        handler = wiring.handler_of(state)
        fence = event.get("fence")
        invocation = Invocation(state, change, lambda: handler(event, object()), fence=fence, turn=turn)
        self.alive.append(invocation)
        told = False

        def tell(value: Any, error: BaseException | None) -> None:
            nonlocal told
            if not told:
                told = True
                limit.cancel()
                ended(value, error)

        def over() -> None:
            self.note(f"{state} of {change} ran into its timeout")
            invocation.kill()
            tell(None, RuntimeEndError(TIMED_OUT))

        def go_on(value: Any, error: BaseException | None) -> None:
            if invocation.killed:
                return
            self.current = invocation
            if value is None and error is None and self.random.random() < 0.5:
                wiring.forget_sessions()
            invocation.resume(value, error)
            self.current = None
            if invocation.finished:
                self.alive.remove(invocation)
                _check_wiring(invocation)
                tell(invocation.answer, invocation.error)
            elif invocation.pending is not None:
                self.perform(invocation.pending, go_on, crash)

        def crash() -> None:
            invocation.kill()
            tell(None, RuntimeEndError(CRASHED))

        limit = self.timeline.after(seconds, over)
        self.timeline.after(self.latency(), lambda: go_on(None, None))

    def latency(self) -> float:
        """Give how long something takes: some milliseconds, now and then a second."""
        return self.random.expovariate(1 / 0.02) + (self.random.random() if self.random.random() < 0.05 else 0)

    # ------------------------------------------------------------------ calls

    def perform(self, call: AwsCall, reply: Reply, crash: Callable[[], None] | None = None) -> None:
        """Make a call, as the plan lets it go; `reply` gets its result, or `crash` is called instead of it."""
        fault = self.plan.fault_of(call)
        before, after = self.latency(), self.latency()
        if fault is not None:
            self.note(f"{call.state} of {call.change}: {call.name} {fault.value}")
        later = self.timeline.after
        if fault in {Fault.THROTTLE, Fault.SERVER_ERROR, Fault.DENIED}:
            error = error_of(fault, call)
            later(before, lambda: reply(None, error))
        elif fault is Fault.TIMEOUT_BEFORE:
            later(CONNECT_SECONDS, lambda: reply(None, error_of(fault, call)))
        elif fault in {Fault.TIMEOUT_AFTER, Fault.LATE}:
            wait = before if fault is Fault.TIMEOUT_AFTER else self.random.uniform(READ_SECONDS, 120)
            later(wait, lambda: self._effect(call))
            later(READ_SECONDS, lambda: reply(None, error_of(fault, call)))
        elif fault is Fault.CRASH:
            later(before, lambda: (self._effect(call), (crash or (lambda: reply(None, error_of(fault, call))))()))
        elif fault is Fault.TWICE:
            later(before, lambda: self._effect(call))
            later(before + READ_SECONDS / 3, lambda: reply(*self._effect(call)))
        elif fault is Fault.SLOW:
            wait = self.random.uniform(9, 24)
            later(wait, lambda: self._answer(call, None, after, reply))
        else:
            as_of = self.timeline.now_seconds - self.random.uniform(0.5, 30) if fault is Fault.STALE else None
            later(before, lambda: self._answer(call, as_of, after, reply))

    def _answer(self, call: AwsCall, as_of: float | None, after: float, reply: Reply) -> None:
        value, error = self._effect(call, as_of)
        self.timeline.after(after, lambda: reply(value, error))

    def _effect(self, call: AwsCall, as_of: float | None = None) -> tuple[Any, BaseException | None]:
        """Let a call take effect now; give its value or its error."""
        self.making = call
        try:
            value, error = self.effect(call.service, call.operation, call.arguments, as_of), None
        except NotImplementedError:
            raise
        except Exception as refused:  # noqa: BLE001 -- the client raises it
            value, error = None, refused
        self.note(f"{call.state} of {call.change}: {call.name}{'' if error is None else f' refused: {error}'}")
        for told in self.watchers:
            told(call)
        self.making = None
        return value, error

    making: AwsCall | None = None
    """The call that takes effect now: who it is that writes."""

    def effect(self, service: str, operation: str, arguments: dict[str, Any], as_of: float | None = None) -> Any:
        """Do what a call does. Raises ClientError, and NotImplementedError for what the world does not have."""
        arguments = dict(arguments)
        session = arguments.pop("_session", None)
        if service == "dynamodb":
            return self.table.call(operation, arguments, as_of)
        if service == "cloudformation":
            if session and float(session) < self.timeline.now_seconds:
                raise client_error("ExpiredToken", "The security token is expired", operation, status=403)
            return self.stacks.call(operation, arguments, as_of)
        if service == "sts" and operation == "assume_role":
            until = self.now() + timedelta(seconds=arguments["DurationSeconds"])
            token = str(self.timeline.now_seconds + arguments["DurationSeconds"])
            keys = {"AccessKeyId": "A", "SecretAccessKey": "s", "SessionToken": token}
            return {"Credentials": {**keys, "Expiration": until}}
        if service == "apigatewaymanagementapi" and operation == "post_to_connection":
            if arguments["ConnectionId"] == CLOSED_PAGE:
                raise client_error("GoneException", "Gone", "PostToConnection", status=410)
            return {}
        if service == "s3":
            return self.buckets.call(operation, arguments)
        if service in self.more:
            return self.more[service](operation, arguments)
        raise NotImplementedError(f"The simulation has no {service} {operation}: give it one in tests/simulation.")

    # ------------------------------------------------------------------ givens

    def template(self, name: str, spec: dict[str, Any], version: int) -> dict[str, Any]:
        """Render a bucket's stack."""
        kind = kind_by_name(BUCKET)
        assert kind is not None
        return kind.render(RenderRequest(project=self.project, name=name, spec=spec, version=version))

    def lay_stack(self, name: str, status: str, spec: dict[str, Any], *, ours: bool = True) -> SimStack:
        """Lay a bucket's stack, or a stranger's of that name, into the project's account."""
        tags = {"stowage:project": self.project.id, "stowage:kind": BUCKET, "stowage:name": name}
        body = self.template(name, spec, version=1)
        return self.stacks.lay(f"stowage-{BUCKET}-{name}", status, body, tags if ours else {"owner": "somebody else"})


def _check_wiring(invocation: Invocation) -> None:
    """Refuse a function that ended by its wiring: it would fail at every call, and look like a faulty world."""
    if isinstance(invocation.error, UNWIRED):
        sentence = f"{invocation.state} of {invocation.change} is not wired: {invocation.error!r}"
        raise AssertionError(sentence) from invocation.error  # noqa: TRY004 -- it is a defect here


class RuntimeEndError(Exception):
    """A function's end that none of its code saw; its text is the error's name."""


class _Direct:
    """Answers a call at once: for laying givens into a world."""

    def __init__(self, world: World) -> None:
        self.world = world

    def call(self, service: str, operation: str, arguments: dict[str, Any]) -> Any:
        """Do it."""
        return self.world.effect(service, operation, arguments)

    def now(self) -> datetime:
        """Give the moment."""
        return self.world.now()
