"""What the routes of credentials, handovers, rotations and notices do, in words."""

from typing import Any

from api import notices
from api.call import Route
from api.openapi import examples
from api.openapi.parts import refusals
from api.openapi.schemas import ref
from stowage.domain.kinds import Kind

Operation = dict[str, Any]

ROTATE = """\
Mints a second key beside the old one. It is handed over by a link (`POST …/handovers`); afterwards the old key goes on
until it has not been used for `overlapHours`, is deactivated, and after `undoHours` deleted. At no moment there is no
valid key. Open links to the old key are taken back at once: who has not opened one gets a link to the new key. For
managers and operators."""

ADVANCE = """\
Ends the step that `step` names: the wait for the old key to fall idle, or the time for an undo. A wish that has been
fulfilled, known by its `Idempotency-Key` or its step, is answered 202 again and ends no further step; a step in which
the rotation is not is refused (409). Without a body it ends the wait for the old key alone, never the time for an undo:
with that the old key is deleted, so that it has to be named. Not before the new key was handed over: the third party
would be left without one. For managers and operators."""

HAND_OVER = """\
Gives a link that shows the newest key that nobody has seen, once. `url` stands in this answer alone; its fragment is
the token, of which Stowage keeps a hash. Former links to the same key that still wait are taken back. Without any key
the first one is minted, and the link answers `handover-not-ready` for some seconds. For managers and operators."""

REVEAL = """\
Public: whoever has the link, and the passphrase if there is one. The first call that succeeds is the last: it uses the
link up and deletes Stowage's copy of the secret. An unknown id and a wrong token are one and the same 404. Nothing is
used up by any other answer, but a wrong passphrase takes one of five tries. GET and HEAD use up nothing."""


def operation_of_notices() -> Operation:
    """Give the operation of the list of notices."""
    limit = {"type": "integer", "minimum": 1, "maximum": notices.MAXIMUM, "default": notices.LIMIT}
    return {
        "tags": ["Notices"],
        "summary": "List a project's notices",
        "description": "What its people should know although nobody asked, newest first, for 90 days; one of a moment "
        "ago may be missing.",
        "parameters": [
            _parameter("Project"),
            {"name": "limit", "in": "query", "description": "How many at most.", "schema": limit},
        ],
        "responses": {"200": _answer("NoticeList", "The notices.", examples.NOTICES), **refusals(400, 401, 403, 404)},
    }


def operation_of_reveal() -> Operation:
    """Give the operation of the public reveal."""
    refused = refusals(400, 404, 410, 413, 415, 422)
    refused["403"] = {"$ref": "#/components/responses/WrongPassphrase"}
    refused["409"] = {"$ref": "#/components/responses/HandoverNotReady"}
    return {
        "tags": ["Handovers"],
        "summary": "Open a handover",
        "description": REVEAL,
        "parameters": [_parameter("Handover")],
        "requestBody": _body("RevealWish", {"token": examples.TOKEN}, required=True),
        "responses": {
            "200": _answer("RevealedCredentials", "The credentials, once.", examples.REVEALED),
            **dict(sorted(refused.items())),
        },
    }


def operation_of_credentials(route: Route, kind: Kind, name: Operation) -> Operation:
    """Give the operation of a kind's route about credentials; `name` is the parameter of the resource's name.

    Raises KeyError for a route that nobody has described.
    """
    shared = [_parameter("Project"), name]
    operation = _operations(kind.title.lower())[route.part]
    return {**operation, "tags": [kind.title], "parameters": [*shared, *operation.get("parameters", [])]}


def _operations(title: str) -> dict[str, Operation]:
    told_of = "The rotation as it stands; follow it."
    rotating = _answer("RotationAccepted", told_of, examples.ROTATING, "Location")
    hurried = _answer("RotationAccepted", told_of, examples.HURRIED, "Location")
    undone = _answer("RotationAccepted", told_of, examples.UNDONE, "Location")
    told = _answer("ToldHandover", "The handover.", examples.TOLD_HANDOVER.to_wire())
    revoked = _answer("ToldHandover", "It is taken back.", examples.REVOKED_HANDOVER)
    made = _answer("ToldHandover", "The link, told this once.", examples.NEW_HANDOVER)
    return {
        "read credentials": {
            "summary": f"Read the credentials of a {title}",
            "description": "Its keys without their secrets, and their rotation; from the mirror.",
            "responses": {
                "200": _answer("ToldCredentials", "The credentials.", examples.CREDENTIALS),
                **refusals(400, 401, 403, 404),
            },
        },
        "rotate credentials": {
            "summary": f"Rotate the credentials of a {title}",
            "description": ROTATE,
            "parameters": [_parameter("IdempotencyKey")],
            "requestBody": _body("RotationWish", {"overlapHours": 24}),
            "responses": {"202": rotating, **refusals(400, 401, 403, 404, 409, 413, 415, 422)},
        },
        "advance a rotation": {
            "summary": "Do not wait any longer",
            "description": ADVANCE,
            "parameters": [_parameter("Rotation"), _parameter("IdempotencyKey")],
            "requestBody": _body("AdvanceWish", {"step": "AWAITING_IDLE"}),
            "responses": {"202": hurried, **refusals(400, 401, 403, 404, 409, 413, 415, 422)},
        },
        "undo a rotation": {
            "summary": "Take the old key's deactivation back",
            "description": "While the time for it runs. For managers and operators.",
            "parameters": [_parameter("Rotation")],
            "responses": {"202": undone, **refusals(401, 403, 404, 409)},
        },
        "create a handover": {
            "summary": f"Hand over the credentials of a {title}",
            "description": HAND_OVER,
            "requestBody": _body("HandoverWish", {"expiresInHours": 24}),
            "responses": {"201": made, **refusals(400, 401, 403, 404, 409, 413, 415, 422)},
        },
        "list handovers": {
            "summary": f"List the handovers of a {title}",
            "description": "Newest first, 100 at most, without their links; one of a moment ago may be missing.",
            "responses": {
                "200": _answer("HandoverList", "The handovers.", examples.HANDOVERS),
                **refusals(400, 401, 403, 404),
            },
        },
        "read a handover": {
            "summary": "Read a handover",
            "description": "Without its link: that was told once. `openedAt` is the receipt.",
            "parameters": [_parameter("Handover")],
            "responses": {"200": told, **refusals(400, 401, 403, 404)},
        },
        "revoke a handover": {
            "summary": "Take a handover back",
            "description": "The link opens nothing any more. One that was opened cannot be taken back (409): rotate "
            "the credentials. For managers and operators.",
            "parameters": [_parameter("Handover")],
            "responses": {"200": revoked, **refusals(401, 403, 404, 409)},
        },
    }


def _parameter(name: str) -> Operation:
    return {"$ref": f"#/components/parameters/{name}"}


def _body(schema: str, example: object, *, required: bool = False) -> Operation:
    return {"required": required, "content": {"application/json": {"schema": ref(schema), "example": example}}}


def _answer(schema: str, description: str, example: object, *headers: str) -> Operation:
    named = {name: {"$ref": f"#/components/headers/{name}"} for name in headers}
    return {
        "description": description,
        **({"headers": named} if named else {}),
        "content": {"application/json": {"schema": ref(schema), "example": example}},
    }
