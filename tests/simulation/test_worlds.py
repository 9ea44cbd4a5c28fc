"""The worlds, as many as CI has time for; `make simulate` plays the rest. A failing one tells how to play it again."""

import pytest

from tests.simulation.aws_faults import Fault
from tests.simulation.event_orders import play_orders
from tests.simulation.judging import POINTED, of_name
from tests.simulation.lock_interleavings import explore
from tests.simulation.lock_writes import Writes
from tests.simulation.names import KNOWN, fault_names, interrupt_names, play_of, status_names
from tests.simulation.scenarios import SCENARIOS
from tests.simulation.stack_statuses import STATUSES

SEEDS = 500
BATCH = 50


def judge(names: list[str]) -> str:
    """Play each; give what was broken, with the trace of the first."""
    broken = {name: list(of_name(name)) for name in names}
    broken = {name: sentences for name, sentences in broken.items() if sentences}
    if not broken:
        return ""
    first = next(iter(broken))
    told = "\n".join(sentence for sentences in broken.values() for sentence in sentences)
    return f'{told}\nreplay: make simulate NAME="{first}"\n' + "\n".join(play_of(first).run().world.trace)


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_scenario_comes_to_what_it_must(name: str) -> None:
    """Nothing going wrong: its lock is freed and its end told without any listener; rows that are lost come back."""
    assert not judge([f"PLAY='{name}'", f"PLAY='{name}' UNHEARD", f"PLAY='{name}' LOST"])


@pytest.mark.parametrize("status", STATUSES)
def test_a_change_copes_with_every_status_of_its_stack(status: str) -> None:
    """Each of CloudFormation's stack statuses, met by a create, an update and a delete: no lock, no stale row."""
    assert not judge([name for name in status_names() if f"'{status}'" in name])


def test_there_are_23_stack_statuses() -> None:
    """One more in botocore's model is one more to know what to do with: stowage.domain.stacks, AFTERWARDS."""
    assert len(STATUSES) == 23


@pytest.mark.parametrize("fault", Fault, ids=lambda fault: fault.value)
def test_a_fault_at_any_call_of_any_state_leaves_all_in_order(fault: Fault) -> None:
    """One such fault at each call of each state: no lock stays, no row lies, and a transient one changes no outcome."""
    names = [name for name in (*fault_names(everywhere=False), *POINTED) if f"/{fault.value}/" in name]

    assert len(names) > 20
    assert not judge(names)


def test_faults_are_tried_at_every_call_that_a_task_makes() -> None:
    """What tasks and machine call is found by playing: every state but the ends and the choice is there."""
    tried = {tuple(name.split("AT='")[1].split("/")[:2]) for name in fault_names(everywhere=False)}

    assert {state for state, _ in tried} == {
        "AcquireLock", "Api", "AwaitStack", "DescribeLock", "EmptyContents", "ExecutionEnded", "ListProjects",
        "NotifyFailed", "NotifyRefused", "NotifyStarted", "NotifySucceeded", "ReconcileStacks", "RecordFailure",
        "RecordFindings", "ReleaseLock", "ReleaseLockAfterFailure", "StackEvent", "SubmitStackOperation",
        "UpdateMirror",
    }  # fmt: skip
    assert len(tried) >= 100


@pytest.mark.parametrize("status", ["ABORTED", "TIMED_OUT"])
def test_an_end_from_outside_at_any_state_leaves_all_in_order(status: str) -> None:
    """Aborted or out of time at each state, redriven or not, its event soon, late, lost or at once."""
    names = (*list(interrupt_names(everywhere=False))[::2], *POINTED)  # `make simulate` plays the others too

    assert not judge([name for name in names if f"/{status}/" in name])


@pytest.mark.parametrize("held", [False, True])
def test_every_order_and_loss_of_seven_events_leave_one_row(held: bool) -> None:  # noqa: FBT001 -- a parameter
    """At the row, by the adapters' own writes: whatever is lost, one look by reconcile or by the change gives one."""
    orders = play_orders(held=held)

    assert not orders.broken
    assert (orders.orders, len(orders.known), orders.stand_for, len(orders.ends)) == (5_040, 128, 645_120, 1)


@pytest.mark.parametrize("name", ["asked for by fifty with one key", "asked for by fifty"])
def test_fifty_identical_requests_begin_one_operation(name: str) -> None:
    """At once, with one key or fifty: one execution gets the lock, one operation begins; nobody hears of two."""
    played = play_of(f"PLAY='{name}'").run()

    assert (played.broken, len(played.world.stacks.operations), len(played.answers)) == ([], 1, 50)


@pytest.mark.parametrize("batch", range(SEEDS // BATCH))
def test_a_seeds_world_keeps_every_invariant(batch: int) -> None:
    """500 worlds: several changes at once, whatever goes wrong at any call, whoever is aborted, redriven, unheard."""
    assert not judge([f"SEED={seed}" for seed in range(batch * BATCH, (batch + 1) * BATCH)])


def test_the_locks_steps_may_interleave_in_any_way() -> None:
    """Two executions here, three in `make simulate`: each crashes, is redriven, swept, writes late, in any order."""
    explored = explore(Writes(), 2)

    assert not explored.breaches
    assert explored.moments > 10_000


@pytest.mark.parametrize("name", ["SEED=7", "PLAY='refused' INTERRUPT='AwaitStack/ABORTED/0.3/30/late'"])
def test_a_play_is_played_again_to_the_letter(name: str) -> None:
    """The same name gives the same trace: a failing run can be looked at as often as it takes."""
    assert play_of(name).run().world.trace == play_of(name).run().world.trace


@pytest.mark.parametrize("name", ["", "PLAY='nothing'", "create"])
def test_a_name_that_names_no_play_is_refused(name: str) -> None:
    """A slip in a replay is told, not played as something else."""
    with pytest.raises(ValueError, match=r"play|scenario"):
        play_of(name)


@pytest.mark.parametrize("fault", KNOWN)
def test_what_is_known_to_go_wrong_still_does(fault: str) -> None:
    """A fault of the product that is known stays listed only as long as it is there."""
    name = KNOWN[fault]
    wanted = SCENARIOS[name.split("'")[1]][1]

    ways = [play_of(f"{name} SEED={seed}").run().outcomes() for seed in range(12)]

    assert any(way != wanted for way in ways), f"it is mended: take it off KNOWN: {fault}"
