"""What a user's spec may say beyond its schema, and what Stowage reads from it."""

import ipaddress
from typing import cast

from stowage.catalog.grants import bucket_references, policy_characters
from stowage.catalog.spec_rules import entries, expiry_faults, is_enabled, tag_faults
from stowage.catalog.user.stack import policy
from stowage.domain.changes import Spec
from stowage.domain.kinds import Fault, Reference, RenderRequest

POLICY_CHARACTERS = 6_144
"""Of a managed policy, without white space:
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html"""

NOT_PUBLIC = tuple(
    map(
        ipaddress.ip_network,
        (
            *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
            *("192.168.0.0/16", "224.0.0.0/4", "240.0.0.0/4"),
            *("::/127", "::ffff:0:0/96", "fc00::/7", "fe80::/10", "ff00::/8"),
        ),
    )
)
"""Of no request from outside (https://www.iana.org/assignments/iana-ipv4-special-registry); what documentation uses as
examples is let be."""


def references(spec: Spec) -> tuple[Reference, ...]:
    """Give the buckets that the grants name."""
    return bucket_references(spec, "grants")


def request_faults(request: RenderRequest) -> tuple[Fault, ...]:
    """Tell what the schema cannot: impossible addresses and moments, twin tags, a policy that IAM would not take."""
    return (
        *_address_faults(request.spec),
        *expiry_faults(request.spec),
        *tag_faults(request.spec),
        *_policy_faults(request),
    )


def rotate_every_days(spec: Spec) -> int | None:
    """Give after how many days the keys are rotated by themselves, or None."""
    return cast("int | None", spec.get("rotateEveryDays"))


def probe_prefix(spec: Spec) -> tuple[str, str] | None:
    """Give the first bucket and folder that a fresh key must be able to list.

    None where it could not from Stowage's own address: the user is switched off, or bound to addresses, or may list
    nothing. Whether access has ended by itself is not asked here: the kind's AccessRules tell when it does.
    """
    if not is_enabled(spec) or spec.get("sourceIps"):
        return None
    listed = (grant for grant in entries(spec, "grants") if "list" in grant["access"])
    return next(((str(grant["bucket"]), str(grant.get("prefix", ""))) for grant in listed), None)


def _policy_faults(request: RenderRequest) -> tuple[Fault, ...]:
    """Measure the policy of the user as it is when switched on, which it must be possible to do at any time."""
    characters = policy_characters(policy(request, enabled=True))
    if characters <= POLICY_CHARACTERS:
        return ()
    sentence = f"These grants make a policy of {characters:,} characters, and IAM takes {POLICY_CHARACTERS:,}: "
    return (("/grants", f"{sentence}grant fewer or higher folders, or the same access to each."),)


def _address_faults(spec: Spec) -> tuple[Fault, ...]:
    faults = []
    for index, text in enumerate(cast("list[str]", spec.get("sourceIps") or [])):
        if sentence := _address_fault(text):
            faults.append((f"/sourceIps/{index}", sentence))
    return tuple(faults)


def _address_fault(text: str) -> str | None:
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError:
        return "This is neither an IP address nor a network in CIDR form."
    if network.prefixlen == 0:
        return "This network is every address: leave the list empty instead."
    if any(network.version == own.version and network.subnet_of(own) for own in NOT_PUBLIC):  # type: ignore[arg-type]
        return "This address is a private one, which AWS never sees: give the public one that requests come from."
    if "/" in text and ipaddress.ip_interface(text).ip != network.network_address:
        return f"A network's own address ends in zeros: this one is {network}."
    return None
