"""The document's shared parts: parameters, headers, and the answers that refuse."""

from typing import Any

from api.cursors import CURSOR_LENGTH
from api.openapi.examples import PERSON, problem_of
from api.openapi.schemas import ref
from api.problems import KINDS, MEDIA_TYPE
from api.reveal_subject import OFF
from stowage.domain import errors
from stowage.domain.handovers import HANDOVER_ID

Part = dict[str, Any]

TAG = r'(W/)?"[!#-~]*"'

PARAMETERS: dict[str, Part] = {
    "Project": {
        "name": "project",
        "in": "path",
        "required": True,
        "description": "The project's id.",
        "schema": {"type": "string"},
        "example": "apollo",
    },
    "Change": {
        "name": "change",
        "in": "path",
        "required": True,
        "description": "The change's id, as a write answered it.",
        "schema": {"type": "string", "pattern": "^chg-[0-9a-f]{32}$"},
    },
    "Person": {
        "name": "person",
        "in": "path",
        "required": True,
        "description": "The person's id, as `/v1/me` tells everybody their own.",
        "schema": {"type": "string"},
        "example": PERSON.id,
    },
    "Rotation": {
        "name": "rotation",
        "in": "path",
        "required": True,
        "description": "The running rotation's id, as the credentials tell it.",
        "schema": {"type": "string", "pattern": "^rot-[0-9a-f]{32}$"},
    },
    "Handover": {
        "name": "handover",
        "in": "path",
        "required": True,
        "description": "The handover's id.",
        "schema": {"type": "string", "pattern": f"^{HANDOVER_ID.pattern}$"},
    },
    "Cursor": {
        "name": "cursor",
        "in": "query",
        "description": "The `cursor` of the page before; good for the same project and filters alone.",
        "schema": {"type": "string", "minLength": 1, "maxLength": CURSOR_LENGTH, "pattern": "^[A-Za-z0-9_-]+$"},
    },
    "IfMatch": {
        "name": "If-Match",
        "in": "header",
        "description": 'The ETag of the version that was seen (`"3"`), or `*` for any: an edit of something else that '
        "came in between is refused with 412. Not together with If-None-Match.",
        "schema": {"anyOf": [{"const": "*"}, {"type": "string", "pattern": f"^{TAG}( *, *{TAG})*$"}]},
        "example": '"3"',
    },
    "IfNoneMatch": {
        "name": "If-None-Match",
        "in": "header",
        "description": "`*`: create only; 412 if the resource exists. Not together with If-Match.",
        "schema": {"type": "string", "enum": ["*"]},
    },
    "IdempotencyKey": {
        "name": "Idempotency-Key",
        "in": "header",
        "description": "1 to 255 visible ASCII characters, new for each wish: the same request repeated with the same "
        "key is the same change, another one is refused with 409. Remembered for 90 days, per person.",
        "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
    },
}

HEADERS: dict[str, Part] = {
    "ETag": {
        "description": "Of a resource: its version, for If-Match. Of a list: weak, for If-None-Match.",
        "schema": {"type": "string"},
    },
    "Location": {"description": "Where the change can be read.", "schema": {"type": "string"}},
    "RetryAfter": {"description": "Seconds to wait.", "schema": {"type": "integer"}},
    "Allow": {"description": "The methods that this address answers.", "schema": {"type": "string"}},
}

# What each status can mean; an example of each problem stands in the document.
PROBLEMS: dict[int, tuple[str, str, dict[type[errors.RequestError], str]]] = {
    400: (
        "InvalidRequest",
        "A header, a query parameter or the form of the body is wrong.",
        {errors.InvalidRequestError: "The body has an object with the same key twice."},
    ),
    401: (
        "NotSignedIn",
        "No valid access token. An ID token is none.",
        {errors.NotSignedInError: "Sign in: the request carries no valid access token of Stowage."},
    ),
    403: (
        "Forbidden",
        "Not your project, or your role may not do this.",
        {errors.ForbiddenError: "You are not a member of the project 'apollo'."},
    ),
    404: (
        "NotFound",
        "There is no such project, resource, change or person.",
        {errors.NotFoundError: "There is no project 'apollo'."},
    ),
    409: (
        "Conflict",
        "Locked by another change (member `lock` names it), or any other conflict that `type` names.",
        {
            errors.ResourceLockedError: "olaf@example.com has been changing 'apollo-invoices' since 09:00.",
            errors.LockNotBreakableError: "The change chg-… of olaf@example.com still runs, since 09:00: stop it.",
            errors.NameInUseError: "The name 'invoices' is taken already: in s3 it must be unique in all of AWS.",
            errors.QuotaExceededError: "The project 'apollo' has 20 of the kind bucket, and may have 20. Delete one, "
            "or ask an operator for more.",
            errors.ResourceInUseError: "The bucket apollo-invoices is still used by user partner. Take it out of "
            "these, or delete them, and try again.",
            errors.ActionNotLegalError: "The bucket 'apollo-invoices' cannot be repaired as it stands (ACTIVE). "
            "Possible now: update, delete.",
            errors.NotStoppableError: "The change has ended already: SUCCEEDED.",
            errors.RotationConflictError: "These credentials were handed over already: rotate them to get new ones.",
            errors.LastOperatorError: "You are the last operator of 'apollo': make somebody else one first.",
            errors.IdempotencyKeyReusedError: "This Idempotency-Key was used before, for another request.",
        },
    ),
    410: (
        "HandoverRefused",
        "The link does not open (any more): it expired, was used, taken back or locked, or the credentials are gone.",
        {errors.HandoverRefusedError: "This link has expired. Ask your contact for a new one."},
    ),
    412: (
        "PreconditionFailed",
        "The resource is not what If-Match or If-None-Match asks for.",
        {
            errors.StaleVersionError: "The resource is at version 4 by now: read it again, then decide.",
            errors.ResourceExistsError: "The resource exists already, and If-None-Match: * asks for a new one.",
        },
    ),
    413: (
        "BodyTooLarge",
        "The body is longer than 256 KB.",
        {errors.BodyTooLargeError: "The body must not be longer than 256 KB."},
    ),
    415: (
        "UnsupportedMediaType",
        "The body is not declared as application/json.",
        {errors.UnsupportedMediaTypeError: "The body must be sent as Content-Type: application/json."},
    ),
    422: (
        "InvalidSpec",
        "The name or the spec is not valid for this kind; `errors` lists every wrong field.",
        {errors.InvalidSpecError: "/owner: is missing."},
    ),
}

WRONG_PASSPHRASE: dict[type[errors.RequestError], str] = {
    errors.WrongPassphraseError: "The passphrase is wrong; tries left: 4."
}
NOT_READY: dict[type[errors.RequestError], str] = {
    errors.HandoverNotReadyError: "The credentials are being made ready: try again in some seconds.",
    errors.HandoverSuspendedError: OFF,
}


def responses() -> dict[str, Part]:
    """Give every refusing answer by name."""
    found = {name: _refusal(description, errors_) for name, description, errors_ in PROBLEMS.values()}
    found["WrongPassphrase"] = _refusal("The passphrase is wrong, or missing (which takes no try).", WRONG_PASSPHRASE)
    found["HandoverNotReady"] = {
        **_refusal("The key is being minted or probed: ask again. Or the user is off. Nothing is used up.", NOT_READY),
        "headers": {"Retry-After": {"$ref": "#/components/headers/RetryAfter"}},
    }
    gateway = {"schema": ref("GatewayMessage"), "example": {"message": "Unauthorized"}}
    found["NotSignedIn"]["content"]["application/json"] = gateway
    found["TooManyRequests"] = {
        "description": "API Gateway's throttling: slow down.",
        "content": {"application/json": {"schema": ref("GatewayMessage"), "example": {"message": "Too Many Requests"}}},
    }
    found["InternalError"] = {
        "description": "A defect on our side; `detail` names the request for an operator.",
        "content": {MEDIA_TYPE: {"schema": ref("Problem")}},
    }
    found["Unavailable"] = {
        "description": "AWS is busy: repeat the request, a write with its Idempotency-Key.",
        "headers": {"Retry-After": {"$ref": "#/components/headers/RetryAfter"}},
        "content": {MEDIA_TYPE: {"schema": ref("Problem")}},
    }
    return found


def refusals(*statuses: int) -> dict[str, Part]:
    """Give the answers of an operation that refuses with these statuses, and of any: 429, 500, 503."""
    names = {str(status): PROBLEMS[status][0] for status in sorted(statuses)}
    names |= {"429": "TooManyRequests", "500": "InternalError", "503": "Unavailable"}
    return {status: {"$ref": f"#/components/responses/{name}"} for status, name in names.items()}


def _refusal(description: str, told: dict[type[errors.RequestError], str]) -> Part:
    examples = {KINDS[error].slug: {"value": problem_of(error, detail)} for error, detail in told.items()}
    return {"description": description, "content": {MEDIA_TYPE: {"schema": ref("Problem"), "examples": examples}}}
