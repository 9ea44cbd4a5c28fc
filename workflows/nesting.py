"""A machine with a Map, laid flat: the Map leads to the first of its inner states, their last to what follows it.

Checks, table and picture walk a machine by its arrows and need no notion of a machine within a machine; Step Functions
gets it nested. Names are one machine's alone, inner ones too, which Step Functions demands.
"""

from workflows.asl import Json

WITHIN = "Within"
"""A field of a flat machine's inner states: the Map that they belong to."""


def flat(asl: Json) -> Json:
    """Give the machine with the states of its Maps among its own; one without a Map as it is."""
    states: Json = {}
    for name, block in asl["States"].items():
        if "ItemProcessor" not in block:
            states[name] = block
            continue
        inner = block["ItemProcessor"]
        states[name] = {field: value for field, value in block.items() if field != "ItemProcessor"}
        states[name]["Next"] = inner["StartAt"]
        states |= {each: _lifted(state, name, block["Next"]) for each, state in inner["States"].items()}
    return {**asl, "States": states}


def _lifted(state: Json, within: str, after: str) -> Json:
    """Give an inner state; its ends lead to what follows the Map."""
    if state["Type"] == "Succeed":
        return {**state, "Type": "Pass", "Next": after, WITHIN: within}
    if state.get("End"):
        return {**{field: value for field, value in state.items() if field != "End"}, "Next": after, WITHIN: within}
    return {**state, WITHIN: within}
