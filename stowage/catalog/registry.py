"""Which kinds there are: every folder of `stowage.catalog`, found by looking."""

import importlib
import pkgutil
import re
from functools import cache

import stowage.catalog
from stowage.domain.kinds import Kind

NAME = re.compile(r"[a-z]+(-[a-z]+)*")
"""Form of a kind's name and path; a stack's name and the API's URLs are made of them."""

RESERVED_PATHS = frozenset({"changes", "members", "new", "notices", "reconcile", "reconciliations", "resources"})
"""What the API itself has under /v1/projects/{project}/, and the console under /projects/{project}/ ("new"): a kind at
such a path would be shadowed, or shadow it."""


@cache
def all_kinds() -> tuple[Kind, ...]:
    """Give every kind, by name; a new kind is a new folder whose package exposes `KIND`, and nothing else.

    The folders are imported, and their schemas read, at the first call; later calls are free.
    Raises ValueError when a folder breaks the rules, so that a broken kind fails the first request and every test.
    """
    found = tuple(
        _load(f"{stowage.catalog.__name__}.{folder.name}")
        for folder in pkgutil.iter_modules(stowage.catalog.__path__)
        if folder.ispkg
    )
    for attribute in ("kind", "path"):
        values = [getattr(kind, attribute) for kind in found]
        if len(set(values)) < len(values):
            raise ValueError(f"Two kinds share a {attribute}: {sorted(values)}.")
    return tuple(sorted(found, key=lambda kind: kind.kind))


def kind_by_name(name: str) -> Kind | None:
    """Give the kind of this name ("bucket"), or None."""
    return next((kind for kind in all_kinds() if kind.kind == name), None)


def kind_by_path(path: str) -> Kind | None:
    """Give the kind that stands at this segment of the API's URLs ("buckets"), or None."""
    return next((kind for kind in all_kinds() if kind.path == path), None)


def _load(package: str) -> Kind:
    """Import a kind's folder and check what a Lambda can check cheaply; tests check the schema itself."""
    kind = getattr(importlib.import_module(package), "KIND", None)
    if not isinstance(kind, Kind):
        raise ValueError(f"{package} exposes no KIND.")  # noqa: TRY004 - the folder is wrong, not an argument's type
    for value in (kind.kind, kind.path):
        if not NAME.fullmatch(value):
            raise ValueError(f"{package}: {value!r} is not lower-case words of letters joined by hyphens.")
    if kind.path in RESERVED_PATHS:
        raise ValueError(f"{package}: the path {kind.path!r} is the API's own: choose another.")
    if not kind.schema.get("examples"):
        raise ValueError(f"{package}: the schema has no example.")
    if "name" not in kind.schema.get("$defs", {}):
        raise ValueError(f"{package}: the schema does not define $defs.name.")
    return kind
