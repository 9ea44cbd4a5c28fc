"""Access keys and their secrets in a project's account, on moto."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.stub import Stubber

from stowage.adapters.access_keys import IamAccessKeys
from stowage.adapters.key_probe import AwsKeyProbe
from stowage.adapters.secret_store import ProjectSecretStore, owner_prefix
from stowage.adapters.session import make_client
from stowage.adapters.sts import ProjectSessions, access_key_policy, secret_policy
from stowage.domain.credentials import KeyStatus, MintedKey
from stowage.domain.errors import (
    AccessDeniedError,
    CredentialError,
    KeyLimitError,
    KeyNotReadyError,
    SecretMissingError,
    StowageError,
    ThrottledError,
    UserMissingError,
)
from stowage.domain.projects import Project
from tests.integration.conftest import REGION
from tests.unit.fakes import people
from tests.unit.fakes.clock import FakeClock

ACCOUNT = "123456789012"
USER, PERSON = "partner", "sub-1"
SECRET = "stowage/user/partner/rot-1"
CANARY = "canary/secret+value=0123456789"


@pytest.fixture
def project() -> Project:
    """Give a project in moto's own account."""
    role = f"arn:aws:iam::{ACCOUNT}:role/StowageCredentials"
    return people.project(account=ACCOUNT, credentials_role_arn=role)


@pytest.fixture
def made() -> list[tuple[str, dict[str, Any]]]:
    """Tell the clients that were made in projects' accounts."""
    return []


@pytest.fixture
def sessions(made: list[tuple[str, dict[str, Any]]]) -> ProjectSessions:
    """Give sessions; moto answers AssumeRole for any role."""

    def make(service: str, **options: Any) -> Any:
        made.append((service, options))
        return make_client(service, **options)

    return ProjectSessions(make_client("sts", region_name=REGION), make, FakeClock(datetime.now(UTC)))


@pytest.fixture
def keys(sessions: ProjectSessions) -> IamAccessKeys:
    """Give the adapter, and the user."""
    make_client("iam", region_name=REGION).create_user(UserName=USER, Path="/stowage/")
    return IamAccessKeys(sessions)


@pytest.fixture
def store(sessions: ProjectSessions) -> ProjectSecretStore:
    """Give the adapter."""
    return ProjectSecretStore(sessions)


def test_a_minted_key_is_listed_switched_and_deleted(keys: IamAccessKeys, project: Project) -> None:
    """Each verb takes effect, and a repeat of it is no error."""
    minted = keys.create(project, USER, person=PERSON)
    assert minted.secret_access_key not in repr(minted)
    assert [key.access_key_id for key in keys.list_keys(project, USER, person=PERSON)] == [minted.access_key_id]
    for _ in range(2):
        keys.set_status(project, USER, minted.access_key_id, KeyStatus.INACTIVE, person=PERSON)
        assert keys.list_keys(project, USER, person=PERSON)[0].status is KeyStatus.INACTIVE
    assert keys.last_use(project, USER, minted.access_key_id, person=PERSON) is None
    for _ in range(2):
        keys.delete(project, USER, minted.access_key_id, person=PERSON)
        assert keys.list_keys(project, USER, person=PERSON) == ()
    keys.set_status(project, USER, minted.access_key_id, KeyStatus.ACTIVE, person=PERSON)


def test_a_third_key_is_refused(keys: IamAccessKeys, project: Project) -> None:
    """IAM allows two."""
    for _ in range(2):
        keys.create(project, USER, person=PERSON)
    with pytest.raises(KeyLimitError):
        keys.create(project, USER, person=PERSON)


@pytest.mark.parametrize("verb", ["list_keys", "create", "set_status", "delete"])
def test_a_user_who_is_gone_is_told_so(keys: IamAccessKeys, project: Project, verb: str) -> None:
    """Not to be mistaken for a key that is gone."""
    arguments: dict[str, tuple[Any, ...]] = {
        "set_status": ("AKIAIOSFODNN7EXAMPLE", KeyStatus.ACTIVE),
        "delete": ("AKIAIOSFODNN7EXAMPLE",),
    }
    with pytest.raises(UserMissingError):
        getattr(keys, verb)(project, "nobody", *arguments.get(verb, ()), person=PERSON)


def test_a_project_without_the_role_is_told_to_upgrade(keys: IamAccessKeys, project: Project) -> None:
    """Its baseline is older than access keys."""
    old = project.model_copy(update={"credentials_role_arn": None})
    with pytest.raises(AccessDeniedError, match="upgrade"):
        keys.list_keys(old, USER, person=PERSON)


def test_a_secret_is_kept_read_and_deleted(store: ProjectSecretStore, project: Project) -> None:
    """Under the project's key, under the user's own prefix."""
    arn = store.put(project, SECRET, MintedKey("AKIA1", CANARY), token="rot-1", person=PERSON)
    assert store.put(project, SECRET, MintedKey("AKIA1", CANARY), token="rot-1", person=PERSON) == arn
    described = make_client("secretsmanager", region_name=REGION).describe_secret(SecretId=arn)
    assert described["KmsKeyId"] == project.kms_key_arn
    assert store.get(project, arn, person=PERSON) == MintedKey("AKIA1", CANARY)
    for _ in range(2):
        store.delete(project, arn, person=PERSON)
    with pytest.raises(SecretMissingError):
        store.get(project, arn, person=PERSON)


def test_what_an_attempt_before_left_is_replaced(store: ProjectSecretStore, project: Project) -> None:
    """The same name, another key: the later one is what is read."""
    first = store.put(project, SECRET, MintedKey("AKIA1", "one"), token="rot-1", person=PERSON)
    second = store.put(project, SECRET, MintedKey("AKIA2", "two"), token="rot-1", person=PERSON)
    assert first == second
    assert store.get(project, first, person=PERSON).access_key_id == "AKIA2"


@pytest.mark.parametrize("code", ["ThrottlingException", "ValidationException", "InternalServiceError"])
def test_no_error_tells_a_secret(sessions: ProjectSessions, project: Project, code: str) -> None:
    """Not even when AWS repeats what it was sent; nor does what stands behind the error."""
    client = sessions.secretsmanager(project, owner_prefix(SECRET), PERSON)
    with Stubber(client) as stub:
        stub.add_client_error("create_secret", code, f"Value '{json.dumps({'secretAccessKey': CANARY})}' is invalid")
        with pytest.raises(StowageError) as raised:
            ProjectSecretStore(sessions).put(
                project,
                SECRET,
                MintedKey("AKIA1", CANARY),
                token="rot-1",
                person=PERSON,
            )
    assert CANARY not in str(raised.value)
    assert raised.value.__cause__ is None
    assert raised.value.__suppress_context__
    assert isinstance(raised.value, ThrottledError) == (code == "ThrottlingException")


def test_each_user_has_a_session_that_reaches_no_other(project: Project) -> None:
    """Session policies name one user and one prefix, and stay within what AssumeRole takes."""
    arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:stowage/user/partner/rot-1-AbCdEf"
    assert owner_prefix(arn) == owner_prefix(SECRET) == "stowage/user/partner/"
    iam, secrets = access_key_policy(project, USER), secret_policy(project, "stowage/user/partner/")
    assert iam["Statement"][0]["Resource"] == f"arn:aws:iam::{ACCOUNT}:user/stowage/partner"
    assert secrets["Statement"][0]["Resource"].endswith(":secret:stowage/user/partner/*")
    assert all(len(json.dumps(policy)) < 2048 for policy in (iam, secrets))


def test_sessions_of_users_are_not_mixed(sessions: ProjectSessions, project: Project, made: list[Any]) -> None:
    """Another user, person or service is another session; the same is kept."""
    one = sessions.iam(project, USER, PERSON)
    assert sessions.iam(project, USER, PERSON) is one
    assert sessions.iam(project, "other", PERSON) is not one
    assert sessions.iam(project, USER, "sub-2") is not one
    sessions.secretsmanager(project, "stowage/user/partner/", PERSON)
    assert [service for service, _ in made] == ["iam", "iam", "iam", "secretsmanager"]


def probe_with(answers: dict[str, Any]) -> AwsKeyProbe:
    """Give a probe whose clients answer (or are refused) as told."""

    def make(service: str, **options: Any) -> Any:
        client = make_client(service, **options)
        stub = Stubber(client)
        verb = {"sts": "get_caller_identity", "s3": "list_objects_v2"}[service]
        answer = answers[service]
        if isinstance(answer, str):
            stub.add_client_error(verb, answer, "no", 404 if answer.startswith("NoSuch") else 403)
        else:
            stub.add_response(verb, answer)
        stub.activate()
        return client

    return AwsKeyProbe(make)


ME = {"Arn": f"arn:aws:iam::{ACCOUNT}:user/stowage/partner"}


@pytest.mark.parametrize(
    ("answers", "error"),
    [
        ({"sts": ME, "s3": {}}, None),
        ({"sts": ME, "s3": "NoSuchBucket"}, None),
        ({"sts": "InvalidClientTokenId", "s3": {}}, KeyNotReadyError),
        ({"sts": ME, "s3": "AccessDenied"}, KeyNotReadyError),
        ({"sts": ME, "s3": "InvalidAccessKeyId"}, KeyNotReadyError),
        ({"sts": {"Arn": f"arn:aws:iam::{ACCOUNT}:user/stowage/other"}, "s3": {}}, CredentialError),
        ({"sts": {"Arn": "arn:aws:iam::999999999999:user/stowage/partner"}, "s3": {}}, CredentialError),
    ],
)
def test_a_key_is_ready_when_it_is_known_and_let_in(project: Project, answers: Any, error: Any) -> None:
    """Refused for now is retried; somebody else's is an error."""
    look = probe_with(answers)
    key = MintedKey("AKIA1", CANARY)
    if error is None:
        look.probe(project, key, user=USER, listing=("bucket", "prefix/"))
        return
    with pytest.raises(error) as raised:
        look.probe(project, key, user=USER, listing=("bucket", "prefix/"))
    assert CANARY not in str(raised.value)
