"""Idempotency keys and cursors: what was given for one request is good for no other.

That a repeat with its own key is the same change is told in tests/unit/api/test_request_change.py, that a cursor of one
list opens no other in test_reads.py there.
"""

import base64
from io import StringIO

import pytest

from api.cursors import to_cursor
from tests.unit.api.world import World
from tests.unit.fakes.people import OPERATOR
from tests.unit.fakes.resources import resource_row
from tests.unit.input.refusal import (
    BUCKET,
    BUCKETS,
    NAME,
    SPEC,
    Case,
    assert_nothing_changed,
    assert_refused,
    cases,
    headers,
    query,
)

USED_BEFORE = (409, "idempotency-key-reused")
KEY = {"idempotency-key": "e3a1"}


@cases(
    *(
        headers(f"the key {key[:20]!r}", idempotency_key=key)
        for key in (
            "",
            " ",
            "a b",
            "a\tb",
            "ä",
            "x" * 256,
            "x" * 65_536,
            "\x7f",
            "a\r\nb: c",
            "\x00",
            "\x1b[2J",
            "🚢",
            "\u202e",
        )
    )
)
def test_a_malformed_idempotency_key_is_400(house: World, log: StringIO, case: Case) -> None:
    """1 to 255 visible ASCII characters, or nothing begins."""
    assert_refused(house, log, case)


@pytest.mark.parametrize("key", ["", "a b", "ä", "x" * 256])
def test_a_malformed_idempotency_key_is_400_for_a_deletion_too(house: World, log: StringIO, key: str) -> None:
    """A resource that stands is not deleted under a key that cannot be told again."""
    house.fake_resources.put(resource_row("apollo", "bucket", NAME, spec=SPEC))

    assert_refused(
        house, log, Case(key, (400, "invalid-request"), None, "DELETE", fields={"headers": {"idempotency-key": key}})
    )


@cases(
    Case("another value", USED_BEFORE, fields={"json": {**SPEC, "lifecycleDays": 1}, "headers": KEY}),
    Case("one more tag", USED_BEFORE, fields={"json": {**SPEC, "tags": {"a": "1"}}, "headers": KEY}),
    Case("another name", USED_BEFORE, path=f"{BUCKETS}/another-bucket", fields={"json": SPEC, "headers": KEY}),
    Case("another condition", USED_BEFORE, fields={"json": SPEC, "headers": {**KEY, "if-match": '"1"'}}),
    Case("a deletion", USED_BEFORE, method="DELETE", fields={"headers": KEY}),
)
def test_a_key_that_is_used_again_for_another_request_is_409(house: World, log: StringIO, case: Case) -> None:
    """What the first request asked for stays; the second begins nothing."""
    first = house.call("PUT", BUCKET, json=SPEC, headers=KEY)
    assert first.status == 202

    assert_refused(house, log, case)

    assert list(house.fake_executions.by_name) == [first.json["change"]["id"]]


def test_somebody_elses_key_tells_nothing_of_their_change(house: World) -> None:
    """The same key of another person is another key: it neither repeats nor shows what the first one began."""
    mine = house.call("PUT", BUCKET, json=SPEC, headers=KEY).json["change"]["id"]

    theirs = house.call("PUT", f"{BUCKETS}/another-bucket", person=OPERATOR, json=SPEC, headers=KEY)

    assert (theirs.status, theirs.json["change"]["id"] == mine) == (202, False)
    assert mine not in theirs.text


def _encoded(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


@cases(
    *(
        query(f"the cursor {cursor[:24]!r} of {of}", of, cursor=cursor)
        for of in ("resources", "changes")
        for cursor in (
            "",
            "x",
            "====",
            "é",
            "A" * 5000,
            "AAAAAAAAAAAAAAAAAAAAAAAAAAAA",
            "a,b",
            "a\r\nb",
            _encoded("0" * 16),
            _encoded("0" * 16 + '{"pk":"RESOURCES#gemini","sk":"RESOURCE#bucket#a"}'),
            str(to_cursor("RESOURCE#bucket#a", of, "gemini", None)),
            str(to_cursor("RESOURCE#bucket#a", of)),
        )
    )
)
def test_an_invented_cursor_is_400(house: World, log: StringIO, case: Case) -> None:
    """Whatever this list did not give is refused: cut, forged, or of another project's list."""
    assert_refused(house, log, case)


def test_a_cursor_for_another_projects_rows_opens_none_of_them(house: World) -> None:
    """Even a cursor whose digest is right reads the project of the address alone."""
    house.fake_resources.put(resource_row("gemini", "bucket", "secret", spec=SPEC))
    forged = to_cursor("RESOURCE#", "resources", "apollo", None)

    reply = house.call("GET", "/v1/projects/apollo/resources", query={"cursor": str(forged)})

    assert (reply.status, reply.json["items"]) == (200, [])
    assert_nothing_changed(house)
