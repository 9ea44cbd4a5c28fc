"""What is generated from the machines, and whether it is current: ASL, the table of states, pictures."""

import importlib
import json
from pathlib import Path

from workflows.asl import Json
from workflows.nesting import flat
from workflows.picture import draw
from workflows.table import table

MACHINES = ("change_resource", "reconcile", "rotate_credentials")
"""The modules of this package that hold a machine: each has `build()`, and is rendered under its own name."""

ROOT = Path(__file__).parent.parent

ORDER = (
    "Comment", "QueryLanguage", "StartAt", "Type", "ProcessorConfig", "Items", "MaxConcurrency", "Seconds",
    "Resource", "Arguments", "TimeoutSeconds", "Error", "Cause",
    "ErrorEquals", "IntervalSeconds", "BackoffRate", "MaxDelaySeconds", "JitterStrategy", "MaxAttempts", "Condition",
    "Assign", "Output", "Retry", "Catch", "Choices", "Default", "Next", "End",
    "ItemProcessor", "States",
)  # fmt: skip
"""The order of a block's fields, as one reads them: what, how, with which result, what else may happen, where to."""

VERBATIM = frozenset({"Arguments", "Assign", "Output", "ProcessorConfig"})
"""Fields whose content is ours, in the order in which it was written."""


def definition(machine: str) -> Json:
    """Give the machine's ASL as data, its fields in reading order."""
    built: Json = importlib.import_module(f"workflows.{machine}").build().to_dict()
    return _machine_in_order(built)


def _machine_in_order(machine: Json) -> Json:
    """Sort the fields of a machine, of its states, and of the machines within them."""
    ordered = _in_order(machine)
    ordered["States"] = {name: _in_order(state) for name, state in machine["States"].items()}
    for state in ordered["States"].values():
        if "ItemProcessor" in state:
            state["ItemProcessor"] = _machine_in_order(state["ItemProcessor"])
    return ordered


def _in_order(block: Json) -> Json:
    """Sort one block's fields, and those of the retriers, catchers and choices in it."""

    def sort(name: str, value: object) -> object:
        if name in VERBATIM or not isinstance(value, list):
            return value
        return [_in_order(item) if isinstance(item, dict) else item for item in value]

    return {name: sort(name, block[name]) for name in sorted(block, key=lambda name: (ORDER.index(name), name))}


def asl_files() -> dict[Path, str]:
    """Give each machine's ASL file with its text."""
    return {
        ROOT / "statemachines" / f"{machine}.asl.json": json.dumps(definition(machine), indent=2) + "\n"
        for machine in MACHINES
    }


def table_files() -> dict[Path, str]:
    """Give the page of the machines' states with its text."""
    return {ROOT / "docs" / "states.md": table({machine: flat(definition(machine)) for machine in MACHINES})}


def picture_files() -> dict[Path, str]:
    """Give each machine's picture with its SVG text."""
    return {ROOT / "docs" / "images" / f"{machine}.svg": draw(flat(definition(machine))) for machine in MACHINES}


def write(files: dict[Path, str]) -> None:
    """Write the files, making their folders."""
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def drift(files: dict[Path, str]) -> list[str]:
    """Give one sentence for each file whose content is not what the machines render to now."""
    return [
        f"{path.relative_to(ROOT)} is out of date: run `make render`"
        for path, text in files.items()
        if not path.exists() or path.read_text(encoding="utf-8") != text
    ]
