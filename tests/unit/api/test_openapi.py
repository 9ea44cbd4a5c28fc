"""The OpenAPI document says what the API does, no more and no less."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from api.openapi.__main__ import main
from api.openapi.document import document_of
from api.problems import KINDS
from api.routes import every_route
from stowage.catalog.registry import all_kinds
from stowage.domain.kinds import Kind
from tests.unit.api.world import World
from tests.unit.fakes.kinds import crate, safe
from tests.unit.fakes.people import STRANGER

BOTH = (crate(), safe(), crate(kind="wine-barrel", path="wine-barrels", title="Wine barrel"))


@pytest.fixture(params=["catalog", "invented"])
def kinds(request: pytest.FixtureRequest) -> tuple[Kind, ...]:
    """Give the kinds that Stowage has, and two invented ones."""
    return all_kinds() if request.param == "catalog" else BOTH


def _validator(document: dict[str, Any], schema: dict[str, Any]) -> Draft202012Validator:
    """Check against a schema of the document, with its references."""
    root = DRAFT202012.create_resource(document)
    registry: Registry[Any] = Registry().with_resource("urn:document", root)
    return Draft202012Validator({"$ref": "urn:document" + schema["$ref"]}, registry=registry)


def _operations(document: dict[str, Any]) -> list[dict[str, Any]]:
    return [operation for path in document["paths"].values() for operation in path.values()]


def _resolved(document: dict[str, Any], part: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in part:
        for step in part["$ref"].removeprefix("#/").split("/"):
            part = document if step == "components" else part
            part = part[step]
    return part


def test_the_document_is_openapi_3_1(kinds: tuple[Kind, ...]) -> None:
    """Valid under the specification's own schema, references included."""
    validate(document_of(kinds))


def test_every_route_is_in_the_document_and_nothing_else(kinds: tuple[Kind, ...]) -> None:
    """Both are the same set of methods and addresses."""
    served = {(route.method, re.sub(r"<(\w+)>", r"{\1}", route.path)) for route in every_route(kinds)}
    told = {(method.upper(), path) for path, item in document_of(kinds)["paths"].items() for method in item}

    assert told == served


def test_every_path_parameter_is_declared(kinds: tuple[Kind, ...]) -> None:
    """A client generator knows what to fill in."""
    document = document_of(kinds)
    for path, item in document["paths"].items():
        for operation in item.values():
            parameters = [_resolved(document, each) for each in operation.get("parameters", [])]
            declared = {each["name"] for each in parameters if each["in"] == "path"}
            assert declared == set(re.findall(r"{(\w+)}", path)), operation["operationId"]


def test_only_health_and_the_reveal_are_public(kinds: tuple[Kind, ...]) -> None:
    """Everything else asks for an access token."""
    document = document_of(kinds)

    assert document["security"] == [{"accessToken": []}]
    public = [each["operationId"] for each in _operations(document) if each.get("security") == []]
    assert public == ["getHealth", "revealHandover"]


def test_every_example_is_valid_under_its_schema(kinds: tuple[Kind, ...]) -> None:
    """Requests and answers, the problems among them."""
    document = document_of(kinds)
    checked = 0
    for operation in _operations(document):
        parts = [operation["requestBody"]] if "requestBody" in operation else []
        parts += [_resolved(document, response) for response in operation["responses"].values()]
        for content in (content for part in parts for content in part.get("content", {}).values()):
            examples = [each["value"] for each in content.get("examples", {}).values()]
            examples += [content["example"]] if "example" in content else []
            for example in examples:
                _validator(document, content["schema"]).validate(example)
                checked += 1

    assert checked > 20


def test_every_problem_of_a_request_is_told(kinds: tuple[Kind, ...]) -> None:
    """Each kind of problem that a client can meet over HTTP stands in the document as an example."""
    text = json.dumps(document_of(kinds))
    never_over_http = {"ticket-refused", "method-not-allowed", "throttled", "unavailable"}

    assert {kind.slug for kind in KINDS.values() if f'"{kind.slug}"' not in text} == never_over_http


@pytest.mark.parametrize(
    ("method", "path", "schema"),
    [
        ("GET", "/v1/health", "Health"),
        ("GET", "/v1/me", "Me"),
        ("GET", "/v1/kinds", "KindList"),
        ("GET", "/v1/projects", "ProjectList"),
        ("GET", "/v1/projects/apollo", "ProjectDetail"),
        ("GET", "/v1/projects/apollo/resources", "ResourceList"),
        ("GET", "/v1/projects/apollo/changes", "ChangeList"),
        ("POST", "/v1/socket-tickets", "SocketTicket"),
        ("PUT", "/v1/projects/apollo/crates/apples", "ChangeAccepted"),
        ("GET", "/v1/projects/apollo/crates/nothing", "Problem"),
        ("PUT", "/v1/projects/apollo/crates/NOTHING", "Problem"),
    ],
)
def test_what_the_api_answers_is_what_the_document_says(world: World, method: str, path: str, schema: str) -> None:
    """Real answers are valid under the schema told."""
    reply = world.call(method, path, json={"description": "Apples"} if method == "PUT" else None)

    _validator(document_of((crate(),)), {"$ref": f"#/components/schemas/{schema}"}).validate(reply.json)


def test_every_status_that_was_met_is_declared(world: World) -> None:
    """The refusals of a write stand in its operation."""
    operation = document_of((crate(),))["paths"]["/v1/projects/{project}/crates/{name}"]["put"]
    met = {
        world.put().status,
        world.put(person=STRANGER).status,
        world.put(claims={}).status,
        world.put("NO").status,
        world.put(headers={"content-type": "text/plain"}).status,
        world.put(headers={"if-match": '"7"'}).status,
        world.put(headers={"if-match": "7"}).status,
        world.put(spec={"description": "x" * 300_000}).status,
    }

    assert met == {202, 400, 401, 403, 412, 413, 415, 422}
    assert {str(status) for status in met} <= operation["responses"].keys()


def test_a_kinds_schema_keeps_its_references() -> None:
    """What a spec refers to moves with it; nothing points into the void."""
    document = document_of(BOTH)
    schema = {"$ref": "#/components/schemas/WineBarrelSpec"}
    validator = _validator(document, schema)

    assert validator.is_valid({"description": "Port", "labels": {"year": "1977"}})
    assert not validator.is_valid({"description": "Port", "labels": {"year": "x" * 21}})


def test_the_committed_document_is_up_to_date() -> None:
    """docs/openapi.json is what `make openapi` writes."""
    assert main(["--check"]) == 0


def test_a_stale_document_is_told_in_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """--check writes nothing and says what to do."""
    path = tmp_path / "openapi.json"

    assert main(["--check"], path) == 1
    assert capsys.readouterr().err == "docs/openapi.json is out of date: run `make openapi`\n"
    assert not path.exists()
    assert (main([], path), main(["--check"], path)) == (0, 0)
