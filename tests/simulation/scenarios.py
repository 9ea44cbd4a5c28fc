"""The scenarios that between them go through every state and every call of AWS that a task makes."""

from collections.abc import Iterator
from dataclasses import replace

from tests.simulation.aws_faults import Fault, Plan, targeted
from tests.simulation.plays import Given, Play, Wish

STANDING = Given("CREATE_COMPLETE")
SCENARIOS: dict[str, Play] = {
    "create": Play("", 0, (Wish(0, "put"),)),
    "create rolled back": Play("", 0, (Wish(0, "put"),), ends={"create": "rolled back"}),
    "create over a leftover": Play("", 0, (Wish(0, "put"),), (Given("ROLLBACK_COMPLETE", row=False),)),
    "create over an adopted stack": Play("", 0, (Wish(0, "put"),), (Given("CREATE_COMPLETE", row=False),)),
    "update": Play("", 0, (Wish(0, "put"),), (STANDING,)),
    "second update": Play("", 0, (Wish(0, "put"), Wish(60, "put")), (STANDING,)),
    "update rolled back": Play("", 0, (Wish(0, "put"),), (STANDING,), ends={"update": "rolled back"}),
    "update stuck": Play("", 0, (Wish(0, "put"),), (STANDING,), ends={"update": "stuck"}),
    "update of a busy stack": Play(
        "", 0, (Wish(0, "put"),), (Given("UPDATE_IN_PROGRESS", foreign_end=("UPDATE_COMPLETE",)),)
    ),
    "delete": Play("", 0, (Wish(0, "delete"),), (STANDING,)),
    "delete failed": Play("", 0, (Wish(0, "delete"),), (STANDING,), ends={"delete": "failed"}),
    "delete of nothing": Play("", 0, (Wish(0, "put"), Wish(60, "delete")), ends={"create": "rolled back"}),
    "refused": Play("", 0, (Wish(0, "put"), Wish(3, "put")), (STANDING,)),
    "stale": Play("", 0, (Wish(0, "put", stale=True),), (STANDING,)),
}


def scenario(name: str, plan: Plan | None = None, seed: int = 0, **fields: object) -> Play:
    """Give a scenario as a play of its own."""
    return replace(SCENARIOS[name], name=f"PLAY='{name}' SEED={seed}", seed=seed, plan=plan or Plan(), **fields)  # type: ignore[arg-type]


def calls_of(name: str) -> dict[tuple[str, str], int]:
    """Give the calls that a scenario makes when nothing goes wrong: (state, call), and how often."""
    plan = Plan()
    scenario(name, plan).run()
    return plan.seen


def fault_plays(*, everywhere: bool) -> Iterator[tuple[str, str, Fault, Play]]:
    """Give a play for each fault at each call of each state.

    Args:
        everywhere: in every scenario that makes the call, at its first and second time, once and without end; else in
            the first such scenario alone, at the first time, once.
    """
    known: set[tuple[str, str, Fault]] = set()
    for name in SCENARIOS:
        for (state, call), times in sorted(calls_of(name).items()):
            for fault in Fault:
                if not everywhere and (state, call, fault) in known:
                    continue
                known.add((state, call, fault))
                variants = (
                    [(0, 1)] if not everywhere else [(skip, n) for skip in range(min(times, 2)) for n in (1, 2, 10**9)]
                )
                for skip, n in variants:
                    play = scenario(name, targeted(state, call, fault, skip=skip, times=n), seed=skip)
                    play.name = f"PLAY='{name}' AT='{state}/{call}/{fault.value}/{skip}/{n}' SEED={skip}"
                    yield state, call, fault, play
