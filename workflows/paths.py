"""How a machine can be walked: what leads where, what is assigned on the way, what can be reached."""

from collections.abc import Iterator
from dataclasses import dataclass

from workflows.asl import Json


@dataclass(frozen=True)
class Edge:
    """One way out of a state, with the variables it assigns; `caught` if it is a catcher's."""

    target: str
    assigned: frozenset[str]
    caught: bool = False


def edges(block: Json) -> Iterator[Edge]:
    """Give the ways out of a state, the straight one first."""
    own = frozenset(block.get("Assign", {}))
    for name in ("Next", "Default"):
        if name in block:
            yield Edge(block[name], own)
    for rule in block.get("Choices", []):
        yield Edge(rule["Next"], frozenset(rule.get("Assign", {})))
    for catch in block.get("Catch", []):
        # A state that failed has assigned nothing: only its catcher has.
        yield Edge(catch["Next"], frozenset(catch.get("Assign", {})), caught=True)


def assigned_before(asl: Json) -> dict[str, frozenset[str]]:
    """Give for each reachable state the variables that every path to it has assigned."""
    states: Json = asl["States"]
    have = {asl["StartAt"]: frozenset[str]()} if asl["StartAt"] in states else {}
    todo = list(have)
    while todo:
        state = todo.pop()
        for edge in edges(states[state]):
            if edge.target not in states:
                continue  # asl-validator and `missing_targets` say so
            arriving = have[state] | edge.assigned
            meeting = have[edge.target] & arriving if edge.target in have else arriving
            if have.get(edge.target) != meeting:
                have[edge.target] = meeting
                todo.append(edge.target)
    return have


def reachable(asl: Json, start: str) -> set[str]:
    """Give every state that can be entered from `start`, itself included."""
    states: Json = asl["States"]
    found: set[str] = set()
    todo = [start]
    while todo:
        state = todo.pop()
        if state in found or state not in states:
            continue
        found.add(state)
        todo.extend(edge.target for edge in edges(states[state]))
    return found


def success_path(asl: Json) -> list[str]:
    """Give the states a change enters when nothing fails: `Next`, and the default of a choice, to the end."""
    path = [asl["StartAt"]]
    while following := asl["States"][path[-1]].get("Next", asl["States"][path[-1]].get("Default")):
        if following in path:
            break
        path.append(following)
    return path
