"""Drift: what of a resource stands otherwise in AWS than its stack's template says (ADR 0014)."""

from typing import Literal

from stowage.domain.wire import WireModel

RESOURCES_TOLD = 20
"""More would not fit a socket message beside a spec; CloudFormation's own page has them all."""
PROPERTIES_TOLD = 20

DriftStatus = Literal["IN_SYNC", "DRIFTED", "UNKNOWN"]


class DriftedResource(WireModel):
    """One resource within the stack that stands otherwise, or beside it what the stack does not know.

    `status` is MODIFIED, DELETED or, of something that nobody asked for, UNEXPECTED. `properties` are the paths of
    what differs, never values: a policy may tell of others.
    """

    type: str
    id: str
    status: str
    properties: tuple[str, ...] = ()


class Drift(WireModel):
    """What the last detection found, and when (ISO 8601), with what CloudFormation leaves out and Stowage reads itself.

    `status` UNKNOWN: nothing was found, and not everything could be read.
    """

    status: DriftStatus
    checked_at: str
    resources: tuple[DriftedResource, ...] = ()
