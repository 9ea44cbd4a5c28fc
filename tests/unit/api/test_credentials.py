"""A user's keys as its page shows them, and their rotation as people begin, hurry and undo it."""

from typing import Any

import pytest

from stowage.domain.credentials import (
    Credentials,
    EndedRotation,
    KeyStatus,
    RotationOutcome,
    RotationReason,
    RotationStep,
)
from stowage.domain.errors import ConcurrentUpdateError, ExecutionNotFoundError, ThrottledError
from stowage.domain.notices import NoticeCode, make_notice
from stowage.domain.rotation import RotationRequest, rotation_id
from tests.unit.api.credentials import CREATED_AT, OTHER_ROTATION, ROTATION, SAFE, SPEC, STACK, key, lay_user, running
from tests.unit.api.world import Reply, World
from tests.unit.fakes.kinds import crate, safe
from tests.unit.fakes.people import MANAGER, OPERATOR
from tests.unit.fakes.resources import resource_row

KEY = ("apollo", "safe", "partner")
SEEN_AT = "2026-11-23T08:40:00.000Z"


@pytest.fixture
def house() -> World:
    """Give a user whose key was handed over."""
    world = World(crate(), safe())
    lay_user(world, key(handed_over_at=SEEN_AT, secret_id=None, last_used_at=SEEN_AT, last_used_service="s3"))
    return world


def lay_rotation(house: World, step: RotationStep, **fields: Any) -> None:
    """Let a rotation stand at a step, its wait waiting."""
    row = house.fake_credentials.rows[KEY]
    house.fake_credentials.rows[KEY] = row.model_copy(update={"rotation": running(step, **fields)})
    house.fake_waits.waiting.add("token-of-the-wait")


def ask(house: World, wish: str, rotation: str = ROTATION, **fields: Any) -> Reply:
    """Ask to advance or undo."""
    return house.call("POST", f"{SAFE}/rotations/{rotation}/{wish}", **fields)


def test_the_credentials_are_told_without_their_secrets(house: World) -> None:
    """Keys, oldest first, their rotation and what comes next; neither where a secret lies nor what wakes a wait."""
    house.fake_credentials.rows.clear()
    spec = {**SPEC, "rotateEveryDays": 90, "expiresAt": "2027-01-01T00:00:00Z"}
    house.fake_resources.put(resource_row("apollo", "safe", "partner", spec=spec, stack_id=STACK))
    newer = key(access_key_id="AKIANEWER", rotation=OTHER_ROTATION, created_at="2026-11-23T08:50:00.000Z")
    ended = EndedRotation(id="rot-0", outcome=RotationOutcome.SUCCEEDED, cause=None, ended_at=CREATED_AT)
    lay_user(
        house,
        newer,
        key(
            handed_over_at=SEEN_AT,
            secret_id=None,
            last_used_at=SEEN_AT,
            last_used_service="s3",
            last_used_checked_at=SEEN_AT,
        ),
        rotation=running(RotationStep.AWAITING_HANDOVER, id=OTHER_ROTATION, due_at="2026-11-30T09:00:00.000Z"),
        last_rotation=ended,
    )

    reply = house.call("GET", f"{SAFE}/credentials")

    assert reply.json == {
        "keys": [
            {
                "accessKeyId": "AKIAIOSFODNN7EXAMPLE",
                "status": "ACTIVE",
                "createdAt": CREATED_AT,
                "readyAt": "2026-11-23T08:30:20.000Z",
                "handedOverAt": SEEN_AT,
                "lastUsedAt": SEEN_AT,
                "lastUsedService": "s3",
                "lastUsedCheckedAt": SEEN_AT,
                "revealed": True,
            },
            {
                "accessKeyId": "AKIANEWER",
                "status": "ACTIVE",
                "createdAt": "2026-11-23T08:50:00.000Z",
                "readyAt": "2026-11-23T08:30:20.000Z",
                "handedOverAt": None,
                "lastUsedAt": None,
                "lastUsedService": None,
                "lastUsedCheckedAt": None,
                "revealed": False,
            },
        ],
        "suspended": False,
        "rotation": {
            "id": OTHER_ROTATION,
            "reason": "requested",
            "step": "AWAITING_HANDOVER",
            "actor": MANAGER.email,
            "startedAt": "2026-11-23T08:29:00.000Z",
            "dueAt": "2026-11-30T09:00:00.000Z",
        },
        "lastRotation": {"id": "rot-0", "outcome": "SUCCEEDED", "cause": None, "endedAt": CREATED_AT},
        "nextRotationAt": "2027-02-21T08:50:00.000Z",
        "expiresAt": "2027-01-01T00:00:00Z",
    }
    assert reply.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("spec", "row", "suspended"),
    [
        ({"enabled": False}, {}, True),
        ({}, {"suspended": True}, True),
        ({}, {"closed": True}, False),
        ({"expiresAt": "2026-11-23T09:00:00Z"}, {}, False),
    ],
    ids=["by its spec", "by its row", "closed", "expired"],
)
def test_a_key_of_a_user_who_is_off_is_inactive(
    house: World, spec: dict[str, Any], row: dict[str, Any], *, suspended: bool
) -> None:
    """What is told is whether it works."""
    house.fake_resources.put(resource_row("apollo", "safe", "partner", spec={**SPEC, **spec}, stack_id=STACK))
    house.fake_credentials.rows[KEY] = house.fake_credentials.rows[KEY].model_copy(update=row)

    told = house.call("GET", f"{SAFE}/credentials").json

    assert ([each["status"] for each in told["keys"]], told["suspended"]) == (["INACTIVE"], suspended)


@pytest.mark.parametrize("row", ["none", "of a user who is gone"])
def test_a_user_without_keys_has_none(house: World, row: str) -> None:
    """Before the first minting, and when the row speaks of somebody who had the name before."""
    kept = house.fake_credentials.rows.pop(KEY)
    if row != "none":
        house.fake_credentials.rows[KEY] = kept.model_copy(update={"stack_id": "gone"})

    told = house.call("GET", f"{SAFE}/credentials").json

    assert told == {
        "keys": [],
        "suspended": False,
        "rotation": None,
        "lastRotation": None,
        "nextRotationAt": None,
        "expiresAt": None,
    }


def test_reading_credentials_asks_the_table_alone(house: World) -> None:
    """Membership and resource at once, then the keys."""
    house.call("GET", f"{SAFE}/credentials")

    assert sorted(house.calls) == ["FakeCredentialRows.get", "FakeProjects.get_membership", "FakeResources.get"]


def test_a_user_that_is_gone_has_no_credentials(house: World) -> None:
    """404, whatever row it has left."""
    house.fake_resources.put(resource_row("apollo", "safe", "partner", deleted=True, stack_id=STACK))

    for method, part in (("GET", "credentials"), ("POST", "rotations"), ("GET", "handovers"), ("POST", "handovers")):
        assert house.call(method, f"{SAFE}/{part}").status == 404


def test_a_rotation_begins(house: World) -> None:
    """202 with the rotation and where to follow it; the execution gets all it needs, and no clock."""
    reply = house.call("POST", f"{SAFE}/rotations", json={"overlapHours": 24, "undoHours": 0})

    told = reply.json["rotation"]
    assert (reply.status, reply.headers["location"]) == (202, f"{SAFE}/credentials")
    assert {**told, "id": None} == {
        "id": None,
        "reason": "requested",
        "step": "MINTING",
        "actor": MANAGER.email,
        "startedAt": "2026-11-23T09:00:00.000Z",
        "dueAt": None,
    }
    assert RotationRequest.model_validate_json(house.fake_rotations.by_name[told["id"]].input) == RotationRequest(
        rotation=told["id"],
        project="apollo",
        kind="safe",
        name="partner",
        reason=RotationReason.REQUESTED,
        actor=MANAGER.email,
        actor_id=MANAGER.id,
        overlap_hours=24,
        undo_hours=0,
    )


def test_a_rotation_is_seen_as_soon_as_it_has_begun(house: World) -> None:
    """By the page, by whoever asks for another, and by a link to the key that it is about to mint."""
    begun = house.call("POST", f"{SAFE}/rotations").json["rotation"]

    assert house.call("GET", f"{SAFE}/credentials").json["rotation"] == begun
    assert house.call("POST", f"{SAFE}/rotations").slug == "rotation-conflict"
    assert house.call("POST", f"{SAFE}/handovers").json["rotation"] == begun["id"]


def test_a_rotation_is_claimed_by_its_first_state_where_the_table_does_not_answer(house: World) -> None:
    """The request succeeds: it has begun."""
    house.spies["credential_rows"].fail("put", ThrottledError("slow down"))

    assert house.call("POST", f"{SAFE}/rotations").status == 202
    assert house.fake_credentials.rows[KEY].rotation is None


def meanwhile(house: World, **changed: Any) -> None:
    """Let somebody else write the row just before it is written next."""
    rows = house.fake_credentials
    put = rows.put

    def overtaken(credentials: Credentials) -> Credentials:
        rows.put = put  # type: ignore[method-assign]
        rows.put(rows.rows[KEY].model_copy(update=changed))
        return rows.put(credentials)

    rows.put = overtaken  # type: ignore[method-assign]


def test_of_two_rotations_at_once_one_begins(house: World) -> None:
    """The slower one is refused with the one that runs, also when it is asked for again with its Idempotency-Key."""
    asked: dict[str, Any] = {"headers": {"idempotency-key": "mine"}}
    meanwhile(house, rotation=running(RotationStep.MINTING, id=OTHER_ROTATION, actor="olaf@example.com"))

    lost = house.call("POST", f"{SAFE}/rotations", **asked)
    again = house.call("POST", f"{SAFE}/rotations", **asked)
    [execution] = house.fake_rotations.by_name
    house.fake_rotations.end(execution, "FAILED", error="REFUSED", cause="The other one runs.")
    refused = house.call("POST", f"{SAFE}/rotations", **asked)

    for reply in (lost, again, refused):
        assert (reply.status, reply.slug, reply.json["rotation"]) == (409, "rotation-conflict", OTHER_ROTATION)
        assert "olaf@example.com has been rotating" in reply.json["detail"]
        assert "MINTING" not in reply.json["detail"]


def test_a_rotation_that_was_refused_is_not_told_as_begun(house: World) -> None:
    """Also when the one that was quicker has ended meanwhile."""
    asked: dict[str, Any] = {"headers": {"idempotency-key": "mine"}}
    begun = house.call("POST", f"{SAFE}/rotations", **asked).json["rotation"]["id"]
    house.fake_rotations.end(begun, "FAILED", error="REFUSED", cause="The other one runs.")
    row = house.fake_credentials.rows[KEY]
    house.fake_credentials.rows[KEY] = row.model_copy(update={"rotation": None})

    reply = house.call("POST", f"{SAFE}/rotations", **asked)

    assert (reply.status, reply.slug) == (409, "rotation-conflict")
    assert "did not begin" in reply.json["detail"]


@pytest.mark.parametrize("changed", [{"revision": 7}, {"rotation": "its own"}], ids=["a reveal", "its first state"])
def test_a_rotation_is_claimed_though_somebody_else_writes_the_row(house: World, changed: dict[str, Any]) -> None:
    """Another's write is no other rotation: the claim is made anew, or found."""
    asked: dict[str, Any] = {"headers": {"idempotency-key": "mine"}}
    if "rotation" in changed:
        mine = rotation_id("requested", MANAGER.id, "mine")
        meanwhile(house, rotation=running(RotationStep.MINTING, id=mine))
    else:
        meanwhile(house)

    begun = house.call("POST", f"{SAFE}/rotations", **asked)

    held = house.fake_credentials.rows[KEY].rotation
    assert begun.status == 202
    assert held is not None
    assert held.id == begun.json["rotation"]["id"]


def test_a_rotation_without_a_wish_takes_a_week_and_three_days(house: World) -> None:
    """An empty body is one."""
    house.call("POST", f"{SAFE}/rotations")

    [execution] = house.fake_rotations.by_name.values()
    request = RotationRequest.model_validate_json(execution.input)
    assert (request.overlap_hours, request.undo_hours) == (168, 72)


def test_one_rotation_at_a_time(house: World) -> None:
    """The second one is told whose runs, and since when."""
    lay_rotation(house, RotationStep.AWAITING_IDLE)

    reply = house.call("POST", f"{SAFE}/rotations")

    assert (reply.status, reply.slug, house.fake_rotations.by_name) == (409, "rotation-conflict", {})
    assert "mia@example.com has been rotating" in reply.json["detail"]


def test_without_a_key_there_is_nothing_to_rotate(house: World) -> None:
    """A handover mints the first one."""
    house.fake_credentials.rows.clear()

    assert (house.call("POST", f"{SAFE}/rotations").slug, house.fake_rotations.by_name) == ("rotation-conflict", {})


def test_a_repeated_request_is_the_same_rotation(house: World) -> None:
    """With its Idempotency-Key: also after it has begun and holds the row; another wish, or person, is another."""
    ask_for: dict[str, Any] = {"headers": {"idempotency-key": "one"}, "json": {"overlapHours": 1}}
    first = house.call("POST", f"{SAFE}/rotations", **ask_for)
    lay_rotation(house, RotationStep.PROBING, id=first.json["rotation"]["id"])

    second = house.call("POST", f"{SAFE}/rotations", **ask_for)
    other = house.call("POST", f"{SAFE}/rotations", **{**ask_for, "json": {"overlapHours": 2}})
    olafs = house.call("POST", f"{SAFE}/rotations", person=OPERATOR, **ask_for)

    assert second.status == 202
    assert (second.json["rotation"]["id"], second.json["rotation"]["step"]) == (first.json["rotation"]["id"], "PROBING")
    assert (other.status, other.slug) == (409, "idempotency-key-reused")
    assert (olafs.status, olafs.slug) == (409, "rotation-conflict")
    assert len(house.fake_rotations.by_name) == 1


def test_of_two_equal_requests_at_once_one_begins(house: World) -> None:
    """Who was slower is given the same rotation, or asked to repeat while it cannot be seen yet."""
    ask_for: dict[str, Any] = {"headers": {"idempotency-key": "one"}}
    first = house.call("POST", f"{SAFE}/rotations", **ask_for).json["rotation"]["id"]
    house.fake_rotations.end(first, "SUCCEEDED")
    row = house.fake_credentials.rows[KEY]
    house.fake_credentials.rows[KEY] = row.model_copy(update={"rotation": None})
    house.spies["rotations"].fail("describe", ExecutionNotFoundError("not yet"))

    assert house.call("POST", f"{SAFE}/rotations", **ask_for).json["rotation"]["id"] == first
    house.spies["rotations"].fail("describe", ExecutionNotFoundError("not yet"), times=2)
    assert house.call("POST", f"{SAFE}/rotations", **ask_for).status == 503


@pytest.mark.parametrize(
    ("wish", "step", "flag"),
    [
        ("advance", RotationStep.AWAITING_IDLE, "hurried"),
        ("undo", RotationStep.UNDO_WINDOW, "undone"),
    ],
)
def test_a_wish_is_written_down_and_wakes_the_wait(house: World, wish: str, step: RotationStep, flag: str) -> None:
    """In this order; repeated, it is the same wish."""
    lay_rotation(house, step)

    replies = [ask(house, wish) for _ in range(2)]

    rotation = house.fake_credentials.rows[KEY].rotation
    assert rotation is not None
    assert getattr(rotation, flag) is True
    assert [(each.status, each.json["rotation"]["id"]) for each in replies] == [(202, ROTATION)] * 2
    assert list(house.fake_waits.succeeded) == ["token-of-the-wait"]
    assert house.calls.index("FakeCredentialRows.put") < house.calls.index("FakeWaits.succeed")
    assert house.calls.count("FakeCredentialRows.put") == 1


def test_a_lost_wake_is_harmless(house: World) -> None:
    """Nobody waits for the token any more: the next look sees the row."""
    lay_rotation(house, RotationStep.AWAITING_IDLE)
    house.fake_waits.waiting.clear()

    assert ask(house, "advance").status == 202


def test_a_wish_that_was_overtaken_is_judged_anew(house: World) -> None:
    """By the row as it is then; after five times the person is asked to repeat."""
    lay_rotation(house, RotationStep.AWAITING_IDLE)
    house.spies["credential_rows"].fail("put", ConcurrentUpdateError("overtaken"), times=6)

    assert ask(house, "advance").status == 503
    assert ask(house, "advance").status == 202


def go_on(house: World) -> None:
    """Let the rotation come to its undo window, as DeactivateOldKey does."""
    row = house.fake_credentials.rows[KEY]
    on = {"step": RotationStep.UNDO_WINDOW, "hurried": False, "wake_token": "token-of-the-window"}
    house.fake_credentials.rows[KEY] = row.with_rotation(**on, due_at="2026-11-26T09:00:00.000Z")
    house.fake_waits.waiting.add("token-of-the-window")


@pytest.mark.parametrize(
    "again",
    [
        {"headers": {"idempotency-key": "one"}},
        {"json": {"step": "AWAITING_IDLE"}},
        {"json": {"step": "AWAITING_IDLE"}, "headers": {"idempotency-key": "one"}},
    ],
    ids=["by its key", "by its step", "by both"],
)
def test_a_repeated_wish_never_ends_the_next_step(house: World, again: dict[str, Any]) -> None:
    """A double click, or a retry whose answer was lost: 202 once more, and the time for an undo stays whole."""
    lay_rotation(house, RotationStep.AWAITING_IDLE)
    assert ask(house, "advance", **again).status == 202
    go_on(house)

    reply = ask(house, "advance", **again)

    assert (reply.status, reply.json["rotation"]["step"]) == (202, "UNDO_WINDOW")
    rotation = house.fake_credentials.rows[KEY].rotation
    assert rotation is not None
    assert rotation.hurried is False
    assert "token-of-the-window" in house.fake_waits.waiting
    assert ask(house, "undo").status == 202


@pytest.mark.parametrize("asked", [{}, {"json": {}}, {"headers": {"idempotency-key": "two"}}])
def test_the_time_for_an_undo_is_ended_by_its_name_alone(house: World, asked: dict[str, Any]) -> None:
    """409 says how; named, the old key is deleted at once, and the wish can be repeated."""
    lay_rotation(house, RotationStep.AWAITING_IDLE)
    ask(house, "advance", headers={"idempotency-key": "one"})
    go_on(house)

    refused = ask(house, "advance", **asked)
    assert (refused.status, refused.slug) == (409, "rotation-conflict")
    assert '{"step": "UNDO_WINDOW"}' in refused.json["detail"]
    assert "2026-11-26T09:00:00.000Z" in refused.json["detail"]

    named = [ask(house, "advance", json={"step": "UNDO_WINDOW"}) for _ in range(2)]
    assert [reply.status for reply in named] == [202, 202]
    assert "token-of-the-window" in house.fake_waits.succeeded
    row = house.fake_credentials.rows[KEY]
    house.fake_credentials.rows[KEY] = row.with_rotation(step=RotationStep.DELETING)
    assert ask(house, "advance", json={"step": "UNDO_WINDOW"}).status == 202


def test_a_wish_for_another_step_is_refused(house: World) -> None:
    """One that nobody wished for before, whether it is past or to come; and a key that meant another step."""
    lay_rotation(house, RotationStep.AWAITING_IDLE)
    early = ask(house, "advance", json={"step": "UNDO_WINDOW"})
    key: dict[str, Any] = {"headers": {"idempotency-key": "one"}}
    ask(house, "advance", **key)
    other = ask(house, "advance", json={"step": "UNDO_WINDOW"}, **key)
    lay_rotation(house, RotationStep.UNDO_WINDOW)
    late = ask(house, "advance", json={"step": "AWAITING_IDLE"})

    assert [reply.slug for reply in (early, other, late)] == [
        "rotation-conflict",
        "idempotency-key-reused",
        "rotation-conflict",
    ]
    assert "not in the step UNDO_WINDOW" in early.json["detail"]
    assert "can be taken back still" in late.json["detail"]


def test_two_people_may_wish_under_one_key(house: World) -> None:
    """An Idempotency-Key is its person's: another's wish is not taken for repeated."""
    lay_rotation(house, RotationStep.AWAITING_IDLE)
    key: dict[str, Any] = {"headers": {"idempotency-key": "one"}}
    ask(house, "advance", **key)
    go_on(house)

    assert ask(house, "advance", person=OPERATOR, **key).status == 409
    assert ask(house, "advance", person=OPERATOR, **{**key, "json": {"step": "UNDO_WINDOW"}}).status == 202


@pytest.mark.parametrize("step", ["DELETING", "undo_window", 1, []])
def test_a_step_that_nobody_can_end_is_no_wish(house: World, step: Any) -> None:
    """422 with the two that there are."""
    lay_rotation(house, RotationStep.UNDO_WINDOW)

    reply = ask(house, "advance", json={"step": step})

    assert (reply.status, reply.json["pointer"]) == (422, "/step")
    assert "AWAITING_IDLE, UNDO_WINDOW" in reply.json["detail"]


@pytest.mark.parametrize(
    ("wish", "step", "fields", "sentence"),
    [
        ("advance", RotationStep.AWAITING_HANDOVER, {}, "left without any"),
        ("advance", RotationStep.MINTING, {}, "waits for nothing"),
        ("advance", RotationStep.UNDO_WINDOW, {"undone": True}, "taken back already"),
        ("undo", RotationStep.AWAITING_IDLE, {}, "nothing to undo"),
        ("undo", RotationStep.UNDO_WINDOW, {"hurried": True}, "too late"),
        ("undo", RotationStep.DELETING, {}, "too late: the old key is being deleted"),
    ],
)
def test_a_wish_out_of_place_is_refused(
    house: World, wish: str, step: RotationStep, fields: dict[str, Any], sentence: str
) -> None:
    """409 with the reason; nothing is written and nobody woken."""
    lay_rotation(house, step, **fields)

    reply = ask(house, wish)

    assert (reply.status, reply.slug) == (409, "rotation-conflict")
    assert sentence in reply.json["detail"]
    assert house.fake_waits.succeeded == {}
    assert "FakeCredentialRows.put" not in house.calls


@pytest.mark.parametrize("wish", ["advance", "undo"])
def test_a_wish_for_a_rotation_that_does_not_run_is_refused(house: World, wish: str) -> None:
    """One that has ended is told so; one that never was is not found."""
    ended = EndedRotation(id=ROTATION, outcome=RotationOutcome.SUCCEEDED, cause=None, ended_at=SEEN_AT)
    row = house.fake_credentials.rows[KEY]
    house.fake_credentials.rows[KEY] = row.model_copy(update={"last_rotation": ended})

    assert (ask(house, wish).status, ask(house, wish).slug) == (409, "rotation-conflict")
    assert ask(house, wish, "rot-0").status == 404
    house.fake_credentials.rows.clear()
    assert ask(house, wish).status == 404


def test_a_keys_own_status_is_told_while_its_user_is_on(house: World) -> None:
    """A deactivated old key waits for its deletion."""
    row = house.fake_credentials.rows[KEY]
    off = key(status=KeyStatus.INACTIVE, secret_id=None)
    house.fake_credentials.rows[KEY] = row.model_copy(update={"keys": (off,)})

    assert house.call("GET", f"{SAFE}/credentials").json["keys"][0]["status"] == "INACTIVE"


def test_notices_are_listed_newest_first(house: World) -> None:
    """As many as asked for, without what belongs to other projects."""
    for number, project in enumerate(["apollo", "gemini", "apollo", "apollo"]):
        house.fake_clock.advance(60)
        of = (project, "safe", "partner")
        notice = make_notice(
            NoticeCode.ROTATION_ENDED, of, about=str(number), text=f"told {number}", at=house.fake_clock.now()
        )
        house.fake_notices.put(notice)

    told = house.call("GET", "/v1/projects/apollo/notices", query={"limit": "2"}).json

    assert [each["text"] for each in told["items"]] == ["told 3", "told 2"]
    assert told["items"][0] == {
        "id": notice.id,
        "code": "ROTATION_ENDED",
        "kind": "safe",
        "name": "partner",
        "text": "told 3",
        "at": "2026-11-23T09:04:00.000Z",
    }


@pytest.mark.parametrize("query", [{"limit": "0"}, {"limit": "101"}, {"limit": "\u0661"}, {"cursor": "x"}])
def test_a_bad_query_of_notices_is_refused(house: World, query: dict[str, str]) -> None:
    """400; a parameter that nobody knows is no filter that is ignored."""
    assert house.call("GET", "/v1/projects/apollo/notices", query=query).status == 400
