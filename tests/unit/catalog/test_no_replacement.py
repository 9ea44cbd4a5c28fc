"""No update of a resource can replace what it is: a bucket with its objects, say."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stowage.catalog.metadata import template_metadata
from stowage.domain.changes import Spec
from stowage.domain.kinds import Kind, RenderRequest, Template
from tests.unit.catalog.intrinsics import PROJECT
from tests.unit.catalog.specs import valid_names, valid_specs
from tests.unit.catalog.test_every_kinds_stack import KINDS, QUICKLY
from tests.unit.fakes.kinds import crate
from tests.unit.permissions.handlers import schema


def replacing(template: Template) -> dict[str, tuple[str, dict[str, Any]]]:
    """Give each resource's type and those of its properties whose change means another resource.

    https://docs.aws.amazon.com/cloudformation-cli/latest/userguide/resource-type-schema.html, createOnlyProperties
    """
    found = {}
    for logical_id, resource in template["Resources"].items():
        fixed = [pointer.split("/")[2] for pointer in schema(resource["Type"]).get("createOnlyProperties", [])]
        properties = resource.get("Properties", {})
        found[logical_id] = (resource["Type"], {name: properties[name] for name in fixed if name in properties})
    return found


def is_kept(kind: Kind, name: str, old: Spec, new: Spec) -> bool:
    """Tell whether every resource of the old spec's stack stays what it is under the new spec."""
    before, after = (
        replacing(json.loads(json.dumps(kind.render(RenderRequest(PROJECT, name, spec, version)))))
        for version, spec in ((1, old), (2, new))
    )
    return all(after.get(logical_id, fixed) == fixed for logical_id, fixed in before.items())


@KINDS
@QUICKLY
@given(data=st.data())
def test_no_two_specs_of_a_resource_replace_it(kind: Kind, data: st.DataObject) -> None:
    """A kind whose spec can replace its resource needs a refusal before the submission, and an outcome to tell it."""
    name = data.draw(valid_names(kind))
    old, new = data.draw(valid_specs(kind.schema)), data.draw(valid_specs(kind.schema))

    assert kind.update_faults(old, new) or is_kept(kind, name, old, new)


def _moved(request: RenderRequest) -> Template:
    bucket = {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": f"{request.name}-{request.spec['size']}"}}
    return {"Metadata": template_metadata("crate", request), "Resources": {"Crate": bucket}}


@pytest.mark.parametrize(("render", "kept"), [(crate().render, True), (_moved, False)])
def test_a_replacement_would_be_seen(render: Any, *, kept: bool) -> None:
    """The check is not blind."""
    assert is_kept(crate(render=render), "apples", {"size": "small"}, {"size": "large"}) is kept
