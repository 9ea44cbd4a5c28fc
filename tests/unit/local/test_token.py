"""`make token` and `make demo` end with a sentence, whatever the local cloud answers or has lost."""

from pathlib import Path

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from local import demo, token
from local.endpoints import Endpoints, LocalPerson

ANNA = LocalPerson("anna@example.com", "secret", "manager", ("atlas",))
LOST = ClientError({"Error": {"Code": "UserNotFoundException", "Message": "User does not exist."}}, "InitiateAuth")
OFF = EndpointConnectionError(endpoint_url="http://127.0.0.1:1")


@pytest.fixture
def written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file of a run, where both commands look for it."""
    path = tmp_path / "endpoints.json"
    Endpoints(
        console="http://127.0.0.1:1", api="http://127.0.0.1:1", socket="ws://127.0.0.1:1", aws="http://127.0.0.1:1",
        region="eu-west-1", hub_account="000000000000", table="t", state_machines={}, user_pool_id="p", client_id="c",
        test_sign_in="USER_PASSWORD_AUTH", projects=(), people=(ANNA,),
    ).write(path)  # fmt: skip
    for command in (token, demo):
        monkeypatch.setattr(command, "ENDPOINTS", path)
    monkeypatch.setattr("sys.argv", ["token", ANNA.email])
    return path


@pytest.mark.usefixtures("written")
@pytest.mark.parametrize("error", [LOST, OFF])
@pytest.mark.parametrize("command", [token, demo])
def test_a_failed_sign_in_is_told_in_sentences(
    command: object, error: Exception, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Neither a lost user nor a cloud that is off shows a traceback."""

    def refuse(*_: object) -> None:
        raise error

    monkeypatch.setattr(command, "Session", refuse)

    assert command.main() == 1  # type: ignore[attr-defined]

    said = capsys.readouterr().err
    assert said.startswith("stowage: ")
    assert "Traceback" not in said


@pytest.mark.parametrize("command", [token, demo])
def test_without_a_run_both_say_how_to_begin(
    command: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where no file is, nothing runs."""
    monkeypatch.setattr(command, "ENDPOINTS", tmp_path / "none.json")
    monkeypatch.setattr("sys.argv", ["token", ANNA.email])

    assert command.main() == 1  # type: ignore[attr-defined]
    assert "make run" in capsys.readouterr().err
