"""`python -m workflows --lint`: our own checks of every machine, then asl-validator's."""

import json
import re
import subprocess
import tempfile
from pathlib import Path

from workflows.asl import Json
from workflows.checks import faults
from workflows.service_checks import substituted

VALIDATOR = Path(__file__).parent.parent / "node_modules" / "asl-validator" / "dist" / "bin" / "asl-validator.js"
NODE_SECONDS = 60
REFUSED = re.compile(r'State machine definition "(?P<path>[^"]+)" is invalid:')


def lint(files: dict[Path, str]) -> list[str]:
    """Give the faults of every machine, each sentence led by the file's name."""
    machines: dict[str, Json] = {path.name: json.loads(text) for path, text in files.items()}
    ours = [f"{name}: {sentence}" for name, asl in machines.items() for sentence in faults(asl)]
    return ours + validate(machines)


def validate(machines: dict[str, Json]) -> list[str]:
    """Give asl-validator's faults, its substitutions filled with made-up values; it runs once for all machines."""
    if not VALIDATOR.exists():
        return ["asl-validator is not installed: run `npm ci`"]
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder, name) for name in machines]
        for path, asl in zip(paths, machines.values(), strict=True):
            path.write_text(json.dumps(substituted(asl)), encoding="utf-8")
        options = [option for path in paths for option in ("--json-path", str(path))]
        try:
            run = subprocess.run(  # noqa: S603 -- our own tool, on our own files
                ["node", str(VALIDATOR), *options],  # noqa: S607 -- Node is wherever the machine has it
                capture_output=True,
                text=True,
                timeout=NODE_SECONDS,
                check=False,
            )
        except FileNotFoundError:
            return ["node is not installed: asl-validator needs Node 20 or newer"]
    if run.returncode == 0:
        return []
    return _sentences(run.stderr) or [f"asl-validator failed: {run.stderr.strip()}"]


def _sentences(report: str) -> list[str]:
    """Give one sentence for each line of the validator's report, led by the file it is about."""
    name, found = "", []
    for line in report.splitlines():
        if refused := REFUSED.search(line):
            name = Path(refused["path"]).name
            line = line[refused.end() :]  # noqa: PLW2901 -- the first fault may stand on the same line
        if name and line.strip():
            found.append(f"{name}: asl-validator: {line.strip()}")
    return found
