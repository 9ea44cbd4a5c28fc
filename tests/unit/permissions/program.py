"""The functions' source as mypy understands it: who calls whom, down to the calls of AWS clients.

mypy knows the type of every expression, so that `projects.get_project` is followed to the adapter that
`stowage.adapters.bootstrap` gives for the port, and `{}.get` to nowhere. A reference counts as a call, since
`pool.map(self._post, …)` is one, and so does a branch that is never taken.

What it cannot see, and what therefore must not carry AWS calls: a value of type Any, and a function that is handed over
as data and called under another name (`Kind.render`; the catalog has no way to AWS, which import-linter holds).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from mypy import build, nodes, types
from mypy.main import process_options
from mypy.modulefinder import BuildSource

ROOT = Path(__file__).parents[3]
PACKAGES = ("api", "tasks", "listeners", "stowage")
BOOTSTRAP = "stowage.adapters.bootstrap"
WIRED_TO_BOOTSTRAP = "api.wiring.Ports"
"""The protocol of which the module `bootstrap` itself is the implementation."""
WIRED_CLASSES = {"api.wiring.ApiSettings": "stowage.adapters.settings.Settings"}
CLIENTS = "mypy_boto3_"
FOLLOWED_ELSEWHERE = {"node", "info", "type", "unanalyzed_type", "analyzed", "def_var", "original_def", "expanded"}
"""Attributes of a syntax node that lead out of it, to what it means."""


@dataclass(frozen=True, slots=True)
class Step:
    """A function, in the light of the keyword arguments that are literally True where it is called."""

    function: str
    switched_on: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class ClientCall:
    """A method of an AWS client that is called, and by what way the code comes to it.

    Attributes:
        service: the client's service as boto3 names it.
        method: the client's method; of a paginator or waiter, the method that it repeats.
        arguments: names of its arguments, as far as they can be read; of transact_write_items the items' too.
        way: the functions from the entry to the call.
    """

    service: str
    method: str
    arguments: frozenset[str]
    way: tuple[str, ...]


class Program:
    """The product's modules, type-checked once per process (about a second when mypy's cache is warm)."""

    def __init__(self) -> None:
        sources = []
        for path in sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py")):
            module = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
            # A source with a text is checked anew; what it imports may come out of the cache, which keeps no types.
            sources.append(BuildSource(str(path), module, path.read_text(encoding="utf-8")))
        _, options = process_options(["--config-file", str(ROOT / "pyproject.toml"), "-m", "api"])
        options.cache_dir = str(ROOT / ".mypy_cache")
        options.export_types = True
        options.preserve_asts = True
        # Errors of types are mypy's own to tell (`make check` runs it); those that hinder the analysis are raised.
        result = build.build(sources, options)
        self._files = result.files
        self._types = result.types
        self._adapters = dict(self._find_adapters())

    def client_calls(self, handler: str) -> tuple[ClientCall, ...]:
        """Give the calls that a handler ("tasks.await_stack.handler") can reach, each with a shortest way to it."""
        found: dict[tuple[str, str, frozenset[str]], ClientCall] = {}
        ways: dict[Step, tuple[str, ...]] = {step: (step.function,) for step in self._entries(handler)}
        waiting = list(ways)
        for step in waiting:
            for call in self._calls_in(step, ways[step]):
                found.setdefault((call.service, call.method, call.arguments), call)
            for following in self._steps_from(step):
                if following not in ways:
                    ways[following] = (*ways[step], following.function)
                    waiting.append(following)
        return tuple(found.values())

    def _entries(self, handler: str) -> Iterator[Step]:
        """Give the handler, or for one that a factory makes the functions that its module refers to."""
        module, _, name = handler.rpartition(".")
        if isinstance(self._files[module].names[name].node, nodes.FuncDef | nodes.Decorator):
            yield Step(handler)
            return
        for statement in self._files[module].defs:
            yield from self._steps_of(tuple(_walk(statement)))

    def _body(self, function: str) -> tuple[nodes.Node, ...]:
        symbol = _definition(self._files, function)
        if isinstance(symbol, nodes.Decorator):
            return (symbol.func, *symbol.original_decorators)
        return (symbol,) if isinstance(symbol, nodes.FuncDef) else ()

    def _nodes_of(self, function: str) -> Iterator[nodes.Node]:
        for part in self._body(function):
            yield from _walk(part)

    def _steps_from(self, step: Step) -> Iterator[Step]:
        yield from self._steps_of(tuple(self._nodes_of(step.function)))

    def _steps_of(self, within: tuple[nodes.Node, ...]) -> Iterator[Step]:
        switched_on = {id(each.callee): _switches(each) for each in within if isinstance(each, nodes.CallExpr)}
        for node in within:
            if isinstance(node, nodes.NameExpr | nodes.MemberExpr):
                for target in self._targets(node):
                    yield Step(target, switched_on.get(id(node), frozenset()))

    def _targets(self, expression: nodes.NameExpr | nodes.MemberExpr) -> Iterator[str]:
        """Give the functions of ours that an expression names."""
        if isinstance(expression.node, nodes.TypeInfo):
            yield from self._methods(expression.node, dunder=True)
        elif isinstance(expression.node, nodes.FuncDef | nodes.Decorator) and _is_ours(expression.node.fullname):
            yield expression.node.fullname
        elif isinstance(expression, nodes.MemberExpr):
            for info in self._classes_of(expression.expr):
                yield from self._methods(info, named=expression.name)

    def _methods(self, info: nodes.TypeInfo, *, named: str = "", dunder: bool = False) -> Iterator[str]:
        if info.fullname == WIRED_TO_BOOTSTRAP:
            yield f"{BOOTSTRAP}.{named}"
            return
        implementations = self._adapters.get(info.fullname, [info])
        for each in (base for implementation in implementations for base in implementation.mro):
            for name, symbol in each.names.items():
                wanted = (dunder and name.startswith("__")) or name == named
                if wanted and isinstance(symbol.node, nodes.FuncDef | nodes.Decorator) and _is_ours(each.fullname):
                    yield f"{each.fullname}.{name}"

    def _classes_of(self, expression: nodes.Expression) -> Iterator[nodes.TypeInfo]:
        found = self._types.get(expression)
        if found is None:
            return
        proper = types.get_proper_type(found)
        for each in proper.items if isinstance(proper, types.UnionType) else [proper]:
            item = types.get_proper_type(each)
            if isinstance(item, types.Instance):
                yield item.type
            elif isinstance(item, types.FunctionLike) and item.is_type_obj():
                yield item.type_object()

    def _calls_in(self, step: Step, way: tuple[str, ...]) -> Iterator[ClientCall]:
        for node in self._nodes_of(step.function):
            if not isinstance(node, nodes.CallExpr) or not isinstance(node.callee, nodes.MemberExpr):
                continue
            for info in self._classes_of(node.callee.expr):
                if info.fullname.startswith(CLIENTS) and info.name.endswith("Client"):
                    service = info.fullname.removeprefix(CLIENTS).split(".")[0].replace("_", "-")
                    yield ClientCall(service, _method_of(node), self._arguments(node, step), way)

    def _arguments(self, call: nodes.CallExpr, step: Step) -> frozenset[str]:
        """Give the names of a call's arguments; for `**arguments` and lists of items, all keys that are written here.

        "Here" is the function and what it refers to of its own module. A key that stands under `if switch` counts only
        where the caller switches it on.
        """
        named = {name for name in call.arg_names if name}
        if nodes.ARG_STAR2 not in call.arg_kinds and "TransactItems" not in named:
            return frozenset(named)
        module = self._module_of(step.function)
        seen, waiting = {step.function}, [step.function]
        for function in waiting:
            for following in self._steps_from(Step(function)):
                if following.function not in seen and self._module_of(following.function) == module:
                    seen.add(following.function)
                    waiting.append(following.function)
            for part in self._body(function):
                named |= set(_keys(part, step.switched_on))
        return frozenset(named)

    def _module_of(self, function: str) -> str:
        return next(module for module in _prefixes(function) if module in self._files)

    def _find_adapters(self) -> Iterator[tuple[str, list[nodes.TypeInfo]]]:
        """Give each port's adapter: what the functions of `bootstrap` promise, and what they return."""
        for name, implementation in WIRED_CLASSES.items():
            yield name, [_class(self._files, implementation)]
        for symbol in self._files[BOOTSTRAP].names.values():
            if isinstance(symbol.node, nodes.Decorator) and symbol.node.fullname.startswith(f"{BOOTSTRAP}."):
                promised = types.get_proper_type(symbol.node.func.type)
                assert isinstance(promised, types.CallableType)
                port = types.get_proper_type(promised.ret_type)
                returned = [node.expr for node in _walk(symbol.node.func) if isinstance(node, nodes.ReturnStmt)]
                if isinstance(port, types.Instance) and port.type.is_protocol:
                    yield port.type.fullname, [info for each in returned if each for info in self._classes_of(each)]


@cache
def program() -> Program:
    """Give the product's program."""
    return Program()


def _switches(call: nodes.CallExpr) -> frozenset[str]:
    """Give the keyword arguments that are literally True."""
    return frozenset(
        name
        for name, value in zip(call.arg_names, call.args, strict=True)
        if name and isinstance(value, nodes.NameExpr) and value.fullname == "builtins.True"
    )


def _walk(node: nodes.Node) -> Iterator[nodes.Node]:
    """Give a node and all within it (mypy's own visitors are compiled and cannot be extended)."""
    yield node
    for name in getattr(type(node), "__mypyc_attrs__", ()):
        if name not in FOLLOWED_ELSEWHERE:
            yield from _walk_value(getattr(node, name, None))


def _walk_value(value: Any) -> Iterator[nodes.Node]:
    if isinstance(value, nodes.Node) and not isinstance(value, nodes.SymbolNode):
        yield from _walk(value)
    elif isinstance(value, nodes.FuncDef | nodes.Decorator):
        yield from _walk(value)  # a function within a function
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _walk_value(each)


def _keys(node: nodes.Node, switched_on: frozenset[str]) -> Iterator[str]:
    """Give the texts that are keys of dicts within a node, without those under a switch that is off."""
    if isinstance(node, nodes.ConditionalExpr) and isinstance(node.cond, nodes.NameExpr) and _is_switch(node.cond):
        yield from _keys(node.if_expr if node.cond.name in switched_on else node.else_expr, switched_on)
        return
    if isinstance(node, nodes.DictExpr):
        yield from (key.value for key, _ in node.items if isinstance(key, nodes.StrExpr))
    for name in getattr(type(node), "__mypyc_attrs__", ()):
        if name not in FOLLOWED_ELSEWHERE:
            for each in _direct(getattr(node, name, None)):
                yield from _keys(each, switched_on)


def _direct(value: Any) -> Iterator[nodes.Node]:
    if isinstance(value, list | tuple):
        for each in value:
            yield from _direct(each)
    elif isinstance(value, nodes.Node) and not isinstance(value, nodes.SymbolNode):
        yield value


def _is_switch(name: nodes.NameExpr) -> bool:
    variable = name.node
    kind = types.get_proper_type(variable.type) if isinstance(variable, nodes.Var) and variable.type else None
    return isinstance(kind, types.Instance) and kind.type.fullname == "builtins.bool"


def _method_of(call: nodes.CallExpr) -> str:
    assert isinstance(call.callee, nodes.MemberExpr)
    [*first] = call.args[:1]
    if call.callee.name in {"get_paginator", "get_waiter"} and first and isinstance(first[0], nodes.StrExpr):
        return first[0].value
    return call.callee.name


def _is_ours(fullname: str) -> bool:
    return fullname.split(".", maxsplit=1)[0] in PACKAGES


def _prefixes(fullname: str) -> Iterator[str]:
    parts = fullname.split(".")
    yield from (".".join(parts[:length]) for length in range(len(parts), 0, -1))


def _definition(files: dict[str, nodes.MypyFile], fullname: str) -> nodes.SymbolNode | None:
    module = next(each for each in _prefixes(fullname) if each in files)
    names = files[module].names
    found: nodes.SymbolNode | None = None
    for part in fullname.removeprefix(f"{module}.").split("."):
        symbol = names.get(part)
        found = symbol.node if symbol else None
        names = found.names if isinstance(found, nodes.TypeInfo) else nodes.SymbolTable()
    return found


def _class(files: dict[str, nodes.MypyFile], fullname: str) -> nodes.TypeInfo:
    found = _definition(files, fullname)
    assert isinstance(found, nodes.TypeInfo)
    return found
