"""The one place where the simulation meets `stowage.adapters.bootstrap`: real ports on fake clients.

The tasks' and the listener's real handlers ask bootstrap for their ports, and get the real adapters. Replaced are: the
clients of boto3 (each call stands still until the world answers it), the clock, the settings, and the lines of the
metrics. A client of a service that the world does not have is refused at its first call, by name.
"""

import importlib
import re
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from datetime import datetime
from types import SimpleNamespace
from typing import Any, Protocol
from unittest.mock import patch

from api import parallel
from stowage.adapters import bootstrap, log, metrics
from stowage.adapters.settings import VARIABLES, Settings
from stowage.domain import notifications
from stowage.domain.changes import canonical_json

MACHINE_ARN = "arn:aws:states:eu-west-1:000000000000:stateMachine:change_resource"
TABLE = "stowage"
SETTINGS = Settings.model_validate(
    {
        # Whatever else a function may need: an ARN of a machine that no change of a bucket starts.
        **{name: MACHINE_ARN.replace("change_resource", name.lower()) for name in VARIABLES},
        "TABLE_NAME": TABLE,
        "STATE_MACHINE_ARN": MACHINE_ARN,
        "SOCKET_ENDPOINT": "https://sockets.invalid",
        "POWERTOOLS_SERVICE_NAME": "stowage-simulation",
        "LOG_LEVEL": "CRITICAL",
    }
)
LISTENERS = frozenset({"ExecutionEnded", "StackEvent"})
API = "Api"
"""The state that calls of the HTTP API are told under."""
IN_SESSIONS = (
    "_project_sessions",
    "stacks",
    "stack_survey",
    "live_resources",
    "contents",
    "access_keys",
    "secret_store",
    "custodian",
)
"""Ports that hold sessions of a project's account."""
Handler = Callable[[dict[str, Any], object], Any]


class Caller(Protocol):
    """Whoever answers the calls of the function that runs now."""

    def call(self, service: str, operation: str, arguments: dict[str, Any]) -> Any:
        """Make a call of AWS."""
        ...

    def now(self) -> datetime:
        """Give the moment."""
        ...


class FakeClient:
    """A client of boto3: whatever is called on it, the world answers. `session` is what it was made with."""

    def __init__(self, caller: Caller, service: str, session: str = "") -> None:
        self.meta = SimpleNamespace(method_to_api_mapping={})
        self._caller, self._service, self._session = caller, service, session

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        """Give the operation of this name."""
        if operation.startswith("_"):
            raise AttributeError(operation)
        session = {"_session": self._session} if self._session else {}
        return lambda **arguments: self._caller.call(self._service, operation, {**arguments, **session})


class _OneAfterTheOther:
    """Does what a pool of threads is asked for at once."""

    def submit(self, read: Callable[[], Any]) -> "Future[Any]":
        """Do it, and give its result as a future."""
        done = Future[Any]()
        try:
            done.set_result(read())
        except Exception as error:  # noqa: BLE001 -- whoever asks for the result gets it
            done.set_exception(error)
        return done

    def map(self, read: Callable[[Any], Any], of: Iterable[Any]) -> Iterator[Any]:
        """Do it for each."""
        return map(read, of)


def _clear() -> None:
    for port in [*vars(bootstrap).values(), log.logger]:
        if hasattr(port, "cache_clear"):
            port.cache_clear()


@contextmanager
def wired(caller: Caller) -> Iterator[None]:
    """Let everything inside the block reach `caller` instead of AWS; afterwards bootstrap is as new."""

    def make_client(service: str, **options: Any) -> FakeClient:
        return FakeClient(caller, service, options.get("aws_session_token", ""))

    clock = SimpleNamespace(now=caller.now)
    _clear()
    with (
        patch.object(bootstrap, "client", make_client),
        patch.object(bootstrap, "make_client", make_client),
        patch.object(bootstrap, "clock", lambda: clock),
        patch.object(bootstrap, "settings", lambda: SETTINGS),
        patch.object(metrics, "_emit", lambda *_: None),
        # One socket after another: two threads of one function would race outside the timeline.
        patch.object(notifications, "POSTS_AT_ONCE", 1),
        patch.object(parallel, "_pool", _OneAfterTheOther),
    ):
        try:
            yield
        finally:
            for port in (log.logger,):
                port.cache_clear()
    _clear()


def json_text(value: Any) -> str:
    """Give the JSON of a value, as a task answers its token with."""
    return canonical_json(value)


def forget_sessions() -> None:
    """Let the next function start cold: no session of a project's account is kept."""
    for name in IN_SESSIONS:
        getattr(bootstrap, name).cache_clear()


def handler_of(state: str) -> Handler:
    """Give the real handler of a Task state's function, or of the listener ExecutionEnded."""
    if state == API:
        served: Handler = importlib.import_module("api.app").handler
        return served
    name = re.sub(r"(?<!^)(?=[A-Z])", "_", state).lower()
    folder = "listeners" if state in LISTENERS else "tasks"
    found: Handler = importlib.import_module(f"{folder}.{name}").handler
    return found
