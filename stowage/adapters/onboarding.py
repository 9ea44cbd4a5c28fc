"""The accounts of hub and projects, as an operator who sets a project up sees them."""

import ipaddress
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import boto3
from botocore.config import Config
from botocore.exceptions import (
    ClientError,
    NoCredentialsError,
    NoRegionError,
    PartialCredentialsError,
    ProfileNotFound,
    SSOError,
    TokenRetrievalError,
)

from stowage.adapters.aws_errors import aws_errors, error_code, error_message
from stowage.adapters.cloudformation import MISSING, NO_UPDATES, stack_from, template_body
from stowage.adapters.s3control import block_public_access
from stowage.adapters.stack_events import first_failure
from stowage.domain.errors import AccessDeniedError
from stowage.domain.kinds import Template
from stowage.domain.stacks import Stack

if TYPE_CHECKING:
    from botocore.awsrequest import AWSRequest
    from mypy_boto3_cloudformation.client import CloudFormationClient
    from mypy_boto3_s3.client import S3Client
    from mypy_boto3_sts.client import STSClient
    from mypy_boto3_sts.type_defs import GetCallerIdentityResponseTypeDef

SESSION_NAME = "stowage-onboard"
NOT_OURS = frozenset({"301", "400", "403", "404"})
"""HeadBucket of a name that is free, elsewhere or somebody else's
(https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadBucket.html)."""
CONFIG = Config(retries={"mode": "standard", "total_max_attempts": 6}, user_agent_extra="stowage-operate")


class AwsHub:
    """The port `HubAccount`: whoever the environment's credentials are (AWS_PROFILE and the like are honoured)."""

    def __init__(self) -> None:
        with _credentials():
            self._session = boto3.Session()
            self._sts: STSClient = self._session.client("sts", config=CONFIG)
            self._cloudformation: CloudFormationClient = self._session.client("cloudformation", config=CONFIG)

    @cached_property
    def account(self) -> str:
        """Give the account's number."""
        return self._identity["Account"]

    @property
    def region(self) -> str:
        """Give the region that the credentials' configuration names."""
        return self._cloudformation.meta.region_name

    def stack_outputs(self, stack: str) -> dict[str, str] | None:
        """Give the outputs of Stowage's own stack, or None when there is no such stack."""
        found = _describe(self._cloudformation, stack)
        return None if found is None else found.outputs

    def stack_events(self, queue_arn: str) -> "AwsStackEventQueue":
        """Give the hub's queue of stack events."""
        return AwsStackEventQueue(self._session, queue_arn)

    def open_project(self, account: str, region: str, *, admin_role: str, profile: str | None) -> "AwsProjectAccount":
        """Get into a project's account and make sure that it is the one.

        Args:
            account: the account's number.
            region: the project's region.
            admin_role: the role to assume there; AWS Organizations makes OrganizationAccountAccessRole by default.
            profile: a profile of the AWS configuration to use instead of that role.

        On the local cloud, an access key id that is an account's number means that account's root.
        """
        with _credentials():
            if self._is_local:
                session = boto3.Session(aws_access_key_id=account, aws_secret_access_key="local")  # noqa: S106
            elif profile is not None:
                session = boto3.Session(profile_name=profile)
            else:
                session = self._assume(account, admin_role)
            actual = session.client("sts", config=CONFIG, region_name=region).get_caller_identity()["Account"]
        if actual != account:
            raise AccessDeniedError(f"The credentials lead into account {actual}, not into {account}.")
        return AwsProjectAccount(session, account, region, host_prefix=not self._is_local)

    @cached_property
    def _identity(self) -> "GetCallerIdentityResponseTypeDef":
        with _credentials():
            return self._sts.get_caller_identity()

    @property
    def _is_local(self) -> bool:
        host = urlsplit(self._sts.meta.endpoint_url).hostname or ""
        try:
            return host == "localhost" or ipaddress.ip_address(host).is_loopback
        except ValueError:
            return False

    def _assume(self, account: str, role: str) -> boto3.Session:
        partition = self._identity["Arn"].split(":")[1]
        arn = f"arn:{partition}:iam::{account}:role/{role}"
        given = self._sts.assume_role(RoleArn=arn, RoleSessionName=SESSION_NAME)["Credentials"]
        return boto3.Session(
            aws_access_key_id=given["AccessKeyId"],
            aws_secret_access_key=given["SecretAccessKey"],
            aws_session_token=given["SessionToken"],
        )


class AwsStackEventQueue:
    """The port `StackEventQueue`: the queue's owner subscribes, so that nothing needs to be confirmed.

    The topic's region and the queue's may differ
    (https://docs.aws.amazon.com/sns/latest/dg/sns-cross-region-delivery.html).
    """

    def __init__(self, session: boto3.Session, arn: str) -> None:
        self._session = session
        self._arn = arn

    def subscribe(self, topic_arn: str, region: str) -> None:
        """Subscribe the queue to the topic; SNS gives the subscription that there is when it is asked again.

        Not raw: its envelope tells by which topic a message came, and SNS alone writes that
        (https://docs.aws.amazon.com/sns/latest/dg/sns-large-payload-raw-message-delivery.html).
        """
        client = self._session.client("sns", config=CONFIG, region_name=region)
        with aws_errors():
            client.subscribe(TopicArn=topic_arn, Protocol="sqs", Endpoint=self._arn, ReturnSubscriptionArn=True)


class AwsProjectAccount:
    """The port `ProjectAccount`."""

    def __init__(self, session: boto3.Session, account: str, region: str, *, host_prefix: bool) -> None:
        self._account, self._region = account, region
        self._cloudformation: CloudFormationClient = session.client("cloudformation", config=CONFIG, region_name=region)
        self._s3: S3Client = session.client("s3", config=CONFIG, region_name=region)
        self._s3control = session.client("s3control", config=CONFIG, region_name=region)
        if not host_prefix:
            self._s3control.meta.events.register("before-sign.s3-control", self._strip_host_prefix)

    def _strip_host_prefix(self, request: "AWSRequest", **_: object) -> None:
        """Take the account off the host's name: S3 Control's endpoint rules put it before any, even a loopback address.

        They do so whatever `inject_host_prefix` says.
        """
        request.url = str(request.url).replace(f"//{self._account}.", "//", 1)

    @property
    def number(self) -> str:
        """Give the account's number."""
        return self._account

    @property
    def region(self) -> str:
        """Give the project's region."""
        return self._region

    def block_public_access(self) -> bool:
        """Switch the account's whole public access block on; gives False when it was on already."""
        return block_public_access(self._s3control, self._account)

    def owns_bucket(self, name: str) -> bool:
        """Tell whether this very account has a bucket of that name.

        https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-owner-condition.html
        """
        with aws_errors():
            try:
                self._s3.head_bucket(Bucket=name, ExpectedBucketOwner=self.number)
            except ClientError as error:
                if error_code(error) in NOT_OURS:
                    return False
                raise
        return True

    def describe(self, stack: str) -> Stack | None:
        """Give the stack by name or id; None when there is none, or (by name) only a deleted one."""
        return _describe(self._cloudformation, stack)

    def create(self, stack: str, template: Template, tags: dict[str, str]) -> None:
        """Start the stack's creation."""
        with aws_errors():
            self._cloudformation.create_stack(
                StackName=stack,
                TemplateBody=template_body(template),
                Capabilities=["CAPABILITY_NAMED_IAM"],
                Tags=[{"Key": key, "Value": value} for key, value in sorted(tags.items())],
            )

    def update(self, stack: str, template: Template, tags: dict[str, str]) -> bool:
        """Start the stack's update; gives False when CloudFormation sees nothing to do."""
        with aws_errors():
            try:
                self._cloudformation.update_stack(
                    StackName=stack,
                    TemplateBody=template_body(template),
                    Capabilities=["CAPABILITY_NAMED_IAM"],
                    Tags=[{"Key": key, "Value": value} for key, value in sorted(tags.items())],
                )
            except ClientError as error:
                if error_code(error) == "ValidationError" and NO_UPDATES in error_message(error):
                    return False
                raise
        return True

    def delete(self, stack: str) -> None:
        """Start the stack's deletion, by its id."""
        with aws_errors():
            self._cloudformation.delete_stack(StackName=stack)

    def protect(self, stack: str) -> None:
        """Forbid the stack's deletion until somebody lifts the protection; idempotent."""
        with aws_errors():
            self._cloudformation.update_termination_protection(StackName=stack, EnableTerminationProtection=True)

    def unprotect(self, stack: str) -> None:
        """Allow the stack's deletion (again); idempotent."""
        with aws_errors():
            self._cloudformation.update_termination_protection(StackName=stack, EnableTerminationProtection=False)

    def first_failure(self, stack: str) -> str | None:
        """Give the reason of the newest operation's first failing event, or None."""
        with aws_errors():
            failing = first_failure(self._cloudformation, stack)
        return None if failing is None else f"{failing.logical_id}: {failing.reason}"


def _describe(client: "CloudFormationClient", stack: str) -> Stack | None:
    with _credentials():
        try:
            found = client.describe_stacks(StackName=stack)["Stacks"][0]
        except ClientError as error:
            # CloudFormation has no code of its own for a missing stack, only this sentence.
            if error_code(error) == "ValidationError" and MISSING.fullmatch(error_message(error).rstrip(".")):
                return None
            raise
    return stack_from(found)


@contextmanager
def _credentials() -> Iterator[None]:
    """Turn what AWS and a wrong or missing configuration raise into errors of our tree."""
    try:
        with aws_errors():
            yield
    except (NoCredentialsError, PartialCredentialsError, ProfileNotFound, SSOError, TokenRetrievalError) as error:
        raise AccessDeniedError(f"AWS credentials are missing or wrong: {error}") from error
    except NoRegionError as error:
        raise AccessDeniedError("No AWS region is configured: set AWS_REGION, or AWS_PROFILE to a profile.") from error
