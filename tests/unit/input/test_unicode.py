"""Unicode: characters that look alike, turn the line around, cannot be seen, or are none."""

from io import StringIO

from tests.unit.api.world import World
from tests.unit.input.refusal import (
    BUCKETS,
    INVALID,
    SPEC,
    UNKNOWN,
    WRONG_SPEC,
    Case,
    assert_refused,
    body,
    cases,
    query,
    spec,
)


def _name(what: str, name: str) -> Case:
    return Case(what, WRONG_SPEC, "", path=f"{BUCKETS}/{name}", fields={"json": SPEC})


def _project(what: str, project: str, method: str = "PUT") -> Case:
    path = f"/v1/projects/{project}"
    return (
        Case(what, UNKNOWN, path=f"{path}/buckets/abc") if method == "PUT" else Case(what, UNKNOWN, None, "GET", path)
    )


@cases(
    _name("composed", "caf\u00e9-invoices"),
    _name("decomposed", "cafe\u0301-invoices"),
    _name("full width", "\uff49\uff4e\uff56\uff4f\uff49\uff43\uff45"),
    _name("a Cyrillic a", "\u0430bc"),
    _name("the Turkish dotless i", "\u0131nvoices"),
    _name("the Kelvin sign", "\u212abc"),
    _name("a ligature", "in\ufb01nite"),
    _name("digits of another script", "abc-\u0661\u0662"),
    _name("a hyphen that is none", "abc\u2010def"),
    _name("an override of direction", "abc\u202edef"),
    _name("a zero-width joiner", "abc\u200ddef"),
    _name("a soft hyphen", "abc\u00addef"),
    _name("a byte order mark", "\ufeffabc"),
    _name("a no-break space", "abc\u00a0def"),
    _name("a NUL", "abc\x00def"),
    _name("a NUL at the end", "abc\x00"),
    _name("an escape character", "abc\x1b[31m"),
    _name("the 8-bit escape character", "abc\x9b31m"),
    _name("a line separator", "abc\u2028def"),
    _name("a line feed at the end", "abc\n"),
    _name("a carriage return", "abc\rdef"),
    _name("a character beyond 16 bits", "abc\U0001f6a2"),
    _name("a character that is none", "abc\uffff"),
    _name("a tag character", "abc\U000e0041"),
    _name("a lone surrogate", "abc\ud800"),
    _name("a replacement character", "abc\ufffd"),
)
def test_a_name_has_plain_characters_alone(house: World, log: StringIO, case: Case) -> None:
    """A name that could be mistaken for another is none; nothing is normalised into one that is."""
    assert_refused(house, log, case)


@cases(
    *(
        _project(f"{what}, {method}", project, method)
        for method in ("PUT", "GET")
        for what, project in {
            "full width": "\uff41\uff50\uff4f\uff4c\uff4c\uff4f",
            "a Cyrillic o": "ap\u043ello",
            "a combining accent": "apollo\u0301",
            "a NUL": "apollo\x00",
            "a line feed": "apollo\n",
            "an override of direction": "apollo\u202e",
            "a zero-width space": "apollo\u200b",
            "the 8-bit escape character": "apollo\x9b2J",
            "a lone surrogate": "apollo\ud800",
            "the other lone surrogate": "\udfffapollo",
        }.items()
    )
)
def test_a_twin_of_a_project_is_no_project(house: World, log: StringIO, case: Case) -> None:
    """Who is a member of `apollo` is none of what looks like it; no such text reaches the log as it is."""
    assert_refused(house, log, case)


@cases(
    spec("a NUL", "/description", description="a\x00b"),
    spec("a control character", "/description", description="a\x08b"),
    spec("the 8-bit escape character", "/description", description="a\x9b31mb"),
    spec("an override of direction", "/description", description="a\u202eb"),
    spec("an isolate of direction", "/description", description="a\u2067b"),
    spec("a zero-width space", "/description", description="a\u200bb"),
    spec("a line separator", "/description", description="a\u2028b"),
    spec("a byte order mark inside", "/description", description="a\ufeffb"),
    spec("a full-width owner", "/owner", owner="\uff41@example.com"),
    spec("an owner at a look-alike", "/owner", owner="a@ex\u0430mple.com"),
    spec("a full-width cost centre", "/costCentre", costCentre="\uff23\uff23"),
    spec("a decomposed tag", "/tags/e\u0301", tags={"e\u0301": "x"}),
    spec("a composed tag", "/tags/\u00e9", tags={"\u00e9": "x"}),
    spec("a tag that looks like AWS's", "/tags/\u0430ws:x", tags={"\u0430ws:x": "x"}),
    spec("a field that looks like ours", "/own\u0435r", ownеr="a@example.com"),
    spec("a field with a zero-width space", "/owner\u200b", **{"owner\u200b": "a@example.com"}),
    body("half a pair", '{"owner":"\\ud83d"}'),
    body("a pair the wrong way round", '{"owner":"\\udea2\\ud83d"}'),
    body("half a pair as a key", '{"\\udfff":1}'),
    body("half a pair deep down", '{"tags":{"a":["\\ud800"]}}'),
)
def test_a_text_has_no_character_that_hides(house: World, log: StringIO, case: Case) -> None:
    """What is invisible, turns the line around or is no character has no place in any field."""
    assert_refused(house, log, case)


@cases(
    query("a kind in full width", "resources", kind="\uff42ucket"),
    query("a limit in another script", "resources", limit="\u0661\u0660"),
    query("a parameter with a zero-width space", "resources", INVALID, **{"kind\u200b": "bucket"}),
    query("a lone surrogate as the actor", "changes", INVALID, actor="a\ud800"),
    query("a lone surrogate in the resource", "changes", INVALID, resource="bucket/a\ud800"),
    query("a time in full width", "changes", since="\uff12\uff10\uff12\uff16"),
)
def test_a_query_is_read_to_the_letter(house: World, log: StringIO, case: Case) -> None:
    """A parameter that looks like another is another; what DynamoDB cannot take is never sent to it."""
    assert_refused(house, log, case)
