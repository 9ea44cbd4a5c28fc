"""JSONata in a machine: a template with every expression replaced by its value."""

from functools import lru_cache
from typing import Any

import jsonata

from workflows.asl import Json
from workflows.expressions import MARK

NOTHING = jsonata.utils.Utils.NULL_VALUE


class StateError(Exception):
    """A state failed: what Step Functions calls Error and Cause."""

    def __init__(self, error: str, cause: str | None = None) -> None:
        """Keep both."""
        super().__init__(f"{error}: {cause}")
        self.error, self.cause = error, cause


@lru_cache(maxsize=1024)
def _compiled(text: str) -> tuple[Any, Any]:
    return jsonata.Jsonata(text), jsonata.Jsonata(f"$exists(({text}))")


def evaluate(template: Any, states: Json, variables: Json) -> Any:
    """Give `template` with every expression replaced by its value. Raises StateError(States.QueryEvaluationError)."""
    if isinstance(template, dict):
        return {name: evaluate(value, states, variables) for name, value in template.items()}
    if isinstance(template, list):
        return [evaluate(value, states, variables) for value in template]
    if not isinstance(template, str) or not (marked := MARK.fullmatch(template)):
        return template
    value, exists = _compiled(marked.group(1))
    bound = {name: NOTHING if value is None else value for name, value in variables.items()} | {"states": states}
    try:
        found = value.evaluate(None, bound)
        if found is None and not exists.evaluate(None, bound):
            raise StateError("States.QueryEvaluationError", f"{template} is undefined")
    except jsonata.JException as error:
        raise StateError("States.QueryEvaluationError", f"{template}: {error}") from error
    return None if found is NOTHING else found
