"""How the extension replaces a function of the emulator: in every module that holds it, or not at all."""

import sys
from collections.abc import Callable
from typing import Any


def replace_function(original: Callable[..., Any], replacement: Callable[..., Any]) -> None:
    """Put `replacement` wherever a loaded ministack module holds `original` under the original's own name.

    A module that did `from .stacks import _add_event` keeps its own reference, so replacing the attribute of the
    defining module alone would change half of the emulator. Raises LookupError if nobody holds it: a new release of
    ministack has moved it, and the extension must be looked at again. Call it once all importers are loaded.
    """
    name = original.__name__
    holders = [
        module
        for module_name, module in list(sys.modules.items())
        if module_name.startswith("ministack.") and getattr(module, name, None) is original
    ]
    if not holders:
        raise LookupError(f"no module of ministack holds {original.__module__}.{name}")
    for module in holders:
        setattr(module, name, replacement)


def wrap_action(actions: dict[str, Callable[..., Any]], name: str, wrapper: Callable[..., Any]) -> None:
    """Put `wrapper(next_handler, *args)` around the handler of one action of a service's action table.

    Raises KeyError if the service has no such action.
    """
    original = actions[name]

    def handle(*args: Any, **kwargs: Any) -> Any:
        return wrapper(original, *args, **kwargs)

    actions[name] = handle
