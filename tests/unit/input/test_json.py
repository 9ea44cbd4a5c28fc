"""JSON and HTTP: what two parsers could read in two ways, what is too much, what is something else altogether."""

import base64
import json
from io import StringIO

import pytest

from tests.unit.api.world import World
from tests.unit.input.refusal import (
    BUCKET,
    NAME,
    SPEC,
    WRONG_SPEC,
    Case,
    assert_refused,
    body,
    cases,
    headers,
    query,
    spec,
)

TOO_LARGE = (413, "body-too-large")
OTHER_TYPE = (415, "unsupported-media-type")
OTHER_METHOD = (405, "method-not-allowed")


@cases(
    body("nothing", ""),
    body("white space", " \t\r\n"),
    body("cut off", "{"),
    body("something behind it", '{"owner":"a"} x'),
    body("two documents", "{}{}"),
    body("a byte order mark", "\ufeff{}"),
    body("single quotes", "{'owner':'a'}"),
    body("a comment", '{"owner":"a" /* me */}'),
    body("a comma too many", '{"owner":"a",}'),
    body("a key without quotes", '{owner:"a"}'),
    body("the same key twice", '{"owner":"a@example.com","owner":"b@example.com"}'),
    body("the same key twice, once escaped", '{"owner":"a@example.com","\\u006fwner":"b@example.com"}'),
    body("the same key twice, below", '{"retention":{"days":1,"days":2}}'),
    body("NaN", '{"lifecycleDays":NaN}'),
    body("Infinity", '{"lifecycleDays":-Infinity}'),
    body("a number that no double holds", '{"lifecycleDays":1e999}'),
    body("a number of 5000 digits", '{"lifecycleDays":' + "9" * 5000 + "}"),
    body("a number that parsers disagree on", '{"lifecycleDays":9007199254740993}'),
    body("an octal number", '{"lifecycleDays":010}'),
    body("a hexadecimal number", '{"lifecycleDays":0x10}'),
    body("a number with a plus", '{"lifecycleDays":+1}'),
    body("Python's True", '{"tags":True}'),
    body("a depth bomb", "[" * 100_000 + "]" * 100_000),
    body("40 levels", '{"a":' * 40 + "1" + "}" * 40),
    body("a raw line feed in a text", '{"description":"a\nb"}'),
    body("a raw NUL in a text", '{"description":"a\x00b"}'),
    body("an unknown escape", '{"description":"\\x41"}'),
    body("a form", "owner=a&costCentre=b"),
    body("XML with an entity", '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>'),
    body("YAML", "owner: !!python/object/apply:os.system [id]"),
    body("no base64", "abc", base64=True),
    body("bytes that are no UTF-8", base64.b64encode(b'{"owner":"\xff"}').decode(), base64=True),
    body("an overlong NUL", base64.b64encode(b"\xc0\x80").decode(), base64=True),
    body("UTF-16", base64.b64encode("{}".encode("utf-16")).decode(), base64=True),
    body("a compressed body", base64.b64encode(b"\x1f\x8b\x08\x00\x00").decode(), base64=True),
)
def test_a_body_that_is_no_strict_json_is_400(house: World, log: StringIO, case: Case) -> None:
    """What two parsers could read in two ways is refused before a field is looked at."""
    assert_refused(house, log, case)


def _long(count: int) -> str:
    return json.dumps({**SPEC, "description": "x" * count})


@cases(
    body("a byte over 256 KB", _long(256 * 1024), TOO_LARGE),
    body("a megabyte", _long(1024 * 1024), TOO_LARGE),
    body("a megabyte in base64", base64.b64encode(_long(1024 * 1024).encode()).decode(), TOO_LARGE, base64=True),
    body("200,000 characters of two bytes", '{"description":"' + "ä" * 200_000 + '"}', TOO_LARGE),
    body("a megabyte of spaces", " " * 1024 * 1024 + "{}", TOO_LARGE),
)
def test_a_body_over_256_kb_is_413(house: World, log: StringIO, case: Case) -> None:
    """It is measured in bytes, in whichever way it arrives, before it is parsed."""
    assert_refused(house, log, case)


@cases(
    *(
        headers(f"content type {value!r}", OTHER_TYPE, content_type=value)
        for value in (
            "",
            "text/plain",
            "application/json; charset=latin-1",
            "application/json; charset=utf-16",
            "multipart/form-data",
            "application/x-www-form-urlencoded",
            "application/jsonx",
            "application/problem+json",
            "application/json, text/plain",
            "text/plain; application/json",
            "*/*",
        )
    )
)
def test_a_body_that_is_not_declared_as_json_is_415(house: World, log: StringIO, case: Case) -> None:
    """The content type must be application/json, with UTF-8 if it says a charset."""
    assert_refused(house, log, case)


@pytest.mark.parametrize("content_type", ["application/json", "Application/JSON; Charset=UTF-8"])
def test_a_body_declared_as_json_is_taken(house: World, content_type: str) -> None:
    """Case and a charset of UTF-8 do not matter."""
    assert house.call("PUT", BUCKET, json=SPEC, headers={"content-type": content_type}).status == 202


def _whole(what: str, value: object) -> Case:
    return Case(what, WRONG_SPEC, "", fields={"json": value})


@cases(
    _whole("a list", [SPEC]),
    _whole("a text", "owner"),
    _whole("a number", 1),
    _whole("false", False),  # noqa: FBT003 -- the value is the point
    body("null", "null", WRONG_SPEC),
    Case("nothing that is required", WRONG_SPEC, "/owner", fields={"json": {}}),
    spec("an unknown field", "/acl", acl="public-read"),
    spec("a field in other capitals", "/Owner", Owner="a@example.com"),
    spec("a field as the table has it", "/lifecycle_days", lifecycle_days=1),
    spec("what only the house sets", "/version", version=7),
    spec("a lock of one's own", "/lock", lock=None),
    spec("a status of one's own", "/status", status="ACTIVE"),
    spec("an empty name of a field", "/", **{"": 1}),
    spec("a field of 200 characters", "/" + "x" * 128, **{"x" * 200: 1}),
    spec("a pointer's own characters", "/a~1b~0c", **{"a/b~c": 1}),
    spec("a text for a number", "/noncurrentDays", noncurrentDays="7"),
    spec("half a day", "/noncurrentDays", noncurrentDays=7.5),
    spec("a true number", "/noncurrentDays", noncurrentDays=True),
    spec("minus zero", "/lifecycleDays", lifecycleDays=-0.0),
    spec("a billion", "/lifecycleDays", lifecycleDays=10**9),
    spec("a number for a text", "/owner", owner=0),
    spec("a list for an object", "/tags", tags=[]),
    spec("a text for an object", "/retention", retention="30"),
    spec("an object for a text", "/description", description={"de": "Rechnungen"}),
    spec("null for a text", "/description", description=None),
    spec("1000 tags", "/tags", tags={f"tag-{number}": "x" for number in range(1000)}),
)
def test_a_body_of_another_shape_is_422(house: World, log: StringIO, case: Case) -> None:
    """Wrong types and unknown fields are told one by one; nothing is guessed, converted or passed over."""
    assert_refused(house, log, case)


def _address(what: str, method: str, path: str) -> Case:
    return Case(what, OTHER_METHOD, method=method, path=path, fields={})


@cases(
    _address("a POST of a resource", "POST", BUCKET),
    _address("a PATCH of a resource", "PATCH", BUCKET),
    _address("a method of WebDAV", "PROPFIND", BUCKET),
    _address("an invented method", "FROBNICATE", BUCKET),
    _address("a TRACE", "TRACE", "/v1/me"),
    _address("a method in small letters", "pUt", "/v1/me"),
    Case(
        "another method by a header", OTHER_METHOD, None, "POST", fields={"headers": {"x-http-method-override": "PUT"}}
    ),
)
def test_another_method_is_405(house: World, log: StringIO, case: Case) -> None:
    """A method is what the request line says, and the address tells which it has."""
    assert_refused(house, log, case)


@cases(
    *(query(f"limit {limit!r} of {of}", of, limit=limit) for of in ("resources", "changes") for limit in ("0", "2001")),
    *(
        query(f"limit {limit[:10]!r}", "changes", limit=limit)
        for limit in ("-1", "1.5", "abc", "", "1e3", "1_0", "9" * 5000, "1,2", " 1", "0x1", "+1")
    ),
    *(query(f"an unknown parameter of {of}", of, knid="bucket") for of in ("resources", "changes")),
    query("an unknown kind", "resources", kind="../buckets"),
    query("a resource without a name", "changes", resource="bucket/"),
    query("an unknown outcome", "changes", outcome="__class__"),
    query("a time that is none", "changes", since="yesterday"),
    query("a time that ends before it begins", "changes", since="2026-02-01T00:00:00Z", until="2026-01-01T00:00:00Z"),
    query("a year beyond all years", "changes", until="99999-01-01T00:00:00Z"),
    query("a time at the end of time", "changes", until="9999-12-31T23:59:59-23:59"),
    query("an actor of 4 KB", "changes", actor="a" * 4096),
)
def test_a_query_that_says_nothing_is_400(house: World, log: StringIO, case: Case) -> None:
    """A filter or limit that is not understood must not look like a list without it."""
    assert_refused(house, log, case)


@cases(
    headers("a version without quotes", if_match="3"),
    headers("half a quote", if_match='"3'),
    headers("tags without a comma", if_match='"3" "4"'),
    headers("a star and a tag", if_match='*, "3"'),
    headers("nothing", if_match=""),
    headers("a tag with a space", if_match='"a b"'),
    headers("a tag of 64 KB without an end", if_match='"1", ' * 16_000),
    headers("If-None-Match of a tag", if_none_match='"3"'),
    headers("both", if_match="*", if_none_match="*"),
)
def test_a_precondition_that_says_nothing_clear_is_400(house: World, log: StringIO, case: Case) -> None:
    """A header that is not understood must not be taken for none: the write would not be conditional."""
    assert_refused(house, log, case)


def test_what_a_refused_body_said_is_not_in_the_answer_or_the_log(house: World, log: StringIO) -> None:
    """Faults name fields and rules, never values."""
    case = spec("a secret", "/owner", owner="canary\r\n", costCentre="canary canary", tags={"a": "{{canary}}"})

    reply = assert_refused(house, log, case)

    assert "canary" not in reply.text + log.getvalue()
    assert NAME not in log.getvalue()
