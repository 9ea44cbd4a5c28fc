"""Breaking the product on purpose, in process: a rendered machine with one field changed, a function with one line.

Python is patched by its text: the module's source is compiled with the change, and the code of every function that came
out otherwise is put into the function that everybody holds already; a constant that came out otherwise replaces the old
one in every module that has it. Afterwards all is as it was.
"""

import ast
import copy
import functools
import importlib
import inspect
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any
from unittest.mock import patch

from tests.simulation.asl_machine import Machine
from tests.simulation.executions import machine, rendered
from workflows.asl import Json

PACKAGES = ("stowage", "tasks", "listeners", "api", "tests.simulation")
CONSTANTS = (str, int, float, tuple, frozenset)


class MutantIsNoneError(AssertionError):
    """The text that a mutant changes is not there (any more), or not once: bring the mutant up to date."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """A fault of ours that the simulation must find.

    `where` is a module of ours, or "asl:<state>/<field>" of the rendered machine; `old` (once in it) becomes `new`.
    """

    name: str
    where: str
    old: Any = None
    new: Any = None

    @contextmanager
    def applied(self) -> Iterator[Machine]:
        """Break the product inside the block; give the machine to run."""
        if self.where.startswith("asl:"):
            yield machine(self._broken_asl())
            return
        with ExitStack() as stack:
            for change in _changes(importlib.import_module(self.where), self._broken_source()):
                stack.enter_context(change)
            yield machine()

    def _broken_asl(self) -> Json:
        asl = copy.deepcopy(rendered())
        *path, last = self.where.removeprefix("asl:").split("/")
        place: Any = asl["States"]
        for name in path:
            place = place[int(name)] if isinstance(place, list) else place[name]
        key = int(last) if isinstance(place, list) else last
        if self.new is None:
            if self.old is not None and place[key] != self.old:
                raise MutantIsNoneError(f"{self.name}: {self.where} is {place[key]}")
            del place[key]
        elif isinstance(place[key], str) and isinstance(self.old, str):
            place[key] = _replaced(self.name, place[key], self.old, self.new)
        elif place[key] == self.old:
            place[key] = self.new
        else:
            raise MutantIsNoneError(f"{self.name}: {self.where} is {place[key]}")
        return asl

    def _broken_source(self) -> str:
        source = Path(str(importlib.import_module(self.where).__file__)).read_text(encoding="utf-8")
        return _replaced(self.name, source, self.old, self.new)


def _replaced(name: str, text: str, old: str, new: str) -> str:
    if text.count(old) != 1:
        raise MutantIsNoneError(f"{name}: {old!r} stands {text.count(old)} times in what it changes")
    return text.replace(old, new)


def _changes(module: ModuleType, source: str) -> Iterator[Any]:
    """Give the patches that make a loaded module behave as `source` says."""
    broken = ModuleType(module.__name__)
    broken.__file__ = module.__file__
    exec(compile(ast.parse(source), str(module.__file__), "exec"), broken.__dict__)  # noqa: S102 -- our own, changed
    found = 0
    for name, new in vars(broken).items():
        old = vars(module).get(name)
        if old is None or getattr(new, "__module__", module.__name__) != module.__name__:
            continue
        if isinstance(new, CONSTANTS) and not name.startswith("__") and old != new:
            found += 1
            yield from (patch.object(each, name, new) for each in _modules() if vars(each).get(name) is old)
        for before, after in _functions(old, new):
            if _differs(before.__code__, after.__code__):
                found += 1
                yield _with_code(before, after.__code__)
    if not found:
        raise MutantIsNoneError(f"{module.__name__}: the change changes no function and no constant")


@contextmanager
def _with_code(function: FunctionType, code: Any) -> Iterator[None]:
    before = function.__code__
    function.__code__ = code
    try:
        yield
    finally:
        function.__code__ = before


def _differs(one: Any, other: Any) -> bool:
    """Tell whether two code objects do something else; where they stand does not matter."""
    consts = [each for each in one.co_consts if not inspect.iscode(each)]
    others = [each for each in other.co_consts if not inspect.iscode(each)]
    inner = [each for each in one.co_consts if inspect.iscode(each)]
    inner_others = [each for each in other.co_consts if inspect.iscode(each)]
    if (one.co_code, one.co_names, repr(consts), len(inner)) != (
        other.co_code,
        other.co_names,
        repr(others),
        len(inner_others),
    ):
        return True
    return any(_differs(a, b) for a, b in zip(inner, inner_others, strict=True))


def _functions(old: Any, new: Any) -> Iterator[tuple[FunctionType, FunctionType]]:
    """Give the pairs of functions behind two objects of one name: plain, wrapped, or a class's own."""
    if inspect.isclass(old) and inspect.isclass(new):
        for name, member in vars(new).items():
            if name in vars(old):
                yield from _functions(vars(old)[name], member)
        return
    before, after = _plain(old), _plain(new)
    if isinstance(before, FunctionType) and isinstance(after, FunctionType):
        yield before, after


def _plain(member: Any) -> Any:
    if isinstance(member, property):
        return member.fget
    if isinstance(member, (staticmethod, classmethod)):
        return member.__func__
    if isinstance(member, functools.partial):
        return member.func
    return inspect.unwrap(member) if callable(member) and hasattr(member, "__wrapped__") else member


def _modules() -> list[ModuleType]:
    return [module for name, module in list(sys.modules.items()) if name.startswith(PACKAGES) and module is not None]
