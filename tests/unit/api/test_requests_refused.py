"""Bad input: a clear 4xx, and nothing begun."""

from typing import Any

import pytest

from stowage.domain.ports import ResourceKey
from stowage.domain.projects import Person
from tests.unit.api.world import World
from tests.unit.fakes.kinds import crate
from tests.unit.fakes.people import AUDITOR, MANAGER, OPERATOR, STRANGER
from tests.unit.fakes.resources import resource_row

APPLES = "/v1/projects/apollo/crates/apples"
LOCK = {
    "change": "chg-" + "1" * 32,
    "actor": "olaf@example.com",
    "actorId": OPERATOR.id,
    "since": "2026-11-23T08:59:00.000Z",
    "action": "update",
}


@pytest.mark.parametrize(
    ("person", "path", "refusal"),
    [
        (MANAGER, "/v1/projects/nowhere/crates/apples", (404, "not-found")),
        (STRANGER, APPLES, (403, "forbidden")),
        (MANAGER, "/v1/projects/gemini/crates/apples", (403, "forbidden")),
        (AUDITOR, APPLES, (403, "forbidden")),
        (MANAGER, "/v1/projects/apollo/barrels/apples", (404, "not-found")),
        (MANAGER, f"/v1/projects/{'p' * 129}/crates/apples", (404, "not-found")),
    ],
)
@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_who_may_not_write_is_refused_before_the_body_is_looked_at(
    world: World, method: str, person: Person, path: str, refusal: tuple[int, str]
) -> None:
    """Project, membership, role and kind are judged first: the broken body is never told of."""
    reply = world.call(method, path, person=person, body="{broken", headers={"content-type": "text/plain"})

    assert (reply.status, reply.slug) == refusal
    world.assert_nothing_begun()
    assert not [call for call in world.calls if not call.startswith("FakeProjects.")]


@pytest.mark.parametrize("path", ["", "/resources", "/changes", "/changes/chg-" + "0" * 32, "/crates/apples"])
@pytest.mark.parametrize(("project", "status"), [("apollo", 403), ("nowhere", 404)])
def test_a_stranger_reads_nothing(world: World, path: str, project: str, status: int) -> None:
    """Every read of a project is for its members."""
    world.fake_resources.put(resource_row("apollo", "crate", "apples", spec={"description": "secret"}))

    reply = world.call("GET", f"/v1/projects/{project}{path}", person=STRANGER)

    assert reply.status == status
    assert "secret" not in reply.text


@pytest.mark.parametrize("content_type", ["application/json", "Application/JSON; Charset=UTF-8"])
def test_a_body_declared_as_json_is_taken(world: World, content_type: str) -> None:
    """Case and a charset of UTF-8 do not matter."""
    assert world.put(headers={"content-type": content_type}).status == 202


def test_a_spec_that_no_execution_takes_is_413() -> None:
    """What the kind allows but Step Functions does not is refused before the execution is asked for."""
    world = World(crate(schema={**crate().schema, "properties": {"description": {"type": "string"}}}))

    reply = world.put(spec={"description": "x" * (250 * 1024)})

    assert (reply.status, reply.slug) == (413, "body-too-large")
    world.assert_nothing_begun()


@pytest.mark.parametrize(
    ("spec", "pointers"),
    [
        ({}, ["/description"]),
        ([], [""]),
        ("text", [""]),
        ({"description": "a", "colour": "red", "a/b~c": 1}, ["/a~1b~0c", "/colour"]),
        ({"description": "a", "lid": {"colour": "red"}}, ["/lid/colour"]),
        ({"description": 1, "weight": 101, "size": "huge"}, ["/description", "/size", "/weight"]),
        ({"description": "", "weight": 0}, ["/description", "/weight"]),
        ({"description": "a", "weight": True}, ["/weight"]),
        ({"description": "a", "weight": 1.5}, ["/weight"]),
        ({"description": "a", "labels": {"Team": "x", "b": "y" * 21}}, ["/labels/Team", "/labels/b"]),
        ({"description": None}, ["/description"]),
    ],
)
def test_an_invalid_spec_is_422_with_a_pointer_for_each_fault(world: World, spec: object, pointers: list[str]) -> None:
    """Unknown and wrong fields are named one by one."""
    reply = world.put(spec=spec)

    assert (reply.status, reply.slug) == (422, "invalid-spec")
    assert sorted(fault["pointer"] for fault in reply.json["errors"]) == pointers
    assert reply.json["pointer"] == reply.json["errors"][0]["pointer"]
    world.assert_nothing_begun()


@pytest.mark.parametrize(
    "name", ["a", "a" * 64, "a" * 1000, "Apples", "ap_ples", "ap--ples", "äpfel", "a b", "1apples"]
)
def test_a_name_that_the_kind_does_not_allow_is_422(world: World, name: str) -> None:
    """The schema's `$defs.name` and the kind's own rule both count; the fault's pointer is empty."""
    reply = world.put(name)

    assert (reply.status, reply.slug, reply.json["pointer"]) == (422, "invalid-spec", "")
    world.assert_nothing_begun()


def test_a_hostile_value_is_not_repeated_in_the_answer(world: World) -> None:
    """Faults name fields and rules, never values."""
    reply = world.put(spec={"description": 7, "size": "<script>alert(1)</script>"})

    assert "alert" not in reply.text


def test_an_endless_field_name_is_cut(world: World) -> None:
    """An unknown field of 100 KB does not come back as 100 KB."""
    reply = world.put(spec={"description": "a", "x" * 100_000: 1})

    assert reply.json["pointer"] == "/" + "x" * 128


def test_at_most_50_faults_are_told(world: World) -> None:
    """A body made of unknown fields does not make a long answer."""
    reply = world.put(spec={"description": "a", **{f"x{number}": 1 for number in range(5000)}})

    assert len(reply.json["errors"]) == 50


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_a_locked_resource_is_409_and_names_the_holder(world: World, method: str) -> None:
    """The problem's member `lock` tells who, since when, to do what, by which change."""
    world.fake_resources.put(resource_row("apollo", "crate", "apples", lock=LOCK, status="UPDATING"))

    reply = world.call(method, APPLES, json={"description": "b"}, headers={"if-match": '"9"'})

    assert (reply.status, reply.slug, reply.json["lock"]) == (409, "locked", LOCK)
    assert "olaf@example.com" in reply.json["detail"]
    world.assert_nothing_begun()


@pytest.mark.parametrize("if_match", ['"2"', 'W/"3"', '"03"', '"x"', '"1", "2"', '""'])
@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_a_stale_if_match_is_412(world: World, method: str, if_match: str) -> None:
    """Only the strong ETag of the current version matches."""
    world.fake_resources.put(resource_row("apollo", "crate", "apples", version=3, spec={"size": "small"}))

    reply = world.call(method, APPLES, json={"description": "b"}, headers={"if-match": if_match})

    assert (reply.status, reply.slug) == (412, "stale-version")
    world.assert_nothing_begun()


@pytest.mark.parametrize("if_match", ["*", '"0"', '"1"'])
def test_if_match_of_a_resource_that_is_not_there_is_412(world: World, if_match: str) -> None:
    """No tag, not even `*`, matches nothing."""
    assert world.put(headers={"if-match": if_match}).slug == "stale-version"
    world.assert_nothing_begun()


def test_if_match_of_a_deleted_resource_is_412(world: World) -> None:
    """A tombstone keeps its version, but it is no resource."""
    world.fake_resources.put(resource_row("apollo", "crate", "apples", version=3, status="DELETED", deleted=True))

    assert world.put(headers={"if-match": '"3"'}).slug == "stale-version"
    world.assert_nothing_begun()


@pytest.mark.parametrize(
    "headers",
    [
        {"if-match": "3"},
        {"if-match": '"3'},
        {"if-match": '"3" "4"'},
        {"if-match": '*, "3"'},
        {"if-match": ""},
        {"if-match": '"a b"'},
        {"if-none-match": '"3"'},
        {"if-match": "*", "if-none-match": "*"},
    ],
)
def test_a_malformed_precondition_is_400(world: World, headers: dict[str, str]) -> None:
    """A header that says nothing clear must not be taken for no header."""
    world.fake_resources.put(resource_row("apollo", "crate", "apples", version=3))

    reply = world.put(headers=headers)

    assert (reply.status, reply.slug) == (400, "invalid-request")
    world.assert_nothing_begun()


def test_create_only_of_a_resource_that_is_there_is_412(world: World) -> None:
    """If-None-Match: * never updates."""
    world.fake_resources.put(resource_row("apollo", "crate", "apples"))

    reply = world.put(headers={"if-none-match": "*"})

    assert (reply.status, reply.slug) == (412, "resource-exists")
    world.assert_nothing_begun()


def test_a_name_that_is_taken_in_all_of_aws_is_409(world: World) -> None:
    """A create asks first; the machine would fail minutes later."""
    world.fake_names.taken.add(("s3", "apples"))

    reply = world.put()

    assert (reply.status, reply.slug) == (409, "name-taken")
    world.assert_nothing_begun()


@pytest.mark.parametrize("status", ["CREATE_FAILED", "MISSING"])
def test_what_a_failed_attempt_left_standing_is_no_reason_to_refuse_the_next(world: World, status: str) -> None:
    """The name is held by the resource's own stack, maybe: CloudFormation adopts, clears or refuses it, nobody here."""
    world.fake_names.taken.add(("s3", "apples"))
    world.fake_resources.put(resource_row("apollo", "crate", "apples", status=status, stack_id="arn:stack/1"))

    reply = world.put()

    assert (reply.status, reply.json["change"]["action"]) == (202, "create")


@pytest.mark.parametrize(
    "row",
    [
        {"status": "DELETED", "deleted": True, "stack_id": "arn:stack/1"},
        {"status": "CREATE_FAILED", "stack_id": None},
    ],
    ids=["its stack is deleted", "it never had a stack"],
)
def test_a_name_that_cannot_be_the_resources_own_is_409_however_the_row_stands(
    world: World, row: dict[str, Any]
) -> None:
    """Somebody else took it: what was deleted holds no name any more, nor does what was never begun."""
    world.fake_names.taken.add(("s3", "apples"))
    world.fake_resources.put(resource_row("apollo", "crate", "apples", **row))

    reply = world.put()

    assert (reply.status, reply.slug) == (409, "name-taken")
    world.assert_nothing_begun()


def test_an_update_that_the_kind_refuses_is_422(world: World) -> None:
    """A field that would replace the resource keeps its value."""
    world.fake_resources.put(resource_row("apollo", "crate", "apples", spec={"description": "a", "size": "large"}))

    reply = world.put(spec={"description": "a", "size": "small"})

    assert (reply.status, reply.slug, reply.json["pointer"]) == (422, "invalid-spec", "/size")
    world.assert_nothing_begun()


@pytest.mark.parametrize("deleted", [True, None])
def test_deleting_what_is_not_there_is_404(world: World, deleted: bool | None) -> None:  # noqa: FBT001
    """A resource that never was and one that is gone are the same."""
    if deleted:
        world.fake_resources.put(resource_row("apollo", "crate", "apples", status="DELETED", deleted=True))

    reply = world.call("DELETE", APPLES)

    assert (reply.status, reply.slug) == (404, "not-found")
    world.assert_nothing_begun()


def test_a_refused_request_leaves_the_mirror_as_it_was(world: World) -> None:
    """No early refusal touches a row."""
    world.fake_resources.put(resource_row("apollo", "crate", "apples", lock=LOCK, status="UPDATING"))
    before = world.fake_resources.get("apollo", "crate", "apples")

    world.put()

    assert world.fake_resources.rows == {ResourceKey("apollo", "crate", "apples"): before}
