"""A project's settings: set at onboarding, changed later, kept by everything else."""

import pytest

from operate import projects as command
from operate.onboard import Request, main, onboard
from operate.project_settings import UNCHANGED, ProjectSettings
from operate.projects import change_settings, lines_of
from operate.refusals import OperatorError
from stowage.catalog.baseline import Hub
from tests.unit.fakes.people import populated, project
from tests.unit.fakes.projects import FakeProjects
from tests.unit.operate.fakes import FakeAccount, FakeHours, FakeStackEventQueue, mirror

HUB = Hub("999999999999", "stowage")
REQUEST = Request("atlas", "Atlas", "111111111111", "eu-west-1")
ALL = ProjectSettings({"bucket": 20}, ("Team", "Cost"), managers_may_manage_members=True)


def run_onboard(projects: FakeProjects, account: FakeAccount, settings: ProjectSettings = UNCHANGED) -> None:
    """Onboard atlas, telling nobody."""
    ports = {"account": account, "events": FakeStackEventQueue(), "mirror": mirror(projects), "hours": FakeHours()}
    onboard(REQUEST, HUB, settings=settings, say=lambda _: None, **ports)  # type: ignore[arg-type]


def test_onboarding_sets_them_and_onboarding_again_keeps_them() -> None:
    """What is not said again stays; what is said replaces."""
    projects, account = FakeProjects(), FakeAccount()
    run_onboard(projects, account, ALL)
    first = projects.projects["atlas"]
    run_onboard(projects, account)
    second = projects.projects["atlas"]
    run_onboard(projects, account, ProjectSettings(quotas={"bucket": None}, mandatory_tags=()))
    third = projects.projects["atlas"]

    assert (first.quotas, first.mandatory_tags, first.managers_may_manage_members) == (
        {"bucket": 20},
        ("Cost", "Team"),
        True,
    )
    assert second == first
    assert (third.quotas, third.mandatory_tags, third.managers_may_manage_members) == ({}, (), True)


def test_what_is_set_while_the_baseline_is_deployed_is_not_lost() -> None:
    """Onboarding reads the row again before it writes it: a deployment takes minutes."""
    projects = FakeProjects()
    run_onboard(projects, FakeAccount())

    class Meanwhile(FakeAccount):
        def protect(self, stack: str) -> None:
            super().protect(stack)
            change_settings("atlas", ProjectSettings(quotas={"bucket": 5}), projects=projects)

    run_onboard(projects, Meanwhile())

    assert projects.projects["atlas"].quotas == {"bucket": 5}


def test_onboarding_again_opens_a_project_whose_offboarding_was_begun() -> None:
    """The way back from an offboarding that could not be finished."""
    projects, account = FakeProjects(), FakeAccount()
    run_onboard(projects, account)
    projects.put_project(projects.projects["atlas"].model_copy(update={"closing": True}))

    run_onboard(projects, account)

    assert projects.projects["atlas"].closing is False


def test_settings_are_changed_later_and_told() -> None:
    """Only what is given changes."""
    projects = populated()

    told = change_settings("apollo", ProjectSettings(quotas={"bucket": 3}), projects=projects)

    assert projects.projects["apollo"] == project(quotas={"bucket": 3}) == told
    assert "quotas\tbucket=3" in "\n".join(lines_of(told))
    change_settings("apollo", ProjectSettings(managers_may_manage_members=True), projects=projects)
    assert projects.projects["apollo"] == project(quotas={"bucket": 3}, managers_may_manage_members=True)


@pytest.mark.parametrize(
    ("name", "settings", "sentence"),
    [("nowhere", ALL, "There is no project nowhere"), ("apollo", UNCHANGED, "Say what to set")],
)
def test_an_unknown_project_and_nothing_to_set_are_refused(name: str, settings: ProjectSettings, sentence: str) -> None:
    """One sentence each."""
    with pytest.raises(OperatorError, match=sentence):
        change_settings(name, settings, projects=populated())


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--quota", "bucket"], "and a number or default"),
        (["--quota", "bucket=-1"], "and a number or default"),
        (["--quota", "bucket=1x"], "and a number or default"),
        (["--quota", "barrel=1"], "is not a kind"),
        (["--mandatory-tag", ""], "a tag's key"),
        (["--mandatory-tag", "aws:team"], "a tag's key"),
        (["--mandatory-tag", "Stowage:owner"], "a tag's key"),
        (["--mandatory-tag", "a\n"], "a tag's key"),
        (["--mandatory-tag", "x" * 129], "a tag's key"),
        (["--mandatory-tag", "Team", "--no-mandatory-tags"], "not allowed with"),
        (["--managers-may-manage-members", "maybe"], "invalid choice"),
    ],
)
def test_bad_settings_are_one_sentence_and_exit_code_2(
    arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of onboarding and of setting alike, before anything is called."""
    onboarding = ["--project", "atlas", "--account", "111111111111"]
    for run, before in ((main, onboarding), (command.main, ["set", "--project", "atlas"])):
        with pytest.raises(SystemExit) as leaving:
            run([*before, *arguments])

        told = capsys.readouterr().err
        assert leaving.value.code == 2
        assert sentence in told
        assert told.count("\n") == 1
