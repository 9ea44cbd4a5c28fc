"""Every CloudFormation template that Stowage deploys, as data: the hub's as SAM makes it, the baseline, the kinds'.

For the checks that look at templates; nothing is deployed from here.
"""

import copy
import json
from pathlib import Path
from typing import Any

import boto3
import cfnlint.decode
from hypothesis import Phase, given, settings
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator

from stowage.catalog.baseline import Hub, render_baseline
from stowage.domain.changes import Spec
from stowage.domain.kinds import Kind, RenderRequest
from tests.unit.catalog.specs import valid_specs
from tests.unit.fakes.people import project

ROOT = Path(__file__).resolve().parent.parent
HUB = ROOT / "template.yaml"
REGION = "eu-west-1"
PACKAGED = "s3://artifacts/package"
"""Where `sam package` would put what the template names by a local path."""

PROJECT = project(log_bucket="stowage-logs-111111111111-eu-west-1", sftp_server_id="s-0123456789abcdef0")
NAME = "example-corp-invoices"

Json = dict[str, Any]


def hub_template(path: Path = HUB) -> Json:
    """Give template.yaml, its intrinsics in their long form ({"Ref": …}, {"Fn::GetAtt": [name, attribute]})."""
    decoded, problems = cfnlint.decode.decode(str(path))
    if decoded is None:
        raise ValueError(problems)
    # cfn-lint's nodes carry line numbers; plain data compares and prints better.
    plain: Json = json.loads(json.dumps(decoded))
    return plain


def transformed(template: Json) -> Json:
    """Give a SAM template as CloudFormation's transform leaves it, with the parameters' defaults; the input stays."""
    packaged = copy.deepcopy(template)
    packaged["Globals"]["Function"]["CodeUri"] = PACKAGED
    for resource in packaged["Resources"].values():
        if "DefinitionUri" in resource["Properties"]:
            resource["Properties"]["DefinitionUri"] = PACKAGED
    translator = Translator({}, Parser(), boto_session=boto3.Session(region_name=REGION))
    values = {name: _default(each) for name, each in template["Parameters"].items()}
    result: Json = translator.translate(packaged, values)
    return result


def _default(parameter: Json) -> Any:
    value = parameter.get("Default", "")
    return value.split(",") if "List" in parameter["Type"] else value


def baseline_template() -> Json:
    """Give the baseline of a project's account, with all that there may be in it."""
    hub = Hub(account="999999999999", stack="stowage")
    return render_baseline(hub, external_id="0123456789abcdef" * 4, sftp=True)


def kind_templates(kind: Kind, samples: int) -> list[Json]:
    """Give what a kind renders: for the examples of its schema, then for so many specs that the schema allows.

    The specs are the same at every run: what is found once is found again.
    """
    specs = [*kind.schema["examples"], *_sampled(kind.schema, samples)]
    return [kind.render(RenderRequest(project=PROJECT, name=NAME, spec=spec, version=1)) for spec in specs]


def _sampled(schema: Json, count: int) -> list[Spec]:
    found: list[Spec] = []

    @settings(max_examples=count, derandomize=True, database=None, deadline=None, phases=[Phase.generate])
    @given(valid_specs(schema))
    def collect(spec: Spec) -> None:
        found.append(spec)

    collect()
    return found
