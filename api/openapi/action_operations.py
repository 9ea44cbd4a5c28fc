"""The operations of actions on resources, and of stopping a change, in words."""

from typing import Any

from api.openapi import examples
from api.openapi.parts import refusals
from api.openapi.schemas import ref
from api.resource_actions import CONFIRMED, WORDS
from stowage.domain.kinds import Kind

Operation = dict[str, Any]

ACT = """\
What a resource's state allows beside a new spec and a deletion; anything else is refused with 409 `action-not-legal`,
which tells what is possible. Each begins a change.

`retry` asks for the last spec again; `recreate` makes a missing resource anew; `forget` takes one without a stack off
the list; `repair` restores what an update left half-done, or removes what a failed creation left; `continueRollback`
goes on with a rollback that got stuck; `emptyAndDelete` removes everything that the resource holds, for good, and then
deletes it; `retain` deletes the stack alone: the resource and what it holds stay in the project's account, and leave
Stowage's care. The body of these two must repeat the name, `{"confirm": "<name>"}`. For managers and operators."""
ACTION_PART = "act on a resource"

STOP = """\
A wish, which takes effect within seconds; follow the change. An update is cancelled, and CloudFormation restores what
stood before; a creation is given up, and its stack deleted; what waits for another operation ends at once. The outcome
is the truth of the stack: STOPPED, or what the change came to before. A deletion can be stopped as long as it empties;
once it has begun, it cannot, nor can what only brings back a former state (409). A repeated wish changes nothing. For
managers and operators."""


def _accepted(kind: Kind, description: str) -> Operation:
    return {
        "description": description,
        "headers": {"Location": {"$ref": "#/components/headers/Location"}},
        "content": {"application/json": {"schema": ref("ChangeAccepted"), "example": examples.accepted_of(kind)}},
    }


def _parameter(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/parameters/{name}"}


def operation_of_stop(kinds: tuple[Kind, ...]) -> Operation:
    """Give the operation of stopping a change."""
    return {
        "tags": ["Changes"],
        "summary": "Stop a running change",
        "description": STOP,
        "parameters": [_parameter("Project"), _parameter("Change")],
        "responses": {"202": _accepted(kinds[0], "It is to be stopped."), **refusals(401, 403, 404, 409)},
    }


def operation_of_action(kind: Kind, name: dict[str, Any]) -> Operation:
    """Give the operation of a kind's actions, with its parameter `name`."""
    words = sorted(word for word in WORDS if kind.contents is not None or word not in CONFIRMED)
    word = {
        "name": "action",
        "in": "path",
        "required": True,
        "description": "One of the resource's `nextActions`.",
        "schema": {"type": "string", "enum": words},
    }
    accepted = _accepted(kind, "The change has begun; follow it.")
    body = {"schema": ref("ActionWish"), "example": {"confirm": name["example"]}}
    emptied = {"requestBody": {"required": False, "content": {"application/json": body}}} if kind.contents else {}
    return {
        "tags": [kind.title],
        "parameters": [_parameter("Project"), name, word, _parameter("IfMatch"), _parameter("IdempotencyKey")],
        "summary": f"Retry, repair or give up a {kind.title.lower()}",
        "description": ACT,
        **emptied,
        "responses": {"202": accepted, **refusals(400, 401, 403, 404, 409, 412, 413, 415, 422)},
    }
