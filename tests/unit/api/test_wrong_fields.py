"""What a person is told of a field that is wrong: what is wrong with it, and nothing of the inside."""

from copy import deepcopy
from typing import Any

import pytest

from api.openapi.examples import name_of
from api.spec_check import SpecCheck
from stowage.catalog.registry import kind_by_name
from stowage.domain.errors import InvalidSpecError
from stowage.domain.kinds import Fault, Kind
from tests.unit.api.credentials import SPEC, STACK
from tests.unit.api.world import Reply, World
from tests.unit.catalog.keys import ed25519_line, private_pem
from tests.unit.fakes.kinds import crate, safe
from tests.unit.fakes.resources import resource_row

SAFE = "/v1/projects/apollo/safes/partner"
PAST, NOW, AHEAD = "2026-11-22T09:00:00Z", "2026-11-23T09:00:00Z", "2026-11-23T09:00:01Z"


def kind_of(name: str) -> Kind:
    """Give a kind of the catalog."""
    kind = kind_by_name(name)
    assert kind is not None
    return kind


def faults(kind: str, **fields: Any) -> tuple[Fault, ...]:
    """Give what the first example of a kind is refused for with these fields."""
    found = kind_of(kind)
    with pytest.raises(InvalidSpecError) as refused:
        SpecCheck(found).accept(name_of(found), {**deepcopy(found.schema["examples"][0]), **fields})
    return refused.value.faults


@pytest.mark.parametrize("kind", ["user", "sftp-user", "bucket"])
@pytest.mark.parametrize("tag", ["aws:team", "Stowage:owner", "caf\u00e9"])
def test_a_tag_that_may_not_be_is_told_in_words(kind: str, tag: str) -> None:
    """A regular expression tells a manager nothing."""
    [(pointer, sentence)] = faults(kind, tags={tag: "1"})

    assert pointer == f"/tags/{tag}"
    assert "begin with aws: or stowage: are reserved" in sentence
    assert "[A" not in sentence


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("one\ntwo", "has a line break after 3 characters: it must be one line."),
        ("one\r\ntwo", "has a line break after 3 characters: it must be one line."),
        ("one\u2028two", "has a line break after 3 characters: it must be one line."),
        ("one\n", "begins or ends with a blank or a line break: take that away."),
        ("one\u202etwo", "has a character that cannot be seen (U+202E, the 4. one): take it away."),
        ("one\u200btwo", "has a character that cannot be seen (U+200B, the 4. one): take it away."),
        ("one\ttwo", "has a character that cannot be seen (U+0009, the 4. one): take it away."),
    ],
)
def test_a_character_that_nobody_sees_is_named(text: str, sentence: str) -> None:
    """Who looks at the text finds nothing wrong with it."""
    assert faults("user", description=text) == (("/description", sentence),)


def test_a_pub_file_with_its_last_line_break_is_told_what_to_take_away() -> None:
    """As `cat` copies it: it is not changed in silence, what is kept is what was sent."""
    found = faults("sftp-user", publicKeys=[f"{ed25519_line()} partner@example.com\n"])

    assert found == (("/publicKeys/0", "begins or ends with a blank or a line break: take that away."),)


@pytest.mark.parametrize("pasted", [private_pem(), private_pem().strip(), private_pem() * 20])
def test_of_a_private_key_nothing_is_said_but_that(pasted: str) -> None:
    """That it is known to others now matters; its form, and its length, do not."""
    [(pointer, sentence)] = faults("sftp-user", publicKeys=[pasted])

    assert pointer == "/publicKeys/0"
    assert sentence.startswith("This is a private key. It belongs to whoever signs in")


def standing(**fields: Any) -> dict[str, Any]:
    """Give the user's spec as a change has left it: every default filled in."""
    return SpecCheck(safe()).accept("partner", {**deepcopy(SPEC), **fields})


def put(world: World, **fields: Any) -> Reply:
    """Ask for the user."""
    return world.call("PUT", SAFE, json={**SPEC, **fields})


@pytest.mark.parametrize("moment", [PAST, NOW])
def test_access_that_ends_before_it_begins_is_refused(moment: str) -> None:
    """At a creation, and where a change would set it."""
    world = World(crate(), safe())
    created = put(world, expiresAt=moment)
    world.fake_resources.put(resource_row("apollo", "safe", "partner", spec=standing(), stack_id=STACK))
    updated = put(world, expiresAt=moment)

    for reply in (created, updated):
        assert (reply.status, reply.json["pointer"]) == (422, "/expiresAt")
        assert "is in the past" in reply.json["detail"]
    assert put(world, expiresAt=AHEAD).status == 202


def test_who_has_expired_already_can_be_changed_still() -> None:
    """The moment stands as it was: its page saves all fields at once."""
    world = World(crate(), safe())
    spec = standing(expiresAt=PAST)
    world.fake_resources.put(resource_row("apollo", "safe", "partner", spec=spec, stack_id=STACK))

    assert put(world, expiresAt=PAST, description="Another").status == 202
    assert put(world, expiresAt="2026-11-21T09:00:00Z").status == 422


@pytest.mark.parametrize(
    ("status", "words"),
    [("CREATING", "is being created"), ("MISSING", "is missing in its AWS account"), ("NEEDS_OPERATOR", "operator")],
)
def test_what_a_user_is_not_ready_for_is_told_in_words(status: str, words: str) -> None:
    """None of Stowage's own stands in the sentence."""
    world = World(crate(), safe())
    row = resource_row("apollo", "safe", "partner", spec=SPEC, stack_id=STACK, status=status)
    world.fake_resources.put(row)

    reply = world.call("POST", f"{SAFE}/handovers")

    assert (reply.status, reply.slug) == (409, "rotation-conflict")
    assert words in reply.json["detail"]
    assert status not in reply.json["detail"]


def test_an_address_without_parameters_says_so() -> None:
    """Rather than to name none of them."""
    world = World(crate(), safe())
    world.fake_resources.put(resource_row("apollo", "safe", "partner", spec=SPEC, stack_id=STACK))

    reply = world.call("GET", f"{SAFE}/credentials", query={"x": "1"})

    assert (reply.status, reply.json["detail"]) == (400, "This address takes no parameter 'x', and no other either.")
