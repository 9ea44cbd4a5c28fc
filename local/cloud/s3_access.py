"""What S3 asks of a caller beyond the action: the use of the object's key, and the right to know what is missing.

- Writing to a bucket with SSE-KMS needs kms:GenerateDataKey (a multipart upload kms:Decrypt too), reading kms:Decrypt,
  each through S3; HeadObject needs neither. With a bucket key the encryption context is the bucket's ARN.
- A missing object is 404 for a caller who may list the bucket, else 403. The listing is asked without a prefix, so a
  permission to list one prefix alone does not count.
- `s3:x-amz-server-side-encryption-aws-kms-key-id` is known to policies.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html
https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import unquote

from ministack.core import iam_actions, iam_evaluator
from ministack.core.responses import get_region
from ministack.core.router import extract_access_key_id
from ministack.services import s3

from local.cloud.kms_use import enforced, refused_use
from local.cloud.patching import replace_function

Answer = tuple[int, dict[str, str], bytes]
Headers = Mapping[str, str]
Query = Mapping[str, Any]

ALGORITHM = "x-amz-server-side-encryption"
KEY_HEADER = f"{ALGORITHM}-aws-kms-key-id"
WRITE = ("kms:GenerateDataKey",)
READ = ("kms:Decrypt",)
# What the object's or the upload's subresources ask has nothing to do with its content.
SUBRESOURCES = frozenset(
    {"acl", "annotation", "attributes", "legal-hold", "restore", "retention", "tagging", "torrent"}
)
# An object that stands, without a retention or a hold: whoever may ask for these is told so.
UNLOCKED = b"NoSuchObjectLockConfiguration"

_handle_request = s3.handle_request
_s3_service_context = iam_actions.s3_service_context


@dataclass(frozen=True)
class KeyUse:
    """The use of a key for one object."""

    actions: tuple[str, ...]
    bucket: str
    key: str
    kms_key: str

    @property
    def context(self) -> dict[str, str]:
        """The encryption context with which S3 asks."""
        whole = "BucketKeyEnabled>true" in _encryption(self.bucket)
        return {"aws:s3:arn": f"arn:aws:s3:::{self.bucket}" + ("" if whole else f"/{self.key}")}


def install() -> None:
    """Answer S3's requests through this module."""
    s3.handle_request = handle_request
    replace_function(_s3_service_context, s3_service_context)


async def handle_request(
    method: str, path: str, headers: dict[str, str], body: bytes, query_params: dict[str, Any], *rest: Any, **more: Any
) -> Answer:
    """Answer a request of S3, which is already allowed its own action."""
    caller = extract_access_key_id(headers, query_params) or ""
    bucket, key = s3._parse_bucket_key(path, headers)
    asked = bool(caller) and enforced() and not more.get("internal", False)
    if asked and key:
        for use in _key_uses(method, bucket, key, s3._merge_hoisted_amz_headers(headers, query_params), query_params):
            if refusal := refused_use(caller, use.actions, use.kms_key, "s3", use.context):
                return _denied(method, refusal, path)
    answer: Answer = await _handle_request(method, path, headers, body, query_params, *rest, **more)
    missing = (
        answer[0] == HTTPStatus.NOT_FOUND and method in {"GET", "HEAD"} and bool(key) and UNLOCKED not in answer[2]
    )
    if asked and missing and s3._bucket_owner_account(bucket) and not _may_list(caller, bucket):
        return _denied(method, "Access Denied", path)
    return answer


def s3_service_context(action: str, query_params: Query | None, path: str = "", headers: Headers | None = None) -> Any:
    """Return the condition keys of a request, the header with a key's ARN included."""
    context = dict(_s3_service_context(action, query_params, path, headers))
    given = (headers or {}).get(KEY_HEADER)
    if action == "s3:PutObject" and given:
        context[f"s3:{KEY_HEADER}"] = given
    return context


def _key_uses(method: str, bucket: str, key: str, headers: Headers, query: Query) -> Iterator[KeyUse]:
    if SUBRESOURCES & query.keys() or method not in {"GET", "PUT", "POST"}:
        return
    if method == "GET":
        if "uploadId" not in query:
            yield KeyUse(READ, bucket, key, _object_key(bucket, key, s3._qp(query, "versionId", "") or None))
        return
    if source := headers.get("x-amz-copy-source"):
        yield _source_use(source)
    upload = s3._qp(query, "uploadId", "")
    if upload:
        # A part is encrypted with the upload's data key, which has to be decrypted first.
        sse = (s3._multipart_uploads.get(upload) or {}).get("preserved_headers", {})
        yield KeyUse(READ, bucket, key, sse.get(KEY_HEADER, "") or _bucket_key(bucket))
        return
    yield KeyUse(WRITE, bucket, key, _written_key(bucket, headers))


def _source_use(source: str) -> KeyUse:
    path, _, version = unquote(source).lstrip("/").partition("?versionId=")
    bucket, _, key = path.partition("/")
    return KeyUse(READ, bucket, key, _object_key(bucket, key, version or None))


def _written_key(bucket: str, headers: Headers) -> str:
    if headers.get(ALGORITHM):
        return headers.get(KEY_HEADER, "") if headers[ALGORITHM].startswith("aws:kms") else ""
    return _bucket_key(bucket)


def _bucket_key(bucket: str) -> str:
    return str(s3._bucket_default_sse_headers(bucket).get(KEY_HEADER, ""))


def _object_key(bucket: str, key: str, version: str | None) -> str:
    """Return the KMS key of an object or of one of its versions, or an empty text."""
    record: Mapping[str, Any] = ((s3._buckets.get(bucket) or {}).get("objects") or {}).get(key) or {}
    for known in s3._object_versions.get((bucket, key), []) if version else []:
        if known["version_id"] == version and not known.get("is_delete_marker"):
            record = s3._object_record_from_version(known)
    return str(record.get("preserved_headers", {}).get(KEY_HEADER, ""))


def _denied(method: str, message: str, path: str) -> Answer:
    status, headers, body = s3._error("AccessDenied", message, HTTPStatus.FORBIDDEN.value, path)
    return status, headers, b"" if method == "HEAD" else body


def _may_list(caller: str, bucket: str) -> bool:
    arn = f"arn:aws:s3:::{bucket}"
    return iam_evaluator.enforce(caller, "s3:ListBucket", "s3", get_region(), resource_arn=arn) is None


def _encryption(bucket: str) -> str:
    raw = s3._bucket_encryption.get(bucket) or b""
    return raw.decode() if isinstance(raw, bytes) else str(raw)
