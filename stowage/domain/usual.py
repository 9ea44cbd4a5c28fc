"""How long the states of a change usually take: the last durations of its kind and action, and what they tell.

Learnt from changes that succeeded alone, each once: a failure ends a state early or late, and says nothing of its usual
time. Too few tell nothing: a number that is shown is one that was measured.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from math import ceil
from typing import TypeVar

from stowage.domain.changes import Action, ChangeState
from stowage.domain.wire import WireModel

KEPT = 50
"""Durations of each state, and changes that were learnt from."""
ENOUGH = 5
"""Below this nothing is told."""


Each = TypeVar("Each")


class Usual(WireModel):
    """What a state, or a whole change, usually takes, in milliseconds.

    Of `count` past changes half took no longer than `p50`, and 95 of a hundred no longer than `p95`.
    """

    p50: int
    p95: int
    count: int


class Durations(WireModel):
    """The last durations of a kind's changes of one action, in milliseconds, oldest first.

    `changes` are those that were learnt from, so that none is learnt from twice; `revision` counts them all.
    """

    kind: str
    action: Action
    revision: int = 0
    changes: tuple[str, ...] = ()
    whole: tuple[int, ...] = ()
    states: Mapping[str, tuple[int, ...]] = {}

    def learnt(self, change: str, states: Sequence[ChangeState]) -> "Durations":
        """Give them with one more change that has ended; the same, if that was learnt from before."""
        took: dict[str, int] = {}
        for state in states:
            if state.exited_at is not None:
                took[state.name] = took.get(state.name, 0) + _between(state.entered_at, state.exited_at)
        if change in self.changes or not took:
            return self
        whole = _between(states[0].entered_at, max(state.exited_at or state.entered_at for state in states))
        return self.model_copy(
            update={
                "revision": self.revision + 1,
                "changes": _last((*self.changes, change)),
                "whole": _last((*self.whole, whole)),
                "states": {
                    name: _last((*self.states.get(name, ()), *([took[name]] if name in took else [])))
                    for name in sorted(self.states.keys() | took.keys())
                },
            }
        )

    def of_whole(self) -> Usual | None:
        """Give what a change usually takes from its first state to its last; None where too few are known."""
        return _usual(self.whole)

    def of_state(self, name: str) -> Usual | None:
        """Give what a state usually takes; None where too few are known."""
        return _usual(self.states.get(name, ()))


def _usual(took: Sequence[int]) -> Usual | None:
    if len(took) < ENOUGH:
        return None
    ranked = sorted(took)
    return Usual(p50=ranked[ceil(0.50 * len(took)) - 1], p95=ranked[ceil(0.95 * len(took)) - 1], count=len(took))


def _last(items: tuple[Each, ...]) -> tuple[Each, ...]:
    return items[-KEPT:]


def _between(first: str, last: str) -> int:
    """Give the milliseconds from one time to another, both ISO 8601."""
    return round((datetime.fromisoformat(last) - datetime.fromisoformat(first)).total_seconds() * 1000)
