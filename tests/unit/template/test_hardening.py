"""The hardening that security scanners ask of the hub, each check under its checkov id where there is one."""

import json

import pytest

from stowage.catalog.baseline_storage import TOPIC
from tests.unit.template.conftest import FUNCTIONS, Hub, Json

KEY_ARN = {"Fn::GetAtt": ["Key", "Arn"]}
REVEAL = "/v1/handovers/{handover}/reveal"
PUBLIC_ROUTES = {"/v1/health", "/{proxy+}", REVEAL}
"""Health, the preflights of browsers, which never carry a token, and the one-time link of a third party."""
STAGES = ("HttpApi", "SocketStage")
UNBREAKABLE = {
    f"$context.{variable}"
    for variable in (
        "authorizer.claims.sub",
        "connectionId",
        "error.responseType",
        "eventType",
        "httpMethod",
        "identity.sourceIp",
        "integration.status",
        "requestId",
        "requestTime",
        "responseLatency",
        "responseLength",
        "routeKey",
        "status",
    )
}
"""Variables of access logs that AWS makes, or that our own template does: none of them holds what a caller wrote."""


def test_the_key_rotates_and_nobody_from_anywhere_may_use_it(hub: Hub) -> None:
    """CKV_AWS_7, CKV_AWS_33."""
    key = hub.resources["Key"]["Properties"]

    assert key["EnableKeyRotation"] is True
    assert "*" not in [
        principal for statement in key["KeyPolicy"]["Statement"] for principal in statement["Principal"].values()
    ]


def test_services_use_the_key_for_this_account_alone(hub: Hub) -> None:
    """A service principal stands for every customer of the service, so each statement says for whom."""
    statements = hub.resources["Key"]["Properties"]["KeyPolicy"]["Statement"]

    assert [each["Sid"] for each in statements if "Service" in each["Principal"] and not each.get("Condition")] == []


def test_the_table_can_be_restored_and_is_encrypted_with_our_key(hub: Hub) -> None:
    """CKV_AWS_28, CKV_AWS_119."""
    table = hub.resources["Table"]

    assert table["Properties"]["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert table["Properties"]["SSESpecification"] == {"SSEEnabled": True, "SSEType": "KMS", "KMSMasterKeyId": KEY_ARN}


@pytest.mark.parametrize("kept", ["Table", "UserPool", "Key"])
def test_what_people_entrusted_outlives_the_stack_and_its_first_attempt(hub: Hub, kept: str) -> None:
    """RetainExceptOnCreate would delete on the first rollback what DeletionProtection refuses: ROLLBACK_FAILED."""
    resource = hub.resources[kept]

    assert resource["DeletionPolicy"] == "Retain"
    assert resource["UpdateReplacePolicy"] == "Retain"
    assert not {"TableName", "UserPoolName"} & set(resource["Properties"])


def test_api_gateway_may_assume_its_log_role_without_a_condition_it_might_not_meet(hub: Hub) -> None:
    """AWS documents no aws:SourceAccount for it, and AWS::ApiGateway::Account fails where it cannot assume the role."""
    [trust] = hub.resources["ApiGatewayLogRole"]["Properties"]["AssumeRolePolicyDocument"]["Statement"]

    assert trust == {
        "Effect": "Allow",
        "Principal": {"Service": "apigateway.amazonaws.com"},
        "Action": "sts:AssumeRole",
    }


def test_a_stage_that_is_removed_takes_no_other_stages_access_logs_along(hub: Hub) -> None:
    """API Gateway's setting is the account's, and goes on naming the role of the stack that wrote it last."""
    assert hub.resources["ApiGatewayLogRole"]["DeletionPolicy"] == "Retain"
    assert hub.resources["ApiGatewayLogRole"]["UpdateReplacePolicy"] == "Retain"


def test_whatever_has_a_name_of_its_own_has_its_stacks_and_its_stages(hub: Hub) -> None:
    """Two stacks stand side by side in one account; what has no name here gets a unique one of CloudFormation."""
    named = {
        name: each["LogGroupName"]
        for name, each in hub.of_type("AWS::Logs::LogGroup").items()
        if each.get("LogGroupName")
    }
    named |= {"SocketApi": hub.resources["SocketApi"]["Properties"]["Name"]}
    domain = hub.resources["UserPoolDomain"]["Properties"]["Domain"]["Fn::If"][1]
    physical = {"TableName", "RoleName", "ManagedPolicyName", "QueueName", "TopicName", "AlarmName", "AliasName"}

    assert [name for name, each in named.items() if "${AWS::StackName}-${Stage}" not in each["Fn::Sub"]] == []
    assert domain == {"Fn::Sub": "stowage-${Stage}-${AWS::AccountId}"}
    assert [name for name, each in hub.resources.items() if physical & set(each["Properties"])] == []


def test_the_tables_keys_are_those_the_rows_are_written_with(hub: Hub) -> None:
    """Keys pk and sk, one index by owner, rows that expire."""
    table = hub.resources["Table"]["Properties"]
    [index] = table["GlobalSecondaryIndexes"]

    assert [each["AttributeName"] for each in table["KeySchema"]] == ["pk", "sk"]
    assert index["IndexName"] == "by_owner"
    assert [each["AttributeName"] for each in index["KeySchema"]] == ["gsi1pk", "gsi1sk"]
    assert index["Projection"] == {"ProjectionType": "ALL"}
    assert table["TimeToLiveSpecification"] == {"AttributeName": "expiresAt", "Enabled": True}


def test_every_log_group_is_encrypted_and_forgets(hub: Hub) -> None:
    """CKV_AWS_158, CKV_AWS_66."""
    groups = hub.of_type("AWS::Logs::LogGroup")

    assert groups
    assert {name: each for name, each in groups.items() if each["KmsKeyId"] != KEY_ARN} == {}
    assert {name: each for name, each in groups.items() if each["RetentionInDays"] != {"Ref": "LogRetentionDays"}} == {}


@pytest.mark.parametrize("function", FUNCTIONS)
def test_every_function_logs_to_a_declared_group_is_traced_and_its_environment_encrypted(
    hub: Hub, function: str
) -> None:
    """CKV_AWS_50, CKV_AWS_173: an undeclared log group would be kept for ever."""
    properties = hub.functions[function]

    assert hub.resources[properties["LoggingConfig"]["LogGroup"]["Ref"]]["Type"] == "AWS::Logs::LogGroup"
    assert properties["Tracing"] == "Active"
    assert properties["KmsKeyArn"] == KEY_ARN


@pytest.mark.parametrize("function", FUNCTIONS)
def test_no_environment_holds_a_secret(hub: Hub, function: str) -> None:
    """CKV_AWS_45: every value is a name, a number or a reference to a resource that is no secret."""
    secret = ("SECRET", "PASSWORD", "TOKEN", "ACCESS_KEY")
    variables = hub.functions[function]["Environment"]["Variables"]

    assert [name for name in variables if any(word in name for word in secret)] == []


def test_whoever_may_invoke_a_function_is_named_with_its_source(hub: Hub) -> None:
    """CKV_AWS_364."""
    permissions = hub.of_type("AWS::Lambda::Permission")

    assert permissions
    assert [name for name, each in permissions.items() if "SourceArn" not in each] == []


def test_no_event_is_lost(hub: Hub) -> None:
    """Both the rule that cannot reach its queue and the message that fails to the last are kept."""
    dead_letters = {"Fn::GetAtt": ["DeadLetters", "Arn"]}
    # What a schedule could not start, its next tick does.
    rules = [rule for rule in hub.of_type("AWS::Events::Rule").values() if "EventPattern" in rule]
    targets = [target for rule in rules for target in rule["Targets"]]
    queues = hub.of_type("AWS::SQS::Queue")
    polled = {
        each["EventSourceArn"]["Fn::GetAtt"][0] for each in hub.of_type("AWS::Lambda::EventSourceMapping").values()
    }

    assert targets
    assert [target for target in targets if target["DeadLetterConfig"] != {"Arn": dead_letters}] == []
    assert {target["Arn"]["Fn::GetAtt"][0] for target in targets} | {"StackEvents"} == polled
    assert {name: queues[name]["RedrivePolicy"]["deadLetterTargetArn"]["Fn::GetAtt"][0] for name in polled} == {
        "EndedExecutions": "DeadLetters",
        "StackEvents": "StackEventDeadLetters",
    }


def test_a_stack_event_rests_six_times_as_long_as_its_function_may_work(hub: Hub) -> None:
    """As AWS recommends: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html."""
    timeout: int = hub.functions["StackEventFunction"]["Timeout"]

    assert hub.resources["StackEvents"]["Properties"]["VisibilityTimeout"] >= 6 * timeout


def test_every_queue_is_encrypted_and_takes_messages_from_whom_it_is_for_alone(hub: Hub) -> None:
    """CKV_AWS_27: our rule, the projects' topics; nobody sends to the dead letters of stack events but SQS itself."""
    queues = hub.of_type("AWS::SQS::Queue")
    policies = hub.of_type("AWS::SQS::QueuePolicy")
    conditions = {
        each["Ref"]: [statement["Condition"] for statement in policy["PolicyDocument"]["Statement"]]
        for policy in policies.values()
        for each in policy["Queues"]
    }
    from_rule = [{"ArnEquals": {"aws:SourceArn": {"Fn::GetAtt": ["ExecutionEndedRule", "Arn"]}}}]
    topics = {"aws:SourceArn": {"Fn::Sub": "arn:${AWS::Partition}:sns:*:*:" + TOPIC}}
    organization = [
        "OrganizationIsNamed",
        {"aws:SourceOrgID": {"Ref": "OrganizationId"}},
        {"Ref": "AWS::NoValue"},
    ]

    assert [name for name, each in queues.items() if each.get("KmsMasterKeyId") != KEY_ARN] == []
    assert conditions == {
        "EndedExecutions": from_rule,
        "DeadLetters": from_rule,
        "StackEvents": [{"ArnLike": topics, "StringEquals": {"Fn::If": organization}}],
    }


def test_the_machine_tells_all_of_every_execution(hub: Hub) -> None:
    """CKV_AWS_284, CKV_AWS_285: the history is the audit."""
    assert hub.machine["Type"] == "STANDARD"
    assert hub.machine["Logging"]["Level"] == "ALL"
    assert hub.machine["Logging"]["IncludeExecutionData"] is True
    assert hub.machine["Tracing"] == {"Enabled": True}


def test_both_apis_are_logged_and_throttled(hub: Hub) -> None:
    """CKV_AWS_76, CKV_AWS_95."""
    stages: list[Json] = [hub.resources[name]["Properties"] for name in STAGES]

    for stage in stages:
        assert stage["DefaultRouteSettings"]["ThrottlingRateLimit"] > 0
        assert stage["DefaultRouteSettings"]["ThrottlingBurstLimit"] > 0
        assert stage["AccessLogSettings"]["DestinationArn"] == {"Fn::GetAtt": ["AccessLogs", "Arn"]}


@pytest.mark.parametrize("stage", STAGES)
def test_an_access_log_is_json_that_no_caller_can_break(hub: Hub, stage: str) -> None:
    """AWS promises to escape nothing; and the query string, where a socket's ticket stands, is none of the fields."""
    line = json.loads(hub.resources[stage]["Properties"]["AccessLogSettings"]["Format"])

    assert {value for value in line.values() if value.startswith("$")} <= UNBREAKABLE
    assert {"requestId", "status", "refusal"} <= set(line)


def test_a_caller_without_a_token_reaches_health_and_preflights_alone(hub: Hub) -> None:
    """CKV_AWS_309: every other route asks for one, by default."""
    functions = hub.of_type("AWS::Serverless::Function").values()
    events = [event for each in functions for event in each.get("Events", {}).values()]
    routes = [event["Properties"] for event in events if event["Type"] == "HttpApi"]
    public = {route["Path"] for route in routes if route.get("Auth", {}).get("Authorizer") == "NONE"}

    assert hub.resources["HttpApi"]["Properties"]["Auth"]["DefaultAuthorizer"] == "people"
    assert public == PUBLIC_ROUTES
    assert {route["Method"] for route in routes if route.get("Path") == "/{proxy+}"} == {"OPTIONS"}


def test_the_public_reveal_is_throttled_and_does_nothing_else(hub: Hub) -> None:
    """Its own function, its own pace; the API's function, which anybody signed in calls, enters no project."""
    [reveal] = hub.resources["RevealFunction"]["Properties"]["Events"].values()
    pace = hub.resources["HttpApi"]["Properties"]["RouteSettings"][f"ANY {REVEAL}"]

    assert (reveal["Properties"]["Method"], reveal["Properties"]["Path"]) == ("ANY", REVEAL)
    assert (pace["ThrottlingBurstLimit"], pace["ThrottlingRateLimit"]) == (20, 10)
    may_enter = [name for name, each in hub.functions.items() if {"Ref": "EnterCredentialsPolicy"} in each["Policies"]]
    assert "RevealFunction" in may_enter
    assert "ApiFunction" not in may_enter


def test_tokens_are_those_of_our_pool_and_client(hub: Hub) -> None:
    """The authorizer checks issuer and audience; the API looks at them again, and at the token's use."""
    authorizer = hub.resources["HttpApi"]["Properties"]["Auth"]["Authorizers"]["people"]["JwtConfiguration"]
    told = hub.functions["ApiFunction"]["Environment"]["Variables"]

    assert authorizer["issuer"] == told["USER_POOL_ISSUER"]
    assert authorizer["audience"] == [told["USER_POOL_CLIENT_ID"]]


def test_people_are_invited_and_have_long_passwords(hub: Hub) -> None:
    """Nobody signs up by himself, and a second factor is at hand."""
    pool = hub.resources["UserPool"]["Properties"]

    assert pool["AdminCreateUserConfig"] == {"AllowAdminCreateUserOnly": True}
    assert pool["Policies"]["PasswordPolicy"]["MinimumLength"] >= 12
    assert pool["EnabledMfas"] == ["SOFTWARE_TOKEN_MFA"]


def test_the_console_signs_in_with_code_and_pkce(hub: Hub) -> None:
    """No secret in a browser, no implicit flow, tokens that live for an hour and can be revoked."""
    client = hub.resources["UserPoolClient"]["Properties"]

    assert client["GenerateSecret"] is False
    assert client["AllowedOAuthFlows"] == ["code"]
    assert client["AccessTokenValidity"] == 1
    assert client["TokenValidityUnits"]["AccessToken"] == "hours"
    assert client["EnableTokenRevocation"] is True
    assert client["PreventUserExistenceErrors"] == "ENABLED"


def test_passwords_alone_do_not_sign_in_unless_somebody_asks_for_it(hub: Hub) -> None:
    """USER_PASSWORD_AUTH is for tests."""
    flows = hub.resources["UserPoolClient"]["Properties"]["ExplicitAuthFlows"]

    assert hub.source["Parameters"]["PasswordSignIn"]["Default"] == "false"
    assert "ALLOW_USER_PASSWORD_AUTH" not in [flow for flow in flows if isinstance(flow, str)]


def test_browsers_may_send_and_read_what_the_api_speaks_in(hub: Hub) -> None:
    """CORS: conditional requests, retried ones, and where the new change is."""
    cors = hub.resources["HttpApi"]["Properties"]["CorsConfiguration"]

    assert cors["AllowOrigins"] == {"Ref": "ConsoleOrigins"}
    assert set(cors["AllowHeaders"]) == {
        "authorization",
        "content-type",
        "if-match",
        "if-none-match",
        "idempotency-key",
    }
    assert set(cors["ExposeHeaders"]) == {"etag", "location", "retry-after"}
