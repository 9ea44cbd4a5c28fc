"""Names of plays: what a failing run prints, and `make simulate` plays again.

    SEED=17                                                     the world of a seed
    STATUS='UPDATE_FAILED' ACTION='delete'                      a change that finds its stack in this status
    STATUS='UPDATE_FAILED' ASK='repair'                         an action asked for at the API, or a stop, likewise
    PLAY='update'                                               a scenario
    PLAY='update' AT='<state>/<call>/<fault>/<skip>/<times>/<how a used token is answered>'
    PLAY='update' INTERRUPT='<state>/<status>/<seconds after its entry>/<seconds to its redrive, or none>/<listener>'

`SEED=n` behind a scenario gives it another chance, `UNHEARD` loses every event of an execution's end, `LOST` loses
every row once all is at rest.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache

from tests.simulation.asking import ACTIONS, Ask
from tests.simulation.aws_faults import Fault, Plan, targeted
from tests.simulation.executions import rendered
from tests.simulation.plays import NAME, Given, Interrupt, Play, Wish
from tests.simulation.recovery import LOST
from tests.simulation.scenarios import AGAIN, SCENARIOS
from tests.simulation.seeds import seeded
from tests.simulation.stack_statuses import AFTERWARDS, STATUSES

MUTATING = frozenset(
    f"cloudformation:{verb}"
    for verb in ("create_stack", "update_stack", "delete_stack", "continue_update_rollback", "rollback_stack")
)
INTERRUPTED = (
    "create",
    "update",
    "update rolled back",
    "delete",
    "refused",
    "update too slow",
    "emptied",
    "stopped update",
    "continued",
)
PHASES = (0.0, 0.03, 0.3, 5.0)
LISTENERS = {"soon": 0.5, "late": 4000.0, "lost": LOST, "at once": 0.0}
REDRIVES = ("none", "0.2", "30", "6000")
EVER = 1_000_000
KNOWN = {
    "RecordFailure may see the stack at work still, and says so, keeping the lock": (
        "PLAY='create rolled back' AT='RecordFailure/cloudformation:describe_stacks/stale read/0/1/idempotent'"
    ),
}
"""What the product is known not to do as it should yet, and a play that shows it with some seed; mended, it leaves."""
OWN_LATE = f"dynamodb:update_item/{Fault.LATE.value}"
"""Known: an AcquireLock that arrives after its own repeat takes the fence from under its change: LOCK_LOST, cleanly."""


def play_of(name: str) -> Play:
    """Give the play of a name. Raises ValueError when it is none."""
    told = dict(re.findall(r"(PLAY|AT|INTERRUPT|SEED|STATUS|ACTION|ASK)='?([^']*?)'?(?= [A-Z]|$)", name))
    seed = int(told.get("SEED", 0))
    if "ASK" in told:
        return _of_ask(told["STATUS"], told["ASK"])
    if "STATUS" in told:
        return _of_status(told["STATUS"], told["ACTION"])
    if "PLAY" not in told:
        if "SEED" not in told:
            raise ValueError(f"{name!r} names no play: see tests/simulation/names.py")
        return seeded(seed)
    if told["PLAY"] not in SCENARIOS:
        raise ValueError(f"There is no scenario {told['PLAY']!r}: there are {', '.join(SCENARIOS)}.")
    play = replace(SCENARIOS[told["PLAY"]][0], name=name, seed=seed, plan=Plan())
    if "AT" in told:
        state, call, fault, skip, times, again = told["AT"].split("/")
        play.plan = targeted(state, call, Fault(fault), skip=int(skip), times=int(times))
        play.again = again
    if "INTERRUPT" in told:
        state, status, phase, redrive, listener = told["INTERRUPT"].split("/")
        after = None if redrive == "none" else float(redrive)
        play.interrupts = (Interrupt(state, status, float(phase), after),)
        delay = LISTENERS[listener]
        play.listener = lambda _chance: delay
    play.loses_mirror = name.endswith("LOST")
    if name.endswith("UNHEARD"):
        play.listener = lambda _chance: LOST
    return play


def expected(name: str) -> list[tuple[str, str]] | None:
    """Tell what a play must come to, or None when that is open: it was interrupted, denied, or spoilt without end.

    One fault alone changes nothing in what becomes of a change. Two do: a denial ends it, and so does a function that
    begins later than its state waits for it.
    """
    scenario = re.match(r"PLAY='([^']+)'", name)
    if scenario is None or "INTERRUPT=" in name:
        return None
    ends = (f"/{Fault.DENIED.value}/", f"lambda:invoke/{Fault.SLOW.value}/", f"AcquireLock/{OWN_LATE}/")
    if (
        any(each in name for each in ends)
        or name.split(" SEED=", maxsplit=1)[0] in KNOWN.values()
        or f"/{EVER}/" in name
        or ("UNHEARD" in name and SCENARIOS[scenario.group(1)][0].interrupts)
    ):
        return None
    return SCENARIOS[scenario.group(1)][1] or None


def status_names() -> Iterator[str]:
    """Name a play for each status of a stack that a change finds, and each action: a PUT without a row is a create."""
    for status in STATUSES:
        for action in ("create", "update", "delete"):
            yield f"STATUS='{status}' ACTION='{action}'"
        for word in (*ACTIONS, "stop"):
            yield f"STATUS='{status}' ASK='{word}'"


OUTCOMES = {"emptyAndDelete": "BUCKET_NOT_EMPTY", "retain": "BUCKET_NOT_EMPTY", "retry": "ROLLED_BACK"}
"""How the change before must have ended, for an action to be legal wherever it can be."""


def _of_ask(status: str, word: str) -> Play:
    """Ask for an action; a stop is asked for an update that was asked for before."""
    given = Given(status, outcome=OUTCOMES.get(word), foreign_end=AFTERWARDS.get(status, ()))
    asks = (Ask(0, "put", NAME), Ask(3, word, NAME)) if word == "stop" else (Ask(0, word, NAME),)
    contents = (10, 0) if OUTCOMES.get(word) == "BUCKET_NOT_EMPTY" else (0, 0)
    name = f"STATUS='{status}' ASK='{word}'"
    return Play(name, 0, (), (given,), asks=asks, contents=contents, seconds=60.0)


def _of_status(status: str, action: str) -> Play:
    given = Given(status, row=action != "create", foreign_end=AFTERWARDS.get(status, ()))
    wish = Wish(0, "delete" if action == "delete" else "put")
    return Play(f"STATUS='{status}' ACTION='{action}'", 0, (wish,), (given,))


@cache
def calls_of(scenario: str) -> dict[tuple[str, str], int]:
    """Give the calls that a scenario makes when nothing goes wrong: (state, call), and how often."""
    play = play_of(f"PLAY='{scenario}'")
    play.run()
    return play.plan.seen


def fault_names(*, everywhere: bool) -> Iterator[str]:
    """Name a play for each fault at each call of each state.

    Args:
        everywhere: in every scenario that makes the call, at its first and second time, once and without end; else in
            the first such scenario alone, at the first time, once.
    """
    known: set[tuple[str, str]] = set()
    for scenario in SCENARIOS:
        for (state, call), made in sorted(calls_of(scenario).items()):
            if not everywhere and (state, call) in known:
                continue
            known.add((state, call))
            for skip in range(min(made, 2)) if everywhere else (0,):
                for times in (1, EVER) if everywhere else (1,):
                    for again in AGAIN if call in MUTATING else AGAIN[:1]:
                        for fault in Fault:
                            at = f"{state}/{call}/{fault.value}/{skip}/{times}/{again}"
                            yield f"PLAY='{scenario}' AT='{at}' SEED={skip}"


def interrupt_names(*, everywhere: bool) -> Iterator[str]:
    """Name a play for each end from outside at each state.

    Args:
        everywhere: at each phase, with each listener and each redrive; else with one of each, by turns.
    """
    turn = 0
    pairs = [(phase, listener) for phase in PHASES for listener in LISTENERS]
    for scenario in INTERRUPTED:
        for state in dict.fromkeys(state for state, _ in calls_of(scenario) if state in rendered()["States"]):
            for status in ("ABORTED", "TIMED_OUT"):
                for redrive in REDRIVES:
                    turn += 1
                    for phase, listener in pairs if everywhere else [pairs[(turn * 5) % len(pairs)]]:
                        yield f"PLAY='{scenario}' INTERRUPT='{state}/{status}/{phase}/{redrive}/{listener}'"
