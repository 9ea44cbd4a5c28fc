"""The document's schemas: of the models, and of each kind's spec."""

from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode, models_json_schema

from api.change_detail import ChangeDetail
from api.change_history import HistoryList
from api.changes import ChangeList
from api.credentials import ToldCredentials
from api.handovers import EXPIRES_HOURS, LONGEST_HOURS, HandoverList, ToldHandover
from api.lock_break import LockBroken
from api.me import Me, ProjectList
from api.members import EMAIL, EMAIL_LENGTH, Member, MemberList, MemberRole
from api.notices import NoticeList
from api.open_handover import RevealedCredentials
from api.problems import Problem
from api.projects import ProjectDetail
from api.reconciliations import ReconcileStarted, ReconciliationList
from api.resource_writes import ChangeAccepted
from api.rotation_wishes import WAITING_STEPS
from api.rotations import RotationAccepted
from api.socket_tickets import SocketTicket
from stowage.domain.handovers import PASSPHRASE_MAXIMUM, PASSPHRASE_MINIMUM, TOKEN
from stowage.domain.kinds import Kind
from stowage.domain.projects import Role
from stowage.domain.resources import Resource
from stowage.domain.rotation import LONGEST_OVERLAP_HOURS, LONGEST_UNDO_HOURS, OVERLAP_HOURS, UNDO_HOURS

Schema = dict[str, Any]
PREFIX = "#/components/schemas/"

# As answers are written every field is there; a problem leaves out what it has nothing to say of.
MODELS: tuple[tuple[type[BaseModel], JsonSchemaMode], ...] = (
    (Me, "serialization"),
    (ProjectList, "serialization"),
    (ProjectDetail, "serialization"),
    (Member, "serialization"),
    (MemberList, "serialization"),
    (MemberRole, "validation"),
    (Resource, "serialization"),
    (ChangeList, "serialization"),
    (ChangeDetail, "serialization"),
    (HistoryList, "serialization"),
    (ChangeAccepted, "serialization"),
    (LockBroken, "serialization"),
    (ReconcileStarted, "serialization"),
    (ReconciliationList, "serialization"),
    (SocketTicket, "serialization"),
    (ToldCredentials, "serialization"),
    (RotationAccepted, "serialization"),
    (ToldHandover, "serialization"),
    (HandoverList, "serialization"),
    (NoticeList, "serialization"),
    (RevealedCredentials, "serialization"),
    (Problem, "validation"),
)


class _Untitled(GenerateJsonSchema):
    """Pydantic's generator without a title per field, which would only repeat the field's name."""

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ANN401, ARG002 -- pydantic's signature
        """Say no."""
        return False


def ref(name: str) -> Schema:
    """Give a reference to a schema of the document."""
    return {"$ref": PREFIX + name}


def pascal(kind: Kind) -> str:
    """Give the kind's name as schemas and operations bear it: sftp-user is SftpUser."""
    return "".join(word.capitalize() for word in kind.kind.split("-"))


def schemas_of(kinds: tuple[Kind, ...]) -> dict[str, Schema]:
    """Give every schema by name. Raises ValueError when two bear the same name."""
    _, of_models = models_json_schema(
        list(MODELS), by_alias=True, ref_template=PREFIX + "{model}", schema_generator=_Untitled
    )
    found: dict[str, Schema] = dict(sorted(of_models["$defs"].items()))
    others = {
        "Health": _HEALTH,
        "GatewayMessage": _GATEWAY_MESSAGE,
        "KindList": _KIND_LIST,
        "ResourceList": _list(kinds),
        **BODIES,
    }
    for schemas in (others, *map(_of_kind, kinds)):
        if twice := found.keys() & schemas.keys():
            raise ValueError(f"Two schemas of the document are called {sorted(twice)}.")
        found.update(schemas)
    return found


def _of_kind(kind: Kind) -> dict[str, Schema]:
    """Give the schemas of a kind: its spec, what its spec refers to, its name, and its resource.

    `$id` and local references would not survive the move into the document: tools resolve `#/…` from its root.
    """
    name = pascal(kind)
    spec = {key: value for key, value in kind.schema.items() if key not in {"$schema", "$id", "$defs"}}
    definitions = {f"{name}{key[:1].upper()}{key[1:]}": value for key, value in kind.schema["$defs"].items()}
    names = {f"#/$defs/{key}": f"{PREFIX}{name}{key[:1].upper()}{key[1:]}" for key in kind.schema["$defs"]}
    resource = {
        "title": kind.title,
        "description": f"A resource of the kind `{kind.kind}`.",
        "allOf": [
            ref("Resource"),
            {"type": "object", "properties": {"kind": {"const": kind.kind}, "spec": ref(f"{name}Spec")}},
        ],
    }
    moved: dict[str, Schema] = _moved({f"{name}Spec": spec, **definitions}, names)
    return {**moved, f"{name}Resource": resource}


def _moved(value: Any, names: dict[str, str]) -> Any:  # noqa: ANN401 -- any JSON
    if isinstance(value, dict):
        return {
            key: names.get(below, below) if key == "$ref" and isinstance(below, str) else _moved(below, names)
            for key, below in value.items()
        }
    return [_moved(item, names) for item in value] if isinstance(value, list) else value


def _list(kinds: tuple[Kind, ...]) -> Schema:
    mapping = {kind.kind: f"{PREFIX}{pascal(kind)}Resource" for kind in kinds}
    return {
        "type": "object",
        "description": "A page of a project's resources, by kind and name.",
        "required": ["items", "cursor", "seq"],
        "additionalProperties": False,
        "properties": {
            "items": {
                "type": "array",
                "items": {
                    "oneOf": [{"$ref": target} for target in mapping.values()],
                    "discriminator": {"propertyName": "kind", "mapping": mapping},
                },
            },
            "cursor": {"type": ["string", "null"], "description": "Give it back to go on; null at the end."},
            "seq": {
                "type": "integer",
                "minimum": 0,
                "description": "The project's sequence number, read before the items: a socket message with the next "
                "number is the first one that this page cannot know.",
            },
        },
    }


def _body(description: str, required: tuple[str, ...] = (), **properties: Schema) -> Schema:
    return {
        "type": "object",
        "description": description,
        **({"required": list(required)} if required else {}),
        "additionalProperties": False,
        "properties": properties,
    }


def _hours(description: str, lowest: int, highest: int, default: int) -> Schema:
    return {
        "type": "integer",
        "description": description,
        "minimum": lowest,
        "maximum": highest,
        "default": default,
    }


def _passphrase(description: str, shortest: int) -> Schema:
    return {
        "type": ["string", "null"],
        "description": description,
        "minLength": shortest,
        "maxLength": PASSPHRASE_MAXIMUM,
    }


BODIES: dict[str, Schema] = {
    "MemberWish": _body(
        "Who is to become a member, and as what.",
        ("email", "role"),
        email={
            "type": "string",
            "description": "The address that they sign in with.",
            "maxLength": EMAIL_LENGTH,
            "pattern": f"^{EMAIL.pattern}$",
        },
        role={"type": "string", "enum": list(Role)},
    ),
    "RotationWish": _body(
        "How a rotation proceeds.",
        overlapHours=_hours(
            "How long the old key goes on by itself after the new one was handed over.",
            0,
            LONGEST_OVERLAP_HOURS,
            OVERLAP_HOURS,
        ),
        undoHours=_hours("How long the old key's deactivation can be taken back.", 0, LONGEST_UNDO_HOURS, UNDO_HOURS),
    ),
    "AdvanceWish": _body(
        "Which step of a rotation is to end.",
        step={
            "type": ["string", "null"],
            "enum": [*map(str, WAITING_STEPS), None],
            "description": "The step that whoever asks saw. Without it the wait for the old key is meant.",
        },
    ),
    "ActionWish": _body(
        "What an action asks with; nothing, but for emptyAndDelete.",
        confirm={"type": "string", "description": "The resource's name, repeated."},
    ),
    "HandoverWish": _body(
        "How a link is made.",
        passphrase=_passphrase("What the third party must know beside the link; five tries.", PASSPHRASE_MINIMUM),
        expiresInHours=_hours("How long the link can be opened.", 1, LONGEST_HOURS, EXPIRES_HOURS),
    ),
    "RevealWish": _body(
        "What a reveal asks with.",
        ("token",),
        token={
            "type": "string",
            "description": "What stands behind `#token=` of the link.",
            "pattern": f"^{TOKEN.pattern}$",
        },
        passphrase=_passphrase("Where the link has one.", 1),
    ),
}
"""Bodies that are read field by field (api/body_fields.py)."""

_HEALTH: Schema = {
    "type": "object",
    "description": "The API answers.",
    "required": ["status"],
    "additionalProperties": False,
    "properties": {"status": {"const": "ok"}},
}

_GATEWAY_MESSAGE: Schema = {
    "type": "object",
    "description": "What API Gateway itself refuses: no valid token, too many requests.",
    "required": ["message"],
    "properties": {"message": {"type": "string"}},
}

_KIND_LIST: Schema = {
    "type": "object",
    "description": "Every kind of resource that can be asked for.",
    "required": ["kinds"],
    "additionalProperties": False,
    "properties": {
        "kinds": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["kind", "path", "title", "schema", "usualSeconds", "credentials"],
                "additionalProperties": False,
                "properties": {
                    "kind": {"type": "string", "description": "The kind's stable name."},
                    "path": {"type": "string", "description": "Its segment in URLs."},
                    "title": {"type": "string", "description": "Its name for people."},
                    "schema": {
                        "type": "object",
                        "description": "The JSON Schema (draft 2020-12) of its spec; `$defs.name` is that of a name.",
                    },
                    "usualSeconds": {"type": "integer", "description": "How long a change of it usually takes."},
                    "credentials": {
                        "type": "boolean",
                        "description": "Whether it has access keys, to be handed over and rotated.",
                    },
                },
            },
        }
    },
}
