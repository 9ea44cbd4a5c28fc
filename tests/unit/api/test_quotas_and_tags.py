"""A project's quotas and mandatory tags: told, and held to at every PUT."""

from typing import Any

import pytest

from stowage.domain.kinds import Kind
from tests.unit.api.world import World
from tests.unit.fakes.kinds import SCHEMA, crate
from tests.unit.fakes.people import MANAGER, project
from tests.unit.fakes.resources import resource_row

TAGGED = crate(schema={**SCHEMA, "properties": {**SCHEMA["properties"], "tags": SCHEMA["properties"]["labels"]}})


def settle(world: World, **settings: Any) -> None:
    """Give apollo these settings."""
    world.fake_projects.put_project(project(**settings))


def stand(world: World, *names: str, **fields: Any) -> None:
    """Let these crates stand in apollo."""
    for name in names:
        world.fake_resources.put(resource_row("apollo", "crate", name, spec={"size": "small"}, **fields))


def test_a_member_reads_quotas_and_mandatory_tags(world: World) -> None:
    """Of every kind, the kind's own default where the project says nothing."""
    settle(world, mandatory_tags=("cost", "team"))
    assert world.call("GET", "/v1/projects/apollo").json["quotas"] == {"crate": 100}

    settle(world, quotas={"crate": 7}, mandatory_tags=("cost", "team"))
    told = world.call("GET", "/v1/projects/apollo").json

    assert (told["quotas"], told["mandatoryTags"]) == ({"crate": 7}, ["cost", "team"])


def test_one_more_than_the_quota_is_refused_and_begins_nothing(world: World) -> None:
    """409 quota-exceeded with a sentence that says how many there are and may be."""
    settle(world, quotas={"crate": 2})
    stand(world, "first", "second")

    reply = world.put("third")

    assert (reply.status, reply.slug) == (409, "quota-exceeded")
    assert "has 2 of the kind crate, and may have 2" in reply.json["detail"]
    world.assert_nothing_begun()


def test_what_counts_is_what_lives_in_this_project_and_kind(world: World) -> None:
    """Tombstones, other kinds and other projects take no place."""
    settle(world, quotas={"crate": 2})
    stand(world, "first")
    stand(world, "gone", status="DELETED", deleted=True)
    world.fake_resources.put(resource_row("gemini", "crate", "theirs"))
    world.fake_resources.put(resource_row("apollo", "barrel", "other"))

    assert world.put("second").status == 202


def test_a_full_project_still_updates_and_deletes_and_repeats_a_failed_creation(world: World) -> None:
    """Only one more is refused: what is there is counted already, and only a creation counts at all."""
    settle(world, quotas={"crate": 2})
    stand(world, "first")
    stand(world, "failed", status="CREATE_FAILED")

    assert world.put("failed").status == 202
    assert world.calls.count("FakeResources.count") == 1
    assert world.put("first").status == 202
    assert world.call("DELETE", "/v1/projects/apollo/crates/first").status == 202
    assert world.calls.count("FakeResources.count") == 1


def test_a_quota_of_none_lets_nothing_in(world: World) -> None:
    """A quota of 0 closes a kind to a project."""
    settle(world, quotas={"crate": 0})

    assert world.put().slug == "quota-exceeded"
    world.assert_nothing_begun()


def test_the_default_is_the_kinds_own() -> None:
    """Without a quota of its own, a project has the catalog's."""
    world = World(crate(quota=1))
    stand(world, "first")

    assert world.put("second").slug == "quota-exceeded"


def test_a_missing_mandatory_tag_is_422_with_its_pointer() -> None:
    """Each missing one is named, beside the spec's other faults; an update is held to them as well."""
    world = World(TAGGED)
    settle(world, mandatory_tags=("a/b", "cost", "team"))
    stand(world, "first")

    for name in ("first", "second"):
        reply = world.put(name, {"description": "", "tags": {"team": "fruit"}})

        assert (reply.status, reply.slug) == (422, "invalid-spec")
        assert [fault["pointer"] for fault in reply.json["errors"]] == ["/description", "/tags/a~1b", "/tags/cost"]
    world.assert_nothing_begun()


def test_no_tags_at_all_is_no_way_around() -> None:
    """A spec that leaves `tags` out has the default's, which carries none of the project's."""
    world = World(TAGGED)
    settle(world, mandatory_tags=("team",))

    assert world.put("first", {"description": "Apples"}).json["pointer"] == "/tags/team"
    assert world.put("first", {"description": "Apples", "tags": {"team": "fruit"}}).status == 202


@pytest.mark.parametrize("kind", [crate(), crate(schema={**SCHEMA, "properties": {}, "required": []})])
def test_a_kind_without_tags_knows_no_mandatory_ones(kind: Kind) -> None:
    """What cannot be said cannot be demanded."""
    world = World(kind)
    settle(world, mandatory_tags=("team",))

    assert world.put("first", {"description": "Apples"} if kind.schema["properties"] else {}).status == 202


def test_tags_of_a_wrong_type_are_told_as_such() -> None:
    """The schema's fault stands alone."""
    world = World(TAGGED)
    settle(world, mandatory_tags=("team",))

    reply = world.put("first", {"description": "Apples", "tags": "team"})

    assert [fault["pointer"] for fault in reply.json["errors"]] == ["/tags"]


def test_a_project_that_is_closing_takes_nothing_new_but_lets_go(world: World) -> None:
    """While a project is offboarded nothing can be asked for; what is there is still read and deleted."""
    settle(world, closing=True)
    stand(world, "first")

    assert world.put("first").slug == "forbidden"
    assert world.put("second").slug == "forbidden"
    world.assert_nothing_begun()
    assert world.call("GET", "/v1/projects/apollo/crates/first", person=MANAGER).status == 200
    assert world.call("DELETE", "/v1/projects/apollo/crates/first").status == 202
