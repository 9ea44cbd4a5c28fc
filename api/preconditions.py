"""ETags, and what `If-Match` and `If-None-Match` demand of a resource."""

import re
from dataclasses import dataclass

from stowage.domain.errors import InvalidRequestError, ResourceExistsError, StaleVersionError

_TAG = re.compile(r'(W/)?"([\x21\x23-\x7e]*)"')
_TAGS = re.compile(rf"{_TAG.pattern}(\s*,\s*{_TAG.pattern})*")


def version_tag(version: int) -> str:
    """Give the strong ETag of a resource's version."""
    return f'"{version}"'


@dataclass(frozen=True, slots=True)
class Precondition:
    """What a write demands of the resource as it stands (RFC 9110, section 13.1)."""

    if_match: str | None = None
    create_only: bool = False

    def check(self, version: int | None) -> None:
        """Compare with the resource's version; None when it does not exist.

        Raises StaleVersionError or ResourceExistsError. A weak tag never matches: RFC 9110 demands strong comparison.
        """
        if self.create_only and version is not None:
            raise ResourceExistsError("The resource exists already, and If-None-Match: * asks for a new one.")
        if self.if_match is None:
            return
        if version is None:
            raise StaleVersionError("If-Match asks for a resource that exists, but there is none.")
        if self.if_match != "*" and version_tag(version) not in _tags(self.if_match):
            raise StaleVersionError(f"The resource is at version {version} by now: read it again, then decide.")

    def fingerprint(self) -> str | None:
        """Give one text per precondition, for the request's fingerprint."""
        return "If-None-Match: *" if self.create_only else self.if_match


def parse_precondition(if_match: str | None, if_none_match: str | None) -> Precondition:
    """Read both headers. Raises InvalidRequestError when one is malformed, or both are there."""
    if if_match is not None and if_none_match is not None:
        raise InvalidRequestError("Send If-Match or If-None-Match, not both.")
    if if_none_match is not None and if_none_match.strip() != "*":
        raise InvalidRequestError("If-None-Match of a write can only be *.")
    if if_match is None:
        return Precondition(create_only=if_none_match is not None)
    text = if_match.strip()
    if text != "*" and not _TAGS.fullmatch(text):
        raise InvalidRequestError('If-Match must be * or an ETag in double quotes, such as "3".')
    return Precondition(if_match=text)


def names_tag(if_none_match: str | None, etag: str) -> bool:
    """Tell whether `If-None-Match` of a read names this ETag; weak comparison, malformed headers match nothing."""
    if if_none_match is None:
        return False
    text = if_none_match.strip()
    return text == "*" or etag.removeprefix("W/") in {tag.removeprefix("W/") for tag in _tags(text)}


def _tags(text: str) -> set[str]:
    return {match.group() for match in _TAG.finditer(text)}
