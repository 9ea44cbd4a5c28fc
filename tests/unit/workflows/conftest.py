"""The rendered machine, and a way to break it."""

import copy
import json
from pathlib import Path

import pytest

from workflows.asl import Json

MACHINE = Path(__file__).parents[3] / "statemachines" / "change_resource.asl.json"


@pytest.fixture
def asl() -> Json:
    """Give the committed machine change_resource, as data of the test's own."""
    machine: Json = json.loads(MACHINE.read_text(encoding="utf-8"))
    return machine


def broken(machine: Json, fault: Json) -> Json:
    """Give the machine with a fault's changes: `set` and `remove` name fields by JSON Pointer (RFC 6901)."""
    faulty = copy.deepcopy(machine)
    for pointer, value in fault.get("set", {}).items():
        parent, key = _find(faulty, pointer)
        parent[key] = value
    for pointer in fault.get("remove", []):
        parent, key = _find(faulty, pointer)
        del parent[key]
    return faulty


def _find(machine: Json, pointer: str) -> tuple[Json, str]:
    *parents, key = pointer.split("/")[1:]
    place = machine
    for name in parents:
        place = place[int(name)] if isinstance(place, list) else place[name]
    return place, key
