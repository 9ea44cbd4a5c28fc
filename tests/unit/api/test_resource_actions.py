"""Actions on a resource: what its state allows, and nothing else, becomes a change."""

from typing import Any

import pytest

from stowage.domain.changes import ChangeRequest, Spec
from stowage.domain.resources import ResourceStatus
from stowage.domain.stacks import resource_status
from tests.unit.api.world import Reply, World
from tests.unit.fakes.kinds import box, crate
from tests.unit.fakes.resources import resource_row

SPEC: Spec = {"description": "Apples", "size": "small", "weight": 10, "lid": {"locked": True}, "labels": {}}
LAST = "chg-" + "7" * 32


@pytest.fixture
def world() -> World:
    """Give the API with crates, and boxes that hold something."""
    return World(crate(), box())


def lay(world: World, status: ResourceStatus, stack: str | None, **fields: Any) -> None:
    """Lay a resource, by default a crate at version 3, into the mirror."""
    kind = fields.pop("kind", "crate")
    given = {"spec": SPEC, "version": 3, "status": status, "stack_status": stack, "stack_id": "arn", "change": LAST}
    world.fake_resources.put(resource_row("apollo", kind, "apples", **{**given, **fields}))


def act(world: World, action: str, path: str = "crates", **fields: Any) -> Reply:
    """Ask for the action."""
    return world.call("POST", f"/v1/projects/apollo/{path}/apples/actions/{action}", **fields)


def begun(world: World, reply: Reply) -> ChangeRequest:
    """Give what the execution was asked."""
    assert reply.status == 202, reply
    return ChangeRequest.model_validate_json(world.fake_executions.by_name[reply.json["change"]["id"]].input)


def test_a_failed_creation_is_tried_again_with_the_same_spec(world: World) -> None:
    """As a PUT of the row's own spec."""
    lay(world, ResourceStatus.CREATE_FAILED, "ROLLBACK_COMPLETE", outcome="CREATE_FAILED")

    request = begun(world, act(world, "retry"))

    assert (request.action, request.spec, request.mode, request.version) == ("create", SPEC, None, 4)
    assert "mode" not in request.to_wire()


def test_a_rolled_back_update_is_tried_again_with_what_it_asked_for(world: World) -> None:
    """The row shows what stands; the spec that failed is the last change's own."""
    lay(world, ResourceStatus.ACTIVE, "UPDATE_COMPLETE")
    first = world.put(spec={**SPEC, "weight": 20}).json["change"]["id"]
    lay(world, ResourceStatus.ROLLED_BACK, "UPDATE_ROLLBACK_COMPLETE", outcome="ROLLED_BACK", change=first, version=4)

    request = begun(world, act(world, "retry"))

    assert (request.action, request.spec["weight"], request.version) == ("update", 20, 5)


def test_an_update_whose_spec_nobody_knows_any_more_cannot_be_tried_again(world: World) -> None:
    """Step Functions forgets an execution after 90 days."""
    lay(world, ResourceStatus.ROLLED_BACK, "UPDATE_ROLLBACK_COMPLETE", outcome="ROLLED_BACK")

    reply = act(world, "retry")

    assert (reply.status, reply.slug, reply.json["nextActions"]) == (409, "action-not-legal", ["update", "delete"])


@pytest.mark.parametrize(
    ("status", "stack"), [(ResourceStatus.MISSING, None), (ResourceStatus.ACTIVE, "DELETE_COMPLETE")]
)
def test_what_is_missing_is_made_again(world: World, status: ResourceStatus, stack: str | None) -> None:
    """Also where an event told of the deletion, and the mirror does not call it missing yet."""
    lay(world, status, stack)

    request = begun(world, act(world, "recreate"))

    assert (request.action, request.spec, request.version) == ("create", SPEC, 4)


@pytest.mark.parametrize(
    ("action", "status", "stack", "expected"),
    [
        ("forget", ResourceStatus.MISSING, None, ("delete", {}, "forget")),
        ("forget", ResourceStatus.CREATE_FAILED, None, ("delete", {}, "forget")),
        ("repair", ResourceStatus.CREATE_FAILED, "ROLLBACK_FAILED", ("update", SPEC, "repair")),
        ("repair", ResourceStatus.NEEDS_OPERATOR, "UPDATE_FAILED", ("update", SPEC, "repair")),
        (
            "continueRollback",
            ResourceStatus.NEEDS_OPERATOR,
            "UPDATE_ROLLBACK_FAILED",
            ("update", SPEC, "continueRollback"),
        ),
    ],
)
def test_an_action_of_its_own_is_a_change_with_a_mode(
    world: World, action: str, status: ResourceStatus, stack: str | None, expected: tuple[str, Spec, str]
) -> None:
    """It asks for no new spec, so that the version stays."""
    lay(world, status, stack)

    reply = act(world, action)

    request = begun(world, reply)
    assert (request.action, request.spec, request.mode) == expected
    assert (request.expected_version, request.version) == (3, 3)
    assert reply.json["change"]["mode"] == action


def test_a_box_is_emptied_and_deleted_when_its_name_is_repeated(world: World) -> None:
    """What it holds goes for good."""
    lay(world, ResourceStatus.DELETE_FAILED, "DELETE_FAILED", outcome="BUCKET_NOT_EMPTY", kind="box")

    wrong = act(world, "emptyAndDelete", "boxes", json={"confirm": "pears"})
    missing = act(world, "emptyAndDelete", "boxes", json={})
    request = begun(world, act(world, "emptyAndDelete", "boxes", json={"confirm": "apples"}))

    assert [(reply.status, reply.json["pointer"]) for reply in (wrong, missing)] == [(422, "/confirm")] * 2
    assert (request.action, request.mode) == ("delete", "emptyAndDelete")


def test_what_a_box_holds_is_kept_when_its_name_is_repeated(world: World) -> None:
    """It leaves Stowage's care, which the refusal says."""
    lay(world, ResourceStatus.ACTIVE, "UPDATE_COMPLETE", outcome="BUCKET_NOT_EMPTY", kind="box")

    wrong = act(world, "retain", "boxes", json={"confirm": "pears"})
    request = begun(world, act(world, "retain", "boxes", json={"confirm": "apples"}))

    assert (wrong.status, wrong.json["pointer"]) == (422, "/confirm")
    assert "does not care for it any more" in wrong.json["detail"]
    assert (request.action, request.mode, request.version) == ("delete", "retain", 3)


@pytest.mark.parametrize(
    ("stack", "outcome", "verbs", "legal"),
    [
        ("UPDATE_ROLLBACK_FAILED", "STUCK", (409, 409), ["continueRollback"]),
        ("UPDATE_ROLLBACK_FAILED", "NEEDS_OPERATOR", (409, 409), []),
        ("UPDATE_FAILED", "STUCK", (409, 409), ["repair"]),
        ("IMPORT_ROLLBACK_FAILED", None, (409, 409), []),
        ("DELETE_FAILED", "DELETE_FAILED", (409, 202), ["delete"]),
        ("ROLLBACK_FAILED", "CREATE_FAILED", (202, 202), []),
        ("ROLLBACK_COMPLETE", "CREATE_FAILED", (202, 202), []),
        ("UPDATE_IN_PROGRESS", None, (202, 202), []),
        ("DELETE_IN_PROGRESS", None, (202, 202), []),
        ("DELETE_COMPLETE", None, (202, 202), []),
        (None, "STACK_MISSING", (202, 202), []),
    ],
)
def test_a_put_and_a_delete_that_could_only_fail_are_refused_with_what_helps(
    stack: str | None, outcome: str | None, verbs: tuple[int, int], legal: list[str]
) -> None:
    """No execution is begun that would end in the stack's own refusal: the API takes what `nextActions` offers."""
    for verb, status in zip(("PUT", "DELETE"), verbs, strict=True):
        world = World(crate())
        given = ResourceStatus.MISSING if stack is None else resource_status(stack, ResourceStatus.UPDATING)
        lay(world, ResourceStatus.MISSING if stack == "DELETE_COMPLETE" else given, stack, outcome=outcome)
        body: dict[str, Any] = {"json": {**SPEC, "weight": 20}} if verb == "PUT" else {}

        reply = world.call(verb, "/v1/projects/apollo/crates/apples", **body)

        assert reply.status == status, reply
        if status == 409:
            assert (reply.slug, reply.json["nextActions"]) == ("action-not-legal", legal)
            assert (legal[0] if legal else "nothing, until an operator") in reply.json["detail"]
            world.assert_nothing_begun()


def test_a_kind_that_holds_nothing_has_no_such_action(world: World) -> None:
    """As any other word that is none."""
    lay(world, ResourceStatus.DELETE_FAILED, "DELETE_FAILED", outcome="BUCKET_NOT_EMPTY")

    assert act(world, "emptyAndDelete", json={"confirm": "apples"}).status == 404
    assert act(world, "retain", json={"confirm": "apples"}).status == 404
    assert [act(world, word).status for word in ("update", "delete", "stop", "explode")] == [404] * 4
    world.assert_nothing_begun()


@pytest.mark.parametrize("action", ["retry", "repair", "recreate", "forget", "continueRollback"])
def test_what_the_state_does_not_allow_is_refused_with_what_it_does(world: World, action: str) -> None:
    """The sentence names them, and so does a member."""
    lay(world, ResourceStatus.ACTIVE, "UPDATE_COMPLETE")

    reply = act(world, action)

    assert (reply.status, reply.slug, reply.json["nextActions"]) == (409, "action-not-legal", ["update", "delete"])
    world.assert_nothing_begun()


def test_a_resource_that_is_not_there_is_404_and_another_version_412(world: World) -> None:
    """As for PUT and DELETE."""
    absent = act(world, "forget")
    lay(world, ResourceStatus.MISSING, None)

    assert absent.status == 404
    assert act(world, "forget", headers={"if-match": '"2"'}).status == 412
    assert act(world, "forget", headers={"if-match": '"3"'}).status == 202


def test_a_repeated_request_with_its_key_is_the_same_change(world: World) -> None:
    """Also after the first one has changed what is legal."""
    lay(world, ResourceStatus.MISSING, None)
    headers = {"idempotency-key": "once"}

    first = act(world, "recreate", headers=headers)
    lay(world, ResourceStatus.ACTIVE, "CREATE_COMPLETE")
    again = act(world, "recreate", headers=headers)
    other = act(world, "forget", headers=headers)

    assert first.json["change"]["id"] == again.json["change"]["id"]
    assert (other.status, other.slug) == (409, "idempotency-key-reused")


def test_the_rules_of_today_hold_for_a_spec_of_former_times(world: World) -> None:
    """What the schema does not take any more is not asked for again."""
    lay(world, ResourceStatus.CREATE_FAILED, None, spec={"description": ""})

    reply = act(world, "retry")

    assert (reply.status, reply.json["pointer"]) == (422, "/description")
