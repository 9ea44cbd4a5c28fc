"""Every CloudFormation template that Stowage deploys, as data: the hub's as SAM makes it, the baseline, the kinds'.

For the checks that look at templates; nothing is deployed from here.
"""

import copy
import json
from pathlib import Path
from typing import Any

import boto3
import cfnlint.decode
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator

ROOT = Path(__file__).resolve().parent.parent
HUB = ROOT / "template.yaml"
REGION = "eu-west-1"
PACKAGED = "s3://artifacts/package"
"""Where `sam package` would put what the template names by a local path."""

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
