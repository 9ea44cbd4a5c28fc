"""What can go wrong with one call of AWS, and which call it goes wrong with."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from botocore.exceptions import ClientError, ConnectTimeoutError, ReadTimeoutError

CONNECT_SECONDS = 9.0
"""Three attempts of `stowage.adapters.session.CONFIG`'s connect_timeout."""
READ_SECONDS = 11.0
"""A read timeout and a little; three of them would be longer than a function lives."""


class Fault(StrEnum):
    """Ways in which a call goes wrong. The last two are ours, beyond the eight of the design."""

    TIMEOUT_BEFORE = "timeout before the effect"
    TIMEOUT_AFTER = "timeout after the effect"
    THROTTLE = "throttled"
    SERVER_ERROR = "5xx"
    DENIED = "access denied"
    STALE = "stale read"
    CRASH = "crash before the result is used"
    SLOW = "slow"
    LATE = "timeout, and the effect comes later"
    TWICE = "sent twice"


S3_READS = frozenset({"head_bucket", "list_object_versions", "list_multipart_uploads"})
READS = S3_READS | {
    "get_item",
    "query",
    "describe_stacks",
    "list_stacks",
    "describe_stack_events",
    "get_template",
    "describe_execution",
    "get_execution_history",
}
STRONG = S3_READS | {"describe_execution", "get_execution_history", "get_template"}
"""Reads of which nothing says that they may be older than the last write."""


@dataclass(frozen=True, slots=True)
class AwsCall:
    """A call of AWS: made by a state (or a listener), for a change."""

    state: str
    change: str
    service: str
    operation: str
    arguments: dict[str, Any] = field(hash=False, compare=False)
    fence: int | None = None
    """The fence that its maker believes to hold."""
    turn: int = 0
    """Which attempt of the execution it belongs to: a call of an earlier one is a straggler's."""

    @property
    def name(self) -> str:
        """Name it as a policy would."""
        return f"{self.service}:{self.operation}"

    def suffers(self, fault: Fault) -> bool:
        """Tell whether such a fault means anything for this call."""
        if fault is Fault.STALE:
            return self.operation in READS - STRONG
        if fault in {Fault.LATE, Fault.TWICE}:
            return self.operation not in READS
        return True


@dataclass
class Plan:
    """Which calls go wrong, and how; `hits` counts what really did, as (state, call, fault)."""

    choose: Callable[[AwsCall], Fault | None] = lambda _call: None
    hits: list[tuple[str, str, Fault]] = field(default_factory=list)
    seen: dict[tuple[str, str], int] = field(default_factory=dict)
    healed: bool = False

    def fault_of(self, call: AwsCall) -> Fault | None:
        """Tell what goes wrong with this call."""
        if self.healed:
            return None
        where = (call.state, call.name)
        self.seen[where] = self.seen.get(where, 0) + 1
        fault = self.choose(call)
        if fault is None or not call.suffers(fault):
            return None
        self.hits.append((call.state, call.name, fault))
        return fault


def targeted(state: str, call_name: str, fault: Fault, *, skip: int = 0, times: int = 1) -> Plan:
    """Let one state's call go wrong: after `skip` good ones, so many times."""
    made = 0

    def choose(call: AwsCall) -> Fault | None:
        nonlocal made
        if (call.state, call.name) != (state, call_name):
            return None
        made += 1
        return fault if skip < made <= skip + times else None

    return Plan(choose)


def client_error(code: str, message: str, operation: str, *, status: int = 400, **more: Any) -> ClientError:
    """Give the error that a boto3 client raises."""
    response: Any = {
        "Error": {"Code": code, "Message": message},
        "ResponseMetadata": {"HTTPStatusCode": status},
        **more,
    }
    return ClientError(response, operation)


THROTTLES = {
    "dynamodb": "ProvisionedThroughputExceededException",
    "cloudformation": "Throttling",
    "sts": "Throttling",
    "lambda": "TooManyRequestsException",
    "apigatewaymanagementapi": "LimitExceededException",
    "s3": "SlowDown",
    "stepfunctions": "ThrottlingException",
}
DENIALS = {"cloudformation": "AccessDenied", "s3": "AccessDenied", "sts": "AccessDenied"}
FAILURES = {"dynamodb": "InternalServerError", "lambda": "ServiceException"}


def error_of(fault: Fault, call: AwsCall) -> Exception:
    """Give what the caller sees of a fault that is told by an error."""
    url = f"https://{call.service}.invalid"
    if fault is Fault.THROTTLE:
        return client_error(THROTTLES[call.service], "Rate exceeded", call.operation)
    if fault is Fault.SERVER_ERROR:
        return client_error(FAILURES.get(call.service, "InternalFailure"), "Oops", call.operation, status=500)
    if fault is Fault.DENIED:
        code = DENIALS.get(call.service, "AccessDeniedException")
        return client_error(code, f"not authorized to perform: {call.name}", call.operation, status=403)
    return (ConnectTimeoutError if fault is Fault.TIMEOUT_BEFORE else ReadTimeoutError)(endpoint_url=url)
