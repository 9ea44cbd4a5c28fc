"""A session's requests to S3: each is the role's own, so that S3 decides about it.

They block, so they run on threads, never on the emulator's event loop.
"""

import functools
import stat
import time
from typing import Any

from asyncssh.sftp import SFTPAttrs
from botocore.exceptions import ClientError

from local.aws import client
from local.cloud.transfer_paths import Target
from local.cloud.transfer_session import RoleSession

DENIED = {"AccessDenied", "403", "AllAccessDisabled"}


class RoleObjects:
    """The objects that a role may see, read, write and delete.

    Every method raises ClientError as S3 answers it.
    """

    def __init__(self, role: RoleSession, url: str) -> None:
        self.role = role
        self._url = url

    @functools.cached_property
    def _s3(self) -> Any:
        return client("s3", self._url, credentials=self.role.credentials, region=self.role.region)

    def attributes(self, target: Target) -> SFTPAttrs | None:
        """Look with s3:ListBucket or, without it, with s3:GetObject."""
        try:
            first = self._first(target.bucket, target.key) if target.key else None
            if first is not None and first["Key"] == target.key:
                return file_attributes(first["Size"], first["LastModified"].timestamp())
            return directory_attributes() if self._first(target.bucket, target.prefix) else None
        except ClientError as error:
            if error.response["Error"]["Code"] not in DENIED or not target.key:
                raise
        head = self._s3.head_object(Bucket=target.bucket, Key=target.key)
        return file_attributes(head["ContentLength"], head["LastModified"].timestamp())

    def may_hold(self, target: Target) -> bool:
        """Tell whether a directory holds anything, as far as the role may know."""
        try:
            return self._first(target.bucket, target.prefix) is not None
        except ClientError as error:
            if error.response["Error"]["Code"] in DENIED:
                return True
            raise

    def _first(self, bucket: str, prefix: str) -> dict[str, Any] | None:
        answer = self._s3.list_objects_v2(Bucket=bucket, Prefix=prefix, MaxKeys=1)
        return next(iter(answer.get("Contents", [])), None)

    def list(self, target: Target) -> dict[str, SFTPAttrs]:
        """Return what lies in a directory."""
        names: dict[str, SFTPAttrs] = {}
        pages = self._s3.get_paginator("list_objects_v2")
        for page in pages.paginate(Bucket=target.bucket, Prefix=target.prefix, Delimiter="/"):
            for common in page.get("CommonPrefixes", []):
                names[common["Prefix"].removeprefix(target.prefix).rstrip("/")] = directory_attributes()
            for entry in page.get("Contents", []):
                name = entry["Key"].removeprefix(target.prefix)
                if name:
                    names.setdefault(name, file_attributes(entry["Size"], entry["LastModified"].timestamp()))
        return names

    def get(self, target: Target) -> bytes:
        """Return an object's content."""
        body: bytes = self._s3.get_object(Bucket=target.bucket, Key=target.key)["Body"].read()
        return body

    def put(self, target: Target, content: bytes) -> None:
        """Write an object, encrypted as its bucket does by default."""
        self._s3.put_object(Bucket=target.bucket, Key=target.key, Body=content)

    def copy(self, source: Target, target: Target) -> None:
        """Copy an object."""
        origin = {"Bucket": source.bucket, "Key": source.key}
        self._s3.copy_object(Bucket=target.bucket, Key=target.key, CopySource=origin)

    def delete(self, target: Target, key: str) -> None:
        """Delete an object; a bucket with versions keeps it as an earlier one."""
        self._s3.delete_object(Bucket=target.bucket, Key=key)


def file_attributes(size: int, modified: float) -> SFTPAttrs:
    """Describe a file."""
    moment = int(modified)
    return SFTPAttrs(type=1, size=size, uid=0, gid=0, permissions=stat.S_IFREG | 0o744, atime=moment, mtime=moment)


def directory_attributes() -> SFTPAttrs:
    """Describe a directory."""
    moment = int(time.time())
    return SFTPAttrs(type=2, size=0, uid=0, gid=0, permissions=stat.S_IFDIR | 0o755, atime=moment, mtime=moment)
