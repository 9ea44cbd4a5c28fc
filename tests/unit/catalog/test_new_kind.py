"""A stranger's kind: its folder is dropped into the catalog, no other line is written, and everything follows."""

import importlib
import inspect
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import stowage.catalog
from api.openapi.document import document_of
from stowage.catalog import registry
from stowage.catalog.baseline import Hub, render_baseline
from stowage.domain.kinds import Kind, RenderRequest
from tests.unit.api.world import World
from tests.unit.catalog.intrinsics import PROJECT
from tests.unit.catalog.linting import lint
from tests.unit.fakes.resources import resource_row

ROOT = Path(__file__).parents[3]
STRANGERS = ROOT / "tests" / "kinds"
"""Holds the folder `queue`, which is no part of the product."""
PRODUCT = registry.all_kinds()
SPEC = {"owner": "orders-team@example.com", "costCentre": "CC-4711"}
ADDRESS = "/v1/projects/apollo/queues/orders"

Check = Callable[..., None]


@pytest.fixture(scope="module", autouse=True)
def queue() -> Iterator[Kind]:
    """Let the stranger's folder count as a part of stowage/catalog, and give the kind that is found there."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stowage.catalog, "__path__", [*stowage.catalog.__path__, str(STRANGERS)])
        registry.all_kinds.cache_clear()
        found = registry.kind_by_name("queue")
        assert found is not None
        yield found
    registry.all_kinds.cache_clear()
    for name in [name for name in sys.modules if f"{name}.".startswith("stowage.catalog.queue.")]:
        del sys.modules[name]
    del stowage.catalog.queue  # type: ignore[attr-defined] # what importing a submodule leaves in its package


@pytest.fixture
def world() -> World:
    """Give the API as it starts up: with every kind that the registry finds."""
    return World(*registry.all_kinds())


def test_the_product_itself_does_not_know_it(queue: Kind) -> None:
    """The folder stands under tests/ and is packaged nowhere; dropped in, it is one kind more."""
    assert "queue" not in {kind.kind for kind in PRODUCT}
    assert {kind.kind for kind in registry.all_kinds()} == {*(kind.kind for kind in PRODUCT), "queue"}
    assert registry.kind_by_path("queues") is queue


def test_a_form_can_be_drawn_of_it(world: World, queue: Kind) -> None:
    """GET /v1/kinds publishes its path and its schema."""
    kinds = world.call("GET", "/v1/kinds").json["kinds"]

    (entry,) = [kind for kind in kinds if kind["kind"] == "queue"]
    assert (entry["path"], entry["title"], entry["schema"]) == ("queues", "Queue", queue.schema)


def test_what_is_wrong_with_a_spec_is_told_by_pointers(world: World) -> None:
    """422 before anything begins, for its own fields as for any kind's."""
    reply = world.call("PUT", ADDRESS, json={"owner": "nobody", "retentionDays": 15, "colour": "red"})

    assert (reply.status, reply.slug) == (422, "invalid-spec")
    assert {fault["pointer"] for fault in reply.json["errors"]} == {
        "/owner",
        "/costCentre",
        "/retentionDays",
        "/colour",
    }
    world.assert_nothing_begun()


def test_a_name_that_it_does_not_allow_is_refused(world: World) -> None:
    """The schema's form of a name holds for the address."""
    reply = world.call("PUT", "/v1/projects/apollo/queues/Orders", json=SPEC)

    assert (reply.status, reply.slug) == (422, "invalid-spec")


def test_its_address_takes_a_creation(world: World) -> None:
    """PUT begins an execution whose input names the kind and carries the whole spec, defaults included."""
    reply = world.call("PUT", ADDRESS, json=SPEC)

    assert reply.status == 202, reply.text
    change = reply.json["change"]
    assert (change["kind"], change["name"], change["action"]) == ("queue", "orders", "create")
    begun = json.loads(world.fake_executions.by_name[change["id"]].input)
    assert (begun["kind"], begun["spec"]) == ("queue", {**SPEC, "description": "", "retentionDays": 4})


def test_its_address_reads_changes_and_deletes_what_stands(world: World) -> None:
    """GET answers from the mirror, PUT begins an update, DELETE a deletion, the list takes its name as a filter."""
    world.fake_resources.put(resource_row("apollo", "queue", "orders", spec=SPEC))

    read, listed = (
        world.call("GET", ADDRESS),
        world.call("GET", "/v1/projects/apollo/resources", query={"kind": "queue"}),
    )
    changed, deleted = world.call("PUT", ADDRESS, json=SPEC), world.call("DELETE", ADDRESS)

    assert (read.status, read.json["kind"], read.json["spec"]) == (200, "queue", SPEC)
    assert [item["name"] for item in listed.json["items"]] == ["orders"]
    assert (changed.status, changed.json["change"]["action"]) == (202, "update")
    assert (deleted.status, deleted.json["change"]["action"]) == (202, "delete")


def test_its_operations_are_in_the_openapi_document(queue: Kind) -> None:
    """Three operations at its path, whose body is its own schema."""
    document = document_of(registry.all_kinds())

    operations = document["paths"]["/v1/projects/{project}/queues/{name}"]
    assert {"get", "put", "delete"} <= set(operations)
    assert operations["put"]["operationId"] == "putQueue"
    assert queue.schema["properties"]["retentionDays"]["description"] in str(document["components"]["schemas"])


def test_its_statements_stand_in_the_service_role_of_every_baseline(queue: Kind) -> None:
    """What CloudFormation needs for it comes into a project's account with the next `make onboard`."""
    template = render_baseline(Hub("999999999999", "stowage"), "0123456789abcdef" * 4)

    (policy,) = template["Resources"]["ServiceRole"]["Properties"]["Policies"]
    (statement,) = queue.service_statements()
    assert statement in policy["PolicyDocument"]["Statement"]
    assert lint(template) == []


def test_cfn_lint_finds_nothing_in_its_stack(queue: Kind) -> None:
    """The examples render what CloudFormation's own schemas want."""
    for spec in queue.schema["examples"]:
        assert lint(queue.render(RenderRequest(PROJECT, "orders", spec, 1))) == []


def _modules() -> Iterator[ModuleType]:
    for path in sorted((ROOT / "tests" / "unit").rglob("test_*.py")):
        text = path.read_text(encoding="utf-8")
        if path != Path(__file__) and ("all_kinds" in text or "KINDS" in text):
            yield importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))


def every_kinds_checks() -> Iterator[Any]:
    """Give each unit test that is run once for every kind of the catalog, wherever it stands."""
    for module in _modules():
        for name, check in inspect.getmembers(module, inspect.isfunction):
            marks = [mark for mark in getattr(check, "pytestmark", ()) if mark.name == "parametrize"]
            if any(mark.args[0] == "kind" and tuple(mark.args[1]) == PRODUCT for mark in marks):
                yield pytest.param(check, id=f"{module.__name__.rpartition('.')[2]}-{name}")


CHECKS = list(every_kinds_checks())


def test_the_checks_of_every_kind_are_found() -> None:
    """Rendering, replacement, schema, permissions, patterns: a search that finds too little would prove nothing."""
    found = {param.id.partition("-")[0] for param in CHECKS}

    assert found >= {
        "test_every_kinds_stack",
        "test_no_replacement",
        "test_patterns",
        "test_registry",
        "test_service_role",
        "test_spec_check",
    }


@pytest.mark.parametrize("check", CHECKS)
def test_what_holds_for_every_kind_holds_for_it(check: Check, queue: Kind) -> None:
    """The product's own checks judge a stranger's kind as they judge ours."""
    check(kind=queue)
