"""What reconcile reads and writes, on moto: rows under their conditions, stacks in pages, findings on the project."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest

from stowage.adapters.dynamodb.projects import DynamoProjects
from stowage.adapters.dynamodb.reconciliation import DynamoReconciliation
from stowage.adapters.dynamodb.resources import DynamoResources
from stowage.adapters.session import make_client, session
from stowage.adapters.stack_survey import STANDING, CloudFormationSurvey
from stowage.adapters.sts import ProjectSessions
from stowage.catalog.metadata import template_metadata
from stowage.domain.drift import Drift, DriftedResource
from stowage.domain.errors import AccessDeniedError
from stowage.domain.findings import Findings
from stowage.domain.kinds import RenderRequest
from stowage.domain.ports import ReferenceChanges, ResourceKey
from stowage.domain.resources import ResourceName, ResourceRow, ResourceStatus
from stowage.domain.survey import Origin
from tests.integration.conftest import REGION, TABLE
from tests.integration.test_dynamodb_resources import put_row
from tests.unit.fakes.clock import FakeClock
from tests.unit.fakes.people import project
from tests.unit.fakes.resources import resource_row

KEY = ResourceKey("apollo", "crate", "apples")
FOUND = Findings(stacks=1, verified_at="2026-11-23T09:00:00.000Z", tried_at="2026-11-23T09:00:01.000Z")
SURVEYED = project(survey_role_arn="arn:aws:iam::111111111111:role/StowageSurvey")


@pytest.fixture
def mirror(dynamodb: Any) -> DynamoReconciliation:
    """Give the adapter."""
    return DynamoReconciliation(dynamodb, TABLE)


@pytest.fixture
def rows(dynamodb: Any) -> DynamoResources:
    """Give the rows as everybody else has them."""
    return DynamoResources(dynamodb, TABLE)


def row(**fields: Any) -> ResourceRow:
    """Give a row as reconcile makes it of a stack."""
    given: dict[str, Any] = {
        "stack_id": "arn:stack",
        "stack_updated_at": "2026-11-23T08:00:00.000Z",
        "fence": 1_700_000_000,
    }
    return resource_row("apollo", "crate", "apples", **{"change": None, "outcome": None, **given, **fields})


def stored(rows: DynamoResources) -> ResourceRow:
    """Read the row."""
    found = rows.get("apollo", "crate", "apples")
    assert found is not None
    return found


def test_a_lost_row_is_written_whole_and_once(mirror: DynamoReconciliation, rows: DynamoResources) -> None:
    """As it was given; a second row, or one of a change that was quicker, is not overwritten."""
    lost = row(spec={"description": "Äpfel"}, outputs={"Arn": "arn:x"}, version=3)

    assert mirror.rebuild(lost)
    assert not mirror.rebuild(lost.model_copy(update={"fence": 1}))

    assert stored(rows) == lost
    assert mirror.rows("apollo") == (lost,)


def test_a_row_is_settled_and_its_marks_are_taken_with_it(
    mirror: DynamoReconciliation, rows: DynamoResources, dynamodb: Any
) -> None:
    """One transaction: the row as its stack shows it, and what it names no more."""
    mirror.rebuild(row())
    before = stored(rows)
    put_row(dynamodb, "pears", change=None, status={"S": "ACTIVE"}, referencedBy={"SS": ["crate/apples"]})
    missing: dict[str, Any] = {"status": ResourceStatus.MISSING, "outputs": {}, "stack_status": None}
    after = before.model_copy(update={"resource": before.resource.model_copy(update=missing)})
    dropped = (ResourceName(kind="crate", name="pears"),)

    assert mirror.settle(before, after, ReferenceChanges(dropped=dropped, touched=dropped))

    assert stored(rows).resource.status == "MISSING"
    pears = rows.get("apollo", "crate", "pears")
    assert pears is not None
    assert pears.resource.referenced_by == ()


def test_a_tombstone_is_settled_back_to_life_under_its_fence(
    mirror: DynamoReconciliation, rows: DynamoResources
) -> None:
    """A stack that stands after all."""
    mirror.rebuild(row())
    before = stored(rows)
    mirror._client.update_item(
        TableName=TABLE,
        Key={"pk": {"S": "RESOURCES#apollo"}, "sk": {"S": "RESOURCE#crate#apples"}},
        UpdateExpression="SET deletedAt = :at",
        ExpressionAttributeValues={":at": {"S": "2026-11-23T09:00:00.000Z"}},
    )
    tombstone = before.model_copy(update={"deleted": True})

    assert not mirror.settle(before, before)
    assert mirror.settle(tombstone, before)

    assert stored(rows) == before


@pytest.mark.parametrize(
    "taken",
    [
        {"lock": {"M": {"change": {"S": "chg-1"}}}},
        {"fence": {"N": "1700000001"}},
    ],
)
def test_a_row_that_a_change_has_or_had_since_is_let_be(
    mirror: DynamoReconciliation, rows: DynamoResources, dynamodb: Any, taken: dict[str, Any]
) -> None:
    """Held, or acquired and released in between: the fence tells."""
    mirror.rebuild(row())
    before = stored(rows)
    item = dynamodb.get_item(
        TableName=TABLE, Key={"pk": {"S": "RESOURCES#apollo"}, "sk": {"S": "RESOURCE#crate#apples"}}
    )
    dynamodb.put_item(TableName=TABLE, Item={**item["Item"], **taken})

    assert not mirror.settle(before, before.model_copy(update={"stack_id": "arn:other"}))


def test_an_event_that_came_meanwhile_stays(mirror: DynamoReconciliation, rows: DynamoResources, dynamodb: Any) -> None:
    """The stack's status follows the order of events (M1); the rest is written all the same."""
    mirror.rebuild(row())
    before = stored(rows)
    dynamodb.update_item(
        TableName=TABLE,
        Key={"pk": {"S": "RESOURCES#apollo"}, "sk": {"S": "RESOURCE#crate#apples"}},
        UpdateExpression="SET stackMark = :mark, stackStatus = :status",
        ExpressionAttributeValues={":mark": {"S": "2027-01-01T00:00:00.000Z#9#"}, ":status": {"S": "DELETE_FAILED"}},
    )

    assert mirror.settle(before, before.model_copy(update={"stack_updated_at": "2026-11-23T08:30:00.000Z"}))

    assert stored(rows).resource.stack_status == "DELETE_FAILED"
    assert stored(rows).stack_updated_at == "2026-11-23T08:30:00.000Z"


def test_drift_is_noted_on_a_row_that_stands(mirror: DynamoReconciliation, rows: DynamoResources) -> None:
    """When it was asked for at first, what was found later; a row that is gone is not made anew."""
    drift = Drift(
        status="DRIFTED",
        checked_at="2026-11-23T09:00:00.000Z",
        resources=(DriftedResource(type="AWS::S3::Bucket", id="Bucket", status="MODIFIED", properties=("/Tags",)),),
    )
    fence = row().fence
    assert not mirror.note_drift(KEY, drift, asked_at="now", fence=fence)
    mirror.rebuild(row())

    assert mirror.note_drift(KEY, None, asked_at="2026-11-23T08:59:00.000Z", fence=fence)
    assert (stored(rows).drift_asked_at, stored(rows).resource.drift) == ("2026-11-23T08:59:00.000Z", None)
    assert mirror.note_drift(KEY, drift, asked_at="2026-11-23T08:59:00.000Z", fence=fence)

    assert stored(rows).resource.drift == drift
    [listed] = rows.list_page("apollo", kind=None, limit=9, after=None).items
    assert listed == json.loads(stored(rows).resource.model_dump_json(by_alias=True))


def test_drift_is_not_noted_on_a_row_that_a_change_holds_or_has_held(
    mirror: DynamoReconciliation, rows: DynamoResources, dynamodb: Any
) -> None:
    """It was found in the stack as it stood before."""
    drift = Drift(status="DRIFTED", checked_at="2026-11-23T09:00:00.000Z")
    mirror.rebuild(row())

    assert not mirror.note_drift(KEY, drift, asked_at="now", fence=row().fence - 1)
    put_row(dynamodb, fence={"N": str(row().fence)})
    assert not mirror.note_drift(KEY, drift, asked_at="now", fence=row().fence)

    assert stored(rows).resource.drift is None


def test_findings_stand_on_the_project_and_outlive_its_settings(mirror: DynamoReconciliation, dynamodb: Any) -> None:
    """An operator who sets a quota does not wipe them; a project that is gone gets none."""
    projects = DynamoProjects(dynamodb, TABLE)
    assert not mirror.put_findings("apollo", FOUND)
    projects.put_project(project(sftp_server_id="s-1"))

    assert mirror.put_findings("apollo", FOUND)
    projects.put_project(project(quotas={"crate": 3}))

    known = projects.get_project("apollo")
    assert known == project(quotas={"crate": 3}, reconcile=FOUND)
    assert projects.list_projects() == (known,)


@pytest.fixture
def survey() -> Iterator[CloudFormationSurvey]:
    """Give the adapter with real sessions."""
    session.cache_clear()
    sts = boto3.client("sts", region_name=REGION)
    yield CloudFormationSurvey(ProjectSessions(sts, make_client, FakeClock(datetime.now(UTC))))
    session.cache_clear()


def stand(name: str) -> str:
    """Lay a stack into the project's account, and give its id."""
    credentials = boto3.client("sts", region_name=REGION).assume_role(
        RoleArn=SURVEYED.survey_role_arn or "", RoleSessionName="given"
    )["Credentials"]
    client = boto3.client(
        "cloudformation",
        region_name=REGION,
        aws_access_key_id=credentials["AccessKeyId"],
        aws_secret_access_key=credentials["SecretAccessKey"],
        aws_session_token=credentials["SessionToken"],
    )
    request = RenderRequest(project=SURVEYED, name="apples", spec={"description": "Äpfel"}, version=3)
    body = {
        "Metadata": template_metadata("crate", request),
        "Resources": {"Topic": {"Type": "AWS::SNS::Topic", "Properties": {}}},
    }
    return str(client.create_stack(StackName=name, TemplateBody=json.dumps(body))["StackId"])


def test_a_survey_lists_what_is_a_resource_and_reads_what_it_was_made_of(survey: CloudFormationSurvey) -> None:
    """Neither the baseline nor anybody else's; origin and description by the stack's id."""
    stand("stowage-baseline")
    stand("somebodys")
    stack_id = stand("stowage-crate-apples")

    listing = survey.list_stacks(SURVEYED)
    described = survey.describe(SURVEYED, stack_id)

    assert [(each.stack_id, each.status) for each in listing.stacks] == [(stack_id, "CREATE_COMPLETE")]
    assert listing.calls == 1
    assert described is not None
    assert described.updated_at == listing.stacks[0].updated_at
    assert survey.origin_of(SURVEYED, stack_id) == Origin("crate", "apples", 3, {"description": "Äpfel"})
    assert survey.describe(SURVEYED, f"{stack_id}gone") is None


def test_a_project_without_the_role_is_told_what_to_do(survey: CloudFormationSurvey) -> None:
    """Its baseline is older."""
    with pytest.raises(AccessDeniedError, match="make upgrade-baselines"):
        survey.list_stacks(project())


def test_every_status_but_a_deleted_stacks_is_listed() -> None:
    """Those that botocore's model knows."""
    client = boto3.client("cloudformation", region_name=REGION)
    known = getattr(client.meta.service_model.shape_for("StackStatus"), "enum", ())

    assert {*STANDING, "DELETE_COMPLETE"} == set(known)
