"""All interleavings of the lock's steps: three executions, each of which may crash, be redriven, be swept, write late.

A writer goes: acquire → submit → store its token → finish → release. At any point it may be ended from outside; what it
had sent may still arrive, once, at any later time. An ended writer may be swept at any time (a look, and later the
release), and redriven once, from where it stood.

Whether a write is accepted, and what it leaves, the rendered AcquireLock and ReleaseLock and the adapters' own writes
decide, on the real expressions; here it is only told who may take which step when. Fences never repeat, so that all
that matters of the one a writer believes in is whether it is the row's: `CURRENT` or `OLD`.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache

from tests.simulation.lock_writes import CURRENT, FREE, MINE, NONE, OLD, OTHERS, ROW_FENCE, Writes, Written

STEPS = ("acquire", "submit", "token", "finish", "release")
OVER = "over"


@dataclass(frozen=True, slots=True)
class Writer:
    """Where an execution stands: its next step (or where it ended), the fence it believes in, what is on its way."""

    at: str = "acquire"
    ended: bool = False
    fence: int = NONE
    late: tuple[str, int] | None = None
    redriven: bool = False
    looked: bool = False
    """A sweep has seen that it has ended and that no operation runs, and is about to free its lock."""
    holds: bool = False
    runs: bool = False
    """Its operation is at work on the stack."""


@dataclass(frozen=True, slots=True)
class Moment:
    """Whether there is a row, and its writers, in no order: they are alike."""

    exists: bool
    writers: tuple[Writer, ...]


@dataclass(frozen=True, slots=True)
class Explored:
    """How many moments there are, how many steps lead on from them, and each breach with the way to it."""

    moments: int
    steps: int
    breaches: tuple[tuple[str, tuple[str, ...]], ...]


def explore(writes: Writes, writers: int = 3, *, stop_at_first: bool = False) -> Explored:
    """Go through every moment, each once."""
    start = Moment(exists=False, writers=(Writer(),) * writers)
    came: dict[Moment, tuple[Moment, str] | None] = {start: None}
    todo = deque([start])
    steps, breaches = 0, list[tuple[str, tuple[str, ...]]]()
    while todo and not (breaches and stop_at_first):
        moment = todo.popleft()
        for name, after, breach in _steps(writes, moment):
            steps += 1
            if breach is not None:
                breaches.append((breach, (*_way(came, moment), name)))
            elif (same := _normal(writes, after)) not in came:
                came[same] = (moment, name)
                todo.append(same)
    return Explored(len(came), steps, tuple(breaches))


Step = tuple[str, Moment, str | None]


def _steps(writes: Writes, moment: Moment) -> Iterator[Step]:
    """Give what may happen next: its name, the moment after it, and the breach if it is one."""
    runs = any(writer.runs for writer in moment.writers)
    for who, writer in enumerate(moment.writers):
        if who and writer == moment.writers[who - 1]:
            continue  # they are alike
        if not writer.ended:
            # Its own operation is waited for before the end is written, any other one before a submission.
            if not (runs if writer.at == "submit" else writer.runs and writer.at in {"finish", "release"}):
                yield _do(writes, moment, who, writer.at, writer.fence, late=False)
            yield f"{who} ends before {writer.at}", _with(moment, who, replace(writer, ended=True)), None
            sent = replace(writer, ended=True, late=(writer.at, writer.fence))
            yield f"{who} ends with its {writer.at} on the way", _with(moment, who, sent), None
        elif not writer.redriven and writer.at != OVER:
            yield f"{who} redriven", _with(moment, who, replace(writer, ended=False, redriven=True)), None
        if writer.ended and not writer.looked and not runs:
            yield f"a sweep looks at {who}", _with(moment, who, replace(writer, looked=True)), None
        if writer.looked:
            yield _do(writes, moment, who, "sweep", writer.fence, late=False)
        if writer.late is not None:
            yield _do(writes, moment, who, *writer.late, late=True)
        if writer.runs:
            yield f"the operation of {who} ends", _with(moment, who, replace(writer, runs=False)), None


def _do(writes: Writes, moment: Moment, who: int, at: str, fence: int, *, late: bool) -> Step:
    """Let a writer's step happen, on its own or long after it was sent."""
    writer = moment.writers[who]
    name = f"{who} {'late ' if late else ''}{at}"
    held = next((number for number, each in enumerate(moment.writers) if each.holds), None)
    holder = FREE if held is None else MINE if held == who else OTHERS
    if late and at == "submit":
        # CloudFormation knows no fence: what a straggler submits begins, unless another operation runs.
        begins = not any(each.runs for each in moment.writers)
        return name, _with(moment, who, replace(writer, late=None, runs=writer.runs or begins)), None
    done = writes.write(at, moment.exists, holder, fence)
    told = replace(writer, late=None) if late else _next(writer, at, accepted=done.accepted)
    if not done.accepted:
        return name, _with(moment, who, told), None
    if at == "submit":
        own = holder == MINE and fence == CURRENT
        breach = None if own else f"{name}: an operation begins without the lock"
        return name, _with(moment, who, replace(told, runs=True)), breach
    after = _with(replace(moment, exists=True), who, told)
    writers = list(after.writers)
    if at == "acquire":
        # The row has a new fence: whoever believed in the former one believes in an old one now.
        writers = [_aged(each) for each in writers]
        if not late:
            writers[who] = replace(writers[who], fence=CURRENT)
    held_after = {FREE: None, MINE: who, OTHERS: held}[done.holder]
    writers = [replace(each, holds=number == held_after) for number, each in enumerate(writers)]
    return name, replace(after, writers=tuple(writers)), _breach(f"{name}:", at, (holder, fence, moment.exists), done)


def _breach(name: str, at: str, before: tuple[int, int, bool], done: Written) -> str | None:
    """Say what an accepted write has broken, or None; `before` it: the holder, the writer's fence, was there a row."""
    holder, fence, exists = before
    if at == "sweep":
        return f"{name} freed another's lock" if holder == OTHERS and done.holder != OTHERS else None
    if at == "acquire":
        if holder == OTHERS:
            return f"{name} took another's lock"
        grew = done.fence > (ROW_FENCE if exists else 0)
        return None if grew else f"{name} got a fence that was given out before"
    own = holder == MINE or (holder == FREE and at == "release")
    return None if own and fence == CURRENT else f"{name} a fenced-off write was accepted"


def _next(writer: Writer, at: str, *, accepted: bool) -> Writer:
    """Move a writer on; one that was refused is at its end."""
    if at == "sweep":
        return replace(writer, looked=False)
    following = (*STEPS, OVER)[STEPS.index(at) + 1] if accepted else OVER
    return replace(writer, at=following, ended=following == OVER)


def _normal(writes: Writes, moment: Moment) -> Moment:
    """Give the one moment for all those from which the same can follow: writers in order, without what is moot."""
    return replace(moment, writers=tuple(sorted((_moot(writes, each) for each in moment.writers), key=_order)))


@cache
def _moot(writes: Writes, writer: Writer) -> Writer:
    """Forget of a writer what can change nothing any more: where it ended for good, a late write always refused."""
    if writer.late is not None and writer.late[0] not in {"submit", "acquire"} and _is_refused(writes, *writer.late):
        writer = replace(writer, late=None)
    if writer.ended and (writer.redriven or writer.at == OVER):
        writer = replace(writer, at=OVER, fence=NONE, redriven=True)
    return writer


def _is_refused(writes: Writes, at: str, fence: int) -> bool:
    return not any(
        writes.write(at, exists, holder, fence).accepted for exists in (True, False) for holder in (FREE, MINE, OTHERS)
    )


@cache
def _order(writer: Writer) -> str:
    return repr(writer)


def _aged(writer: Writer) -> Writer:
    late = writer.late and (writer.late[0], OLD if writer.late[1] == CURRENT else writer.late[1])
    return replace(writer, fence=OLD if writer.fence == CURRENT else writer.fence, late=late)


def _with(moment: Moment, who: int, writer: Writer) -> Moment:
    return replace(moment, writers=(*moment.writers[:who], writer, *moment.writers[who + 1 :]))


def _way(came: dict[Moment, tuple[Moment, str] | None], moment: Moment) -> tuple[str, ...]:
    names: list[str] = []
    while (before := came[moment]) is not None:
        moment, name = before
        names.append(name)
    return tuple(reversed(names))
