"""A wrapper around any fake that counts its verbs and lets a test make one fail."""

from collections.abc import Callable
from typing import Any


class Spy:
    """Passes every verb on to `port`; `calls` lists their names, `fail` makes the next ones raise.

    After `fail("get", error, after_effect=True)` the verb takes effect and raises nevertheless, as a lost answer does.
    """

    def __init__(self, port: Any, calls: list[str] | None = None) -> None:
        self.port = port
        self.calls: list[str] = [] if calls is None else calls
        self._faults: dict[str, list[tuple[Exception, bool]]] = {}

    def fail(self, verb: str, error: Exception, *, times: int = 1, after_effect: bool = False) -> None:
        """Let the next `times` calls of `verb` raise `error`."""
        self._faults.setdefault(verb, []).extend([(error, after_effect)] * times)

    def __getattr__(self, name: str) -> Any:
        """Give the port's verb, wrapped; any other attribute as it is."""
        verb = getattr(self.port, name)
        return self._wrapped(name, verb) if callable(verb) else verb

    def _wrapped(self, name: str, verb: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            self.calls.append(f"{type(self.port).__name__}.{name}")
            faults = self._faults.get(name)
            if not faults:
                return verb(*args, **kwargs)
            error, after_effect = faults.pop(0)
            if after_effect:
                verb(*args, **kwargs)
            raise error

        return call
