"""What each route does, in words; a route without words here fails the document."""

from typing import Any

from api import resources
from api.call import Route
from api.openapi import examples
from api.openapi.action_operations import ACTION_PART, operation_of_action, operation_of_stop
from api.openapi.change_operations import operations_of_changes
from api.openapi.credential_operations import operation_of_credentials, operation_of_notices, operation_of_reveal
from api.openapi.operator_operations import LOCK_PART, operation_of_lock, operations_of_reconcile
from api.openapi.parts import refusals
from api.openapi.schemas import PREFIX, pascal, ref
from stowage.domain.kinds import Kind

Operation = dict[str, Any]

SOCKET = """\
A ticket opens a WebSocket once, within 30 seconds: connect to the socket's address with `?ticket=`.

The client speaks first: `{"action":"subscribe","projects":["apollo"]}`. The answer is
`{"type":"hello","seq":{"apollo":7}}`, and for projects that are not the person's
`{"type":"error","code":"forbidden","projects":["gemini"]}`, which comes later, too, to who is taken out of a project.
From then on the socket receives
`{"type":"resource","project":"apollo","seq":8,"resource":{}}` and `{"type":"change","project":"apollo","seq":9}` with
its change. Between them come the resources that the change has begun or ceased to name and, while CloudFormation is at
work, `{"type":"progress","project":"apollo","seq":10,"kind","name","change","stackStatus","resources":[{"logicalId",
"type","status","reason"}]}` with all that the stack's operation has touched so far. When reconcile has compared a
project, `{"type":"project","project":"apollo","seq":11,"reconcile":{}}` comes with its findings, as
`GET /v1/projects/{project}` has them, after a `resource` for each row that it has put right or whose drift is news;
`{"type":"notice","project":"apollo","seq":12,"notice":{}}` is a notice, and
`{"type":"credentials","project":"apollo","seq":13,"kind","name"}` means: read that user's credentials again. A gap in
`seq` means: read the list again. Send `{"action":"ping"}` at least every 10 minutes (the answer is `{"type":"pong"}`),
and expect to reconnect every 2 hours."""

KEEPERS = """\
For operators, and for managers where the project says so (`managersMayManageMembers`); they neither make nor unmake an
operator."""

PUT = """\
The body is the whole spec; what it leaves out gets its default.

Begins a change, which ends in a moment or in minutes: follow it at `Location` or on the socket. For managers and
operators."""


def operation_of(route: Route, kinds: tuple[Kind, ...]) -> Operation:
    """Give the operation of a route. Raises KeyError for a route that nobody has described."""
    body = _of_kind(route, route.kind) if route.kind else _others(kinds)[route.operation]
    return {"operationId": route.operation, **body, **({"security": []} if route.public else {})}


def _answer(schema: dict[str, Any], description: str, example: object = None, *headers: str) -> dict[str, Any]:
    content = {"schema": schema, **({} if example is None else {"example": example})}
    named = {name: {"$ref": f"#/components/headers/{name.replace('-', '')}"} for name in headers}
    return {
        "description": description,
        **({"headers": named} if named else {}),
        "content": {"application/json": content},
    }


def _parameter(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/parameters/{name}"}


def _query(name: str, description: str, **schema: object) -> dict[str, Any]:
    return {"name": name, "in": "query", "description": description, "schema": schema}


def _limit(default: int, maximum: int) -> dict[str, Any]:
    return _query("limit", "How many at most.", type="integer", minimum=1, maximum=maximum, default=default)


def _others(kinds: tuple[Kind, ...]) -> dict[str, Operation]:
    project = _parameter("Project")
    return {
        "getHealth": {
            "tags": ["Service"],
            "summary": "Tell that the API answers",
            "description": "Public; asks nothing behind the API.",
            "responses": {"200": _answer(ref("Health"), "It does.", {"status": "ok"}), **refusals()},
        },
        "getMe": {
            "tags": ["People"],
            "summary": "Tell who I am",
            "description": "The person behind the access token and their projects; works without any project too.",
            "responses": {"200": _answer(ref("Me"), "You.", examples.ME), **refusals(401)},
        },
        "listKinds": {
            "tags": ["Kinds"],
            "summary": "List the kinds of resources",
            "description": "With the JSON Schema of each, from which a form can be drawn.",
            "responses": {"200": _answer(ref("KindList"), "Every kind."), **refusals(401)},
        },
        "createSocketTicket": {
            "tags": ["Sockets"],
            "summary": "Get a ticket for the WebSocket",
            "description": SOCKET,
            "responses": {"201": _answer(ref("SocketTicket"), "A ticket.", examples.TICKET), **refusals(401)},
        },
        "listProjects": {
            "tags": ["Projects"],
            "summary": "List my projects",
            "description": "All of them, by id; a membership of a moment ago may be missing.",
            "responses": {"200": _answer(ref("ProjectList"), "Your projects.", examples.PROJECTS), **refusals(401)},
        },
        "getProject": {
            "tags": ["Projects"],
            "summary": "Read a project",
            "description": "For its members.",
            "parameters": [project],
            "responses": {
                "200": _answer(ref("ProjectDetail"), "The project.", examples.PROJECT),
                **refusals(401, 403, 404),
            },
        },
        **_members(),
        "listNotices": operation_of_notices(),
        **operations_of_reconcile(),
        "revealHandover": operation_of_reveal(),
        "listResources": _list_resources(kinds),
        **operations_of_changes(kinds),
        "stopChange": operation_of_stop(kinds),
    }


def _members() -> dict[str, Operation]:
    shared: Operation = {"tags": ["Members"], "parameters": [_parameter("Project"), _parameter("Person")]}
    return {
        "listMembers": {
            "tags": ["Members"],
            "summary": "List a project's members",
            "description": f"All of them, by id. {KEEPERS}",
            "parameters": [_parameter("Project")],
            "responses": {
                "200": _answer(ref("MemberList"), "The members.", examples.MEMBERS),
                **refusals(401, 403, 404),
            },
        },
        "addMember": {
            "tags": ["Members"],
            "summary": "Let somebody into a project by e-mail address",
            "description": "Somebody who can sign in already; 404 for an address that nobody signs in with: new people "
            f"are invited by an operator. Takes effect with their next request. {KEEPERS}",
            "parameters": [_parameter("Project")],
            "requestBody": {
                "required": True,
                "content": {
                    "application/json": {
                        "schema": ref("MemberWish"),
                        "example": {"email": examples.PERSON.email, "role": "manager"},
                    }
                },
            },
            "responses": {
                "200": _answer(ref("Member"), "The member.", examples.MEMBER.to_wire()),
                **refusals(400, 401, 403, 404, 409, 413, 415, 422),
            },
        },
        "putMember": {
            **shared,
            "summary": "Let somebody into a project, or change their role",
            "description": f"Takes effect with their next request. New people are invited by an operator. {KEEPERS}",
            "requestBody": {
                "required": True,
                "content": {"application/json": {"schema": ref("MemberRole"), "example": {"role": "manager"}}},
            },
            "responses": {
                "200": _answer(ref("Member"), "The member.", examples.MEMBER.to_wire()),
                **refusals(400, 401, 403, 404, 409, 413, 415, 422),
            },
        },
        "deleteMember": {
            **shared,
            "summary": "Take somebody out of a project",
            "description": f"Takes effect with their next request. {KEEPERS}",
            "responses": {"204": {"description": "They are out."}, **refusals(401, 403, 404, 409)},
        },
    }


def _list_resources(kinds: tuple[Kind, ...]) -> Operation:
    example = {"items": [examples.resource_of(kinds[0])], "cursor": None, "seq": 7}
    return {
        "tags": ["Resources"],
        "summary": "List a project's resources",
        "description": "From the mirror, never from CloudFormation; by kind and name, without deleted ones. A page may "
        "be shorter than `limit` (it holds 1 MB at most): `cursor` alone tells whether there is more.",
        "parameters": [
            _parameter("Project"),
            _query("kind", "Only this kind.", type="string", enum=[kind.kind for kind in kinds]),
            _limit(resources.LIMIT, resources.LIMIT),
            _parameter("Cursor"),
            {
                "name": "If-None-Match",
                "in": "header",
                "description": "The ETag of the page that you have: 304 when it is still right.",
                "schema": {"type": "string"},
            },
        ],
        "responses": {
            "200": _answer(ref("ResourceList"), "A page.", example, "ETag"),
            "304": {"description": "Nothing has changed.", "headers": {"ETag": {"$ref": "#/components/headers/ETag"}}},
            **refusals(400, 401, 403, 404),
        },
    }


def _of_kind(route: Route, kind: Kind) -> Operation:
    name = {
        "name": "name",
        "in": "path",
        "required": True,
        "description": f"The name of the {kind.title.lower()}.",
        "schema": ref(f"{pascal(kind)}Name"),
        "example": examples.name_of(kind),
    }
    if route.part == LOCK_PART:
        return operation_of_lock(kind, name)
    if route.part == ACTION_PART:
        return operation_of_action(kind, name)
    if route.part:
        return operation_of_credentials(route, kind, name)
    shared: Operation = {"tags": [kind.title], "parameters": [_parameter("Project"), name]}
    title = kind.title.lower()
    if route.method == "GET":
        found = _answer(ref(f"{pascal(kind)}Resource"), f"The {title}.", examples.resource_of(kind), "ETag")
        return {
            **shared,
            "summary": f"Read a {title}",
            "description": "From the mirror. The ETag is the version, for If-Match of a write.",
            "responses": {"200": found, **refusals(401, 403, 404)},
        }
    accepted = _answer(
        ref("ChangeAccepted"), "The change has begun; follow it.", examples.accepted_of(kind), "Location"
    )
    guards = [_parameter("IfMatch"), _parameter("IfNoneMatch"), _parameter("IdempotencyKey")]
    if route.method == "DELETE":
        return {
            **shared,
            "parameters": [*shared["parameters"], _parameter("IfMatch"), _parameter("IdempotencyKey")],
            "summary": f"Delete a {title}",
            "description": "Begins a change. For managers and operators.",
            "responses": {"202": accepted, **refusals(400, 401, 403, 404, 409, 412)},
        }
    return {
        **shared,
        "parameters": [*shared["parameters"], *guards],
        "summary": f"Create or update a {title}",
        "description": f"{kind.schema.get('description', '')}\n\n{PUT}",
        "requestBody": {"required": True, "content": {"application/json": _spec_body(kind)}},
        "responses": {"202": accepted, **refusals(400, 401, 403, 404, 409, 412, 413, 415, 422)},
    }


def _spec_body(kind: Kind) -> dict[str, Any]:
    documents = kind.schema["examples"]
    named = {f"example{number}": {"value": document} for number, document in enumerate(documents, start=1)}
    return {"schema": {"$ref": f"{PREFIX}{pascal(kind)}Spec"}, "examples": named}
