"""A request that must be refused, and what "refused" means for every one of them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from io import StringIO
from typing import Any

import pytest

from stowage.catalog.bucket import KIND
from stowage.domain.projects import Person
from tests.unit.api.world import Reply, World
from tests.unit.fakes.people import MANAGER

NAME = "example-corp-invoices"
BUCKETS = "/v1/projects/apollo/buckets"
BUCKET = f"{BUCKETS}/{NAME}"
SPEC: dict[str, Any] = KIND.schema["examples"][0]

READS = frozenset(
    {"describe", "get", "get_membership", "get_person", "get_project", "get_seq", "is_taken", "list_memberships"}
    | {"list_page", "person_of", "states"}
)
"""The verbs of ports that change nothing; one that is not here counts as a change."""
QUIET = {"answered", "socket refused", "socket opened"}
"""What the log may say of a request that was refused: no warning, no defect."""

INVALID = (400, "invalid-request")
UNKNOWN = (404, "not-found")
WRONG_SPEC = (422, "invalid-spec")


@dataclass(frozen=True)
class Case:
    """A bad request; `fields` are those of `World.call`, `pointer` is the JSON Pointer of the field that is wrong."""

    what: str
    refusal: tuple[int, str] = WRONG_SPEC
    pointer: str | None = None
    method: str = "PUT"
    path: str = BUCKET
    person: Person | None = MANAGER
    fields: Mapping[str, Any] = field(default_factory=lambda: {"json": SPEC})


def spec(what: str, pointer: str, **fields: Any) -> Case:
    """Give the case of a spec with these fields instead of the example's."""
    return Case(what, WRONG_SPEC, pointer, fields={"json": {**SPEC, **fields}})


def body(what: str, text: str, refusal: tuple[int, str] = INVALID, **fields: Any) -> Case:
    """Give the case of a body as it comes over the wire."""
    return Case(what, refusal, fields={"body": text, **fields})


def headers(what: str, refusal: tuple[int, str] = INVALID, **values: str) -> Case:
    """Give the case of a good spec under bad headers; an underscore stands for a hyphen."""
    return Case(
        what, refusal, fields={"json": SPEC, "headers": {name.replace("_", "-"): values[name] for name in values}}
    )


def query(what: str, path: str, refusal: tuple[int, str] = INVALID, **values: str) -> Case:
    """Give the case of a read with a bad query."""
    return Case(what, refusal, method="GET", path=f"/v1/projects/apollo/{path}", fields={"query": values})


def cases(*each: Case) -> pytest.MarkDecorator:
    """Give the table as parameters of a test, each named by what is wrong."""
    return pytest.mark.parametrize("case", each, ids=lambda case: ascii(case.what))


def assert_refused(house: World, log: StringIO, case: Case) -> Reply:
    """Send the request: its 4xx with the wrong field's pointer, no change of anything, and no trace in the log."""
    house.calls.clear()

    reply = house.call(case.method, case.path, person=case.person, **case.fields)

    assert (reply.status, reply.slug) == case.refusal, reply.text
    if case.pointer is not None:
        assert case.pointer in {fault["pointer"] for fault in reply.json["errors"]}, reply.text
    assert_harmless(reply)
    assert_nothing_changed(house)
    assert_quiet(log)
    return reply


def assert_nothing_changed(house: World) -> None:
    """Fail if a port was asked for anything but to read."""
    assert [call for call in house.calls if call.split(".")[1] not in READS] == []


def assert_harmless(reply: Reply) -> None:
    """Fail if the answer could be taken for anything but JSON, or a header broken out of."""
    assert reply.text.isascii()
    assert reply.text.isprintable()
    assert reply.headers["x-content-type-options"] == "nosniff"
    for value in reply.headers.values():
        assert value.isascii()
        assert value.isprintable()


def assert_quiet(log: StringIO) -> None:
    """Fail unless every line of the log is one JSON object of printable ASCII, and none tells of a defect."""
    for line in filter(None, log.getvalue().split("\n")):
        assert line.isascii()
        assert line.isprintable(), ascii(line)
        entry = json.loads(line)
        assert (entry["level"], entry["message"] in QUIET) == ("INFO", True), line
