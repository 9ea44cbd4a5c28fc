"""CloudFormation in the projects' accounts as reconcile reads it: all stacks at once, and nothing changed."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from stowage.adapters.aws_errors import aws_errors
from stowage.adapters.cloudformation import MEANINGS, refusal_of, stack_from
from stowage.catalog.baseline import STACK_NAME
from stowage.catalog.metadata import spec_from_template
from stowage.domain.clock import to_iso
from stowage.domain.drift import PROPERTIES_TOLD, RESOURCES_TOLD, DriftedResource
from stowage.domain.errors import StackBusyError, StackMissingError
from stowage.domain.kinds import Template
from stowage.domain.projects import Project
from stowage.domain.resources import STACK_PREFIX
from stowage.domain.stacks import Stack
from stowage.domain.survey import Listing, Origin, StackSummary

if TYPE_CHECKING:
    from mypy_boto3_cloudformation.client import CloudFormationClient
    from mypy_boto3_cloudformation.literals import StackStatusType
    from mypy_boto3_cloudformation.type_defs import StackResourceDriftTypeDef, StackSummaryTypeDef

    from stowage.adapters.sts import ProjectSessions

PERSON = "reconcile"
"""In whose name the account's CloudTrail shows it."""
STANDING: "tuple[StackStatusType, ...]" = (
    "CREATE_COMPLETE",
    "CREATE_FAILED",
    "CREATE_IN_PROGRESS",
    "DELETE_FAILED",
    "DELETE_IN_PROGRESS",
    "IMPORT_COMPLETE",
    "IMPORT_IN_PROGRESS",
    "IMPORT_ROLLBACK_COMPLETE",
    "IMPORT_ROLLBACK_FAILED",
    "IMPORT_ROLLBACK_IN_PROGRESS",
    "REVIEW_IN_PROGRESS",
    "ROLLBACK_COMPLETE",
    "ROLLBACK_FAILED",
    "ROLLBACK_IN_PROGRESS",
    "UPDATE_COMPLETE",
    "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS",
    "UPDATE_FAILED",
    "UPDATE_IN_PROGRESS",
    "UPDATE_ROLLBACK_COMPLETE",
    "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS",
    "UPDATE_ROLLBACK_FAILED",
    "UPDATE_ROLLBACK_IN_PROGRESS",
)
"""Every status but DELETE_COMPLETE: deleted stacks are listed for 90 days
(https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ListStacks.html)."""


class CloudFormationSurvey:
    """The port `StackSurvey`."""

    def __init__(self, sessions: "ProjectSessions") -> None:
        self._sessions = sessions

    def list_stacks(self, project: Project) -> Listing:
        """Give all of Stowage's stacks that are not deleted; one call for each hundred of the account's."""
        found: list[StackSummary] = []
        calls, following = 0, dict[str, Any]()
        with self._client(project) as client:
            while True:
                page = client.list_stacks(StackStatusFilter=list(STANDING), **following)
                calls += 1
                found += (_summary(each) for each in page["StackSummaries"] if _is_a_resource(each))
                if not page.get("NextToken"):
                    return Listing(tuple(found), calls)
                following = {"NextToken": page["NextToken"]}

    def describe(self, project: Project, stack_id: str) -> Stack | None:
        """Give the stack, or None when there is none (any more)."""
        try:
            with self._client(project) as client:
                answer = client.describe_stacks(StackName=stack_id)
        except StackMissingError:
            return None
        return stack_from(answer["Stacks"][0])

    def origin_of(self, project: Project, stack_id: str) -> Origin | None:
        """Give what the stack's own template says it was asked for, or None when it tells none."""
        template = self.template_of(project, stack_id)
        try:
            return None if template is None else spec_from_template(template)
        except ValueError:
            return None

    def template_of(self, project: Project, stack_id: str) -> Template | None:
        """Give the stack's own template as it was submitted, or None when there is none, or none in JSON."""
        try:
            with self._client(project) as client:
                body: Any = client.get_template(StackName=stack_id, TemplateStage="Original")["TemplateBody"]
        except StackMissingError:
            return None
        return dict(body) if isinstance(body, dict) else None

    def detect_drift(self, project: Project, stack_id: str) -> bool:
        """Begin a detection, whose result a later listing tells; False where one runs or the status forbids it.

        https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DetectStackDrift.html
        """
        try:
            with self._client(project) as client:
                client.detect_stack_drift(StackName=stack_id)
        except (StackBusyError, StackMissingError):
            return False
        return True

    def drifted(self, project: Project, stack_id: str) -> tuple[DriftedResource, ...]:
        """Give the resources in which the last detection found drift; one page, which holds more than is told."""
        with self._client(project) as client:
            answer = client.describe_stack_resource_drifts(
                StackName=stack_id, StackResourceDriftStatusFilters=["MODIFIED", "DELETED"]
            )
        return tuple(_drifted(each) for each in answer["StackResourceDrifts"][:RESOURCES_TOLD])

    @contextmanager
    def _client(self, project: Project) -> Iterator["CloudFormationClient"]:
        """Give a client, and translate what it raises."""
        client = self._sessions.survey(project, PERSON)
        with aws_errors(MEANINGS):
            try:
                yield client
            except ClientError as error:
                refusal = refusal_of(error)
                if refusal is not None:
                    raise refusal from error
                raise


def _is_a_resource(each: "StackSummaryTypeDef") -> bool:
    return each["StackName"].startswith(f"{STACK_PREFIX}-") and each["StackName"] != STACK_NAME


def _summary(each: "StackSummaryTypeDef") -> StackSummary:
    drift = each.get("DriftInformation")
    checked_at = drift.get("LastCheckTimestamp") if drift else None
    return StackSummary(
        stack_id=each.get("StackId", ""),
        name=each["StackName"],
        status=each["StackStatus"],
        updated_at=to_iso(each.get("LastUpdatedTime", each["CreationTime"])),
        drift=drift["StackDriftStatus"] if drift else "NOT_CHECKED",
        drift_checked_at=None if checked_at is None else to_iso(checked_at),
    )


def _drifted(each: "StackResourceDriftTypeDef") -> DriftedResource:
    return DriftedResource(
        type=each["ResourceType"],
        id=each["LogicalResourceId"],
        status=each["StackResourceDriftStatus"],
        properties=tuple(part["PropertyPath"] for part in each.get("PropertyDifferences", [])[:PROPERTIES_TOLD]),
    )
