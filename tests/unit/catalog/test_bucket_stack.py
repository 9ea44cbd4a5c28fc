"""The bucket's stack: hardened, free of a manager's text, equal for equal requests."""

import base64
import json
from typing import Any

import pytest

from stowage.catalog.bucket import KIND
from stowage.catalog.bucket.permissions import READS, WRITES
from stowage.catalog.bucket.stack import DATA_CLASS, NONCURRENT_DAYS
from stowage.catalog.metadata import spec_from_template
from stowage.domain.kinds import RenderRequest
from stowage.domain.survey import Origin
from tests.unit.catalog.linting import lint
from tests.unit.fakes.people import project

MINIMAL: dict[str, Any]
FULL: dict[str, Any]
MINIMAL, FULL = KIND.schema["examples"]
PROJECT = project(log_bucket="stowage-logs-111111111111-eu-west-1")
TEMPLATE_BYTES = 51_200
LARGEST: dict[str, Any] = {
    "description": "\U0001f6a2" * 500,
    "owner": "a" * 64 + "@" + "b" * 185 + ".com",
    "costCentre": "c" * 64,
    "dataClass": "strictly-confidential",
    "lifecycleDays": 36500,
    "noncurrentDays": 36500,
    "retention": {"mode": "compliance", "days": 36500},
    "tags": {f"{number:02}" + "k" * 126: "v" * 256 for number in range(40)},
}


def render(spec: dict[str, Any], version: int = 1) -> dict[str, Any]:
    """Give the template of a bucket with this spec."""
    return KIND.render(RenderRequest(PROJECT, "example-corp-invoices", spec, version))


def bucket(spec: dict[str, Any]) -> dict[str, Any]:
    """Give the bucket's properties."""
    properties: dict[str, Any] = render(spec)["Resources"]["Bucket"]["Properties"]
    return properties


def statements(spec: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Give the bucket policy's statements by Sid."""
    policy = render(spec)["Resources"]["BucketPolicy"]["Properties"]["PolicyDocument"]
    return {statement["Sid"]: statement for statement in policy["Statement"]}


def test_the_largest_spec_stays_below_the_template_limit() -> None:
    """40 longest tags and the longest description fit into a template sent with the call (51,200 bytes)."""
    assert len(json.dumps(render(LARGEST), separators=(",", ":")).encode()) < TEMPLATE_BYTES


@pytest.mark.parametrize("spec", [MINIMAL, FULL, LARGEST], ids=["minimal", "full", "largest"])
def test_every_bucket_is_hardened(spec: dict[str, Any]) -> None:
    """Versioning, KMS with bucket key, public access block, no ACLs, access logs: always, whatever the spec says."""
    made = bucket(spec)

    assert made["BucketName"] == "example-corp-invoices"
    assert made["VersioningConfiguration"] == {"Status": "Enabled"}
    assert made["BucketEncryption"]["ServerSideEncryptionConfiguration"] == [
        {
            "BucketKeyEnabled": True,
            "ServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": PROJECT.kms_key_arn},
        }
    ]
    assert set(made["PublicAccessBlockConfiguration"].values()) == {True}
    assert len(made["PublicAccessBlockConfiguration"]) == 4
    assert made["OwnershipControls"] == {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    assert made["LoggingConfiguration"] == {
        "DestinationBucketName": PROJECT.log_bucket,
        "LogFilePrefix": "s3/example-corp-invoices/",
    }
    assert "AccessControl" not in made


def test_the_policy_only_denies() -> None:
    """The policy opens nothing: no TLS, old TLS, another encryption and another key are each denied to everybody."""
    found = statements(FULL)

    assert {statement["Effect"] for statement in found.values()} == {"Deny"}
    assert found["DenyWithoutTls"]["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert found["DenyWithoutTls"]["Action"] == "s3:*"
    assert len(found["DenyWithoutTls"]["Resource"]) == 2
    assert found["DenyTlsBelow12"]["Condition"] == {"NumericLessThan": {"s3:TlsVersion": "1.2"}}
    assert found["DenyOtherEncryption"]["Condition"] == {
        "Null": {"s3:x-amz-server-side-encryption": "false"},
        "StringNotEquals": {"s3:x-amz-server-side-encryption": "aws:kms"},
    }
    key = "s3:x-amz-server-side-encryption-aws-kms-key-id"
    assert found["DenyOtherKey"]["Condition"] == {"Null": {key: "false"}, "StringNotEquals": {key: PROJECT.kms_key_arn}}


def test_the_lifecycle_removes_leftovers_and_expires_only_when_asked() -> None:
    """Uploads abandoned for 7 days and old versions always go; current objects only after the asked days."""
    leftovers, expiry = bucket(FULL)["LifecycleConfiguration"]["Rules"]

    assert leftovers["AbortIncompleteMultipartUpload"] == {"DaysAfterInitiation": 7}
    assert leftovers["NoncurrentVersionExpiration"] == {"NoncurrentDays": 90}
    assert leftovers["ExpiredObjectDeleteMarker"] is True
    assert "ExpirationInDays" not in leftovers
    assert expiry["ExpirationInDays"] == 365
    assert len(bucket(MINIMAL)["LifecycleConfiguration"]["Rules"]) == 1


def test_the_default_of_noncurrent_days_is_the_schemas() -> None:
    """A spec without the field means what the form shows."""
    default = KIND.schema["properties"]["noncurrentDays"]["default"]

    assert bucket(MINIMAL) == bucket({**MINIMAL, "noncurrentDays": default})
    assert bucket(MINIMAL) == bucket({**MINIMAL, "lifecycleDays": None, "retention": None, "tags": {}})


def test_retention_becomes_object_lock() -> None:
    """Without retention there is no Object Lock at all; with it, the default for every new object version."""
    asked = bucket({**MINIMAL, "retention": {"days": 7}})

    assert asked["ObjectLockEnabled"] is True
    assert asked["ObjectLockConfiguration"]["Rule"]["DefaultRetention"] == {"Mode": "GOVERNANCE", "Days": 7}
    assert bucket(LARGEST)["ObjectLockConfiguration"]["Rule"]["DefaultRetention"]["Mode"] == "COMPLIANCE"
    assert "ObjectLockEnabled" not in bucket(MINIMAL)


def test_the_tags_name_owner_cost_centre_and_data_class() -> None:
    """The three tags of ours stand beside the manager's own, and all together stay below S3's 50."""
    tags = {tag["Key"]: tag["Value"] for tag in bucket(FULL)["Tags"]}

    assert tags == {
        "stowage:owner": "billing-team@example.com",
        "stowage:cost-centre": "CC-4711",
        "stowage:data-class": "confidential",
        "team": "billing",
        "system": "invoicing",
    }
    # CloudFormation adds the stack's three tags of ours to the bucket's.
    assert len(bucket(LARGEST)["Tags"]) + 3 <= 50


def test_deleting_the_stack_deletes_the_bucket_and_a_replacement_keeps_it() -> None:
    """S3 refuses to delete what is not empty, so Delete loses nothing; a replaced bucket would stay."""
    made = render(FULL)["Resources"]["Bucket"]

    assert (made["DeletionPolicy"], made["UpdateReplacePolicy"]) == ("Delete", "Retain")


def test_the_metadata_tells_the_request_and_hides_its_text() -> None:
    """Kind, name, version and spec can be read back, and no text of the spec can be read as CloudFormation's own."""
    spec = {**FULL, "description": '${AWS::AccountId} {{resolve:ssm:/x}} {"Ref": "AWS::Region"}'}

    template = render(spec, version=7)

    assert spec_from_template(template) == Origin("bucket", "example-corp-invoices", 7, spec)
    assert "AccountId}" not in json.dumps(template)
    assert template["Metadata"]["Stowage"]["Spec"].isascii()


@pytest.mark.parametrize(
    "template",
    [
        {},
        {"Metadata": {}},
        {"Metadata": {"Stowage": {}}},
        {"Metadata": {"Stowage": {"Kind": "bucket", "Name": "n", "Version": 1, "Spec": "%%%"}}},
        {"Metadata": {"Stowage": {"Kind": "bucket", "Name": "n", "Version": "x", "Spec": "e30="}}},
        {"Metadata": {"Stowage": {"Kind": "bucket", "Name": "n", "Version": 1, "Spec": "W10="}}},
        {"Metadata": {"Stowage": {"Kind": 1, "Name": "n", "Version": 1, "Spec": "e30="}}},
        {
            "Metadata": {
                "Stowage": {"Kind": "bucket", "Name": "n", "Version": 1, "Spec": base64.b64encode(b"\xff").decode()}
            }
        },
    ],
)
def test_a_foreign_template_tells_no_spec(template: dict[str, Any]) -> None:
    """A stack that is not ours, or was tampered with, is told by ValueError and nothing else."""
    with pytest.raises(ValueError, match=r"Metadata\.Stowage"):
        spec_from_template(template)


def test_the_outputs_are_name_arn_and_region() -> None:
    """What a manager copies from the console."""
    assert set(render(MINIMAL)["Outputs"]) == {"Name", "Arn", "Region"}


@pytest.mark.parametrize("spec", [MINIMAL, FULL, LARGEST], ids=["minimal", "full", "largest"])
def test_cfn_lint_finds_nothing(spec: dict[str, Any]) -> None:
    """The rendered template is what CloudFormation's own schemas want."""
    assert lint(render(spec)) == []


def test_the_service_role_gets_settings_of_buckets_and_nothing_on_objects() -> None:
    """CloudFormation may set up and remove buckets; it cannot touch an object, and has no wildcard."""
    (statement,) = KIND.service_statements()

    assert set(statement["Action"]) == {*WRITES, *READS}
    assert all("*" not in action for action in statement["Action"])
    assert not [action for action in statement["Action"] if "Object" in action.replace("ObjectLockConfiguration", "")]
    assert KIND.boundary_statements() == ()


@pytest.mark.parametrize(("field", "value"), [("noncurrentDays", NONCURRENT_DAYS), ("dataClass", DATA_CLASS)])
def test_a_missing_field_means_what_the_schema_says(field: str, value: object) -> None:
    """The stack's defaults and the form's are the same."""
    assert KIND.schema["properties"][field]["default"] == value


def test_each_accepted_spec_changes_the_stack() -> None:
    """A description alone, even the same spec again: a mirror rebuilt from the stack must know the version (M3)."""
    one, other = (render(MINIMAL, version) for version in (1, 2))
    marks = [template["Resources"]["Bucket"]["Metadata"] for template in (one, other)]
    assert marks[0] != marks[1]
    assert one["Resources"]["Bucket"]["Properties"] == other["Resources"]["Bucket"]["Properties"]


def test_the_policy_goes_with_its_bucket_and_never_before() -> None:
    """A deletion that S3 refuses, since the bucket is not empty, must not leave it without its denials."""
    policy = render(MINIMAL)["Resources"]["BucketPolicy"]
    assert policy["DeletionPolicy"] == "RetainExceptOnCreate"
