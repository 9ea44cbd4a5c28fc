"""Whatever fails before a reveal's claim burns nothing; nothing behind it fails the answer, or is forgotten."""

from threading import Event
from typing import Any

import pytest

from api import after_reveal
from stowage.domain.credentials import RotationStep
from stowage.domain.errors import (
    AccessDeniedError,
    ConcurrentUpdateError,
    PermanentError,
    ServiceUnavailableError,
    StowageError,
    ThrottledError,
)
from stowage.domain.reveals import key_to_hand_over
from tests.unit.api.credentials import MINTED, reveal, running
from tests.unit.api.reveals import STEPS, assert_settled, assert_unburned, settle
from tests.unit.api.world import World


@pytest.mark.parametrize("error", [ThrottledError, ServiceUnavailableError, AccessDeniedError, PermanentError])
def test_a_store_that_does_not_answer_burns_nothing(linked: World, error: type[StowageError]) -> None:
    """503, whether it is throttled or denied; afterwards the link opens."""
    linked.spies["secret_store"].fail("get", error("no"))

    assert reveal(linked).status == 503
    assert_unburned(linked)
    assert reveal(linked).status == 200


def test_a_secret_that_is_gone_is_told(linked: World) -> None:
    """Somebody deleted it in the project's account; a new key is needed."""
    linked.fake_secrets.secrets.clear()

    assert (reveal(linked).status, linked.fake_handovers.audit) == (410, {})


@pytest.mark.parametrize("error", [ThrottledError, ServiceUnavailableError, ConcurrentUpdateError])
def test_a_claim_whose_answer_is_lost_is_known_by_its_mark(linked: World, error: type[StowageError]) -> None:
    """The one who claimed it gets it, and nobody else."""
    linked.spies["handovers"].fail("open", error("lost"), after_effect=True)

    assert (reveal(linked).status, reveal(linked).status) == (200, 410)
    assert len(linked.fake_handovers.audit) == 1


def test_a_claim_that_cannot_be_made_burns_nothing(linked: World) -> None:
    """No audit row, no reveal: after three attempts the answer is 503."""
    linked.spies["handovers"].fail("open", ServiceUnavailableError("no"), times=3)

    assert reveal(linked).status == 503
    assert_unburned(linked)
    assert reveal(linked).status == 200


@pytest.mark.parametrize(("port", "verb", "times"), STEPS, ids=str)
@pytest.mark.parametrize("error", [ThrottledError, AccessDeniedError, ConcurrentUpdateError])
def test_nothing_behind_the_claim_fails_the_answer(
    linked: World, port: str, verb: str, times: int, error: type[StowageError]
) -> None:
    """And what it leaves is found: the sweep's `settle_reveal` brings row and store to what is true."""
    row = linked.fake_credentials.rows["apollo", "safe", "partner"]
    linked.fake_credentials.put(row.model_copy(update={"rotation": running(RotationStep.AWAITING_HANDOVER)}))
    linked.spies[port].fail(verb, error("no"), times=times)

    assert (reveal(linked).status, reveal(linked).status) == (200, 410)

    settle(linked)
    assert_settled(linked)


@pytest.mark.parametrize("put", [0, 1])
def test_a_crash_between_any_two_steps_is_found(linked: World, put: int) -> None:
    """After the claim; after the key was marked; after the secret was deleted."""
    fake, calls = linked.spies["credential_rows"], iter(range(9))
    write = linked.fake_credentials.put

    def put_until_the_crash(row: Any) -> Any:
        if next(calls) >= put:
            raise AccessDeniedError("crashed")
        return write(row)

    fake.put = put_until_the_crash

    assert reveal(linked).status == 200
    row = linked.fake_credentials.rows["apollo", "safe", "partner"]
    assert row.keys[0].secret_id is not None  # what the sweep looks for
    assert key_to_hand_over(row, handovers=linked.fake_handovers) is None

    settle(linked)
    assert_settled(linked)
    settle(linked)
    assert_settled(linked)


def test_what_takes_long_behind_the_claim_holds_nothing_up(linked: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The answer goes although the store hangs; the rest is done when it may."""
    monkeypatch.setattr(after_reveal, "AFTERWARDS_SECONDS", 0.01)
    go_on, done = Event(), Event()
    delete, give = linked.fake_secrets.delete, linked.fake_notices.put

    def hang(*args: Any, **kwargs: Any) -> None:
        go_on.wait(10)
        delete(*args, **kwargs)

    def tell(notice: Any) -> bool:
        done.set()
        return give(notice)

    linked.spies["secret_store"].delete = hang
    linked.spies["notices"].put = tell

    assert reveal(linked).status == 200
    assert list(linked.fake_secrets.secrets.values()) == [MINTED]
    go_on.set()
    assert done.wait(10)
    assert_settled(linked)


def test_a_store_that_answers_late_burns_nothing(linked: World) -> None:
    """A claim that late could end behind the function's own time, and the one look would be nobody's."""
    get = linked.fake_secrets.get

    def late(*args: Any, **named: Any) -> Any:
        linked.fake_clock.advance(10.001)
        return get(*args, **named)

    linked.fake_secrets.get = late  # type: ignore[method-assign]

    assert (reveal(linked).status, reveal(linked).slug) == (503, "unavailable")
    assert_unburned(linked)
    linked.fake_secrets.get = get  # type: ignore[method-assign]
    assert reveal(linked).status == 200
