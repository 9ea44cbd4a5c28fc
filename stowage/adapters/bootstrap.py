"""The composition root: gives each port its adapter, made at first use and kept for the life of the process.

The adapters are imported where they are made: a function pays for those alone that it uses.
"""
# ruff: noqa: PLC0415 -- see above: importing all adapters would cost every function what a few need

from functools import cache
from typing import TYPE_CHECKING

from stowage.adapters.session import client, make_client
from stowage.adapters.settings import Settings
from stowage.adapters.system_clock import SystemClock

if TYPE_CHECKING:
    from stowage.adapters.sts import ProjectSessions
    from stowage.domain import ports
    from stowage.domain.custody import Custodian
    from stowage.domain.notifications import Notifier
    from stowage.domain.onboarding import SignIns
    from stowage.domain.recovery import Recovery
    from stowage.domain.rotation_requests import Teller


@cache
def settings() -> Settings:
    """Give the settings, read once."""
    return Settings.from_environment()


@cache
def clock() -> "ports.Clock":
    """Give the clock."""
    return SystemClock()


@cache
def projects() -> "ports.Projects":
    """Give the projects and their members."""
    from stowage.adapters.dynamodb.projects import DynamoProjects

    return DynamoProjects(client("dynamodb"), settings().table_name)


@cache
def resources() -> "ports.Resources":
    """Give the mirror's resource rows."""
    from stowage.adapters.dynamodb.resources import DynamoResources

    return DynamoResources(client("dynamodb"), settings().table_name)


@cache
def sightings() -> "ports.Sightings":
    """Give what stack events write to the mirror."""
    from stowage.adapters.dynamodb.sightings import DynamoSightings
    from stowage.catalog.registry import all_kinds

    return DynamoSightings(client("dynamodb"), settings().table_name, lambda: [each.kind for each in all_kinds()])


@cache
def changes() -> "ports.Changes":
    """Give the change rows."""
    from stowage.adapters.dynamodb.changes import DynamoChanges

    return DynamoChanges(client("dynamodb"), settings().table_name)


@cache
def change_details() -> "ports.ChangeDetails":
    """Give what is kept of changes beside their rows."""
    from stowage.adapters.dynamodb.change_details import DynamoChangeDetails

    return DynamoChangeDetails(client("dynamodb"), settings().table_name)


@cache
def histories() -> "ports.Histories":
    """Give the raw histories of change_resource's executions."""
    from stowage.adapters.raw_history import StepFunctionsHistories

    return StepFunctionsHistories(client("stepfunctions"), settings().state_machine_arn)


@cache
def sockets() -> "ports.Sockets":
    """Give the sockets and their subscriptions."""
    from stowage.adapters.dynamodb.sockets import DynamoSockets

    return DynamoSockets(client("dynamodb"), settings().table_name, clock())


@cache
def tickets() -> "ports.Tickets":
    """Give the socket tickets."""
    from stowage.adapters.dynamodb.tickets import DynamoTickets

    return DynamoTickets(client("dynamodb"), settings().table_name)


@cache
def executions() -> "ports.Executions":
    """Give the executions of change_resource."""
    from stowage.adapters.stepfunctions import StepFunctionsExecutions

    return StepFunctionsExecutions(client("stepfunctions"), settings().state_machine_arn)


@cache
def rotations() -> "ports.Executions":
    """Give the executions of rotate_credentials."""
    from stowage.adapters.stepfunctions import StepFunctionsExecutions

    return StepFunctionsExecutions(client("stepfunctions"), settings().rotation_machine_arn)


@cache
def credential_rows() -> "ports.CredentialRows":
    """Give the rows that tell of users' keys."""
    from stowage.adapters.dynamodb.credentials import DynamoCredentialRows

    return DynamoCredentialRows(client("dynamodb"), settings().table_name)


@cache
def custodian() -> "Custodian":
    """Give what finds a user's keys: their row, IAM and the project's store."""
    from stowage.catalog.registry import kind_by_name
    from stowage.domain.custody import Custodian

    return Custodian(projects(), credential_rows(), access_keys(), secret_store(), kind_by_name, handovers())


@cache
def teller() -> "Teller":
    """Give what tells people of their credentials."""
    from stowage.domain.rotation_requests import Teller

    return Teller(notices(), notifier(), clock())


@cache
def access_keys() -> "ports.AccessKeys":
    """Give IAM's access keys in the projects' accounts."""
    from stowage.adapters.access_keys import IamAccessKeys

    return IamAccessKeys(_project_sessions())


@cache
def secret_store() -> "ports.SecretStore":
    """Give the projects' secret stores."""
    from stowage.adapters.secret_store import ProjectSecretStore

    return ProjectSecretStore(_project_sessions())


@cache
def key_probe() -> "ports.KeyProbe":
    """Give the look at AWS with a fresh key."""
    from stowage.adapters.key_probe import AwsKeyProbe

    return AwsKeyProbe(make_client)


@cache
def waits() -> "ports.Waits":
    """Give the answers to waiting states."""
    from stowage.adapters.stepfunctions import StepFunctionsWaits

    return StepFunctionsWaits(client("stepfunctions"))


@cache
def stacks() -> "ports.Stacks":
    """Give CloudFormation in the projects' accounts."""
    from stowage.adapters.cloudformation import CloudFormationStacks

    return CloudFormationStacks(_project_sessions())


@cache
def stack_survey() -> "ports.StackSurvey":
    """Give what reconcile reads in the projects' accounts."""
    from stowage.adapters.stack_survey import CloudFormationSurvey

    return CloudFormationSurvey(_project_sessions())


@cache
def live_resources() -> "ports.LiveResources":
    """Give what reconcile reads in the projects' accounts beside their stacks."""
    from stowage.adapters.live_resources import ProjectLiveResources

    return ProjectLiveResources(_project_sessions())


@cache
def reconciliation() -> "ports.Reconciliation":
    """Give the mirror's rows as reconcile mends them."""
    from stowage.adapters.dynamodb.reconciliation import DynamoReconciliation

    return DynamoReconciliation(client("dynamodb"), settings().table_name)


@cache
def reconcile_runs() -> "ports.ReconcileRuns":
    """Give the last runs of reconcile."""
    from stowage.adapters.dynamodb.reconcile_runs import DynamoReconcileRuns

    return DynamoReconcileRuns(client("dynamodb"), settings().table_name)


@cache
def reconciles() -> "ports.Executions":
    """Give the executions of reconcile."""
    from stowage.adapters.stepfunctions import StepFunctionsExecutions

    return StepFunctionsExecutions(client("stepfunctions"), settings().reconcile_machine_arn)


@cache
def recovery() -> "Recovery":
    """Give what closes the changes that an ended execution has left open."""
    from stowage.catalog.registry import kind_by_name
    from stowage.domain.recovery import Recovery

    return Recovery(executions(), projects(), resources(), changes(), stacks(), clock(), kind_by_name)


@cache
def sign_ins() -> "SignIns":
    """Give the users of the user pool."""
    from stowage.adapters.cognito import CognitoSignIns

    return CognitoSignIns(client("cognito-idp"), settings().user_pool_id)


@cache
def contents() -> "ports.Contents":
    """Give what people keep in the projects' accounts."""
    from stowage.adapters.contents import S3Contents

    return S3Contents(_project_sessions(), clock())


@cache
def _project_sessions() -> "ProjectSessions":
    from stowage.adapters.sts import ProjectSessions

    return ProjectSessions(client("sts"), make_client, clock())


@cache
def connections() -> "ports.Connections":
    """Give the way to open WebSockets."""
    from stowage.adapters.apigateway import ApiGatewayConnections

    # The one AWS API with an endpoint per API and stage: no client can know it by itself.
    return ApiGatewayConnections(make_client("apigatewaymanagementapi", endpoint_url=settings().socket_endpoint))


@cache
def global_names() -> "ports.GlobalNames":
    """Give the look-up of names that are unique in all of AWS."""
    from botocore import UNSIGNED
    from botocore.config import Config

    from stowage.adapters.s3 import S3GlobalNames

    return S3GlobalNames(make_client("s3", config=Config(signature_version=UNSIGNED)))


@cache
def handovers() -> "ports.Handovers":
    """Give the rows of handovers."""
    from stowage.adapters.dynamodb.handovers import DynamoHandovers

    return DynamoHandovers(client("dynamodb"), settings().table_name)


@cache
def notices() -> "ports.Notices":
    """Give the rows of notices."""
    from stowage.adapters.dynamodb.notices import DynamoNotices

    return DynamoNotices(client("dynamodb"), settings().table_name)


@cache
def notifier() -> "Notifier":
    """Give the notifier of open pages."""
    from stowage.domain.notifications import Notifier

    return Notifier(projects(), resources(), sockets(), connections())
