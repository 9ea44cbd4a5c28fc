"""The registry: a kind is a folder, and nothing else."""

import re
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

import stowage.catalog
from stowage.catalog import registry
from stowage.domain.kinds import Kind

EXAMPLE = """
    from stowage.domain.kinds import Kind

    KIND = Kind(
        kind="{kind}",
        path="{path}",
        title="Example",
        schema={schema},
        usual_seconds=1,
        render=lambda request: {{"Resources": {{}}}},
        service_statements=tuple,
    )
"""
SCHEMA = {"type": "object", "examples": [{}], "$defs": {"name": {"type": "string"}}}


PRODUCT = tuple(kind.kind for kind in registry.all_kinds())


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Give a folder that counts as a part of stowage/catalog; kinds are looked for anew."""
    monkeypatch.setattr(stowage.catalog, "__path__", [*stowage.catalog.__path__, str(tmp_path)])
    registry.all_kinds.cache_clear()
    yield tmp_path
    registry.all_kinds.cache_clear()


def drop(folders: Path, folder: str, kind: str, path: str, schema: object = SCHEMA) -> None:
    """Drop a kind's folder in."""
    package = folders / folder
    package.mkdir()
    (package / "__init__.py").write_text(textwrap.dedent(EXAMPLE.format(kind=kind, path=path, schema=schema)))


def test_a_folder_that_is_dropped_in_is_a_kind(folders: Path) -> None:
    """A new kind is a new folder, and no other file."""
    drop(folders, "dropped_in_example", "dropped-in-example", "dropped-in-examples")

    kinds = registry.all_kinds()

    assert [kind.kind for kind in kinds] == sorted([*PRODUCT, "dropped-in-example"])
    assert registry.kind_by_name("dropped-in-example") is registry.kind_by_path("dropped-in-examples")


def test_an_unknown_kind_is_none() -> None:
    """Who asks for a kind that is not there gets None, by name and by path."""
    assert registry.kind_by_name("buckets") is None
    assert registry.kind_by_path("bucket") is None


@pytest.mark.parametrize(
    ("kind", "path", "schema", "sentence"),
    [
        ("Upper", "uppers", SCHEMA, "lower-case words"),
        ("s3", "digits", SCHEMA, "lower-case words"),
        ("a--b", "hyphens", SCHEMA, "lower-case words"),
        ("slash", "sla/shes", SCHEMA, "lower-case words"),
        ("resource", "resources", SCHEMA, "'resources' is the API's own"),
        ("change", "changes", SCHEMA, "'changes' is the API's own"),
        ("member", "members", SCHEMA, "'members' is the API's own"),
        ("exampleless", "exampleless", {"$defs": {"name": {}}}, "no example"),
        ("nameless", "nameless", {"examples": [{}]}, "does not define"),
        ("bucket", "second-buckets", SCHEMA, "share a kind"),
        ("other", "buckets", SCHEMA, "share a path"),
    ],
)
def test_a_broken_folder_is_refused_at_load(folders: Path, kind: str, path: str, schema: object, sentence: str) -> None:
    """Names and paths have one form and are nobody else's; a schema has an example and the form of a name."""
    drop(folders, "broken_" + re.sub(r"\W", "_", path), kind, path, schema)

    with pytest.raises(ValueError, match=re.escape(sentence)):
        registry.all_kinds()


def test_a_folder_without_a_kind_is_refused(folders: Path) -> None:
    """A folder that exposes no KIND is a mistake, not a kind to pass over."""
    (folders / "kindless").mkdir()
    (folders / "kindless" / "__init__.py").touch()

    with pytest.raises(ValueError, match="exposes no KIND"):
        registry.all_kinds()


@pytest.mark.parametrize("kind", registry.all_kinds(), ids=lambda kind: str(kind.kind))
def test_every_schema_is_a_form_and_its_examples_are_valid(kind: Kind) -> None:
    """Each schema is valid draft 2020-12, closed, tells every field to a person, and its examples pass it."""
    Draft202012Validator.check_schema(kind.schema)

    assert kind.schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert kind.schema["additionalProperties"] is False
    for name, field in kind.schema["properties"].items():
        assert field["title"], name
        assert field["description"], name
        assert field["examples"], name
        assert "default" in field or name in kind.schema["required"], name
        for example in [*field["examples"], *([field["default"]] if "default" in field else [])]:
            Draft202012Validator(field).validate(example)
    for example in kind.schema["examples"]:
        Draft202012Validator(kind.schema).validate(example)
    assert any(set(example) == set(kind.schema["properties"]) for example in kind.schema["examples"])
    for example in kind.schema["$defs"]["name"]["examples"]:
        Draft202012Validator(kind.schema["$defs"]["name"]).validate(example)
        assert kind.name_faults(example) == ()
