"""cfn-lint over a rendered template."""

import json
from typing import Any

from cfnlint.api import lint as cfn_lint
from cfnlint.config import ManualArgs

REGIONS = ["eu-west-1"]


def lint(template: dict[str, Any]) -> list[str]:
    """Give what cfn-lint finds, warnings and hints included."""
    found = cfn_lint(json.dumps(template), config=ManualArgs(regions=REGIONS, include_checks=["I"]))
    return [f"{match.rule.id} {match.path}: {match.message}" for match in found]
