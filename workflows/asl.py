"""The states of a JSONata machine, on top of the `stepfunctions` SDK's classes.

The SDK (2.3.0) knows the language of 2021: each class here takes away the JSONPath fields, which a JSONata state
refuses, and adds the fields that came later. Everything else, the graph above all, is the SDK's.
"""

from enum import Enum
from typing import Any

from workflows.sdk import choice_rule, states

Json = dict[str, Any]


class Added(Enum):
    """Fields younger than the SDK; it writes `max_delay_seconds` as `MaxDelaySeconds` by itself."""

    QUERY_LANGUAGE = "query_language"
    ARGUMENTS = "arguments"
    ASSIGN = "assign"
    OUTPUT = "output"
    ITEMS = "items"
    JITTER_STRATEGY = "jitter_strategy"
    MAX_DELAY_SECONDS = "max_delay_seconds"


JSONPATH_FIELDS = frozenset(
    {
        "heartbeat_seconds_path",
        "input_path",
        "items_path",
        "iterator",
        "output_path",
        "parameters",
        "result_path",
        "seconds_path",
        "timeout_seconds_path",
        "timestamp_path",
    }
)


class _Jsonata:
    """Before an SDK class in the list of bases: no JSONPath field, and the `added` ones."""

    added: tuple[Added, ...] = ()

    def allowed_fields(self) -> list[Enum]:
        """Give the fields that the SDK lets the constructor take; any other is a TypeError."""
        fields: list[Enum] = super().allowed_fields()  # type: ignore[misc]
        return [field for field in fields if field.value not in JSONPATH_FIELDS] + list(self.added)


class Task(_Jsonata, states.Task):
    """Calls a service and waits for its answer, or for its task token to be answered."""

    added = (Added.ARGUMENTS, Added.ASSIGN, Added.OUTPUT)


class Choice(_Jsonata, states.Choice):
    """Takes the first rule whose condition holds, else the default."""

    added = (Added.ASSIGN, Added.OUTPUT)


class Wait(_Jsonata, states.Wait):
    """Lets time pass."""

    seconds_path = timestamp = timestamp_path = None
    """The SDK asks for these, which the constructor does not take."""


class Map(_Jsonata, states.Map):
    """Runs the states from `start` for each item, some at once; its result is the list of their outputs.

    They read the variables of the machine, and assign none that it has
    (https://docs.aws.amazon.com/step-functions/latest/dg/workflow-variables.html#variable-scope).
    """

    added = (Added.ITEMS, Added.ASSIGN, Added.OUTPUT)

    def __init__(self, state: str, start: Any, **fields: Any) -> None:  # noqa: ANN401 -- the SDK's own
        super().__init__(state, **fields)
        self.attach_iterator(start)

    def to_dict(self) -> Json:
        """Give the state, its inner machine under the name that the field has now."""
        block: Json = super().to_dict()
        block["ItemProcessor"] = {"ProcessorConfig": {"Mode": "INLINE"}, **block.pop("Iterator")}
        return block


class Succeed(_Jsonata, states.Succeed):
    """Ends the execution SUCCEEDED with its output."""

    added = (Added.OUTPUT,)


class Fail(_Jsonata, states.Fail):
    """Ends the execution FAILED; `error` and `cause` may be expressions."""


class Retry(_Jsonata, states.Retry):
    """Repeats the state after the named errors."""

    added = (Added.JITTER_STRATEGY, Added.MAX_DELAY_SECONDS)


class Catch(_Jsonata, states.Catch):
    """Goes on elsewhere after the named errors."""

    added = (Added.ASSIGN, Added.OUTPUT)


class When(choice_rule.BaseRule):
    """A choice's rule: one JSONata condition.

    Args:
        condition: the expression, without its `{% %}`; it must give a boolean.
    """

    def __init__(self, condition: str) -> None:
        self.condition = condition

    def to_dict(self) -> Json:
        """Give the rule without its `Next`, which the SDK adds."""
        return {"Condition": jsonata(self.condition)}


class StateMachine(_Jsonata, states.Graph):
    """Everything that is reachable from the first state."""

    added = (Added.QUERY_LANGUAGE,)

    def __init__(self, start: Any, *, comment: str, timeout_seconds: int) -> None:  # noqa: ANN401 -- SDK's untyped state
        super().__init__(start, query_language="JSONata", comment=comment, timeout_seconds=timeout_seconds)


def jsonata(expression: str) -> str:
    """Mark `expression` as JSONata, as a state's field holds it."""
    return f"{{% {expression} %}}"
