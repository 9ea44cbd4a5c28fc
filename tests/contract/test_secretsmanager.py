"""Secrets Manager in a project's account, as the hub uses it: stored once, read, deleted, and nobody else's.

https://docs.aws.amazon.com/secretsmanager/latest/apireference/Welcome.html
"""

import json
import uuid
from dataclasses import dataclass
from typing import Any

import pytest

from tests.contract.conftest import OTHER_PROJECT, PROJECT, CloudFactory, LocalCloud
from tests.contract.iam_users import Account, allow, error_code

pytestmark = pytest.mark.contract

ACTIONS = [
    "secretsmanager:CreateSecret",
    "secretsmanager:DeleteSecret",
    "secretsmanager:DescribeSecret",
    "secretsmanager:GetSecretValue",
    "secretsmanager:PutSecretValue",
    "secretsmanager:TagResource",
]
PREFIX = f"arn:aws:secretsmanager:eu-west-1:{PROJECT}:secret:stowage/*"
PLAINTEXT = json.dumps({"accessKeyId": "AKIA", "secretAccessKey": "a+b/c=="})


@dataclass(frozen=True)
class Vault:
    """A session that may handle secrets of one prefix, and the key they are encrypted with."""

    client: Any
    kms_key: str
    name: str

    def asked(self, **changed: Any) -> dict[str, Any]:
        """Return the parameters of one CreateSecret."""
        tags = [{"Key": "stowage:user", "Value": "team"}]
        return {"Name": self.name, "KmsKeyId": self.kms_key, "SecretString": PLAINTEXT, "Tags": tags, **changed}


@pytest.fixture
def account(cloud: LocalCloud) -> Account:
    """Work in the project's account."""
    return Account(cloud)


def open_vault(account: Account, unique: str, *more: dict[str, Any]) -> Vault:
    """Make a key, and a session that may use it through Secrets Manager for secrets under stowage/."""
    key = account.client("kms").create_key()["KeyMetadata"]["Arn"]
    through = {"kms:ViaService": "secretsmanager.eu-west-1.amazonaws.com"}
    use = allow(["kms:Decrypt", "kms:GenerateDataKey"], key, StringEquals=through)
    session = account.session(f"{unique}-vault", allow(ACTIONS, PREFIX), use, *more)
    return Vault(account.client("secretsmanager", session), key, f"stowage/{unique}")


@pytest.fixture
def vault(account: Account, unique: str) -> Vault:
    """Open a session on the project's secrets under stowage/."""
    return open_vault(account, unique)


def test_a_secret_is_stored_described_and_read(vault: Vault) -> None:
    """By name and by ARN; the description has the key and the tags, and not the content."""
    token = str(uuid.uuid4())
    made = vault.client.create_secret(**vault.asked(ClientRequestToken=token))

    described = vault.client.describe_secret(SecretId=vault.name)

    assert made["VersionId"] == token
    assert made["ARN"].startswith(f"arn:aws:secretsmanager:eu-west-1:{PROJECT}:secret:{vault.name}-")
    assert described["KmsKeyId"] == vault.kms_key
    assert described["Tags"] == [{"Key": "stowage:user", "Value": "team"}]
    assert described["VersionIdsToStages"] == {token: ["AWSCURRENT"]}
    assert "a+b/c==" not in json.dumps(described, default=str)
    for secret_id in (vault.name, made["ARN"], made["ARN"][:-7]):
        assert vault.client.get_secret_value(SecretId=secret_id)["SecretString"] == PLAINTEXT


def test_a_repeated_creation_is_the_same_one(vault: Vault) -> None:
    """The same token and content answer the same version; other content, another token and none are refused."""
    token = str(uuid.uuid4())
    first = vault.client.create_secret(**vault.asked(ClientRequestToken=token))

    again = vault.client.create_secret(**vault.asked(ClientRequestToken=token))

    assert (again["ARN"], again["VersionId"]) == (first["ARN"], first["VersionId"])
    for changed in (
        {"ClientRequestToken": token, "SecretString": "other"},
        {"ClientRequestToken": str(uuid.uuid4())},
        {},
    ):
        assert error_code(vault.client.create_secret, **vault.asked(**changed)) == "ResourceExistsException"
    assert vault.client.get_secret_value(SecretId=vault.name)["SecretString"] == PLAINTEXT


def test_a_new_version_replaces_the_content_once_per_token(vault: Vault) -> None:
    """The old content is the previous version; the token repeated is the same version, with other content refused."""
    first = vault.client.create_secret(**vault.asked())
    asked = {"SecretId": vault.name, "ClientRequestToken": "f" * 64, "SecretString": "new"}

    made, again = (vault.client.put_secret_value(**asked) for _ in range(2))

    assert made["VersionId"] == again["VersionId"] == "f" * 64
    assert made["VersionStages"] == again["VersionStages"] == ["AWSCURRENT"]
    assert vault.client.get_secret_value(SecretId=vault.name)["SecretString"] == "new"
    stages = vault.client.describe_secret(SecretId=vault.name)["VersionIdsToStages"]
    assert stages == {"f" * 64: ["AWSCURRENT"], first["VersionId"]: ["AWSPREVIOUS"]}
    assert error_code(vault.client.put_secret_value, **{**asked, "SecretString": "x"}) == "ResourceExistsException"


def test_tags_need_a_permission_of_their_own(account: Account, unique: str) -> None:
    """CreateSecret with tags asks secretsmanager:TagResource too."""
    creating = allow("secretsmanager:CreateSecret", PREFIX)
    client = account.client("secretsmanager", account.session(unique, creating))
    asked = {"Name": f"stowage/{unique}", "SecretString": "x"}

    code = error_code(client.create_secret, **asked, Tags=[{"Key": "a", "Value": "b"}])

    assert code == "AccessDeniedException"
    assert client.create_secret(**asked)["Name"] == asked["Name"]


def test_a_secret_deleted_by_force_is_gone_at_once(vault: Vault) -> None:
    """It is found no more, deleting it again succeeds, and its name is free."""
    first = vault.client.create_secret(**vault.asked())
    vault.client.delete_secret(SecretId=first["ARN"], ForceDeleteWithoutRecovery=True)

    assert error_code(vault.client.get_secret_value, SecretId=first["ARN"]) == "ResourceNotFoundException"
    assert error_code(vault.client.describe_secret, SecretId=vault.name) == "ResourceNotFoundException"
    vault.client.delete_secret(SecretId=first["ARN"], ForceDeleteWithoutRecovery=True)
    assert error_code(vault.client.delete_secret, SecretId=vault.name) == "ResourceNotFoundException"
    assert vault.client.create_secret(**vault.asked())["ARN"] != first["ARN"]


def test_a_secret_that_waits_for_its_deletion_is_neither_read_nor_made_again(vault: Vault) -> None:
    """Without force there is a recovery window: InvalidRequestException."""
    vault.client.create_secret(**vault.asked())
    vault.client.delete_secret(SecretId=vault.name, RecoveryWindowInDays=7)

    assert error_code(vault.client.get_secret_value, SecretId=vault.name) == "InvalidRequestException"
    assert error_code(vault.client.create_secret, **vault.asked()) == "InvalidRequestException"
    vault.client.delete_secret(SecretId=vault.name, ForceDeleteWithoutRecovery=True)
    assert error_code(vault.client.describe_secret, SecretId=vault.name) == "ResourceNotFoundException"


def test_a_permission_on_a_prefix_is_none_elsewhere(account: Account, vault: Vault, unique: str) -> None:
    """No verb on another name, and no list; a name that only begins like another one's is not that one."""
    root = account.client("secretsmanager")
    other = root.create_secret(Name=f"other/{unique}", SecretString="x")["ARN"]
    long = root.create_secret(Name=f"{vault.name}-long", SecretString="x")["ARN"]
    short = long[: -len("-long-123456")]

    assert error_code(vault.client.create_secret, Name=f"other/{unique}-b", SecretString="x") == "AccessDeniedException"
    for secret_id in (other, f"other/{unique}"):
        for verb in ("get_secret_value", "describe_secret", "delete_secret"):
            assert error_code(getattr(vault.client, verb), SecretId=secret_id) == "AccessDeniedException"
    assert error_code(vault.client.list_secrets) == "AccessDeniedException"
    assert error_code(vault.client.get_secret_value, SecretId=short) == "ResourceNotFoundException"


def test_a_session_that_may_list_sees_names_and_no_content(account: Account, unique: str) -> None:
    """ListSecrets knows no resource; it filters by name."""
    vault = open_vault(account, unique, allow("secretsmanager:ListSecrets"))
    made = vault.client.create_secret(**vault.asked())

    listed = vault.client.list_secrets(Filters=[{"Key": "name", "Values": [vault.name]}])["SecretList"]

    assert [(entry["ARN"], entry["Name"]) for entry in listed] == [(made["ARN"], vault.name)]
    assert "a+b/c==" not in json.dumps(listed, default=str)


@pytest.mark.parametrize("missing", ["kms:GenerateDataKey", "kms:Decrypt"])
def test_the_key_has_to_be_allowed_too(account: Account, vault: Vault, unique: str, missing: str) -> None:
    """Writing needs both actions on the key, reading kms:Decrypt, through Secrets Manager."""
    vault.client.create_secret(**vault.asked())
    kept = ({"kms:GenerateDataKey", "kms:Decrypt"} - {missing}).pop()
    session = account.session(f"{unique}-less", allow(ACTIONS, PREFIX), allow(kept, vault.kms_key))
    client = account.client("secretsmanager", session)

    assert error_code(client.create_secret, **vault.asked(Name=f"{vault.name}-b")) == "AccessDeniedException"
    refused = error_code(client.put_secret_value, SecretId=vault.name, SecretString="x")
    assert refused == "AccessDeniedException"
    if missing == "kms:Decrypt":
        assert error_code(client.get_secret_value, SecretId=vault.name) == "AccessDeniedException"
    else:
        assert client.get_secret_value(SecretId=vault.name)["SecretString"] == PLAINTEXT


def test_two_accounts_hold_the_same_name_and_do_not_see_each_other(cloud: LocalCloud, vault: Vault) -> None:
    """A session of another account that may do everything finds nothing here, not even by the ARN."""
    made = vault.client.create_secret(**vault.asked())
    other = cloud.client("secretsmanager", OTHER_PROJECT)
    everything = Account(cloud, OTHER_PROJECT)
    foreign = everything.client("secretsmanager", everything.session(vault.name.replace("/", "-"), allow("*")))

    assert error_code(other.get_secret_value, SecretId=vault.name) == "ResourceNotFoundException"
    for verb in ("get_secret_value", "describe_secret", "delete_secret"):
        assert error_code(getattr(foreign, verb), SecretId=made["ARN"]) == "AccessDeniedException"
    other.create_secret(Name=vault.name, SecretString="theirs")
    assert vault.client.get_secret_value(SecretId=vault.name)["SecretString"] == PLAINTEXT


@pytest.mark.parametrize("name", ["stowage/a b", "stowage/a*", "stowage/" + "x" * 512])
def test_a_name_that_is_not_one_is_refused(account: Account, name: str) -> None:
    """Letters, digits and /_+=.@- alone, 512 at most."""
    client = account.client("secretsmanager")

    assert error_code(client.create_secret, Name=name, SecretString="x") == "ValidationException"


def test_secrets_survive_a_restart_and_deleted_ones_leave_no_trace(start_cloud: CloudFactory, unique: str) -> None:
    """The content is read again; what was deleted is in no file, and nothing is in a log."""
    cloud = start_cloud()
    client = cloud.client("secretsmanager", PROJECT)
    kept, gone = f"kept+{unique}/==", f"gone+{unique}/=="
    made = client.create_secret(Name="stowage/kept", SecretString=kept, ClientRequestToken=str(uuid.uuid4()))
    client.create_secret(Name="stowage/gone", SecretString=gone)
    client.get_secret_value(SecretId="stowage/gone")
    client.delete_secret(SecretId="stowage/gone", ForceDeleteWithoutRecovery=True)

    cloud.restart()

    read = client.get_secret_value(SecretId="stowage/kept")
    assert (read["SecretString"], read["VersionId"]) == (kept, made["VersionId"])
    assert error_code(client.get_secret_value, SecretId="stowage/gone") == "ResourceNotFoundException"
    cloud.stop()
    files = {path.name: path.read_bytes() for path in cloud.state_dir.rglob("*") if path.is_file()}
    assert [name for name, content in files.items() if gone.encode() in content] == []
    assert [name for name, content in files.items() if kept.encode() in content] == ["secretsmanager.json"]
