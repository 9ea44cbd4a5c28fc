"""The operators' adapters on moto: the ways that AWS has and the local cloud has not."""

from typing import Any

import boto3
import pytest
from botocore.exceptions import NoCredentialsError

from stowage.adapters.cognito import CognitoSignIns
from stowage.adapters.onboarding import AwsHub, AwsProjectAccount
from stowage.domain.errors import AccessDeniedError, InvalidRequestError

HUB_ACCOUNT = "123456789012"
ACCOUNT = "111111111111"
REGION = "eu-west-1"
ROLE = "OrganizationAccountAccessRole"
TOPIC = {"Resources": {"Topic": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "events"}}}}


@pytest.fixture
def account() -> AwsProjectAccount:
    """Give a project's account, reached by assuming the organisation's role in it."""
    return AwsHub().open_project(ACCOUNT, REGION, admin_role=ROLE, profile=None)


@pytest.fixture
def sign_ins() -> CognitoSignIns:
    """Give an empty user pool as template.yaml declares it: the e-mail is the user's name."""
    client = boto3.client("cognito-idp", region_name=REGION)
    pool = client.create_user_pool(PoolName="stowage", UsernameAttributes=["email"])["UserPool"]
    return CognitoSignIns(client, pool["Id"])


def test_the_hub_tells_account_region_and_a_stacks_outputs() -> None:
    """What `make onboard` needs to know of the hub; no stack is None, not an error."""
    boto3.client("cloudformation", region_name=REGION).create_stack(
        StackName="stowage",
        TemplateBody='{"Resources": {"T": {"Type": "AWS::SNS::Topic"}}, "Outputs": {"TableName": {"Value": "rows"}}}',
    )
    hub = AwsHub()

    assert (hub.account, hub.region) == (HUB_ACCOUNT, REGION)
    assert hub.stack_outputs("stowage") == {"TableName": "rows"}
    assert hub.stack_outputs("other") is None


def test_the_organisations_role_leads_into_the_projects_account(account: AwsProjectAccount) -> None:
    """What is set up is set up in the project's account: the hub's own stays as it was."""
    account.create("stowage-baseline", TOPIC, {"stowage:project": "atlas"})

    stack = account.describe("stowage-baseline")
    assert stack is not None
    assert f":{ACCOUNT}:" in stack.stack_id
    assert stack.tags == {"stowage:project": "atlas"}
    assert AwsHub().stack_outputs("stowage-baseline") is None


def test_a_bucket_is_the_accounts_own_or_none(account: AwsProjectAccount) -> None:
    """S3 is asked whose it is, for it answers for a bucket of another account too (moto does not look)."""
    asked: list[dict[str, Any]] = []
    account._s3.meta.events.register("before-parameter-build.s3.HeadBucket", lambda params, **_: asked.append(params))
    account._s3.create_bucket(Bucket="stowage-logs-mine", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})

    assert account.owns_bucket("stowage-logs-mine")
    assert not account.owns_bucket("stowage-logs-free")
    assert {params["ExpectedBucketOwner"] for params in asked} == {ACCOUNT}


def test_credentials_that_lead_elsewhere_are_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    """A profile of another account than the one named changes nothing there."""
    config = tmp_path / "config"
    config.write_text("[profile elsewhere]\naws_access_key_id = testing\naws_secret_access_key = testing\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))

    with pytest.raises(AccessDeniedError, match=f"lead into account {HUB_ACCOUNT}, not into {ACCOUNT}"):
        AwsHub().open_project(ACCOUNT, REGION, admin_role=ROLE, profile="elsewhere")


def test_an_unknown_profile_is_told_in_a_sentence() -> None:
    """A typing error in --profile is no traceback."""
    with pytest.raises(AccessDeniedError, match="nowhere"):
        AwsHub().open_project(ACCOUNT, REGION, admin_role=ROLE, profile="nowhere")


def test_missing_credentials_are_told_in_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without any credentials the operator learns that, and nothing else happens."""

    def none_found(*_: object, **__: object) -> None:
        raise NoCredentialsError

    hub = AwsHub()
    monkeypatch.setattr(hub._sts, "get_caller_identity", none_found)

    with pytest.raises(AccessDeniedError, match="credentials are missing"):
        _ = hub.account


def test_a_missing_region_is_told_in_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a region nothing is called."""
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    monkeypatch.delenv("AWS_REGION", raising=False)

    with pytest.raises(AccessDeniedError, match="No AWS region"):
        AwsHub()


def test_the_accounts_public_access_block_is_switched_on_once(account: AwsProjectAccount) -> None:
    """All four settings are on afterwards, and a second call sees it."""
    assert account.block_public_access()
    assert not account.block_public_access()


@pytest.mark.parametrize(
    "setting", ["BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"]
)
def test_a_half_open_account_is_closed(account: AwsProjectAccount, setting: str) -> None:
    """One setting that is off is enough to be switched on again."""
    account.block_public_access()
    now = account._s3control.get_public_access_block(AccountId=ACCOUNT)["PublicAccessBlockConfiguration"]
    half: Any = {**now, setting: False}
    account._s3control.put_public_access_block(AccountId=ACCOUNT, PublicAccessBlockConfiguration=half)

    assert account.block_public_access()
    assert not account.block_public_access()


def test_the_first_failing_reason_is_the_operations_own(account: AwsProjectAccount, monkeypatch: Any) -> None:
    """Of the newest operation's failures the first counts; cancelled resources and older operations do not."""

    def event(logical_id: str, status: str, reason: str = "", kind: str = "AWS::SNS::Topic") -> dict[str, str]:
        physical = "stack-id" if kind == "AWS::CloudFormation::Stack" else logical_id
        told = {"ResourceStatusReason": reason} if reason else {}
        return {
            "StackId": "stack-id",
            "LogicalResourceId": logical_id,
            "PhysicalResourceId": physical,
            "ResourceType": kind,
            "ResourceStatus": status,
            **told,
        }

    whole = "AWS::CloudFormation::Stack"
    newest_first = [
        event("stowage-baseline", "ROLLBACK_COMPLETE", kind=whole),
        event("Topic", "CREATE_FAILED", "Resource creation cancelled"),
        event("Key", "CREATE_FAILED", "Second"),
        event("Alias", "CREATE_FAILED", "First"),
        event("stowage-baseline", "CREATE_IN_PROGRESS", "User Initiated", kind=whole),
        event("Role", "DELETE_FAILED", "Of an older operation"),
    ]
    pages: dict[str, Any] = {
        "": {"StackEvents": newest_first[:3], "NextToken": "more"},
        "more": {"StackEvents": newest_first[3:]},
    }
    asked = {"StackName": "stack-id"}

    def describe_stack_events(NextToken: str = "", **given: str) -> Any:  # noqa: N803 -- botocore's name
        assert given == asked
        return pages[NextToken]

    monkeypatch.setattr(account._cloudformation, "describe_stack_events", describe_stack_events)

    assert account.first_failure("stack-id") == "Alias: First"


def test_a_sign_in_is_made_found_and_told_apart(sign_ins: CognitoSignIns) -> None:
    """The sub is the person's id; somebody else's e-mail finds nobody."""
    made = sign_ins.create("ada@example.com", "Ada", invite=False)

    assert sign_ins.find("ada@example.com") == made
    assert (made.email, made.name, made.enabled) == ("ada@example.com", "Ada", True)
    assert sign_ins.find("bob@example.com") is None


def test_a_sign_in_without_a_name_goes_by_its_e_mail(sign_ins: CognitoSignIns) -> None:
    """Users that were made by hand have no name; they are not lost for that."""
    sign_ins._client.admin_create_user(
        UserPoolId=sign_ins._pool,
        Username="ada@example.com",
        UserAttributes=[{"Name": "email", "Value": "ada@example.com"}],
    )

    found = sign_ins.find("ada@example.com")
    assert found is not None
    assert found.name == "ada@example.com"


def test_a_password_is_for_good_and_the_policys_refusal_is_told(sign_ins: CognitoSignIns) -> None:
    """A set password needs no change at the first sign-in; one against the policy is a sentence."""
    made = sign_ins.create("ada@example.com", "Ada", invite=False)

    sign_ins.set_password(made, "Correct-Horse-1")

    user = sign_ins._client.admin_get_user(UserPoolId=sign_ins._pool, Username=made.id)
    assert user["UserStatus"] == "CONFIRMED"
    with pytest.raises(InvalidRequestError):
        sign_ins.set_password(made, "x")


def test_a_disabled_sign_in_is_told_and_can_be_enabled(sign_ins: CognitoSignIns) -> None:
    """Removing somebody ends their sessions and their sign-in; both verbs may be repeated."""
    made = sign_ins.create("ada@example.com", "Ada", invite=False)

    for _ in range(2):
        sign_ins.disable(made)
    disabled = sign_ins.find("ada@example.com")
    for _ in range(2):
        sign_ins.enable(made)

    assert disabled is not None
    assert not disabled.enabled
    assert sign_ins.find("ada@example.com") == made
