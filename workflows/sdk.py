"""Import the state classes of the `stepfunctions` SDK without what its package initialisers drag in.

`stepfunctions/__init__.py` needs `pkg_resources` and `sagemaker` (some 1 GB) and raises the root logger to ERROR; the
state classes need none of these. Registering the two packages as bare namespaces before the first import leaves every
module below them importable as it stands. The decision is told in docs/adr/0001-the-sdk-and-its-loader.md.
"""

import importlib.util
import sys
import types
import warnings

HOW_TO_INSTALL = (
    "the stepfunctions SDK is not installed: run `make setup`, or "
    "`pip install --no-deps -r requirements/stepfunctions.txt` in the development environment"
)


def _register_bare(name: str, path: str) -> None:
    """Make `name` a package whose modules are found in `path` and whose initialiser never runs."""
    package = types.ModuleType(name)
    package.__path__ = [path]
    sys.modules[name] = package


def _register_sdk() -> None:
    """Register the SDK's two packages; ImportError with a sentence if it is not installed."""
    if "stepfunctions" in sys.modules:  # this module is being imported anew, or the SDK itself came first
        return
    spec = importlib.util.find_spec("stepfunctions")
    if spec is None or not spec.submodule_search_locations:
        raise ImportError(HOW_TO_INSTALL)
    root = next(iter(spec.submodule_search_locations))
    _register_bare("stepfunctions", root)
    _register_bare("stepfunctions.steps", f"{root}/steps")


_register_sdk()
with warnings.catch_warnings():
    # The SDK compares strings with `is`; Python says so whenever it compiles the file.
    warnings.simplefilter("ignore", SyntaxWarning)
    from stepfunctions.steps import choice_rule, states

__all__ = ["choice_rule", "states"]
