"""What changes usually take: learnt from those that succeeded, each once, and told when enough are known."""

import pytest

from stowage.domain.changes import Action, Change, ChangeState, ChangeStatus, Mode
from stowage.domain.errors import ConcurrentUpdateError
from stowage.domain.learning import TRIES, learn_durations
from stowage.domain.outcomes import Outcome
from stowage.domain.usual import ENOUGH, KEPT, Durations
from tests.unit.fakes.change_details import FakeChangeDetails
from tests.unit.fakes.changes import FakeChanges
from tests.unit.fakes.executions import FakeExecutions
from tests.unit.fakes.world import CHANGE, STARTED_AT, request

EMPTY = Durations(kind="crate", action=Action.CREATE)


def state(name: str, entered: int, exited: int | None) -> ChangeState:
    """Give a state that was entered and left at these seconds."""
    at = "2026-11-23T09:00:{:02}.500Z"
    exited_at = None if exited is None else at.format(exited)
    return ChangeState(name=name, status="SUCCEEDED", entered_at=at.format(entered), exited_at=exited_at)


STATES = (state("AcquireLock", 0, 1), state("AwaitStack", 1, 31), state("ChangeSucceeded", 31, None))


def learnt(count: int) -> Durations:
    """Give what so many changes teach."""
    known = EMPTY
    for number in range(count):
        known = known.learnt(f"chg-{number}", (state("AwaitStack", 0, number % 60),))
    return known


def test_a_change_teaches_what_its_states_took() -> None:
    """And what it took as a whole; a state that was not left teaches nothing."""
    known = EMPTY.learnt("chg-1", STATES)

    assert (known.states, known.whole) == ({"AcquireLock": (1000,), "AwaitStack": (30_000,)}, (31_000,))


def test_a_state_that_was_entered_twice_took_both_times() -> None:
    """What counts is how long people waited for it."""
    known = EMPTY.learnt("chg-1", (state("EmptyContents", 0, 3), state("EmptyContents", 3, 5)))

    assert known.states == {"EmptyContents": (5000,)}


def test_a_change_teaches_once() -> None:
    """EventBridge delivers at least once."""
    known = EMPTY.learnt("chg-1", STATES)

    assert known.learnt("chg-1", STATES) is known


def test_the_record_does_not_grow() -> None:
    """The last changes alone are kept."""
    known = learnt(3 * KEPT)

    assert {len(known.changes), len(known.whole), len(known.states["AwaitStack"])} == {KEPT}
    assert (known.changes[-1], known.revision) == (f"chg-{3 * KEPT - 1}", 3 * KEPT)


@pytest.mark.parametrize(("count", "told"), [(ENOUGH - 1, None), (ENOUGH, (2000, 4000, 5))])
def test_too_few_tell_nothing(count: int, told: tuple[int, int, int] | None) -> None:
    """A number that is shown is one that was measured."""
    usual = learnt(count).of_state("AwaitStack")

    assert (usual and (usual.p50, usual.p95, usual.count)) == told
    assert learnt(count).of_state("Unknown") is None


def _learn(details: FakeChangeDetails, outcome: Outcome, mode: Mode | None = None) -> bool:
    asked = request().model_copy(update={"mode": mode})
    changes, executions = FakeChanges(), FakeExecutions()
    changes.put_ended(Change.started(asked, STARTED_AT).ended(ChangeStatus.SUCCEEDED, outcome, None, STARTED_AT))
    executions.start(CHANGE, asked.to_input())
    executions.history[CHANGE] = STATES
    return learn_durations(asked, changes=changes, executions=executions, details=details)


def test_only_a_plain_success_teaches() -> None:
    """A change that found nothing to do, or went another way, says nothing of what is usual."""
    details = FakeChangeDetails()

    assert not _learn(details, Outcome.NO_CHANGE)
    assert not _learn(details, Outcome.SUCCEEDED, Mode.FORGET)
    assert details.durations == {}
    assert _learn(details, Outcome.SUCCEEDED)
    assert not _learn(details, Outcome.SUCCEEDED)
    assert details.durations["crate", Action.CREATE].changes == (CHANGE,)


class Contended(FakeChangeDetails):
    """Somebody else writes between each of the first reads and its write."""

    def __init__(self, others: int) -> None:
        super().__init__()
        self.others = others

    def put_durations(self, durations: Durations, *, seen: int) -> None:
        """Let another one be first, for a while."""
        if self.others:
            self.others -= 1
            current = self.get_durations(durations.kind, durations.action)
            super().put_durations(current.learnt(f"chg-other-{self.others}", STATES), seen=current.revision)
        super().put_durations(durations, seen=seen)


def test_nothing_that_others_learn_meanwhile_is_lost() -> None:
    """The write is conditional, and repeated upon what stands then."""
    details = Contended(TRIES - 1)

    assert _learn(details, Outcome.SUCCEEDED)

    assert len(details.durations["crate", Action.CREATE].changes) == TRIES
    with pytest.raises(ConcurrentUpdateError):
        _learn(Contended(TRIES), Outcome.SUCCEEDED)
