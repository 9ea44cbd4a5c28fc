"""Deploy a small Python function with a role of its own, for the contract tests of everything that calls functions."""

import io
import json
import time
import zipfile
from collections.abc import Callable
from typing import Any

from tests.contract.conftest import LocalCloud

TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": ["lambda.amazonaws.com", "states.amazonaws.com"]},
            "Action": "sts:AssumeRole",
        }
    ],
}
DEADLINE_SECONDS = 15.0


def archive(source: str) -> bytes:
    """Return a package whose one module is `function`."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as package:
        package.writestr("function.py", source)
    return packed.getvalue()


def make_role(cloud: LocalCloud, name: str, *statements: dict[str, Any]) -> str:
    """Make a role that Lambda and Step Functions may take, with these statements as its one policy; return its ARN."""
    iam = cloud.client("iam")
    arn: str = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]["Arn"]
    if statements:
        document = {"Version": "2012-10-17", "Statement": list(statements)}
        iam.put_role_policy(RoleName=name, PolicyName="policy", PolicyDocument=json.dumps(document))
    return arn


def allow(action: str | list[str], resource: str = "*") -> dict[str, Any]:
    """Return an Allow statement."""
    return {"Effect": "Allow", "Action": action, "Resource": resource}


def deploy_function(
    cloud: LocalCloud, name: str, source: str, *statements: dict[str, Any], **configuration: Any
) -> str:
    """Create a function of `source` (its handler is `handler`) whose role has these statements; return its ARN."""
    function: str = cloud.client("lambda").create_function(
        FunctionName=name,
        Runtime="python3.11",
        Handler="function.handler",
        Role=make_role(cloud, f"{name}-role", *statements),
        Code={"ZipFile": archive(source)},
        **{"Timeout": 10, **configuration},
    )["FunctionArn"]
    return function


def invoke(cloud: LocalCloud, name: str, event: Any = None) -> tuple[Any, str | None]:
    """Invoke and return the payload and what `FunctionError` says."""
    answer = cloud.client("lambda").invoke(FunctionName=name, Payload=json.dumps(event))
    return json.loads(answer["Payload"].read()), answer.get("FunctionError")


def eventually(look: Callable[[], Any], seconds: float = DEADLINE_SECONDS) -> Any:
    """Return the first true value of `look`; fail when the time is over."""
    deadline = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < deadline, f"not within {seconds} s: {look}"
        time.sleep(0.02)
    return found
