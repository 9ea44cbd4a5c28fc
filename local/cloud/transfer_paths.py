"""A user's logical directories: which S3 bucket and key a path of an SFTP session means, and no other.

Paths are resolved by their text alone, before anything is asked of S3: `..` never leads above the root, and nothing
outside the user's mappings has a bucket at all.
https://docs.aws.amazon.com/transfer/latest/userguide/logical-dir-mappings.html
"""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

Parts = tuple[str, ...]

MAXIMUM_KEY_BYTES = 1024


class UnknownPathError(Exception):
    """The path cannot be the name of anything."""


@dataclass(frozen=True)
class Target:
    """A place in S3; an empty key is the bucket itself."""

    bucket: str
    key: str

    @property
    def prefix(self) -> str:
        """Return what the keys inside this directory begin with."""
        return f"{self.key}/" if self.key else ""


@dataclass(frozen=True)
class Directories:
    """The mappings of one user: entry → target."""

    targets: Mapping[Parts, Target]

    @classmethod
    def of(cls, mappings: Sequence[Mapping[str, str]], user_name: str) -> "Directories":
        """Read HomeDirectoryMappings, whose targets may name `${transfer:UserName}`."""
        found = {}
        for mapping in mappings:
            target = mapping["Target"].replace("${transfer:UserName}", user_name)
            bucket, _, key = target.strip("/").partition("/")
            found[parts_of(mapping["Entry"])] = Target(bucket, key)
        return cls(found)

    def target(self, path: Parts) -> Target | None:
        """Return where the path lies in S3; None for one that no mapping covers."""
        for length in range(len(path), -1, -1):
            root = self.targets.get(path[:length])
            if root is not None:
                key = "/".join(part for part in (root.key, *path[length:]) if part)
                if len(key.encode()) > MAXIMUM_KEY_BYTES:
                    raise UnknownPathError
                return Target(root.bucket, key)
        return None

    def is_entry(self, path: Parts) -> bool:
        """Tell whether the path is a mapping's own entry."""
        return path in self.targets

    def entries_below(self, path: Parts) -> dict[str, list[Parts]]:
        """Return the names that mappings alone show in a directory, each with the entries that it leads to."""
        names: dict[str, list[Parts]] = {}
        for entry in sorted(self.targets):
            if len(entry) > len(path) and entry[: len(path)] == path:
                names.setdefault(entry[len(path)], []).append(entry)
        return names


def parts_of(path: str | bytes) -> Parts:
    """Return the path's parts from the root, `.` and `..` resolved, never above the root.

    Raises UnknownPathError for what no S3 key can be: bytes that are not UTF-8, or a NUL.
    """
    try:
        text = path.decode() if isinstance(path, bytes) else path
    except UnicodeDecodeError as error:
        raise UnknownPathError from error
    if "\0" in text:
        raise UnknownPathError
    parts: list[str] = []
    for part in text.split("/"):
        if part == "..":
            del parts[-1:]
        elif part not in {"", "."}:
            parts.append(part)
    return tuple(parts)


def overlaps(entries: Sequence[str]) -> bool:
    """Tell whether two of these entries are equal or lie one in the other."""
    known = sorted(parts_of(entry) for entry in entries)
    return any(later[: len(earlier)] == earlier for earlier, later in itertools.pairwise(known))
