"""What a logged-in SFTP user sees: S3, through the role's own requests, inside its logical directories.

As on AWS: a directory is a common prefix, `mkdir` writes an empty object whose key ends in a slash, `rename` is a copy
and a deletion (of a file, never of a directory), permissions and times cannot be set, links do not exist, and an
upload becomes an object when the file is closed, so that is where a refusal is told. An entry whose target holds
nothing is not there, unless the server's DirectoryListingOptimization is ENABLED; writing into it works.
Differs from AWS: a file is held in memory, a rename that may not delete its source leaves the copy, and a role
without s3:ListBucket can still read and write what it knows the name of.
https://docs.aws.amazon.com/transfer/latest/userguide/implement-log-dirs.html
"""

import asyncio
import concurrent.futures
import functools
import io
import stat
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

import asyncssh
from asyncssh.sftp import SFTPAttrs, SFTPName
from botocore.exceptions import ClientError

from local.cloud.transfer_objects import DENIED, RoleObjects, directory_attributes, file_attributes
from local.cloud.transfer_paths import Directories, Parts, Target, UnknownPathError, parts_of
from local.cloud.transfer_session import RoleSession

ABSENT = {"NoSuchKey", "NoSuchBucket", "404"}
READ, WRITE, APPEND, TRUNCATE, EXCLUSIVE = 0x01, 0x02, 0x04, 0x10, 0x20

# Threads of its own: the emulator's serve the very requests that these wait for.
_threads = concurrent.futures.ThreadPoolExecutor(8, thread_name_prefix="sftp")


@dataclass
class OpenFile:
    """A file between open and close."""

    target: Target
    writing: bool
    content: io.BytesIO = field(default_factory=io.BytesIO)


class S3Files(asyncssh.SFTPServer):
    """The file system of one SFTP session."""

    def __init__(
        self, channel: Any, directories: Directories, role: RoleSession, url: str, *, entries_always_exist: bool
    ) -> None:
        super().__init__(channel)
        self._directories = directories
        self._objects = RoleObjects(role, url)
        self._entries_always_exist = entries_always_exist

    # what there is

    def realpath(self, path: bytes) -> bytes:
        """Return the absolute path, never one above the root."""
        return ("/" + "/".join(_parts(path))).encode()

    async def stat(self, path: bytes) -> SFTPAttrs:
        """Tell what the path is."""
        found = await self._look(_parts(path))
        if found is None:
            raise asyncssh.SFTPNoSuchFile("No such file or directory")
        return found

    async def lstat(self, path: bytes) -> SFTPAttrs:
        """Tell the same: there are no links."""
        return await self.stat(path)

    def fstat(self, file_obj: OpenFile) -> SFTPAttrs:
        """Tell the size of an open file."""
        return file_attributes(file_obj.content.getbuffer().nbytes, time.time())

    async def scandir(self, path: bytes) -> AsyncIterator[SFTPName]:
        """Tell the names in a directory."""
        parts = _parts(path)
        names: dict[str, SFTPAttrs] = {".": directory_attributes(), "..": directory_attributes()}
        for name in self._directories.entries_below(parts):
            if await self._look((*parts, name)):
                names[name] = directory_attributes()
        target = self._target(parts)
        if target is not None:
            names |= await self._do(self._objects.list, target)
        elif len(names) == 2 and parts:  # noqa: PLR2004 -- the two dots
            raise asyncssh.SFTPNoSuchFile("No such directory")
        for name, attributes in names.items():
            yield SFTPName(name.encode(), attrs=attributes)

    def format_user(self, uid: int | None) -> str:
        """Name nobody: S3 has no owners of files."""
        del uid
        return "-"

    def format_group(self, gid: int | None) -> str:
        """Name nobody."""
        del gid
        return "-"

    # reading and writing

    async def open(self, path: bytes, pflags: int, attrs: SFTPAttrs) -> OpenFile:
        """Open a file: whole for reading, or empty for writing."""
        del attrs
        parts = _parts(path)
        target = self._target(parts)
        if target is None or self._directories.is_entry(parts):
            raise asyncssh.SFTPPermissionDenied("Not a file of yours")
        if not pflags & WRITE:
            return OpenFile(target, writing=False, content=io.BytesIO(await self._do(self._objects.get, target)))
        if pflags & APPEND:
            raise asyncssh.SFTPOpUnsupported("S3 cannot append to an object")
        if pflags & EXCLUSIVE or not pflags & TRUNCATE:
            there = await self._look(parts)
            if there is not None and pflags & EXCLUSIVE:
                raise asyncssh.SFTPFailure("The file exists")
            if there is not None:
                raise asyncssh.SFTPOpUnsupported("S3 cannot change a part of an object")
        return OpenFile(target, writing=True)

    def read(self, file_obj: OpenFile, offset: int, size: int) -> bytes:
        """Return a part of an open file."""
        file_obj.content.seek(offset)
        return file_obj.content.read(size)

    def write(self, file_obj: OpenFile, offset: int, data: bytes) -> int:
        """Keep a part of a file that is being written."""
        if not file_obj.writing:
            raise asyncssh.SFTPPermissionDenied("The file is open for reading")
        file_obj.content.seek(offset)
        return file_obj.content.write(data)

    async def close(self, file_obj: OpenFile) -> None:
        """Put what was written into S3."""
        if file_obj.writing:
            await self._do(self._objects.put, file_obj.target, file_obj.content.getvalue())

    async def remove(self, path: bytes) -> None:
        """Delete a file."""
        target = await self._existing(path, directory=False)
        await self._do(self._objects.delete, target, target.key)

    async def mkdir(self, path: bytes, attrs: SFTPAttrs) -> None:
        """Make a directory."""
        del attrs
        parts = _parts(path)
        target = self._target(parts)
        if target is None:
            raise asyncssh.SFTPPermissionDenied("Not a directory of yours")
        if await self._look(parts) is not None:
            raise asyncssh.SFTPFailure("It exists")
        await self._do(self._objects.put, Target(target.bucket, target.prefix), b"")

    async def rmdir(self, path: bytes) -> None:
        """Delete an empty directory."""
        target = await self._existing(path, directory=True)
        if await self._do(self._objects.list, target):
            raise asyncssh.SFTPFailure("The directory is not empty")
        await self._do(self._objects.delete, target, target.prefix)

    async def rename(self, oldpath: bytes, newpath: bytes) -> None:
        """Rename a file to a name that is free."""
        if await self._look(_parts(newpath)) is not None:
            raise asyncssh.SFTPFailure("The file exists")
        await self.posix_rename(oldpath, newpath)

    async def posix_rename(self, oldpath: bytes, newpath: bytes) -> None:
        """Rename a file, in the place of another one."""
        source = await self._existing(oldpath, directory=False)
        parts = _parts(newpath)
        target = self._target(parts)
        if target is None or self._directories.is_entry(parts):
            raise asyncssh.SFTPPermissionDenied("Not a file of yours")
        if target != source:
            await self._do(self._objects.copy, source, target)
            await self._do(self._objects.delete, source, source.key)

    def fsync(self, file_obj: OpenFile) -> None:
        """Do nothing: S3 gets the file when it is closed."""

    def exit(self) -> None:
        """End the role's session with the SFTP session."""
        self._objects.role.end()

    # what S3 has no notion of; asyncssh would otherwise do it to this machine's own files

    def _unsupported(self, *_: Any) -> Any:
        raise asyncssh.SFTPOpUnsupported("S3 has nothing of the kind")

    setstat = lsetstat = fsetstat = readlink = symlink = link = lock = unlock = statvfs = fstatvfs = _unsupported
    open56 = _unsupported

    # how it is asked of S3

    def _target(self, parts: Parts) -> Target | None:
        try:
            return self._directories.target(parts)
        except UnknownPathError as error:
            raise asyncssh.SFTPFailure("The name is too long") from error

    async def _existing(self, path: bytes, *, directory: bool) -> Target:
        parts = _parts(path)
        target = self._target(parts)
        if target is None or self._directories.is_entry(parts):
            raise asyncssh.SFTPPermissionDenied("Not yours to change")
        if stat.S_ISDIR((await self.stat(path)).permissions or 0) != directory:
            raise asyncssh.SFTPOpUnsupported("It is a directory" if not directory else "It is a file")
        return target

    async def _look(self, parts: Parts) -> SFTPAttrs | None:
        if not parts:
            return directory_attributes()
        for entries in self._directories.entries_below(parts).values():
            for entry in entries:
                if await self._look(entry):
                    return directory_attributes()
        target = self._target(parts)
        if target is None:
            return None
        if self._directories.is_entry(parts):
            there = self._entries_always_exist or await self._do(self._objects.may_hold, target)
            return directory_attributes() if there else None
        found: SFTPAttrs | None = await self._do(self._objects.attributes, target)
        return found

    async def _do(self, call: Callable[..., Any], *arguments: Any) -> Any:
        try:
            return await asyncio.get_running_loop().run_in_executor(_threads, functools.partial(call, *arguments))
        except ClientError as error:
            raise _as_sftp(error) from error


def _parts(path: bytes) -> Parts:
    try:
        return parts_of(path)
    except UnknownPathError as error:
        raise asyncssh.SFTPNoSuchFile("No such file or directory") from error


def _as_sftp(error: ClientError) -> Exception:
    code = str(error.response["Error"]["Code"])
    if code in DENIED:
        return asyncssh.SFTPPermissionDenied("Permission denied")
    if code in ABSENT:
        return asyncssh.SFTPNoSuchFile("No such file or directory")
    return asyncssh.SFTPFailure(code)
