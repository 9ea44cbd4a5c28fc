"""The operations of changes, in words."""

from typing import Any

from api import change_history, changes
from api.openapi import examples
from api.openapi.parts import refusals
from api.openapi.schemas import ref
from stowage.domain.changes import Action, ChangeStatus
from stowage.domain.kinds import Kind
from stowage.domain.outcomes import Outcome
from stowage.domain.usual import ENOUGH, KEPT

Operation = dict[str, Any]

GET = f"""\
The states come from the history of the change's Step Functions execution, which AWS keeps for 90 days; older changes
have none. `spec` and `before` are what it asked for and what stood until then. `usual` tells what a state, or the whole
change, took in the last {KEPT} changes of its kind and action that succeeded: null while fewer than {ENOUGH} are
known."""

HISTORY = """\
Every event that Step Functions has written down, oldest first, with the state in which it happened: for whoever looks
for a cause. Task tokens are removed; what is very long is cut (`cut`). While the change runs, the last page's cursor is
null, and a later request tells more. None 90 days after the change's end."""

LIST = """\
Newest first, without states and specs. From an index: a change of a moment ago may be missing. A page may be shorter
than `limit`, empty even, where a filter finds little: `cursor` alone tells whether there is more."""


def _parameter(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/parameters/{name}"}


def _query(name: str, description: str, **schema: object) -> dict[str, Any]:
    return {"name": name, "in": "query", "description": description, "schema": schema}


def _limit(default: int, maximum: int) -> dict[str, Any]:
    return _query("limit", "How many at most.", type="integer", minimum=1, maximum=maximum, default=default)


def _page(schema: str, example: object) -> dict[str, Any]:
    return {"description": "A page.", "content": {"application/json": {"schema": ref(schema), "example": example}}}


def operations_of_changes(kinds: tuple[Kind, ...]) -> dict[str, Operation]:
    """Give the operations that read changes, by name."""
    read = {"schema": ref("ChangeDetail"), "example": examples.change_detail_of(kinds[0])}
    one = [_parameter("Project"), _parameter("Change")]
    return {
        "listChanges": _list_changes(kinds),
        "getChange": {
            "tags": ["Changes"],
            "summary": "Read a change with its states and specs",
            "description": GET,
            "parameters": one,
            "responses": {
                "200": {"description": "The change.", "content": {"application/json": read}},
                **refusals(401, 403, 404),
            },
        },
        "listHistory": {
            "tags": ["Changes"],
            "summary": "Read the raw history of a change's execution",
            "description": HISTORY,
            "parameters": [
                *one,
                _limit(change_history.LIMIT, change_history.MAXIMUM),
                _parameter("Cursor"),
            ],
            "responses": {"200": _page("HistoryList", examples.HISTORY), **refusals(400, 401, 403, 404)},
        },
    }


def _list_changes(kinds: tuple[Kind, ...]) -> Operation:
    example = {"items": [examples.change_of(kinds[0])], "cursor": None}
    time = {"type": "string", "format": "date-time"}
    words = [word for kind in kinds for word in (kind.kind, kind.path)]
    return {
        "tags": ["Changes"],
        "summary": "List a project's changes",
        "description": LIST,
        "parameters": [
            _parameter("Project"),
            _query(
                "resource",
                f"Only of this resource: kind and name, `{kinds[0].kind}/invoices`.",
                type="string",
                pattern=f"^({'|'.join(words)})/.{{1,{changes.EMAIL_LENGTH}}}$",
            ),
            _query("kind", "Only of this kind of resource.", type="string", enum=list(dict.fromkeys(words))),
            _query("action", "Only of this action.", type="string", enum=list(Action)),
            _query("status", "Only in this status.", type="string", enum=list(ChangeStatus)),
            _query(
                "actor",
                "Only by this person: e-mail address or id.",
                type="string",
                minLength=1,
                maxLength=changes.EMAIL_LENGTH,
            ),
            _query("outcome", "Only with this outcome.", type="string", enum=list(Outcome)),
            _query("since", "Only begun at this time or later.", **time),
            _query("until", "Only begun before this time.", **time),
            _limit(changes.LIMIT, changes.MAXIMUM),
            _parameter("Cursor"),
        ],
        "responses": {"200": _page("ChangeList", example), **refusals(400, 401, 403, 404)},
    }
