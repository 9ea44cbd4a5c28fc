"""The baseline: hardened, entered by the hub alone, carrying what the kinds declare."""

import json
import re
from typing import Any

import pytest

from stowage.catalog import baseline_roles, baseline_storage
from stowage.catalog.baseline import BASELINE_VERSION, STACK_NAME, Hub, render_baseline
from stowage.catalog.baseline_roles import UNSCOPED_SURVEY_ACTIONS
from stowage.catalog.registry import all_kinds
from tests.unit.catalog.linting import lint
from tests.unit.fakes.kinds import crate

HUB = Hub(account="999999999999", stack="stowage")
EXTERNAL_ID = "0123456789abcdef" * 4
TEMPLATE = render_baseline(HUB, EXTERNAL_ID)
WITH_SFTP = render_baseline(HUB, EXTERNAL_ID, sftp=True)
ROLE_POLICY_CHARACTERS = 10_240
MANAGED_POLICY_CHARACTERS = 6_144
TEMPLATE_BYTES = 51_200


def properties(logical_id: str) -> dict[str, Any]:
    """Give a resource's properties."""
    found: dict[str, Any] = TEMPLATE["Resources"][logical_id]["Properties"]
    return found


def by_sid(statements: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Give statements by their Sid."""
    return {statement["Sid"]: statement for statement in statements}


def role_statements(logical_id: str) -> dict[str, dict[str, Any]]:
    """Give the statements of a role's one policy."""
    (policy,) = properties(logical_id)["Policies"]
    return by_sid(policy["PolicyDocument"]["Statement"])


def policy_statements(logical_id: str) -> dict[str, dict[str, Any]]:
    """Give the statements of a resource policy."""
    return by_sid(properties(logical_id)["PolicyDocument"]["Statement"])


def all_statements() -> list[dict[str, Any]]:
    """Give every policy statement of the template."""

    def within(value: Any) -> list[dict[str, Any]]:
        if isinstance(value, dict):
            inner = [statement for each in value.values() for statement in within(each)]
            return [value, *inner] if "Effect" in value else inner
        return [statement for each in value for statement in within(each)] if isinstance(value, list) else []

    return within(TEMPLATE)


def actions(statement: dict[str, Any]) -> list[str]:
    """Give a statement's actions as a list."""
    found = statement["Action"]
    return [found] if isinstance(found, str) else list(found)


def test_cfn_lint_finds_nothing() -> None:
    """The template is what CloudFormation's own schemas want."""
    assert lint(TEMPLATE) == []


def test_equal_arguments_give_equal_templates_without_parameters() -> None:
    """Onboarding again changes nothing: the template is a function of hub, external id and catalog."""
    assert json.dumps(render_baseline(HUB, EXTERNAL_ID)) == json.dumps(TEMPLATE)
    assert "Parameters" not in TEMPLATE
    assert len(json.dumps(TEMPLATE, separators=(",", ":"))) < TEMPLATE_BYTES


@pytest.mark.parametrize("role", ["DeployRole", "CredentialsRole"])
def test_only_roles_of_the_hubs_stack_get_in_and_only_with_the_external_id(role: str) -> None:
    """Assuming either role takes the hub's account, a role of its stack, and the external id."""
    trust = by_sid(properties(role)["AssumeRolePolicyDocument"]["Statement"])
    hub = {"AWS": {"Fn::Sub": "arn:${AWS::Partition}:iam::999999999999:root"}}
    from_hub = {"aws:PrincipalArn": {"Fn::Sub": "arn:${AWS::Partition}:iam::999999999999:role/stowage-*"}}

    assert trust["AssumeWithExternalId"] == {
        "Sid": "AssumeWithExternalId",
        "Effect": "Allow",
        "Principal": hub,
        "Action": "sts:AssumeRole",
        "Condition": {"StringEquals": {"sts:ExternalId": EXTERNAL_ID}, "ArnLike": from_hub},
    }
    assert trust["NameThePerson"]["Principal"] == hub
    assert trust["NameThePerson"]["Action"] == "sts:SetSourceIdentity"
    assert trust["NameThePerson"]["Condition"] == {"ArnLike": from_hub}
    assert len(trust) == 2


def test_the_deploy_role_drives_stacks_of_stowage_but_not_the_baseline() -> None:
    """It may work on stowage-* stacks, empty buckets, hand CloudFormation the service role, publish events, no more."""
    found = role_statements("DeployRole")
    stack = "arn:${AWS::Partition}:cloudformation:${AWS::Region}:${AWS::AccountId}:stack"

    assert set(found) == {
        "DriveStacks",
        "NeverTheBaseline",
        "HandOverTheServiceRole",
        "EmptyBuckets",
        "NeverTheAccessLogs",
        "StackEvents",
        "StackEventsKey",
    }
    assert found["DriveStacks"]["Resource"] == {"Fn::Sub": f"{stack}/stowage-*/*"}
    assert set(found["DriveStacks"]["Action"]) == set(baseline_roles.STACK_ACTIONS)
    assert found["NeverTheBaseline"]["Effect"] == "Deny"
    assert found["NeverTheBaseline"]["Action"] == "cloudformation:*"
    assert found["NeverTheBaseline"]["Resource"] == {"Fn::Sub": f"{stack}/{STACK_NAME}/*"}
    assert found["EmptyBuckets"]["Condition"] == {"StringEquals": {"aws:ResourceAccount": {"Ref": "AWS::AccountId"}}}
    assert "s3:GetObject" not in found["EmptyBuckets"]["Action"]
    assert found["HandOverTheServiceRole"]["Resource"] == {"Fn::GetAtt": ["ServiceRole", "Arn"]}
    assert found["HandOverTheServiceRole"]["Condition"] == {
        "StringEquals": {"iam:PassedToService": "cloudformation.amazonaws.com"}
    }


def test_the_credentials_role_minds_keys_and_secrets_of_stowage_and_the_deploy_role_does_not() -> None:
    """Whoever has one of the two roles cannot both make a user and have its keys."""
    found = role_statements("CredentialsRole")
    mine = {action for statement in found.values() for action in actions(statement)}
    others = {action for statement in role_statements("DeployRole").values() for action in actions(statement)}

    assert properties("CredentialsRole")["RoleName"] == "StowageCredentials"
    assert set(found) == {"AccessKeys", "Secrets", "SecretsKey"}
    assert found["AccessKeys"]["Resource"] == {"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:user/stowage/*"}
    assert found["Secrets"]["Resource"]["Fn::Sub"].endswith(":secret:stowage/*")
    assert found["SecretsKey"]["Resource"] == {"Fn::GetAtt": ["Key", "Arn"]}
    assert found["SecretsKey"]["Condition"] == {
        "StringEquals": {"kms:ViaService": {"Fn::Sub": "secretsmanager.${AWS::Region}.${AWS::URLSuffix}"}}
    }
    assert {action.partition(":")[0] for action in mine} == {"iam", "kms", "secretsmanager"}
    assert not {action for action in others if "AccessKey" in action or action.startswith("secretsmanager:")}


def test_no_identity_that_stowage_creates_reaches_the_boundary_or_a_role_of_the_baseline() -> None:
    """What CloudFormation may change stands below the path /stowage/; the baseline's own roles and policy do not."""
    for logical_id in ("DeployRole", "CredentialsRole", "AuditorRole", "ServiceRole", "Boundary"):
        assert "Path" not in properties(logical_id)
    for statement in role_statements("ServiceRole").values():
        if statement["Effect"] == "Allow" and any(action.startswith("iam:") for action in actions(statement)):
            assert re.fullmatch(r".*:(user|role|policy)/stowage/\*", statement["Resource"]["Fn::Sub"])


def test_whoever_stowage_creates_is_created_within_the_boundary_and_stays_within_it() -> None:
    """Making and filling an identity takes the boundary; taking it away is denied, whatever else is allowed."""
    found = role_statements("ServiceRole")
    boundary = f"arn:${{AWS::Partition}}:iam::${{AWS::AccountId}}:policy/{properties('Boundary')['ManagedPolicyName']}"
    within = {"ArnEquals": {"iam:PermissionsBoundary": {"Fn::Sub": boundary}}}
    bounded = {
        "iam:CreateRole",
        "iam:CreateUser",
        "iam:PutRolePermissionsBoundary",
        "iam:PutRolePolicy",
        "iam:PutUserPermissionsBoundary",
    }
    allowed = [each for each in found.values() if each["Effect"] == "Allow"]

    assert {action for each in allowed if each.get("Condition") == within for action in actions(each)} == bounded
    assert not {action for each in allowed if each.get("Condition") != within for action in actions(each)} & bounded
    assert found["NeverOutOfTheBoundary"]["Action"] == "iam:DeleteUserPermissionsBoundary"
    assert found["NeverSftpRolesOutOfIt"]["Action"] == "iam:DeleteRolePermissionsBoundary"


def test_an_sftp_server_stands_only_where_it_is_asked_for() -> None:
    """It costs by the hour: without the option there is neither server nor log, and no output that tells of one."""
    assert not {"SftpServer", "SftpLog"} & set(TEMPLATE["Resources"])
    assert set(WITH_SFTP["Resources"]) - set(TEMPLATE["Resources"]) == {"SftpServer", "SftpLog"}
    assert set(WITH_SFTP["Outputs"]) - set(TEMPLATE["Outputs"]) == {"SftpServerId"}
    # Nothing else differs, so that switching it touches nothing else.
    assert TEMPLATE["Resources"].items() <= WITH_SFTP["Resources"].items()
    assert lint(WITH_SFTP) == []


def test_an_sftp_server_is_hardened_and_tells_who_did_what() -> None:
    """SFTP alone, strong algorithms alone, no password anywhere, and an encrypted log that outlives the server."""
    server = WITH_SFTP["Resources"]["SftpServer"]["Properties"]
    log = WITH_SFTP["Resources"]["SftpLog"]

    assert server["Protocols"] == ["SFTP"]
    assert server["IdentityProviderType"] == "SERVICE_MANAGED"
    assert server["SecurityPolicyName"] == "TransferSecurityPolicy-2025-03"
    assert server["S3StorageOptions"] == {"DirectoryListingOptimization": "ENABLED"}
    assert server["StructuredLogDestinations"] == [{"Fn::GetAtt": ["SftpLog", "Arn"]}]
    assert log["DeletionPolicy"] == "RetainExceptOnCreate"
    assert log["Properties"] == {"KmsKeyId": {"Fn::GetAtt": ["Key", "Arn"]}, "RetentionInDays": 400}


def test_the_key_serves_the_sftp_log_alone_in_cloudwatch() -> None:
    """Also after the server has gone: its log is kept, and must stay readable."""
    found = by_sid(properties("Key")["KeyPolicy"]["Statement"])["SftpLogIsEncrypted"]

    assert found["Principal"] == {"Service": {"Fn::Sub": "logs.${AWS::Region}.${AWS::URLSuffix}"}}
    [group] = found["Condition"]["ArnLike"].values()
    assert group["Fn::Sub"].endswith(":log-group:${AWS::StackName}-SftpLog-*")


def test_the_auditor_role_reads_stacks_of_stowage_for_the_hubs_auditors_alone() -> None:
    """No write, no data, no other stack; and no role of the hub's but the one that template.yaml makes for auditors."""
    (trust,) = properties("AuditorRole")["AssumeRolePolicyDocument"]["Statement"]
    statements = role_statements("AuditorRole")
    reading = statements["ReadStacks"]

    assert trust["Action"] == "sts:AssumeRole"
    assert trust["Principal"] == {"AWS": {"Fn::Sub": "arn:${AWS::Partition}:iam::999999999999:root"}}
    assert trust["Condition"] == {
        "ArnLike": {
            "aws:PrincipalArn": {"Fn::Sub": "arn:${AWS::Partition}:iam::999999999999:role/stowage-AuditorRole-*"}
        }
    }
    assert properties("AuditorRole")["RoleName"] == "StowageAuditor"
    assert set(statements) == {"ReadStacks"}
    assert {action.partition(":")[0] for action in actions(reading)} == {"cloudformation"}
    assert all(re.match(r"cloudformation:(Describe|Get|List)", action) for action in actions(reading))
    assert reading["Resource"]["Fn::Sub"].endswith(":stack/stowage-*/*")


def test_the_service_role_is_cloudformations_and_carries_what_the_kinds_declare() -> None:
    """CloudFormation alone assumes it; it holds every kind's statements and cannot touch the access logs."""
    (trust,) = properties("ServiceRole")["AssumeRolePolicyDocument"]["Statement"]
    found = role_statements("ServiceRole")

    assert trust["Principal"] == {"Service": "cloudformation.amazonaws.com"}
    assert trust["Condition"] == {"StringEqualsIfExists": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}
    for kind in all_kinds():
        for statement in kind.service_statements():
            assert found[statement["Sid"]] == statement
    assert found["NeverTheAccessLogs"]["Effect"] == "Deny"
    assert found["NeverTheAccessLogs"]["Resource"][0] == baseline_roles.LOG_BUCKET_ARN
    assert baseline_roles.LOG_BUCKET_ARN["Fn::Sub"].endswith(properties("LogBucket")["BucketName"]["Fn::Sub"])


def test_a_new_kinds_statements_reach_role_and_boundary() -> None:
    """A new folder in the catalog is all it takes: its statements stand in the service role and in the boundary."""
    allowed = {"Sid": "Crates", "Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
    template = render_baseline(HUB, EXTERNAL_ID, (crate(boundary_statements=lambda: (allowed,)),))

    boundary = template["Resources"]["Boundary"]["Properties"]["PolicyDocument"]["Statement"]
    (policy,) = template["Resources"]["ServiceRole"]["Properties"]["Policies"]
    assert allowed in boundary
    assert crate().service_statements()[0] in policy["PolicyDocument"]["Statement"]


def test_what_two_kinds_declare_alike_stands_once_in_the_boundary() -> None:
    """A statement's Sid must be the policy's only one, and its size is limited."""
    sids = [statement["Sid"] for statement in properties("Boundary")["PolicyDocument"]["Statement"]]

    assert len(sids) == len(set(sids))
    assert {"GrantedBuckets", "GrantedBucketsKey"} < set(sids)


def test_the_boundary_lets_an_identity_reach_objects_of_its_own_account_alone() -> None:
    """A bucket's settings, its policy and whole buckets are out of reach, and so are another account's buckets."""
    found = policy_statements("Boundary")

    assert set(found["GrantedBuckets"]["Action"]) == {
        "s3:AbortMultipartUpload",
        "s3:DeleteObject",
        "s3:GetBucketLocation",
        "s3:GetObject",
        "s3:ListBucket",
        "s3:ListMultipartUploadParts",
        "s3:PutObject",
    }
    assert found["GrantedBuckets"]["Condition"] == {"StringEquals": {"aws:ResourceAccount": {"Ref": "AWS::AccountId"}}}
    assert found["GrantedBucketsKey"]["Condition"] == {
        "StringEquals": {"kms:ViaService": {"Fn::Sub": "s3.${AWS::Region}.${AWS::URLSuffix}"}}
    }
    assert found["NeverTheAccessLogs"]["Effect"] == "Deny"


def test_the_boundary_denies_iam_and_every_way_out() -> None:
    """Whatever policy an identity gets, it never changes IAM, never leaves the account or the organisation."""
    found = policy_statements("Boundary")

    assert (found["NeverIam"]["Effect"], found["NeverIam"]["Action"]) == ("Deny", "iam:*")
    assert found["NeverLeave"]["Effect"] == "Deny"
    assert {"organizations:*", "account:*", "sts:AssumeRole"} <= set(found["NeverLeave"]["Action"])


def test_the_log_bucket_is_hardened_and_outlives_the_stack() -> None:
    """Access logs are evidence: versioned, encrypted, closed, kept for 400 days, even when the stack goes."""
    made = properties("LogBucket")
    (encryption,) = made["BucketEncryption"]["ServerSideEncryptionConfiguration"]

    assert TEMPLATE["Resources"]["LogBucket"]["DeletionPolicy"] == "RetainExceptOnCreate"
    assert TEMPLATE["Resources"]["LogBucket"]["UpdateReplacePolicy"] == "Retain"
    assert made["VersioningConfiguration"] == {"Status": "Enabled"}
    # S3 delivers access logs to no bucket with SSE-KMS as its default.
    assert encryption["ServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}
    assert list(made["PublicAccessBlockConfiguration"].values()) == [True] * 4
    assert made["OwnershipControls"] == {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    assert [rule.get("ExpirationInDays") for rule in made["LifecycleConfiguration"]["Rules"]] == [None, 400]
    assert "ObjectLockEnabled" not in made


def test_the_log_bucket_takes_logs_of_this_account_over_tls_alone() -> None:
    """S3's log delivery may write for this account's buckets; nobody else is let in, and nobody without TLS."""
    found = policy_statements("LogBucketPolicy")

    assert found["AccessLogDelivery"]["Principal"] == {"Service": "logging.s3.amazonaws.com"}
    assert found["AccessLogDelivery"]["Action"] == "s3:PutObject"
    assert found["AccessLogDelivery"]["Condition"] == {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}
    assert [sid for sid, statement in found.items() if statement["Effect"] == "Allow"] == ["AccessLogDelivery"]
    assert found["DenyWithoutTls"]["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert found["DenyTlsBelow12"]["Condition"] == {"NumericLessThan": {"s3:TlsVersion": "1.2"}}


def test_the_key_rotates_and_decrypts_through_three_services_alone() -> None:
    """The key rotates, is deleted after 30 days at the earliest, and its account decrypts through these alone."""
    made = properties("Key")
    found = by_sid(made["KeyPolicy"]["Statement"])

    assert made["EnableKeyRotation"] is True
    assert made["PendingWindowInDays"] == 30
    assert TEMPLATE["Resources"]["Key"]["DeletionPolicy"] == "RetainExceptOnCreate"
    assert not {"kms:Decrypt", "kms:CreateGrant", "kms:*"} & set(found["AccountAdministers"]["Action"])
    assert "kms:PutKeyPolicy" in found["AccountAdministers"]["Action"]
    assert found["AccountUsesThroughServices"]["Condition"] == {
        "StringEquals": {
            "kms:ViaService": [
                {"Fn::Sub": "s3.${AWS::Region}.${AWS::URLSuffix}"},
                {"Fn::Sub": "secretsmanager.${AWS::Region}.${AWS::URLSuffix}"},
                {"Fn::Sub": "sns.${AWS::Region}.${AWS::URLSuffix}"},
            ]
        }
    }
    assert properties("KeyAlias")["AliasName"] == "alias/stowage"


def test_the_topic_is_encrypted_and_cloudformation_of_this_account_publishes() -> None:
    """Stack events are encrypted with the project's key; only this account's CloudFormation is let in, by TLS."""
    found = policy_statements("StackEventsPolicy")
    key = by_sid(properties("Key")["KeyPolicy"]["Statement"])["CloudFormationPublishesStackEvents"]

    assert properties("StackEvents")["KmsMasterKeyId"] == {"Fn::GetAtt": ["Key", "Arn"]}
    assert properties("StackEvents")["TopicName"] == baseline_storage.TOPIC
    for statement in (found["CloudFormationPublishes"], key):
        assert statement["Principal"] == {"Service": "cloudformation.amazonaws.com"}
        assert statement["Condition"] == {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}
    assert found["DenyWithoutTls"]["Effect"] == "Deny"


def test_the_hub_and_nobody_else_subscribes_and_only_queues_of_its_own() -> None:
    """Whoever could subscribe another endpoint would read the stacks' events."""
    found = [each for each in policy_statements("StackEventsPolicy").values() if "Subscribe" in each["Action"]]

    [subscribing] = found
    assert subscribing["Principal"] == {"AWS": {"Fn::Sub": f"arn:${{AWS::Partition}}:iam::{HUB.account}:root"}}
    assert subscribing["Condition"] == {
        "StringEqualsIfExists": {"sns:Protocol": "sqs"},
        "StringLikeIfExists": {"sns:Endpoint": {"Fn::Sub": f"arn:${{AWS::Partition}}:sqs:*:{HUB.account}:*"}},
    }


def test_no_statement_allows_a_wildcard() -> None:
    """Nothing is allowed to everybody, and no action is allowed by wildcard; "*" as resource is the key itself."""
    allowed = [statement for statement in all_statements() if statement["Effect"] == "Allow"]

    assert allowed
    assert not [statement for statement in allowed if statement.get("Principal") == "*"]
    assert not [action for statement in allowed for action in actions(statement) if "*" in action]
    in_key = properties("Key")["KeyPolicy"]["Statement"]
    [listing, *others] = [statement for statement in allowed if statement.get("Resource") == "*"]
    assert listing["Action"] == list(UNSCOPED_SURVEY_ACTIONS)  # which IAM cannot bind to anything
    assert others == in_key


def test_the_policies_stay_below_iams_limits() -> None:
    """10,240 characters in a role's policies, 6,144 in a managed one: measured, not hoped."""
    for role in ("AuditorRole", "CredentialsRole", "DeployRole", "ServiceRole"):
        assert len(json.dumps(properties(role)["Policies"], separators=(",", ":"))) < ROLE_POLICY_CHARACTERS
    boundary = json.dumps(properties("Boundary")["PolicyDocument"], separators=(",", ":"))
    assert len(boundary) < MANAGED_POLICY_CHARACTERS


def test_the_outputs_are_what_a_projects_row_needs() -> None:
    """Onboarding writes the project's row from these, all of them texts."""
    assert set(TEMPLATE["Outputs"]) == {
        "DeployRoleArn",
        "CredentialsRoleArn",
        "AuditorRoleArn",
        "SurveyRoleArn",
        "ServiceRoleArn",
        "BoundaryArn",
        "LogBucket",
        "KmsKeyArn",
        "TopicArn",
        "Version",
    }
    assert TEMPLATE["Outputs"]["Version"] == {"Value": str(BASELINE_VERSION)}


@pytest.mark.parametrize(
    ("hub", "external_id"),
    [
        (Hub("99999999999", "stowage"), EXTERNAL_ID),
        (Hub("${AWS::AccountId}", "stowage"), EXTERNAL_ID),
        (Hub("999999999999", "sto*"), EXTERNAL_ID),
        (Hub("999999999999", "${AWS::StackName}"), EXTERNAL_ID),
        (Hub("999999999999", ""), EXTERNAL_ID),
        (HUB, "short"),
        (HUB, "{{resolve:ssm:/external-id}}"),
        (HUB, "0123456789abcdef\n"),
    ],
)
def test_what_could_be_read_as_more_than_a_literal_is_refused(hub: Hub, external_id: str) -> None:
    """Account, stack name and external id have a form, so that none widens the trust or is resolved."""
    with pytest.raises(ValueError, match="cannot stand in"):
        render_baseline(hub, external_id)
