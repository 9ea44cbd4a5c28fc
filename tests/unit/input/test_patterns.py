"""Patterns: no text makes a regular expression work for ever.

jsonschema looks at a pattern even where `maxLength` is broken already, so that a pattern meets texts as long as a body
may be, and a name as long as an address may be.
"""

import json
import re
import string
import time
from collections.abc import Callable, Iterator
from io import StringIO
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from api import changes, idempotency, preconditions
from api.http import BODY_BYTES
from stowage.catalog.registry import all_kinds
from tests.unit.api.world import World
from tests.unit.input.refusal import SPEC, WRONG_SPEC, Case, assert_refused

ADDRESS_BYTES = 10_240
"""Request line and headers together
(https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html)."""
SECONDS = 0.15
TRIES = 3
"""The quickest of them counts: another process on the machine is not the pattern's fault."""
ENDS = ("", "!", "\n", "-", ".", "@", " ", '"', "\x00")


def patterns(schema: object) -> Iterator[str]:
    """Give every pattern of a schema, wherever it stands."""
    if isinstance(schema, dict):
        if isinstance(schema.get("pattern"), str):
            yield schema["pattern"]
        yield from schema.get("patternProperties", {})
        for inner in schema.values():
            yield from patterns(inner)
    elif isinstance(schema, list):
        for inner in schema:
            yield from patterns(inner)


def adversaries(length: int) -> Iterator[str]:
    """Give texts of this length that make a pattern go back: one or two characters over and over, and a wrong end."""
    units = ["a", "0", *string.punctuation, " ", "aws:", "a.", "a-", "a ", "@a", "a@a.", ".a-", "1.2", '"a",', "é"]
    for unit in units:
        for end in ENDS:
            yield (unit * (length // len(unit) + 1))[: length - len(end)] + end


def slowest(match: Callable[[str], object], length: int) -> tuple[float, str]:
    """Give the time that the worst adversary takes, and how it looks; stop at the first over the limit."""
    worst = (0.0, "")
    for text in adversaries(length):
        taken = _seconds(match, text)
        if taken > SECONDS:
            taken = min(taken, *(_seconds(match, text) for _ in range(TRIES - 1)))
        worst = max(worst, (taken, f"{text[:20]}…{text[-2:]}"))
        if taken > SECONDS:
            break
    return worst


def _seconds(match: Callable[[str], object], text: str) -> float:
    start = time.thread_time()
    match(text)
    return time.thread_time() - start


PATTERNS = [
    pytest.param(pattern, id=f"{kind.kind}-{number}")
    for kind in all_kinds()
    for number, pattern in enumerate(dict.fromkeys(patterns(kind.schema)))
]


@pytest.mark.parametrize("pattern", PATTERNS)
def test_no_body_keeps_a_schemas_pattern_busy(pattern: str) -> None:
    """The longest body there is, as one text: under 150 ms of processor, as jsonschema searches it."""
    compiled = re.compile(pattern)

    seconds, text = slowest(compiled.search, BODY_BYTES)

    assert seconds < SECONDS, f"{pattern} takes {seconds:.3f} s for {text!r}: write it without nested repetition"


@pytest.mark.parametrize("kind", all_kinds(), ids=lambda kind: kind.kind)
def test_no_address_keeps_a_kinds_name_rules_busy(kind: Any) -> None:
    """The longest name an address can carry: under 150 ms of processor by schema and rules together."""
    schema = Draft202012Validator({"$ref": "#/$defs/name", "$defs": kind.schema["$defs"]})

    seconds, text = slowest(lambda name: (schema.is_valid(name), kind.name_faults(name)), ADDRESS_BYTES)

    assert seconds < SECONDS, text


@pytest.mark.parametrize(
    "match",
    [
        idempotency._KEY.fullmatch,
        preconditions._TAGS.fullmatch,
        lambda text: list(preconditions._TAG.finditer(text)),
        changes.CHANGE_ID.fullmatch,
    ],
)
def test_no_header_keeps_the_api_busy(match: Callable[[str], object]) -> None:
    """Keys, ETags and ids as long as headers may be."""
    seconds, text = slowest(match, ADDRESS_BYTES)

    assert seconds < SECONDS, text


@pytest.mark.parametrize("pattern", ["^(a+)+$", "^(a|a)*$", "^([a-z]+\\.?)*@$"])
def test_a_pattern_that_goes_back_for_ever_is_found_out(pattern: str) -> None:
    """The test can fail: patterns known to explode do so on these texts, long before they are as long as a body."""
    compiled = re.compile(pattern)

    assert any(slowest(compiled.search, length)[0] > SECONDS for length in range(16, 26, 2))


def test_a_body_of_nothing_but_faults_is_answered_in_time(house: World, log: StringIO) -> None:
    """The most tags that a body holds, each wrong in name and value: refused within a second."""
    tags = {f"{number}$": "$" for number in range(12_000)}
    assert len(json.dumps({**SPEC, "tags": tags})) < BODY_BYTES
    start = time.perf_counter()

    assert_refused(house, log, Case("tags", WRONG_SPEC, fields={"json": {**SPEC, "tags": tags}}))

    assert time.perf_counter() - start < 1
