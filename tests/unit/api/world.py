"""The API with fakes behind it, called as API Gateway calls it."""

import json
import re
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from api.router import build_handler
from api.routes import lock_addresses, lock_routes, reveal_routes, routes_of
from api.socket_router import build_socket_handler
from stowage.domain.kinds import Kind
from stowage.domain.notifications import Notifier
from stowage.domain.projects import Person
from stowage.domain.recovery import Recovery
from tests.unit.fakes.change_details import FakeChangeDetails, FakeHistories
from tests.unit.fakes.changes import FakeChanges
from tests.unit.fakes.clock import FakeClock
from tests.unit.fakes.credentials import FakeCredentialRows, FakeSecretStore
from tests.unit.fakes.executions import FakeExecutions, FakeWaits
from tests.unit.fakes.handovers import FakeHandovers
from tests.unit.fakes.kinds import crate
from tests.unit.fakes.notices import FakeNotices
from tests.unit.fakes.people import MANAGER, populated
from tests.unit.fakes.reconcile_runs import FakeReconcileRuns
from tests.unit.fakes.resources import FakeResources
from tests.unit.fakes.sign_ins import FakeSignIns
from tests.unit.fakes.sockets import FakeConnections, FakeGlobalNames, FakeSockets, FakeTickets
from tests.unit.fakes.spying import Spy
from tests.unit.fakes.stacks import FakeStacks

ISSUER = "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_pool"
CLIENT = "client-of-the-console"
ORIGIN = "https://console.example.com"
BREAK = re.compile(r"/v1/projects/[^/]+/[^/]+/[^/]+/lock/break")
REVEAL = re.compile(r"/v1/handovers/[^/]+/reveal")


@dataclass(frozen=True)
class Settings:
    """The settings of a test."""

    user_pool_issuer: str = ISSUER
    user_pool_client_id: str = CLIENT
    console_origins: tuple[str, ...] = (ORIGIN,)


@dataclass(frozen=True)
class Reply:
    """A response, parsed."""

    status: int
    headers: dict[str, str]
    text: str

    @property
    def json(self) -> Any:
        """Give the parsed body."""
        return json.loads(self.text)

    @property
    def slug(self) -> str:
        """Give the last segment of a problem's type; fails when this is no problem."""
        assert self.headers["content-type"] == "application/problem+json", self
        problem = self.json
        assert problem["status"] == self.status
        return str(problem["type"]).removeprefix("https://stowage.dev/problems/")


class World:
    """Fakes as ports, and the handlers over them; `calls` lists every call of a port, `FakeX.verb`."""

    def __init__(self, *kinds: Kind) -> None:
        self.calls: list[str] = []
        self.fake_clock = FakeClock()
        self.fake_projects = populated()
        self.fake_changes = FakeChanges()
        self.fake_resources = FakeResources(self.fake_changes)
        self.fake_executions = FakeExecutions(self.fake_clock)
        self.fake_details = FakeChangeDetails()
        self.fake_histories = FakeHistories()
        self.fake_names = FakeGlobalNames()
        self.fake_stacks = FakeStacks()
        self.fake_reconciles = FakeExecutions(self.fake_clock)
        self.fake_runs = FakeReconcileRuns()
        self.fake_sign_ins = FakeSignIns()
        self.fake_tickets = FakeTickets()
        self.fake_sockets = FakeSockets()
        self.fake_connections = FakeConnections()
        self.fake_credentials = FakeCredentialRows()
        self.fake_rotations = FakeExecutions(self.fake_clock)
        self.fake_handovers = FakeHandovers()
        self.fake_notices = FakeNotices()
        self.fake_waits = FakeWaits()
        self.fake_secrets = FakeSecretStore()
        self.spies: dict[str, Any] = {
            "projects": Spy(self.fake_projects, self.calls),
            "resources": Spy(self.fake_resources, self.calls),
            "changes": Spy(self.fake_changes, self.calls),
            "executions": Spy(self.fake_executions, self.calls),
            "change_details": Spy(self.fake_details, self.calls),
            "histories": Spy(self.fake_histories, self.calls),
            "reconciles": Spy(self.fake_reconciles, self.calls),
            "reconcile_runs": Spy(self.fake_runs, self.calls),
            "sign_ins": Spy(self.fake_sign_ins, self.calls),
            "global_names": Spy(self.fake_names, self.calls),
            "tickets": Spy(self.fake_tickets, self.calls),
            "sockets": Spy(self.fake_sockets, self.calls),
            "connections": Spy(self.fake_connections, self.calls),
            "credential_rows": Spy(self.fake_credentials, self.calls),
            "rotations": Spy(self.fake_rotations, self.calls),
            "handovers": Spy(self.fake_handovers, self.calls),
            "notices": Spy(self.fake_notices, self.calls),
            "waits": Spy(self.fake_waits, self.calls),
            "secret_store": Spy(self.fake_secrets, self.calls),
        }
        self.kinds = kinds or (crate(),)
        self.handler = build_handler(self, routes_of(self.kinds), elsewhere=lock_addresses(self.kinds))
        self.reveal_handler = build_handler(self, reveal_routes(self.kinds))
        self.lock_handler = build_handler(self, lock_routes(self.kinds))
        self.socket_handler = build_socket_handler(self)

    def settings(self) -> Settings:
        """Give the settings."""
        return Settings()

    def clock(self) -> FakeClock:
        """Give the clock."""
        return self.fake_clock

    def projects(self) -> Any:
        """Give projects and members."""
        return self.spies["projects"]

    def resources(self) -> Any:
        """Give the mirror."""
        return self.spies["resources"]

    def changes(self) -> Any:
        """Give the changes."""
        return self.spies["changes"]

    def executions(self) -> Any:
        """Give the executions."""
        return self.spies["executions"]

    def change_details(self) -> Any:
        """Give what is kept of changes beside their rows."""
        return self.spies["change_details"]

    def histories(self) -> Any:
        """Give the raw histories."""
        return self.spies["histories"]

    def reconciles(self) -> Any:
        """Give the executions of reconcile."""
        return self.spies["reconciles"]

    def reconcile_runs(self) -> Any:
        """Give the last runs of reconcile."""
        return self.spies["reconcile_runs"]

    def sign_ins(self) -> Any:
        """Give the users of the user pool."""
        return self.spies["sign_ins"]

    def recovery(self) -> Recovery:
        """Give what closes changes that were left open."""
        spies = self.spies
        return Recovery(
            spies["executions"],
            spies["projects"],
            spies["resources"],
            spies["changes"],
            Spy(self.fake_stacks, self.calls),
            self.fake_clock,
            {kind.kind: kind for kind in self.kinds}.get,
        )

    def global_names(self) -> Any:
        """Give the names that are taken."""
        return self.spies["global_names"]

    def tickets(self) -> Any:
        """Give the tickets."""
        return self.spies["tickets"]

    def sockets(self) -> Any:
        """Give the sockets."""
        return self.spies["sockets"]

    def connections(self) -> Any:
        """Give the way to open sockets."""
        return self.spies["connections"]

    def credential_rows(self) -> Any:
        """Give the rows of users' keys."""
        return self.spies["credential_rows"]

    def rotations(self) -> Any:
        """Give the executions of rotate_credentials."""
        return self.spies["rotations"]

    def handovers(self) -> Any:
        """Give the rows of handovers."""
        return self.spies["handovers"]

    def notices(self) -> Any:
        """Give the rows of notices."""
        return self.spies["notices"]

    def waits(self) -> Any:
        """Give the answers to waiting states."""
        return self.spies["waits"]

    def secret_store(self) -> Any:
        """Give the projects' secret stores."""
        return self.spies["secret_store"]

    def notifier(self) -> Notifier:
        """Give the notifier of open pages."""
        return Notifier(self.projects(), self.resources(), self.sockets(), self.connections())

    def call(self, method: str, path: str, *, person: Person | None = MANAGER, **fields: Any) -> Reply:
        """Call the handler; `json`, `body`, `headers`, `query`, `claims` and `base64` describe the request."""
        # The gateway's part: two addresses have functions of their own.
        handler = self.reveal_handler if REVEAL.fullmatch(path) else self.handler
        handler = self.lock_handler if method == "POST" and BREAK.fullmatch(path) else handler
        response = handler(event(method, path, person=person, **fields), SimpleNamespace())
        headers = {name.lower(): value for name, value in response["headers"].items()}
        for name, values in response.get("multiValueHeaders", {}).items():
            headers[name.lower()] = ", ".join(values)
        return Reply(response["statusCode"], headers, response["body"] or "")

    def put(self, name: str = "apples", spec: object = None, **fields: Any) -> Reply:
        """PUT a crate in apollo."""
        given = {"description": "Apples"} if spec is None else spec
        return self.call("PUT", f"/v1/projects/apollo/crates/{name}", json=given, **fields)

    def assert_nothing_begun(self) -> None:
        """Fail if an execution was started or a change written."""
        assert self.fake_executions.by_name == {}
        assert self.fake_changes.rows == {}
        started = [
            call
            for call in self.calls
            if call.split(".")[1] in {"start", "put_started", "put_ended", "keep_specs", "finish"}
        ]
        assert started == []


def claims_of(person: Person, **claims: str) -> dict[str, str]:
    """Give an access token's claims as the gateway's authorizer hands them on."""
    return {
        "sub": person.id,
        "token_use": "access",
        "client_id": CLIENT,
        "iss": ISSUER,
        "username": person.email,
        "scope": "openid",
        **claims,
    }


def event(
    method: str,
    path: str,
    *,
    person: Person | None = None,
    claims: dict[str, Any] | None = None,
    json: object = None,
    body: str | None = None,
    base64: bool = False,
    headers: dict[str, str] | None = None,
    query: dict[str, str] | None = None,
) -> dict[str, Any]:
    """Give an event of payload format 2.0; `json` is dumped and declared as application/json."""
    text = body if json is None else dumps(json)
    given = {"content-type": "application/json"} if text is not None else {}
    jwt = claims if claims is not None else claims_of(person) if person else None
    return {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": "",
        "headers": {**given, **(headers or {})},
        **({"queryStringParameters": query} if query else {}),
        "requestContext": {
            "accountId": "000000000000",
            "apiId": "api",
            "domainName": "api.example.com",
            "requestId": "request-1",
            "stage": "$default",
            "http": {"method": method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "192.0.2.1", "userAgent": "t"},
            **({"authorizer": {"jwt": {"claims": jwt, "scopes": None}}} if jwt is not None else {}),
        },
        **({"body": text} if text is not None else {}),
        "isBase64Encoded": base64,
    }


def dumps(value: object) -> str:
    """Give JSON text."""
    return json.dumps(value)
