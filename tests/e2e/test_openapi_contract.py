"""The deployed API keeps the promises of docs/openapi.json, whatever is sent to it (schemathesis).

For every operation schemathesis makes requests that the document allows and requests that it does not: examples, the
edges of every schema, and a bounded number of random ones, the same in every run. Each answer must be one that the
document describes, by status, content type, headers and schema; what the document allows is accepted, what it forbids
refused, and never a 5xx. A write that is accepted starts a real change; three names take them all.
"""

import re
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.config import SchemathesisConfig
from schemathesis.core.parameters import ParameterLocation
from schemathesis.core.result import Ok

from local.client import Session
from local.endpoints import Endpoints
from tests.e2e.conftest import Aws
from tests.e2e.test_main_job import create, new_name

pytestmark = pytest.mark.e2e

EXAMPLES = 40
"""Random requests per operation, beside those at the edges."""
SECONDS = 60
PUBLIC_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4 partner@example.com"
EXCLUSIVE = (("cursor", "cursor"), ("since", "until"), ("resource", "kind"))
"""Parameters of which the first leaves no room for the second; a cursor is never invented."""
REFUSALS = ["400", "401", "403", "404", "405", "409", "410", "412", "413", "415", "422"]
SCHEMA = schemathesis.openapi.from_path(
    Path(__file__).parents[2] / "docs" / "openapi.json",
    config=SchemathesisConfig.from_dict(
        {
            "checks": {
                # A stale If-Match and a taken name are the resource's state, not a fault of the request.
                "positive_data_acceptance": {"expected-statuses": ["2xx", "304", "403", "404", "409", "412"]},
                "negative_data_rejection": {"expected-statuses": REFUSALS},
            }
        }
    ),
)
OPERATIONS = [result.ok() for result in SCHEMA.get_all_operations() if isinstance(result, Ok)]


Case = schemathesis.Case[Any]


class Manager:
    """Anna with a bucket, its change, and a count of what was answered."""

    def __init__(self, endpoints: Endpoints) -> None:
        self.session = Session(endpoints, "anna@example.com")
        self.name = new_name()
        self.change = create(self.session, self.name)["id"]
        self.granted = new_name()
        create(self.session, self.granted)
        self.names = (self.name, new_name(), new_name())
        self.answered: Counter[int] = Counter()

    def aim(self, case: Case) -> None:
        """Turn what the document allows of a request to what exists: else nearly all would be 404."""
        parts = case.meta.components if case.meta else {}
        as_allowed = {place for place, part in parts.items() if part.mode.is_positive}
        path, body = case.path_parameters, case.body
        spread = sum(map(ord, repr(path)))
        if ParameterLocation.PATH in as_allowed:
            if "project" in path and spread % 8:
                path["project"] = "atlas"
            if "change" in path and spread % 2:
                path["change"] = self.change
            if "name" in path and (spread % 4 or case.method != "GET"):
                path["name"] = self.names[spread % len(self.names)]
        # What no document can say: some fields exclude each other, and retention is for new buckets alone.
        if ParameterLocation.QUERY in as_allowed:
            for other in [other for given, other in EXCLUSIVE if given in case.query]:
                case.query.pop(other, None)
        if ParameterLocation.HEADER in as_allowed and "If-Match" in case.headers:
            case.headers.pop("If-None-Match", None)
        if ParameterLocation.BODY in as_allowed and isinstance(body, dict):
            body.pop("retention", None)
            self.aim_user(body)
        # Which action needs its name repeated, the document says in words alone.
        body_is_as_allowed = ParameterLocation.BODY in as_allowed or ParameterLocation.BODY not in parts
        if path.get("action") in {"emptyAndDelete", "retain"} and body_is_as_allowed:
            case.body = {"confirm": path.get("name", "")}
            case.media_type = "application/json"

    def aim_user(self, body: dict[str, Any]) -> None:
        """Turn a user's spec to what its schema says in words alone: what exists, real keys, a time to come."""
        for field in ("grants", "home"):
            if entries := body.get(field):
                body[field] = [{**entries[0], "bucket": self.granted}]
        if "publicKeys" in body:
            body["publicKeys"] = [PUBLIC_KEY]
        if "sourceIps" in body:
            body["sourceIps"] = ["203.0.113.0/24"]
        if isinstance(tags := body.get("tags"), dict):  # none is another's twin but for capitals
            first = {key.lower(): key for key in reversed(tags)}
            body["tags"] = {key: value for key, value in tags.items() if first[key.lower()] == key}
        if body.get("expiresAt"):
            body["expiresAt"] = f"{datetime.now(UTC).year + 1}-12-31T00:00:00Z"


@pytest.fixture(scope="module")
def manager(endpoints: Endpoints, aws: Aws) -> Iterator[Manager]:
    """Give the manager; afterwards wait until the changes that were started have ended."""
    manager = Manager(endpoints)
    yield manager
    manager.session.http.close()
    machine = {"stateMachineArn": endpoints.state_machines["change_resource"], "statusFilter": "RUNNING"}
    deadline = time.monotonic() + SECONDS
    while aws("stepfunctions").list_executions(**machine)["executions"]:
        assert time.monotonic() < deadline, "the changes that were started do not end"
        time.sleep(0.2)


@SCHEMA.parametrize()
@settings(
    max_examples=EXAMPLES, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
)
def test_every_answer_is_one_that_the_document_describes(case: Case, manager: Manager) -> None:
    """Status, content type, headers and schema; accepted or refused as the document says; never a 5xx."""
    manager.aim(case)

    answer = case.call_and_validate(
        base_url=manager.session.endpoints.api,
        headers={"Authorization": f"Bearer {manager.session.tokens['AccessToken']}"},
    )

    manager.answered[answer.status_code] += 1
    assert answer.status_code < 500


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.label)
def test_without_a_token_nothing_but_the_public_is_answered(operation: Any, endpoints: Endpoints) -> None:
    """401 from every operation whose `security` is not empty, before anything is looked at."""
    path = re.sub(r"{\w+}", "atlas", operation.path)

    answer = httpx.request(operation.method, f"{endpoints.api}{path}")

    public = operation.definition.raw.get("security") == []
    # The reveal is public, and refuses a request without a body by its form.
    assert (answer.status_code, public) in {(200, True), (415, True), (401, False)}, answer.text


def test_the_requests_reached_every_kind_of_answer(manager: Manager) -> None:
    """The suite means something: reads, writes and each refusal that a single person can meet were seen."""
    assert set(manager.answered) >= {200, 201, 202, 400, 404, 405, 409, 412, 415, 422}, manager.answered
