"""Stacks that somebody left behind, and lists of more stacks than one answer holds.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/view-stack-events.html
"""

import json
import time

import pytest
from botocore.exceptions import ClientError

from tests.contract.conftest import LocalCloud, StackDriver
from tests.contract.test_cloudformation_recovery import start_update, wait_for
from tests.contract.test_cloudformation_stacks import error_of, template, topic


def test_an_abandoned_change_set_leaves_its_stack_in_review(stacks: StackDriver, unique: str) -> None:
    """REVIEW_IN_PROGRESS: it has no resources, outlives its change set, is not updated, and goes when it is deleted."""
    cloudformation = stacks.cloudformation
    stack = cloudformation.create_change_set(
        StackName=unique,
        ChangeSetName="create",
        ChangeSetType="CREATE",
        TemplateBody=json.dumps(template(Topic=topic(unique))),
    )["StackId"]
    deadline = time.monotonic() + 10
    while (found := cloudformation.describe_change_set(StackName=stack, ChangeSetName="create"))["Status"] != (
        "CREATE_COMPLETE"
    ):
        assert time.monotonic() < deadline, found["Status"]
        time.sleep(0.02)

    cloudformation.delete_change_set(StackName=stack, ChangeSetName="create")
    status = stacks.describe(stack)["StackStatus"]
    resources = cloudformation.describe_stack_resources(StackName=stack)["StackResources"]
    update = error_of(start_update, stacks=stacks, stack=stack, body=template(Topic=topic(unique)))
    cloudformation.delete_stack(StackName=stack)
    wait_for(stacks, stack, "DELETE_COMPLETE")

    assert (status, resources) == ("REVIEW_IN_PROGRESS", [])
    assert update[0] == "ValidationError"
    with pytest.raises(ClientError, match="does not exist"):
        stacks.describe(unique)


def test_lists_come_in_pages(cloud: LocalCloud, unique: str) -> None:
    """ListStacks goes on with NextToken, deleted stacks included, and filters by status."""
    own = StackDriver(cloud.client("cloudformation", "333333333333"))
    names = {f"{unique}-{number}" for number in range(103)}
    handle = template(Handle={"Type": "AWS::CloudFormation::WaitConditionHandle"})
    ids = [own.start_create(name, handle) for name in names]
    for stack in ids:
        own.settle(stack)
    own.delete(ids[0])

    pages = list(own.cloudformation.get_paginator("list_stacks").paginate())
    complete = own.cloudformation.get_paginator("list_stacks").paginate(StackStatusFilter=["CREATE_COMPLETE"])

    assert len(pages) > 1
    assert {found["StackName"] for page in pages for found in page["StackSummaries"]} == names
    assert len([found for page in complete for found in page["StackSummaries"]]) == len(names) - 1
    described = own.cloudformation.get_paginator("describe_stacks").paginate()
    assert len([found for page in described for found in page["Stacks"]]) == len(names) - 1
