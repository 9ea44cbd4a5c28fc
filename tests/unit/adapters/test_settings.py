"""The settings and their documentation."""

import re
from pathlib import Path

import pytest
from pydantic import ValidationError

from stowage.adapters.settings import VARIABLES, SettingMissingError, Settings

DOCUMENT = Path(__file__).parents[3] / "docs" / "settings.md"
NEEDED = {
    "TABLE_NAME": "table_name",
    "STATE_MACHINE_ARN": "state_machine_arn",
    "ROTATION_MACHINE_ARN": "rotation_machine_arn",
    "RECONCILE_MACHINE_ARN": "reconcile_machine_arn",
    "SOCKET_ENDPOINT": "socket_endpoint",
    "USER_POOL_ISSUER": "user_pool_issuer",
    "USER_POOL_ID": "user_pool_id",
    "USER_POOL_CLIENT_ID": "user_pool_client_id",
}


def test_every_variable_is_documented_and_every_documented_one_is_read() -> None:
    """docs/settings.md and the model say the same."""
    of_functions, _, _ = DOCUMENT.read_text(encoding="utf-8").partition("## On the command line")
    documented = set(re.findall(r"^\| `([A-Z_]+)`", of_functions, re.MULTILINE))

    assert documented == VARIABLES


@pytest.mark.parametrize(("variable", "attribute"), NEEDED.items())
@pytest.mark.parametrize("environment", [{}, "empty"])
def test_a_missing_variable_is_told_with_its_function(
    variable: str, attribute: str, environment: dict[str, str] | str
) -> None:
    """One sentence, at the first use: which variable, which function."""
    given = {variable: ""} if environment == "empty" else {}
    settings = Settings.from_environment({"AWS_LAMBDA_FUNCTION_NAME": "stowage-api", **given})

    with pytest.raises(SettingMissingError, match=rf"{variable} is not set.*stowage-api"):
        getattr(settings, attribute)


@pytest.mark.parametrize(("variable", "attribute"), NEEDED.items())
def test_a_given_variable_is_read(variable: str, attribute: str) -> None:
    """As it stands."""
    assert getattr(Settings.from_environment({variable: "value"}), attribute) == "value"


def test_what_is_not_given_has_the_documented_default() -> None:
    """An environment of nothing is enough for a tool that needs nothing."""
    settings = Settings.from_environment({"UNRELATED": "x"})

    assert settings.console_origins == ()
    assert (settings.service_name, settings.log_level) == ("stowage", "INFO")


def test_origins_are_separated_by_commas() -> None:
    """Spaces and empty ones do not count."""
    settings = Settings.from_environment({"CONSOLE_ORIGINS": "https://a.example, http://localhost:1 ,"})

    assert settings.console_origins == ("https://a.example", "http://localhost:1")


def test_settings_do_not_change() -> None:
    """Read once, the same for the life of the process."""
    with pytest.raises(ValidationError):
        Settings.from_environment({}).log_level = "DEBUG"  # type: ignore[misc]


def test_the_process_environment_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a mapping of its own it is the process's."""
    monkeypatch.setenv("TABLE_NAME", "from-the-process")

    assert Settings.from_environment().table_name == "from-the-process"
