"""How a bucket may be called: what S3 demands beyond the pattern in `schema.json`, and what Stowage reserves."""

import re

from stowage.domain.kinds import Fault

RESERVED_PREFIXES = ("xn--", "sthree-", "amzn-s3-demo-")
RESERVED_SUFFIXES = ("-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3", "-an")
OWN_PREFIX = "stowage-logs-"
"""The log bucket of a project's baseline stands under it."""

_CHARACTERS = re.compile(r"[a-z0-9.-]*")
_IP_ADDRESS = re.compile(r"\d{1,3}(\.\d{1,3}){3}")
_EDGE = frozenset("abcdefghijklmnopqrstuvwxyz0123456789")


def name_faults(name: str) -> tuple[Fault, ...]:
    """Tell everything that forbids this name for a general purpose bucket; nothing means it is allowed.

    All rules of https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html, those of the schema's
    pattern too, so that the judgement stands on its own. A dot is refused although S3 allows it: TLS certificates
    of S3 do not cover host names with dots in the bucket's part. `-an` is for account regional namespaces only.
    """
    return tuple(("", sentence) for sentence in _sentences(name))


def _sentences(name: str) -> list[str]:
    faults = []
    if not 3 <= len(name) <= 63:  # noqa: PLR2004 - S3's own figures
        faults.append(f"A bucket name has 3 to 63 characters, this one has {len(name)}.")
    if not _CHARACTERS.fullmatch(name):
        faults.append("A bucket name consists of lower-case letters, digits and hyphens.")
    if _IP_ADDRESS.fullmatch(name):
        faults.append("A bucket name must not look like an IP address.")
    elif "." in name:
        faults.append("A bucket name must not contain dots: TLS would not work with it.")
    if name and not {name[0], name[-1]} <= _EDGE:
        faults.append("A bucket name begins and ends with a lower-case letter or a digit.")
    faults += [f"S3 reserves names that begin with {p}." for p in RESERVED_PREFIXES if name.startswith(p)]
    faults += [f"S3 reserves names that end with {s}." for s in RESERVED_SUFFIXES if name.endswith(s)]
    if name.startswith(OWN_PREFIX):
        faults.append(f"Stowage reserves names that begin with {OWN_PREFIX} for a project's access logs.")
    return faults
