"""CloudFormation in the projects' accounts."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from stowage.adapters.aws_errors import aws_errors, error_code, error_message
from stowage.adapters.stack_events import first_failure, leftovers, newest_operation, stuck
from stowage.catalog.metadata import spec_from_template
from stowage.domain.changes import Spec
from stowage.domain.clock import to_iso
from stowage.domain.errors import (
    ServiceUnavailableError,
    StackBusyError,
    StackMissingError,
    StackQuotaReachedError,
    StowageError,
    TemplateTooLargeError,
)
from stowage.domain.kinds import Template
from stowage.domain.ports import StackOperation
from stowage.domain.projects import Project
from stowage.domain.stacks import NewestOperation, Stack, Stuck
from stowage.domain.template_limits import first_excess

if TYPE_CHECKING:
    from mypy_boto3_cloudformation.client import CloudFormationClient
    from mypy_boto3_cloudformation.type_defs import StackTypeDef

    from stowage.adapters.sts import ProjectSessions

TEMPLATE_BYTES = 51_200
"""The most that a template sent in the call itself may have
(https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html)."""

CAPABILITIES = ("CAPABILITY_NAMED_IAM",)
"""Kinds may declare named users and roles; the service role and the boundary say which, not this flag."""

MISSING = re.compile(r"Stack (with id |\[)?.+ does not exist")
STACKS = 2_000
"""How many stacks an account may have in a region, unless its quota was raised
(https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html)."""

NO_UPDATES = "No updates are to be performed."
NOT_NOW = re.compile(r"can ?not be (updated|deleted|called)|is in [A-Z_]+ state")
"""CancelUpdateStack says "cannot be called from current stack status"."""
PROTECTED = "TerminationProtection"
EXPIRED = frozenset({"ExpiredToken", "ExpiredTokenException", "InvalidClientTokenId", "UnrecognizedClientException"})
"""A session that AWS does not know (any more): it is dropped, and the next attempt assumes the role anew."""

MEANINGS: dict[str, type[StowageError]] = {
    "AlreadyExistsException": StackBusyError,
    "TokenAlreadyExistsException": StackBusyError,
    **dict.fromkeys(EXPIRED, ServiceUnavailableError),
}


class CloudFormationStacks:
    """The port `Stacks`."""

    def __init__(self, sessions: "ProjectSessions") -> None:
        self._sessions = sessions

    def describe(self, project: Project, stack: str, *, person: str) -> Stack | None:
        """Give the stack by id or name; None when there is none, or (by name) only a deleted one.

        CloudFormation has no error code of its own for a missing stack, only a ValidationError with a sentence
        (https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeStacks.html).
        """
        try:
            with self._client(project, stack, person) as client:
                answer = client.describe_stacks(StackName=stack)
        except StackMissingError:
            return None
        return stack_from(answer["Stacks"][0])

    def create(self, operation: StackOperation) -> str:
        """Start the stack's creation and give its id; the same token never creates twice.

        Raises StackBusyError when a stack of that name exists or the token was used (describe it),
        TemplateTooLargeError, StackQuotaReachedError.
        """
        arguments = _arguments(operation)
        with self._client(operation.project, operation.stack_name, operation.person) as client:
            return client.create_stack(**arguments)["StackId"]

    def update(self, operation: StackOperation) -> str | None:
        """Start the update and give the stack's id, or None when CloudFormation sees nothing to do.

        Raises StackBusyError when the stack cannot be updated in the status it has or the token was used (describe
        it), StackMissingError when there is no such stack, TemplateTooLargeError.
        """
        arguments = _arguments(operation)
        try:
            with self._client(operation.project, operation.stack_name, operation.person) as client:
                return client.update_stack(**arguments)["StackId"]
        except _NothingToDoError:
            return None

    def delete(self, project: Project, stack_id: str, *, token: str, person: str, retain: tuple[str, ...] = ()) -> None:
        """Start the stack's deletion, by its id; done also if it is gone. Raises StackBusyError.

        `retain` are the logical ids of what is to stay, which CloudFormation takes of a stack in DELETE_FAILED alone
        (https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DeleteStack.html).
        """
        arguments: dict[str, Any] = {"RetainResources": list(retain)} if retain else {}
        try:
            with self._client(project, stack_id, person) as client:
                client.delete_stack(
                    StackName=stack_id, RoleARN=project.service_role_arn, ClientRequestToken=token, **arguments
                )
        except StackMissingError:
            return

    def cancel_update(self, project: Project, stack_id: str, *, token: str, person: str) -> None:
        """Let CloudFormation roll the running update back; done also if the stack is gone. Raises StackBusyError."""
        try:
            with self._client(project, stack_id, person) as client:
                client.cancel_update_stack(StackName=stack_id, ClientRequestToken=token)
        except StackMissingError:
            return

    def continue_rollback(self, project: Project, stack_id: str, *, token: str, person: str) -> None:
        """Begin anew the rollback that failed, skipping nothing. Raises StackBusyError."""
        with self._client(project, stack_id, person) as client:
            client.continue_update_rollback(
                StackName=stack_id, RoleARN=project.service_role_arn, ClientRequestToken=token
            )

    def roll_back(self, project: Project, stack_id: str, *, token: str, person: str) -> None:
        """Begin the rollback of an update that failed without one. Raises StackBusyError."""
        with self._client(project, stack_id, person) as client:
            client.rollback_stack(StackName=stack_id, RoleARN=project.service_role_arn, ClientRequestToken=token)

    def stuck(self, project: Project, stack_id: str, *, person: str) -> Stuck:
        """Tell what the stack's last rollback has failed at, by its events."""
        with self._client(project, stack_id, person) as client:
            return stuck(client, stack_id)

    def leftovers(self, project: Project, stack_id: str, *, person: str) -> tuple[str, ...]:
        """Name what stands of a stack that could not be removed, by its events."""
        try:
            with self._client(project, stack_id, person) as client:
                return leftovers(client, stack_id)
        except StackMissingError:
            return ()

    def first_failure(self, project: Project, stack_id: str, *, token: str | None, person: str) -> str | None:
        """Give the reason of the first failing event of the operation `token` (None: the newest operation)."""
        try:
            with self._client(project, stack_id, person) as client:
                failing = first_failure(client, stack_id, token=token)
        except StackMissingError:
            return None
        return None if failing is None else failing.reason

    def newest_operation(self, project: Project, stack_id: str, *, person: str) -> NewestOperation | None:
        """Give the newest operation that the stack's events tell of, or None when there are no events."""
        try:
            with self._client(project, stack_id, person) as client:
                return newest_operation(client, stack_id)
        except StackMissingError:
            return None

    def spec_of(self, project: Project, stack_id: str, *, person: str) -> Spec | None:
        """Give the spec that stands in the stack's own template (invariant M3), or None when it tells none.

        Of a stack that was rolled back, CloudFormation gives the template that it was rolled back to
        (measured: https://github.com/ministackorg/ministack/pull/1641).
        """
        try:
            with self._client(project, stack_id, person) as client:
                body: Any = client.get_template(StackName=stack_id, TemplateStage="Original")["TemplateBody"]
            return spec_from_template(body).spec
        except (StackMissingError, ValueError):
            return None

    @contextmanager
    def _client(self, project: Project, stack: str, person: str) -> Iterator["CloudFormationClient"]:
        """Give a client narrowed to the stack, and translate what it raises."""
        name = stack_name_of(stack)
        client = self._sessions.cloudformation(project, name, person)
        with aws_errors(MEANINGS):
            try:
                yield client
            except ClientError as error:
                if error_code(error) in EXPIRED:
                    self._sessions.forget(project, name, person)
                refusal = refusal_of(error)
                if refusal is not None:
                    raise refusal from error
                raise


class _NothingToDoError(StowageError):
    """CloudFormation sees no difference between the stack and what is asked."""


def stack_name_of(stack: str) -> str:
    """Give a stack's name from its name or id (arn:…:stack/<name>/<uuid>)."""
    return stack.split("/")[1] if stack.startswith("arn:") else stack


def stack_from(found: "StackTypeDef") -> Stack:
    """Give a stack from DescribeStacks' answer."""
    return Stack(
        stack_id=found.get("StackId", ""),
        name=found["StackName"],
        status=found["StackStatus"],
        reason=found.get("StackStatusReason"),
        updated_at=to_iso(found.get("LastUpdatedTime", found["CreationTime"])),
        outputs={output.get("OutputKey", ""): output.get("OutputValue", "") for output in found.get("Outputs", [])},
        tags={tag["Key"]: tag["Value"] for tag in found.get("Tags", [])},
    )


def template_body(template: Template) -> str:
    """Give the template's JSON. Raises TemplateTooLargeError, with the figure."""
    excess = first_excess(template)
    if excess is not None:
        raise TemplateTooLargeError(excess)
    body = json.dumps(template, separators=(",", ":"), ensure_ascii=False)
    size = len(body.encode())
    if size > TEMPLATE_BYTES:
        raise TemplateTooLargeError(
            f"The stack's template would have {size:,} bytes; CloudFormation takes at most {TEMPLATE_BYTES:,}."
        )
    return body


def _arguments(operation: StackOperation) -> dict[str, Any]:
    return {
        "StackName": operation.stack_name,
        "TemplateBody": template_body(operation.template),
        "RoleARN": operation.project.service_role_arn,
        "NotificationARNs": [operation.project.topic_arn],
        "ClientRequestToken": operation.token,
        "Capabilities": list(CAPABILITIES),
        "Tags": [{"Key": key, "Value": value} for key, value in sorted(operation.tags.items())],
    }


def refusal_of(error: ClientError) -> StowageError | None:
    """Tell what CloudFormation alone means by an error: a ValidationError's sentence, and its quota of stacks."""
    sentence = error_message(error)
    # Elsewhere this code is throttling
    # (https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateStack.html#API_CreateStack_Errors).
    if error_code(error) == "LimitExceededException":
        return StackQuotaReachedError(
            "The project's account has as many CloudFormation stacks as its quota allows, which is "
            f"{STACKS:,} where it was not raised. CloudFormation says: {sentence}"
        )
    if error_code(error) != "ValidationError":
        return None
    if NO_UPDATES in sentence:
        return _NothingToDoError(sentence)
    if MISSING.fullmatch(sentence.strip().rstrip(".")):
        return StackMissingError(sentence)
    if NOT_NOW.search(sentence) and PROTECTED not in sentence:
        return StackBusyError(sentence)
    return None
