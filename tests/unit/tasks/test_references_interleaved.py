"""A deletion and a change that names what is deleted, call by call in every order."""

from collections.abc import Callable, Iterator
from threading import Semaphore, Thread
from typing import Any

from stowage.domain.changes import Action
from stowage.domain.errors import PermanentError
from stowage.domain.resources import ResourceName
from tests.unit.fakes.freight import APPLES, PALLET, PEARS, Freight, ask, lay_pallets_stack, load, marks, row, stand
from tests.unit.fakes.world import OTHER_CHANGE, World


class Turns:
    """Lets the actors go on one at a time, each up to its next call of a port, in the order that `choices` says."""

    def __init__(self, *acts: Callable[["Turns"], None]) -> None:
        self._back = Semaphore(0)
        self._go = [Semaphore(0) for _ in acts]
        self._running = [True for _ in acts]
        self._faults: list[BaseException] = []
        self._current = 0
        self._threads = [Thread(target=self._run, args=(number, act)) for number, act in enumerate(acts)]

    def _run(self, number: int, act: Callable[["Turns"], None]) -> None:
        self._go[number].acquire()
        try:
            act(self)
        except BaseException as fault:  # noqa: BLE001 -- a thread's fault is its test's: raised again by `play`
            self._faults.append(fault)
        self._running[number] = False
        self._back.release()

    def pause(self) -> None:
        """Wait for this actor's next turn."""
        mine = self._current
        self._back.release()
        self._go[mine].acquire()

    def play(self, choices: tuple[int, ...]) -> list[int]:
        """Play to the end; beyond `choices` whoever is first goes on. Give how many could go on at each step."""
        for thread in self._threads:
            thread.start()
        open_choices: list[int] = []
        while any(self._running):
            ready = [number for number, runs in enumerate(self._running) if runs]
            step = len(open_choices)
            open_choices.append(len(ready))
            self._current = ready[choices[step] if step < len(choices) else 0]
            self._go[self._current].release()
            self._back.acquire()
        for thread in self._threads:
            thread.join()
        for fault in self._faults:
            raise fault
        return open_choices


def every_order(play: Callable[[tuple[int, ...]], list[int]]) -> Iterator[tuple[int, ...]]:
    """Play every order once, and give each after it was played."""
    waiting: list[tuple[int, ...]] = [()]
    while waiting:
        choices = waiting.pop()
        ready = play(choices)
        yield choices
        for step in range(len(choices), len(ready)):
            taken = (*choices, *([0] * (step - len(choices))))
            waiting.extend((*taken, other) for other in range(1, ready[step]))


class Pausing:
    """A port each of whose calls is one step, but for those that nobody else can come between."""

    def __init__(self, port: Any, turns: Turns, *, but: tuple[str, ...]) -> None:
        self._port = port
        self._turns = turns
        self._but = but

    def __getattr__(self, name: str) -> Any:
        """Give the verb, which waits for its turn first."""
        verb = getattr(self._port, name)
        if name in self._but:
            return verb

        def call(*args: Any, **kwargs: Any) -> Any:
            self._turns.pause()
            return verb(*args, **kwargs)

        return call


def whole(world: World, asked: Any, done: list[str]) -> Callable[[Turns], None]:
    """Give a change from its lock to its release as an actor; `done` gets its end."""

    def act(turns: Turns) -> None:
        # Nobody but its own change writes the pallet's row, so that it may read that at any time.
        but = ("get",) if asked.kind == PALLET.kind else ()
        change = Freight(world, asked, Pausing(world.resources, turns, but=but))
        change.acquire()
        try:
            submitted = change.submit()
        except PermanentError as error:
            change.record_failure(type(error).__name__, str(error))
            done.append(type(error).__name__)
        else:
            if asked.action is Action.DELETE and submitted.stack_id is not None:
                # Whatever is decided from here on is too late for the resource.
                world.stacks.settle(submitted.stack_id, "DELETE_COMPLETE")
            change.update_mirror()
            done.append("done")
        change.release()

    return act


def given(*named: ResourceName) -> World:
    """Give two crates, one with a stack, and a pallet that names some of them."""
    world = World()
    stack = world.stack("CREATE_COMPLETE")
    stand(world, APPLES, stack_id=stack.stack_id, spec={"description": "apples"})
    stand(world, PEARS)
    load(world, *named)
    return world


def play_both(world: World, update: Any) -> Callable[[tuple[int, ...]], tuple[list[int], str, str]]:
    """Give what plays the update and the deletion of the apples in one order, and tells both ends."""

    def play(choices: tuple[int, ...]) -> tuple[list[int], str, str]:
        updated: list[str] = []
        deleted: list[str] = []
        deletion = ask(Action.DELETE, APPLES, change=OTHER_CHANGE)
        turns = Turns(whole(world, update, updated), whole(world, deletion, deleted))
        ready = turns.play(choices)
        return ready, updated[0], deleted[0]

    return play


def test_nothing_is_deleted_that_a_change_comes_to_name() -> None:
    """In whatever order: either the deletion is refused, or the change is."""
    ends: set[tuple[str, str]] = set()

    def play(choices: tuple[int, ...]) -> list[int]:
        world = given()
        ready, updated, deleted = play_both(world, ask(Action.UPDATE, PALLET, APPLES))(choices)
        ends.add((updated, deleted))
        if updated != "done":
            lay_pallets_stack(world, "CREATE_COMPLETE")
        names = row(world, PALLET).resource.spec["crates"] == ["apples"]
        assert row(world, APPLES).deleted is not names, choices
        assert marks(world, APPLES) == (["monday"] if names else []), choices
        return ready

    orders = sum(1 for _ in every_order(play))

    assert ends == {("done", "StillReferencedError"), ("ReferenceMissingError", "done")}
    assert orders > 100


def test_what_a_change_ceases_to_name_is_deleted_only_after_its_end() -> None:
    """While the change runs, it may be rolled back to the old spec; no mark is left over at the end."""
    ends: set[tuple[str, str]] = set()

    def play(choices: tuple[int, ...]) -> list[int]:
        world = given(APPLES)
        ready, updated, deleted = play_both(world, ask(Action.UPDATE, PALLET, PEARS))(choices)
        ends.add((updated, deleted))
        assert (marks(world, APPLES), marks(world, PEARS)) == ([], ["monday"]), choices
        return ready

    orders = sum(1 for _ in every_order(play))

    assert ends == {("done", "StillReferencedError"), ("done", "done")}
    assert orders > 100


def test_a_deletion_of_the_referrer_beside_that_of_the_named_leaves_no_mark() -> None:
    """Both may pass, the named one only after the other's end."""
    ends: set[tuple[str, str]] = set()

    def play(choices: tuple[int, ...]) -> list[int]:
        world = given(APPLES)
        ready, updated, deleted = play_both(world, ask(Action.DELETE))(choices)
        ends.add((updated, deleted))
        assert marks(world, APPLES) == [], choices
        assert row(world, PALLET).deleted
        return ready

    orders = sum(1 for _ in every_order(play))

    assert ends == {("done", "StillReferencedError"), ("done", "done")}
    assert orders > 100
