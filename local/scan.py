"""Look at every template that Stowage deploys with checkov, cfn-lint and `sam validate --lint`.

    .venv/dev/bin/python -m local.scan

The hub's template is scanned as SAM makes it, the baseline and the kinds' as they are rendered, the kinds' for the
examples of their schemas and for specs drawn from them. What checkov finds and may stay is told, with its reason, in
docs/security-exceptions.yaml; a finding that is not, an exception that nothing needs, and a required check that looked
at nothing are a sentence each, and the exit code is 1.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field

from local.templates import HUB, REGION, ROOT, Json, baseline_template, hub_template, kind_templates, transformed
from stowage.catalog.registry import all_kinds
from tests.unit.catalog.linting import lint

EXCEPTIONS = ROOT / "docs" / "security-exceptions.yaml"
CHECKOV = ROOT / ".venv" / "checkov" / "bin" / "checkov"
SAM = ROOT / ".venv" / "sam" / "bin" / "sam"
SAMPLES = 12
"""Specs drawn per kind, beside its examples; tests/unit/catalog draws many more and looks at them by itself."""


class SecurityException(BaseModel):
    """A check that resources of a template may fail, and why."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    check: str
    template: str
    resources: tuple[str, ...] = Field(min_length=1)
    reason: str = Field(min_length=40)


class Expectations(BaseModel):
    """docs/security-exceptions.yaml."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    exceptions: tuple[SecurityException, ...]
    required: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Finding:
    """A check of a resource, passed or failed; `template` is its family: hub, baseline or a kind."""

    template: str
    check: str
    resource: str
    sentence: str
    passed: bool


def all_templates() -> dict[str, list[Json]]:
    """Give every template by its family."""
    kinds = {kind.kind: kind_templates(kind, SAMPLES) for kind in all_kinds()}
    return {"hub": [transformed(hub_template())], "baseline": [baseline_template()], **kinds}


def judge(findings: Iterable[Finding], expected: Expectations) -> list[str]:
    """Tell what is found and not excepted, what is excepted and not found, and what was not looked at."""
    everything = set(findings)
    excepted = [(each, pattern) for each in expected.exceptions for pattern in each.resources]
    failed = sorted((each for each in everything if not each.passed), key=lambda each: (each.template, each.resource))
    used = {index for each in failed for index, (told, pattern) in enumerate(excepted) if _covers(told, pattern, each)}
    covered = {each for each in failed if any(_covers(told, pattern, each) for told, pattern in excepted)}
    made = {(each.template, each.check) for each in everything}
    return [
        *(
            f"{each.resource} ({each.template}) fails {each.check}, {each.sentence}: "
            f"fix it where the template is made, or say in {EXCEPTIONS.relative_to(ROOT)} why it may stay."
            for each in failed
            if each not in covered
        ),
        *(
            f"{EXCEPTIONS.relative_to(ROOT)}: the exception of {told.check} for {pattern} ({told.template}) is not "
            f"needed any more: remove it."
            for index, (told, pattern) in enumerate(excepted)
            if index not in used
        ),
        *(
            f"{check} has nothing to look at in {template} any more: bring the resource back, or take the check off "
            f"`required` in {EXCEPTIONS.relative_to(ROOT)}."
            for template, checks in expected.required.items()
            for check in checks
            if (template, check) not in made
        ),
        *(
            f"{template} has no required checks: list them under `required` in {EXCEPTIONS.relative_to(ROOT)}."
            for template in sorted({each.template for each in everything} - set(expected.required))
        ),
    ]


def _covers(told: SecurityException, pattern: str, finding: Finding) -> bool:
    same = (told.check, told.template) == (finding.check, finding.template)
    return same and fnmatchcase(finding.resource, pattern)


def expectations(path: Path = EXCEPTIONS) -> Expectations:
    """Read what is excepted and required."""
    return Expectations.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))


def checkov(templates: Mapping[str, list[Json]]) -> list[Finding]:
    """Give what checkov says of the templates; raises RuntimeError when it could not read one."""
    with tempfile.TemporaryDirectory() as folder:
        for family, rendered in templates.items():
            (Path(folder) / family).mkdir()
            for number, template in enumerate(rendered):
                (Path(folder) / family / f"{number:03}.json").write_text(json.dumps(template, indent=1))
        # Nothing is fetched: the checks are those that the pinned version brings.
        command = [str(CHECKOV), "--skip-download", "--framework", "cloudformation", "--output", "json", "-d", folder]
        ran = subprocess.run(command, capture_output=True, text=True, cwd=folder, check=False)
    try:
        told = json.loads(ran.stdout)
    except ValueError as error:
        raise RuntimeError(f"checkov gave no report:\n{ran.stderr[-2000:]}") from error
    results = told["results"]
    if results["parsing_errors"] or results["skipped_checks"]:
        raise RuntimeError(f"checkov could not read, or was told to skip: {results['parsing_errors'] or 'a check'}")
    return [*_findings(results["passed_checks"], passed=True), *_findings(results["failed_checks"], passed=False)]


def _findings(checks: list[dict[str, Any]], *, passed: bool) -> list[Finding]:
    return [
        Finding(Path(each["file_path"]).parts[1], each["check_id"], each["resource"], each["check_name"], passed)
        for each in checks
    ]


def cfn_lint(templates: Mapping[str, list[Json]]) -> list[str]:
    """Give what cfn-lint finds in what is rendered; template.yaml itself is read by `sam_validate`."""
    rendered = {family: found for family, found in templates.items() if family != "hub"}
    return [f"{family}: {each}" for family, found in rendered.items() for template in found for each in lint(template)]


def sam_validate() -> list[str]:
    """Give what `sam validate --lint` says of template.yaml, if it is not valid."""
    environment = os.environ | {"SAM_CLI_TELEMETRY": "0", "AWS_DEFAULT_REGION": REGION}
    command = [str(SAM), "validate", "--lint", "--template", str(HUB)]
    ran = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env=environment, check=False)
    return [] if ran.returncode == 0 else [f"sam validate --lint:\n{ran.stdout}{ran.stderr}"]


def main() -> int:
    """Scan; print a sentence per fault and give 1 if there is any."""
    templates = all_templates()
    with ThreadPoolExecutor() as pool:
        scanned, validated = pool.submit(checkov, templates), pool.submit(sam_validate)
        faults = [*cfn_lint(templates), *validated.result(), *judge(scanned.result(), expectations())]
    for fault in faults:
        print(f"scan: {fault}", file=sys.stderr)
    if not faults:
        count = sum(map(len, templates.values()))
        print(f"scan: {count} templates, {len(scanned.result())} checks, {len(expectations().exceptions)} exceptions")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
