"""What is generated is current, the same at every run, and told when it is not."""

import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from workflows import linting, rendering, sdk
from workflows.asl import Json, Task
from workflows.picture import draw
from workflows.table import table

ROOT = Path(__file__).parents[3]


def _files() -> dict[Path, str]:
    return rendering.asl_files() | rendering.table_files() | rendering.picture_files()


def test_every_generated_file_is_current() -> None:
    """ASL, table and picture are what the machines render to now: nobody edits them by hand."""
    assert rendering.drift(_files()) == []


def test_rendering_is_deterministic() -> None:
    """Two processes with different hash seeds render the same bytes."""
    program = "from workflows import rendering as r; print(r.asl_files() | r.table_files() | r.picture_files())"

    texts = {
        subprocess.run(
            [sys.executable, "-c", program],
            cwd=ROOT,
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }

    assert len(texts) == 1


def test_drift_is_told_in_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that differs, or is missing, is named with the command that mends it."""
    monkeypatch.setattr(rendering, "ROOT", tmp_path)
    rendering.write({tmp_path / "statemachines" / "x.asl.json": "{}\n"})

    told = rendering.drift({tmp_path / "statemachines" / "x.asl.json": "{ }\n", tmp_path / "gone.svg": ""})

    assert told == [
        "statemachines/x.asl.json is out of date: run `make render`",
        "gone.svg is out of date: run `make render`",
    ]


@pytest.mark.parametrize(("machine", "states"), [("change_resource", 18), ("reconcile", 5), ("rotate_credentials", 16)])
def test_the_asl_reads_like_a_page(machine: str, states: int) -> None:
    """Two spaces of indentation, one newline at the end, and each state begins with its comment and type."""
    [text] = [text for path, text in rendering.asl_files().items() if path.name == f"{machine}.asl.json"]

    assert text.endswith("}\n")
    assert not text.endswith("\n\n")
    assert re.match(r'\{\n  "Comment": ', text)
    assert len(re.findall(r'\n    "\w+": \{\n      "Comment": "[^"]+",\n      "Type": ', text)) == states


def test_the_table_has_a_row_for_every_state(asl: Json) -> None:
    """docs/states.md names every state once, in the order of the ASL."""
    rows = re.findall(r"^\| \*\*(\w+)\*\* \|", table({"change_resource": asl}), re.MULTILINE)

    assert rows == list(asl["States"])


def test_the_picture_shows_every_state_and_reads_its_comment(asl: Json) -> None:
    """Each state is drawn once, with its comment as a tooltip; success stands in one column."""
    svg = ET.fromstring(draw(asl))  # noqa: S314 -- our own text
    space = {"": "http://www.w3.org/2000/svg"}
    names = [text.text for text in svg.findall(".//text[@class='name']", space)]
    titles = [title.text for title in svg.findall(".//title", space)]

    assert sorted(filter(None, names)) == sorted(asl["States"])
    assert sorted(filter(None, titles)) == sorted(block["Comment"] for block in asl["States"].values())


def test_the_sdk_loads_without_its_heavy_initialisers() -> None:
    """Neither sagemaker nor pkg_resources is imported with the SDK's state classes."""
    program = (
        "import sys; from workflows import asl; "
        "print([name for name in ('sagemaker', 'pkg_resources', 'boto3') if name in sys.modules])"
    )

    said = subprocess.run([sys.executable, "-W", "error", "-c", program], cwd=ROOT, capture_output=True, text=True)  # noqa: PLW1510 -- returncode below

    assert (said.returncode, said.stdout, said.stderr) == (0, "[]\n", "")


def test_a_missing_sdk_is_told_with_the_command_that_installs_it() -> None:
    """Without stepfunctions the import fails with a sentence, not with a stack of its dependencies."""
    program = (
        "import importlib.util as u; find = u.find_spec; "
        "u.find_spec = lambda name, *rest: None if name == 'stepfunctions' else find(name, *rest); import workflows.sdk"
    )

    said = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True)  # noqa: PLW1510 -- returncode below

    assert said.returncode == 1
    assert said.stderr.splitlines()[-1] == f"ImportError: {sdk.HOW_TO_INSTALL}"


def test_a_jsonpath_field_is_refused_where_it_is_written() -> None:
    """The layer takes the JSONPath fields away, so that a slip fails at rendering and not at deployment."""
    with pytest.raises(TypeError, match="result_path"):
        Task("Old", resource="arn:aws:states:::lambda:invoke", result_path="$.x")


def test_a_missing_validator_is_told_with_the_command_that_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lint does not pass because a tool is missing."""
    monkeypatch.setattr(linting, "VALIDATOR", ROOT / "nowhere.js")

    assert linting.validate({}) == ["asl-validator is not installed: run `npm ci`"]


@pytest.mark.parametrize("option", ["--check", "--lint"])
def test_the_command_passes_on_a_current_and_sound_machine(option: str) -> None:
    """`python -m workflows --check` and `--lint` say nothing and exit 0."""
    said = subprocess.run([sys.executable, "-m", "workflows", option], cwd=ROOT, capture_output=True, text=True)  # noqa: PLW1510 -- returncode below

    assert (said.returncode, said.stdout, said.stderr) == (0, "", "")
