"""Whole rotations, and every crash within them: the user who was shown a key always has one that works."""

from collections.abc import Callable
from typing import Any

import pytest

from stowage.domain.credentials import KeyStatus, RotationOutcome, RotationStep
from stowage.domain.errors import (
    ConcurrentUpdateError,
    RotationRefusedError,
    RotationSupersededError,
    ServiceUnavailableError,
    ThrottledError,
)
from stowage.domain.notices import NoticeCode
from tests.unit.tasks.rotation import OF, USER, Keys, Run

DAY = 24 * 3600


def steps(keys: Keys, run: Run) -> list[Callable[[], Any]]:
    """Give every state of a rotation in order, with what people and time do between them."""
    return [
        run.claim,
        run.mint,
        run.look,
        run.await_handover,
        lambda: keys.hand_over(run.id),
        run.await_handover,
        run.await_idle,
        lambda: keys.world.clock.advance(DAY),
        run.await_idle,
        run.deactivate,
        run.await_undo,
        run.reactivate,
        lambda: keys.world.clock.advance(DAY),
        run.await_idle,
        run.deactivate,
        lambda: keys.world.clock.advance(DAY),
        run.await_undo,
        run.delete,
        run.finish,
    ]


def test_a_whole_rotation_leaves_the_new_key_alone() -> None:
    """Minted, probed, handed over, the old one off, on again, off, deleted; people told; no secret left."""
    keys = Keys()
    old = keys.with_first_key()
    run = keys.rotation()

    for step in steps(keys, run):
        step()
        assert not keys.refused()

    [key] = keys.row.keys
    assert key.access_key_id != old
    assert list(keys.world.keys.users[USER]) == [key.access_key_id]
    assert keys.row.rotation is None
    assert keys.row.last_rotation is not None
    assert keys.row.last_rotation.outcome is RotationOutcome.SUCCEEDED
    assert keys.world.secrets.secrets == {}
    told = keys.world.notices.codes
    assert told.count(NoticeCode.OLD_KEY_DEACTIVATED) == 2
    assert told[-1] is NoticeCode.ROTATION_ENDED


VERBS = [
    *[("rows", verb) for verb in ("get", "put")],
    *[("iam", verb) for verb in ("create", "set_status", "delete", "list_keys", "last_use")],
    *[("store", verb) for verb in ("put", "get", "delete")],
]


@pytest.mark.parametrize("after_effect", [False, True], ids=["before", "after"])
@pytest.mark.parametrize(("port", "verb"), VERBS)
@pytest.mark.parametrize("which", range(19))
def test_a_crash_at_any_call_is_mended_by_the_repeat(which: int, port: str, verb: str, *, after_effect: bool) -> None:
    """Any state fails once at any call, before or after its effect; repeated as the machine does, it ends the same."""
    keys = Keys()
    keys.with_first_key()
    run = keys.rotation()
    for number, step in enumerate(steps(keys, run)):
        spy = getattr(keys, port)
        if number == which:
            spy.fail(verb, ServiceUnavailableError("No answer."), after_effect=after_effect)
            try:
                step()
            except ServiceUnavailableError:
                assert not keys.refused()
                step()
            spy._faults.clear()
        else:
            step()
        assert not keys.refused()

    assert len(keys.row.keys) == 1
    assert list(keys.world.keys.users[USER]) == [keys.row.keys[0].access_key_id]
    assert keys.world.secrets.secrets == {}
    assert keys.row.keys[0].secret_id is None


@pytest.mark.parametrize("which", range(1, 19))
def test_a_rotation_that_fails_anywhere_leaves_a_key_and_room_for_the_next(which: int) -> None:
    """The old key is never touched by a failure; the next rotation finds its way, whatever was left."""
    keys = Keys()
    keys.with_first_key()
    run = keys.rotation()
    for step in steps(keys, run)[:which]:
        step()
    assert run.fail()[0] == "FAILED"
    assert keys.row.rotation is None
    assert not keys.refused()

    keys.world.clock.advance(60)
    again = keys.rotation()
    again.until_probed()
    if keys.row.key_of(again.id).handed_over_at is None:  # type: ignore[union-attr]
        keys.hand_over(again.id)
    assert again.await_handover() is not None
    again.await_idle()
    keys.world.clock.advance(2 * DAY)
    again.await_idle()
    again.deactivate()
    assert not keys.refused()
    keys.world.clock.advance(DAY)
    assert again.await_undo() is not None
    again.delete()
    again.finish()
    assert not keys.refused()
    assert len(keys.row.keys) == len(keys.world.keys.users[USER]) == 1


def test_of_two_rotations_at_once_one_holds() -> None:
    """Whoever claims second is refused, or meets the other's write and is refused at the repeat."""
    keys = Keys()
    keys.with_first_key()
    first, second = keys.rotation(), keys.rotation()
    put = keys.rows.port.put

    def overtaken(credentials: Any) -> Any:
        keys.rows.port.put = put
        first.claim()
        return put(credentials)

    keys.rows.port.put = overtaken
    with pytest.raises(ConcurrentUpdateError):
        second.claim()
    with pytest.raises(RotationRefusedError, match="runs since"):
        second.claim()
    first.claim()
    assert keys.row.rotation is not None
    assert keys.row.rotation.id == first.id


@pytest.mark.parametrize("status", ["FAILED", "ABORTED", "TIMED_OUT"])
def test_a_claim_whose_execution_has_ended_is_taken_over(status: str) -> None:
    """And what it left, a key that nobody saw, is deleted first."""
    keys = Keys()
    old = keys.with_first_key()
    dead = keys.rotation()
    dead.until_probed()
    keys.world.rotations.end(dead.id, status)
    keys.rotation().claim()
    assert [key.access_key_id for key in keys.row.keys] == [old]
    assert list(keys.world.keys.users[USER]) == [old]


def test_a_lost_answer_of_iam_leaves_no_key_of_which_nobody_has_the_secret() -> None:
    """The orphan is known by its age, and deleted; a key that somebody else made before is let be."""
    keys = Keys()
    project = keys.world.projects.get_project(OF[0])
    assert project is not None
    foreign = keys.world.keys.create(project, USER, person="x").access_key_id
    keys.world.clock.advance(60)
    run = keys.rotation()
    run.claim()
    keys.iam.fail("create", ServiceUnavailableError("No answer."), after_effect=True)
    with pytest.raises(ServiceUnavailableError):
        run.mint()
    assert len(keys.world.keys.users[USER]) == 2
    run.mint()
    [key] = keys.row.keys
    assert set(keys.world.keys.users[USER]) == {foreign, key.access_key_id}


def test_a_store_that_refuses_leaves_no_key() -> None:
    """The fresh key is deleted again at once."""
    keys = Keys()
    run = keys.rotation()
    run.claim()
    keys.store.fail("put", ThrottledError("Slow down."))
    with pytest.raises(ThrottledError):
        run.mint()
    assert keys.world.keys.users[USER] == {}


@pytest.mark.parametrize("which", range(2, 18))
def test_a_rotation_whose_claim_is_gone_touches_nothing(which: int) -> None:
    """The user was deleted meanwhile, or is another: the next state ends the rotation SUPERSEDED."""
    keys = Keys()
    keys.with_first_key()
    run = keys.rotation()
    sequence = steps(keys, run)
    for step in sequence[:which]:
        step()
    step = sequence[which]
    if getattr(step, "__name__", "") == "<lambda>":
        return
    keys.world.rows.put(keys.row.model_copy(update={"stack_id": "another", "rotation": None, "keys": ()}))
    before, standing = keys.row, dict(keys.world.keys.users[USER])
    with pytest.raises(RotationSupersededError):
        step()
    assert (keys.row, keys.world.keys.users[USER]) == (before, standing)
    assert run.fail("RotationSupersededError", "Gone.")[0] == "SUPERSEDED"
    assert (keys.row, keys.world.keys.users[USER]) == (before, standing)


def test_a_handover_that_nobody_opens_ends_with_the_old_key_as_it_was() -> None:
    """After 30 days the new key and its secret are deleted."""
    keys = Keys()
    old = keys.with_first_key()
    run = keys.rotation()
    run.until_probed()
    assert run.await_handover() is None
    keys.world.clock.advance(30 * DAY)
    error = run.await_handover()
    assert error == "HandoverNotOpenedError"
    assert run.fail(error)[0] == "HANDOVER_NOT_OPENED"
    assert [(key.access_key_id, key.status) for key in keys.row.keys] == [(old, KeyStatus.ACTIVE)]
    assert keys.world.secrets.secrets == {}


def test_a_key_that_was_shown_is_not_deleted_although_nobody_could_mark_it() -> None:
    """The claim of a reveal tells what the row does not."""
    keys = Keys()
    keys.with_first_key()
    run = keys.rotation()
    run.until_probed()
    keys.world.handovers.revealed[run.id] = keys.world.clock.iso()
    run.fail()
    assert len(keys.row.keys) == 2


def test_a_suspended_user_has_no_active_key_through_a_whole_rotation() -> None:
    """What the row wishes for a key does not matter while the user is off; it does again afterwards."""
    keys = Keys()
    keys.with_first_key()
    run = keys.rotation()
    run.until_probed()
    keys.hand_over(run.id)
    custody = keys.custodian.of(*OF, person="x")
    for suspended in (True, False):
        custody.rewrite(lambda row, off=suspended: row.model_copy(update={"suspended": off}))  # type: ignore[misc]
        custody.converge()
        wanted = KeyStatus.INACTIVE if suspended else KeyStatus.ACTIVE
        assert {key.status for key in keys.world.keys.users[USER].values()} == {wanted}


def test_the_rotation_says_where_it_stands() -> None:
    """Each wait is a step of its own, with its time."""
    keys = Keys()
    keys.with_first_key()
    run = keys.rotation()

    def stands() -> str | None:
        rotation = keys.row.rotation
        return None if rotation is None else rotation.step.value

    run.until_probed()
    run.await_handover()
    assert keys.row.rotation is not None
    assert stands() == RotationStep.AWAITING_HANDOVER.value
    keys.hand_over(run.id)
    assert run.await_handover() is not None
    run.await_idle()
    assert keys.row.rotation is not None
    assert stands() == RotationStep.AWAITING_IDLE.value
    assert keys.row.rotation.due_at == "2026-11-24T10:00:00.000Z"
    keys.world.clock.advance(DAY)
    run.await_idle()
    run.deactivate()
    assert stands() == RotationStep.UNDO_WINDOW.value
    keys.world.rows.put(keys.row.with_rotation(hurried=True))
    assert run.await_undo() is not None
    assert stands() == RotationStep.DELETING.value
