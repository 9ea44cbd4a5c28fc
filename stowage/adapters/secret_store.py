"""The projects' Secrets Manager: where a secret lies from its minting until it is revealed, and nowhere else."""

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from stowage.adapters.aws_errors import aws_errors
from stowage.domain.credentials import MintedKey
from stowage.domain.errors import ConcurrentUpdateError, SecretMissingError, StowageError
from stowage.domain.projects import Project

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager.client import SecretsManagerClient

    from stowage.adapters.sts import ProjectSessions


MISSING: dict[str, type[StowageError]] = {
    "ResourceNotFoundException": SecretMissingError,
    # What a secret that is being deleted answers to being read.
    "InvalidRequestException": SecretMissingError,
}
TAKEN: dict[str, type[StowageError]] = {
    # The name of a secret whose deletion has not come to its end: some seconds, without a recovery window.
    "InvalidRequestException": ConcurrentUpdateError,
}


class ProjectSecretStore:
    """The port `SecretStore`; each call in a session that reaches this one user's secrets and nothing else."""

    def __init__(self, sessions: "ProjectSessions") -> None:
        self._sessions = sessions

    def put(self, project: Project, secret: str, key: MintedKey, *, token: str, person: str) -> str:
        """Keep a key under the name `secret` and give the ARN; the same token and key again is the same secret.

        What an attempt before left under this name, the secret of a key that exists no more, is replaced.
        """
        content = json.dumps({"accessKeyId": key.access_key_id, "secretAccessKey": key.secret_access_key})
        # 32 to 64 characters (https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html).
        request_token = hashlib.sha256(f"{token}/{key.access_key_id}".encode()).hexdigest()
        client = self._client(project, secret, person)
        with _silent_about(key), aws_errors(TAKEN):
            try:
                answer = client.create_secret(
                    Name=secret,
                    Description="An access key that Stowage minted, until it is revealed",
                    ClientRequestToken=request_token,
                    KmsKeyId=project.kms_key_arn,
                    SecretString=content,
                )
            except client.exceptions.ResourceExistsException:
                replaced = client.put_secret_value(
                    SecretId=secret, ClientRequestToken=request_token, SecretString=content
                )
                return str(replaced["ARN"])
        return str(answer["ARN"])

    def get(self, project: Project, secret_id: str, *, person: str) -> MintedKey:
        """Give the key. Raises SecretMissingError."""
        with aws_errors(MISSING):
            answer = self._client(project, secret_id, person).get_secret_value(SecretId=secret_id)
        content = json.loads(answer["SecretString"])
        return MintedKey(content["accessKeyId"], content["secretAccessKey"])

    def delete(self, project: Project, secret_id: str, *, person: str) -> None:
        """Delete the secret at once, without a recovery window; idempotent."""
        try:
            with aws_errors(MISSING):
                self._client(project, secret_id, person).delete_secret(
                    SecretId=secret_id, ForceDeleteWithoutRecovery=True
                )
        except SecretMissingError:
            return

    def _client(self, project: Project, secret: str, person: str) -> "SecretsManagerClient":
        return self._sessions.secretsmanager(project, owner_prefix(secret), person)


def owner_prefix(secret: str) -> str:
    """Give what all secrets of the same user's begin with, of one secret's name or ARN: `stowage/<kind>/<user>/`."""
    name = secret.rsplit(":secret:", 1)[-1]
    return name.rsplit("/", 1)[0] + "/"


@contextmanager
def _silent_about(key: MintedKey) -> Iterator[None]:
    """Let no error tell the secret, whatever AWS repeats of what it was sent; nor AWS's own error behind it."""
    try:
        yield
    except StowageError as error:
        sentence = str(error).replace(key.secret_access_key, "(the secret)")
        raise type(error)(sentence) from None
