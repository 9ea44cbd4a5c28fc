"""Onboarding a project: complete, repeatable, and clear when it fails."""

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from operate import onboard as command
from operate.baseline_stack import DEADLINE_SECONDS
from operate.onboard import Request, hub_output, main, onboard
from operate.refusals import INTERRUPTED, OperatorError, run
from stowage.catalog.baseline import STACK_NAME, Hub, render_baseline
from stowage.catalog.baseline_storage import log_bucket_name
from stowage.domain.errors import AccessDeniedError
from stowage.domain.stacks import Stack
from tests.unit.fakes.changes import FakeChanges
from tests.unit.fakes.projects import FakeProjects
from tests.unit.fakes.resources import FakeResources
from tests.unit.operate.fakes import OUTPUTS, FakeAccount, FakeHours, FakeStackEventQueue, mirror

HUB = Hub("999999999999", "stowage")
REQUEST = Request("atlas", "Atlas", "111111111111", "eu-west-1")
STACK_ID = f"arn:aws:cloudformation:eu-west-1:111111111111:stack/{STACK_NAME}/0"


@dataclass
class World:
    """An account, the table's projects, time, and what the operator was told."""

    account: FakeAccount = field(default_factory=FakeAccount)
    projects: FakeProjects = field(default_factory=FakeProjects)
    resources: FakeResources = field(default_factory=FakeResources)
    changes: FakeChanges = field(default_factory=FakeChanges)
    hours: FakeHours = field(default_factory=FakeHours)
    told: list[str] = field(default_factory=list)
    hub: Hub = HUB
    events: FakeStackEventQueue = field(default_factory=FakeStackEventQueue)

    def onboard(self, request: Request = REQUEST) -> bool:
        """Run the command's verb."""
        ports = {"account": self.account, "events": self.events, "say": self.told.append, "hours": self.hours}
        known = mirror(self.projects, resources=self.resources, changes=self.changes)
        return onboard(request, self.hub, mirror=known, **ports)  # type: ignore[arg-type]


def stack(status: str, project: str = "atlas") -> Stack:
    """Give the baseline stack as somebody left it."""
    return Stack(stack_id=STACK_ID, name=STACK_NAME, status=status, tags={"stowage:project": project}, outputs=OUTPUTS)


def test_onboarding_blocks_public_access_deploys_the_baseline_and_writes_the_row() -> None:
    """After one run the account is closed to the public, the baseline stands protected, and the project is known."""
    world = World()

    assert world.onboard()

    project = world.projects.projects["atlas"]
    assert world.account.blocked
    assert world.account.protected
    assert world.account.calls == ["create"]
    assert world.account.template == render_baseline(HUB, project.external_id)
    assert (project.account, project.region, project.name) == ("111111111111", "eu-west-1", "Atlas")
    assert project.log_bucket == OUTPUTS["LogBucket"]
    assert project.baseline_version == 1
    assert len(project.external_id) == 64
    assert project.credentials_role_arn == OUTPUTS["CredentialsRoleArn"]
    assert project.sftp_server_id is None


def test_a_second_run_changes_nothing_and_keeps_the_external_id() -> None:
    """Onboarding again is harmless: no operation, the same row, the same external id."""
    world = World()
    world.onboard()
    before = world.projects.projects["atlas"]
    world.told.clear()

    assert not world.onboard()

    assert world.told == []
    assert world.projects.projects["atlas"] == before
    assert world.account.calls == ["create"]


def test_a_new_name_alone_rewrites_the_row_alone() -> None:
    """A project's name for people may change without touching its account."""
    world = World()
    world.onboard()

    assert world.onboard(Request("atlas", "Atlas II", "111111111111", "eu-west-1"))

    assert world.projects.projects["atlas"].name == "Atlas II"
    assert world.account.calls == ["create"]


def test_without_a_name_a_project_keeps_its_own() -> None:
    """Onboarding again, for a quota say, must not rename a project; a new one is called like its id."""
    world = World()
    world.onboard(Request("atlas", "Atlas II", "111111111111", "eu-west-1"))
    world.onboard(Request("atlas", None, "111111111111", "eu-west-1"))
    assert world.projects.projects["atlas"].name == "Atlas II"

    fresh = World()
    fresh.onboard(Request("north-wing", None, "111111111111", "eu-west-1"))
    assert fresh.projects.projects["north-wing"].name == "North Wing"


def test_ctrl_c_ends_a_command_with_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    """No traceback, and what may be done next."""

    def interrupted() -> None:
        raise KeyboardInterrupt

    assert run(interrupted, "offboard") == INTERRUPTED
    assert "calling it again goes on" in capsys.readouterr().err


def test_two_projects_never_share_an_external_id() -> None:
    """The external id is random for each project."""
    one, two = World(), World()

    one.onboard()
    two.onboard()

    assert one.projects.projects["atlas"].external_id != two.projects.projects["atlas"].external_id


def test_an_older_baseline_is_updated() -> None:
    """A catalog that renders another baseline brings the account's stack up to date."""
    world = World()
    world.onboard()
    world.account.template = {"Resources": {}}

    assert world.onboard()

    assert world.account.calls == ["create", "update"]


@pytest.mark.parametrize("status", ["ROLLBACK_COMPLETE", "CREATE_FAILED", "ROLLBACK_FAILED", "REVIEW_IN_PROGRESS"])
def test_what_a_failed_first_attempt_left_is_removed_first(status: str) -> None:
    """A stack that never stood cannot be updated: it is deleted, and created anew."""
    world = World(FakeAccount(stack=stack(status)))

    assert world.onboard()

    assert world.account.calls == ["delete", "create"]


def test_an_operation_that_already_runs_is_awaited() -> None:
    """Somebody else's run of the same command is waited for, not disturbed."""
    world = World(FakeAccount(stack=stack("CREATE_IN_PROGRESS"), left=5, template={}))

    assert world.onboard()

    assert world.account.calls == ["update"]
    assert any("CREATE_IN_PROGRESS" in line for line in world.told)


@pytest.mark.parametrize("status", ["UPDATE_ROLLBACK_FAILED", "UPDATE_FAILED", "DELETE_FAILED"])
def test_a_stuck_stack_is_left_to_the_operator(status: str) -> None:
    """Nothing is tried on a stack that only a person can lead out of its status."""
    world = World(FakeAccount(stack=stack(status)))

    with pytest.raises(OperatorError, match=status):
        world.onboard()

    assert world.account.calls == []
    assert not world.projects.projects


@pytest.mark.parametrize("ends", ["ROLLBACK_COMPLETE", "CREATE_FAILED"])
def test_a_failed_deployment_tells_cloudformations_first_reason_and_writes_no_row(ends: str) -> None:
    """A project whose baseline does not stand is not known to Stowage; the reason is CloudFormation's own."""
    world = World(FakeAccount(ends=[ends], failure="LogBucket: stowage-logs-111111111111 already exists"))

    with pytest.raises(OperatorError, match="LogBucket: stowage-logs-111111111111 already exists"):
        world.onboard()

    assert not world.projects.projects


def test_a_rolled_back_update_is_a_failure() -> None:
    """An update that CloudFormation took back is told as such."""
    world = World(FakeAccount(ends=["CREATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE"], failure="Key: denied"))
    world.onboard()
    world.account.template = {}

    with pytest.raises(OperatorError, match="UPDATE_ROLLBACK_COMPLETE: Key: denied"):
        world.onboard()


def test_waiting_ends_at_the_deadline() -> None:
    """A stack that never comes to rest ends the command after 15 minutes, with progress told until then."""
    world = World(FakeAccount(polls=10**6))

    with pytest.raises(OperatorError, match="still CREATE_IN_PROGRESS after 15 minutes"):
        world.onboard()

    assert world.hours.seconds == pytest.approx(DEADLINE_SECONDS)
    assert 80 < len(world.told) < 100


def test_an_account_belongs_to_one_project() -> None:
    """A second project in an account is refused before anything but the public access block is touched."""
    world = World(FakeAccount(stack=stack("CREATE_COMPLETE", project="borealis")))

    with pytest.raises(OperatorError, match="already belongs to the project borealis"):
        world.onboard()

    assert world.account.calls == []


def test_an_account_belongs_to_one_stowage() -> None:
    """A second stage, or another hub, is refused whatever the project's id: roles and topic have one name each."""
    first = World()
    first.onboard()
    other = World(first.account, hub=Hub(HUB.account, "stowage-test"))
    first.account.calls.clear()

    with pytest.raises(OperatorError, match="already belongs to another Stowage, 999999999999/stowage:"):
        other.onboard()

    assert first.account.calls == []
    assert not other.projects.projects


def test_a_baseline_from_before_stacks_were_marked_is_taken_over() -> None:
    """It was made when there was one Stowage alone."""
    world = World(FakeAccount(stack=stack("CREATE_COMPLETE"), template={}))

    assert world.onboard()

    assert world.account.stack is not None
    assert world.account.stack.tags == {"stowage:project": "atlas", "stowage:hub": "999999999999/stowage"}


def test_the_access_logs_of_a_removed_baseline_are_told_before_cloudformation_fails_on_them() -> None:
    """The log bucket outlives its stack, being evidence, and its name is the account's and the region's."""
    world = World()
    world.onboard()
    world.account.stack = None
    world.account.buckets = {OUTPUTS["LogBucket"]}

    with pytest.raises(OperatorError, match=f"{OUTPUTS['LogBucket']}, whose name .* delete the bucket, then onboard"):
        world.onboard()

    assert world.account.calls == ["create"]


def test_the_log_bucket_of_a_standing_baseline_is_no_leftover() -> None:
    """Onboarding again, and upgrading, go on as ever."""
    world = World()
    world.onboard()
    world.account.buckets = {OUTPUTS["LogBucket"]}
    world.account.template = {}

    assert world.onboard()


def test_the_log_buckets_name_is_the_templates() -> None:
    """What onboarding looks for is what the baseline makes."""
    bucket = render_baseline(HUB, "0" * 16)["Resources"]["LogBucket"]["Properties"]["BucketName"]["Fn::Sub"]

    assert log_bucket_name("${AWS::AccountId}", "${AWS::Region}") == bucket


def test_the_hubs_queue_hears_of_the_projects_stacks() -> None:
    """Subscribed in the topic's own region, and again at every run: who removed it has it back."""
    world = World()
    world.onboard()
    assert world.events.topics == {(OUTPUTS["TopicArn"], "eu-west-1")}
    world.events.topics.clear()

    assert not world.onboard()

    assert world.events.topics == {(OUTPUTS["TopicArn"], "eu-west-1")}


@pytest.mark.parametrize(("account", "region"), [("222222222222", "eu-west-1"), ("111111111111", "eu-north-1")])
def test_a_project_never_moves(account: str, region: str) -> None:
    """A known project is not onboarded into another account or region."""
    world = World()
    world.onboard()

    with pytest.raises(OperatorError, match="stands in account 111111111111, region eu-west-1"):
        world.onboard(Request("atlas", "Atlas", account, region))


class _Hub:
    """Port `HubAccount`."""

    account = "999999999999"
    region = "eu-west-1"

    def __init__(self, outputs: dict[str, str] | None) -> None:
        self._outputs = outputs

    def stack_outputs(self, stack: str) -> dict[str, str] | None:
        """Give the outputs of the one stack."""
        return self._outputs if stack == "stowage" else None


def test_a_hub_that_is_not_deployed_is_told_in_a_sentence() -> None:
    """A missing stack, or one without the output, tells what to do."""
    assert hub_output(_Hub({"TableName": "t"}), "stowage", "TableName") == "t"
    with pytest.raises(OperatorError, match="There is no stack other in account 999999999999"):
        hub_output(_Hub({}), "other", "TableName")
    with pytest.raises(OperatorError, match="no output TableName"):
        hub_output(_Hub({}), "stowage", "TableName")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([], "the following arguments are required"),
        (["--project", "Atlas", "--account", "111111111111"], "a project id"),
        (["--project", "at", "--account", "111111111111"], "a project id"),
        (["--project", "-atlas", "--account", "111111111111"], "expected one argument"),
        (["--project", "atlas-", "--account", "111111111111"], "a project id"),
        (["--project", "a" * 33, "--account", "111111111111"], "a project id"),
        (["--project", "atlas\n", "--account", "111111111111"], "a project id"),
        (["--project", "", "--account", "111111111111"], "a project id"),
        (["--project", "atlas", "--account", "1111"], "12 digits"),
        (["--project", "atlas", "--account", "11111111111x"], "12 digits"),
        (["--project", "atlas", "--account", "\u0661" * 12], "12 digits"),
        (["--project", "atlas", "--account", "111111111111", "--region", "Ireland"], "an AWS region"),
        (["--project", "atlas", "--account", "111111111111", "--name", ""], "a name of 1 to 100 characters"),
        (["--project", "atlas", "--account", "111111111111", "--name", "a\x1b[31m"], "a name of 1 to 100 characters"),
        (["--project", "atlas", "--account", "111111111111", "--stack", "a_b"], "a stack's name"),
        (["--project", "atlas", "--account", "111111111111", "--stack", "a" * 21], "at most 20"),
        (["--project", "atlas", "--account", "111111111111", "--admin-role", "a b"], "a role's name"),
        (["--project", "atlas", "--account", "111111111111", "--sftp", "maybe"], "invalid choice"),
    ],
)
def test_bad_arguments_are_one_sentence_and_exit_code_2(
    arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing is called for an argument without the right form; one line tells which."""
    with pytest.raises(SystemExit) as leaving:
        main(arguments)

    told = capsys.readouterr().err
    assert leaving.value.code == 2
    assert sentence in told
    assert told.count("\n") == 1


def test_what_stowage_refuses_is_one_sentence_and_exit_code_1(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Missing credentials, a missing stack, a failed deployment: no traceback, exit code 1."""

    def refuse() -> Callable[[], None]:
        raise AccessDeniedError("AWS credentials are missing.")

    monkeypatch.setattr(command, "AwsHub", refuse)

    assert main(["--project", "atlas", "--account", "111111111111"]) == 1
    assert capsys.readouterr().err == "onboard: AWS credentials are missing.\n"
