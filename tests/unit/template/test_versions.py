"""A deployment while changes run: later ones take the new version, running ones keep theirs (docs/adr/0010)."""

from local.templates import transformed
from tests.unit.template.conftest import Hub

ALIAS = "ChangeResourceStateMachineAliaslive"
VERSION = "ChangeResourceStateMachineVersion"


def test_the_api_starts_changes_by_the_alias_and_the_listener_looks_at_the_machine(hub: Hub) -> None:
    """So that each execution names the version it runs."""
    told = {name: each["Environment"]["Variables"].get("STATE_MACHINE_ARN") for name, each in hub.functions.items()}

    assert hub.machine["AutoPublishAlias"] == "live"
    assert told["ApiFunction"] == {"Ref": ALIAS}
    assert told["ExecutionEndedFunction"] == {"Ref": "ChangeResourceStateMachine"}


def test_the_alias_moves_at_once_and_former_versions_are_kept(hub: Hub) -> None:
    """A version that is deleted could not be gone back to."""
    resources = transformed(hub.source)["Resources"]

    assert resources[ALIAS]["Properties"]["DeploymentPreference"] == {
        "Type": "ALL_AT_ONCE",
        "StateMachineVersionArn": {"Ref": VERSION},
    }
    assert resources[VERSION]["UpdateReplacePolicy"] == "Retain"
