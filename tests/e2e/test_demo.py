"""`make demo` itself, played: what a newcomer runs first is never red without a test that says so."""

import pytest

from local import demo, demo_credentials
from local.client import Session
from local.demo_steps import PROJECT, DemoError
from local.endpoints import Endpoints

pytestmark = pytest.mark.e2e

MADE_BY_THE_DEMO = ("demo-", "fail-create-once-")


def standing(anna: Session) -> list[str]:
    """Give the names of what the demo has made and not taken away."""
    items = anna.http.get(f"projects/{PROJECT}/resources").raise_for_status().json()["items"]
    return [item["name"] for item in items if item["name"].startswith(MADE_BY_THE_DEMO)]


def test_the_demo_plays_to_its_end(endpoints: Endpoints, anna: Session, capsys: pytest.CaptureFixture[str]) -> None:
    """Every step is as promised, the story is told, and nothing is left behind."""
    assert demo.run(endpoints) == 0

    told = capsys.readouterr().out
    assert "AcquireLock → NotifyStarted → SubmitStackOperation → AwaitStack" in told
    assert "fetches that file with OpenSSH's sftp" in told
    assert standing(anna) == []


def test_a_demo_that_stops_half_way_clears_away_what_it_made_and_says_where_it_stopped(
    endpoints: Endpoints, anna: Session, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The bucket, the user with its key, and what the user wrote are gone; the failed step is named."""
    seen: list[str] = []

    def fail(*_: object) -> None:
        seen.extend(standing(anna))
        raise DemoError("the rotation was otherwise than promised")

    monkeypatch.setattr(demo_credentials, "_rotate", fail)

    assert demo.run(endpoints) == 1

    out, err = capsys.readouterr()
    assert len(seen) == 2, "a bucket and a user stood when it stopped"
    assert "the key is rotated" in next(line for line in out.splitlines() if "FAILED" in line)
    assert "otherwise than promised" in err
    assert standing(anna) == []
