"""Publishing the console: what goes where, in which order, and what may be kept for how long."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from operate.console import advice, configuration, publish
from operate.console_build import ConsoleBuildError, build, fingerprint
from operate.refusals import OperatorError
from stowage.adapters.console_hosting import WebFile

NOW = datetime(2026, 11, 23, tzinfo=UTC)
OUTPUTS = {
    "ApiUrl": "https://a.example",
    "SocketUrl": "wss://s.example/v1",
    "UserPoolDomain": "https://d.example",
    "UserPoolIssuer": "https://i.example/p",
    "UserPoolClientId": "c",
    "Region": "eu-west-1",
    "ConsoleUrl": "https://stowage.example.com",
}


class FakeHosting:
    """A hosting that remembers what was done to it."""

    def __init__(self) -> None:
        self.files: list[WebFile] = []
        self.kept: set[str] = set()
        self.invalidated: set[str] = set()

    def put(self, file: WebFile) -> None:
        """Keep a file."""
        self.files.append(file)

    def delete_older(self, prefix: str, age: timedelta, *, keep: Iterable[str], now: datetime) -> int:
        """Remember what is not deleted."""
        assert (prefix, age, now) == ("assets/", timedelta(days=30), NOW)
        self.kept = set(keep)
        return 0

    def invalidate(self, paths: Iterable[str]) -> None:
        """Remember the paths."""
        self.invalidated = set(paths)


@pytest.fixture
def dist(tmp_path: Path) -> Path:
    """A small build."""
    for name in ("index.html", "handover.html", "assets/a-1.js", "assets/a-1.css", ".built", ".vite/manifest.json"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name)
    return tmp_path


def test_assets_go_before_the_pages_that_name_them(dist: Path) -> None:
    """Whoever opens the page while it is published finds what it names; nothing about the build goes."""
    hosting = FakeHosting()

    count = publish(dist, OUTPUTS, hosting=hosting, now=NOW)

    keys = [file.key for file in hosting.files]
    assert keys == ["assets/a-1.css", "assets/a-1.js", "handover.html", "index.html", "config.json"]
    assert count == len(keys)
    assert hosting.kept == {"assets/a-1.css", "assets/a-1.js"}


def test_assets_are_kept_for_ever_and_pages_asked_for_each_time(dist: Path) -> None:
    """An asset's name changes with its content; a page's and the configuration's do not."""
    hosting = FakeHosting()

    publish(dist, OUTPUTS, hosting=hosting, now=NOW)

    kept = {file.key: file.cache_control for file in hosting.files}
    assert kept["assets/a-1.js"] == "public, max-age=31536000, immutable"
    assert {kept["index.html"], kept["handover.html"], kept["config.json"]} == {"no-cache"}
    assert hosting.invalidated == {"/index.html", "/handover.html", "/config.json"}


def test_the_configuration_is_the_stacks(dist: Path) -> None:
    """Beside the pages, as JSON, and nothing in it that the page does not need."""
    hosting = FakeHosting()

    publish(dist, OUTPUTS, hosting=hosting, now=NOW)

    [told] = [file for file in hosting.files if file.key == "config.json"]
    assert json.loads(told.body) == {
        "api": "https://a.example",
        "socket": "wss://s.example/v1",
        "signIn": "https://d.example",
        "issuer": "https://i.example/p",
        "clientId": "c",
        "region": "eu-west-1",
    }


def test_a_stack_that_lacks_an_output_publishes_nothing(dist: Path) -> None:
    """It says which one."""
    hosting = FakeHosting()

    with pytest.raises(OperatorError, match="SocketUrl"):
        publish(dist, _without("SocketUrl"), hosting=hosting, now=NOW)

    assert hosting.files == []


def _without(output: str) -> dict[str, str]:
    return {name: value for name, value in OUTPUTS.items() if name != output}


def test_a_file_of_unknown_type_is_refused(dist: Path) -> None:
    """A browser would guess, and is told not to."""
    (dist / "assets" / "x.wasm").write_text("")

    with pytest.raises(OperatorError, match=r"assets/x\.wasm"):
        publish(dist, OUTPUTS, hosting=FakeHosting(), now=NOW)


def test_whoever_publishes_is_told_when_the_api_would_refuse_the_page() -> None:
    """ConsoleOrigins has to name where the console is."""
    assert advice(OUTPUTS, "https://stowage.example.com,http://localhost:1") is None
    assert "ConsoleOrigins=https://stowage.example.com" in (advice(OUTPUTS, "http://localhost:8080") or "")
    assert configuration(OUTPUTS)["clientId"] == "c"


def test_a_build_is_made_anew_when_its_sources_change(tmp_path: Path) -> None:
    """And only then; without its packages it says what to run."""
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "main.tsx").write_text("1")
    before = fingerprint(tmp_path)
    (tmp_path / "dist").mkdir()
    (tmp_path / "dist" / ".built").write_text(before)

    assert build(tmp_path) == tmp_path / "dist"

    (tmp_path / "src" / "main.tsx").write_text("2")
    assert fingerprint(tmp_path) != before
    with pytest.raises(ConsoleBuildError, match=r"local\.prepare web"):
        build(tmp_path)
