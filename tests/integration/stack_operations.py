"""A small stack and what to submit of it: what the tests of CloudFormation share."""

from typing import Any

from stowage.domain.ports import StackOperation
from tests.integration.conftest import REGION
from tests.unit.fakes.people import MANAGER, project

NAME = "stowage-bucket-apples"
STACK_ID = f"arn:aws:cloudformation:{REGION}:111111111111:stack/{NAME}/1b2c"
PERSON = MANAGER.id


def template(description: str = "one") -> dict[str, Any]:
    """Give a small stack."""
    tags = [{"Key": "d", "Value": description}]
    bucket = {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "apples", "Tags": tags}}
    return {"Resources": {"Bucket": bucket}, "Outputs": {"Name": {"Value": "apples"}}}


def operation(token: str = "token-1", **fields: Any) -> StackOperation:
    """Give what to submit."""
    given: dict[str, Any] = {
        "project": project(),
        "stack_name": NAME,
        "template": template(),
        "token": token,
        "tags": {"stowage:project": "apollo"},
        "person": PERSON,
    }
    return StackOperation(**{**given, **fields})
