"""A look at AWS with a fresh key: who it is, and whether it may do what it was made for."""

from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError

from stowage.adapters.aws_errors import aws_errors, error_code
from stowage.domain.credentials import MintedKey
from stowage.domain.errors import CredentialError, KeyNotReadyError, StowageError
from stowage.domain.projects import Project

REFUSALS = (
    "403",
    "AccessDenied",
    "AccessDeniedException",
    "InvalidAccessKeyId",
    "InvalidClientTokenId",
    "SignatureDoesNotMatch",
    "UnrecognizedClientException",
)
"""How a key is refused that is not known everywhere yet, or whose user's policy is not
(https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html#troubleshoot_general_eventual-consistency)."""
NOT_READY: dict[str, type[StowageError]] = dict.fromkeys(REFUSALS, KeyNotReadyError)
NO_BUCKET = "NoSuchBucket"


class AwsKeyProbe:
    """The port `KeyProbe`. `make_client` gives a client for a service name, region and credentials; none is kept."""

    def __init__(self, make_client: Callable[..., Any]) -> None:
        self._make_client = make_client

    def probe(self, project: Project, key: MintedKey, *, user: str, listing: tuple[str, str] | None) -> None:
        """Ask who the key is, and list under a bucket and prefix. Raises KeyNotReadyError while either is refused.

        Raises CredentialError when the key is somebody else's.
        """
        with aws_errors(NOT_READY):
            told = str(self._client("sts", project, key).get_caller_identity()["Arn"])
        owner = told.rsplit(":", 1)[-1]
        if not (owner.startswith("user/") and owner.endswith(f"/{user}")) or f"::{project.account}:" not in told:
            raise CredentialError(f"The key {key.access_key_id} is not {user}'s in the project's account.")
        if listing is not None:
            self._list(project, key, *listing)

    def _list(self, project: Project, key: MintedKey, bucket: str, prefix: str) -> None:
        with aws_errors(NOT_READY):
            try:
                self._client("s3", project, key).list_objects_v2(Bucket=bucket, Prefix=prefix, MaxKeys=1)
            except ClientError as error:
                # A bucket that somebody deleted says nothing against the key: S3 has let it in that far.
                if error_code(error) != NO_BUCKET:
                    raise

    def _client(self, service: str, project: Project, key: MintedKey) -> Any:  # noqa: ANN401 -- depends on `service`
        return self._make_client(
            service,
            region_name=project.region,
            aws_access_key_id=key.access_key_id,
            aws_secret_access_key=key.secret_access_key,
            aws_session_token=None,
        )
