"""Notices: what a project's managers should know although nobody asked, kept and pushed."""

import hashlib
from datetime import datetime
from enum import StrEnum

from stowage.domain.changes import canonical_json
from stowage.domain.clock import to_iso
from stowage.domain.wire import WireModel

KEPT_DAYS = 90


class NoticeCode(StrEnum):
    """Stable codes, for programs; the text is for people."""

    CREDENTIALS_READY = "CREDENTIALS_READY"
    HANDOVER_OPENED = "HANDOVER_OPENED"
    HANDOVER_TRIED_AGAIN = "HANDOVER_TRIED_AGAIN"
    HANDOVER_LOCKED = "HANDOVER_LOCKED"
    OLD_KEY_STILL_USED = "OLD_KEY_STILL_USED"
    OLD_KEY_DEACTIVATED = "OLD_KEY_DEACTIVATED"
    ROTATION_ENDED = "ROTATION_ENDED"
    ROTATION_FAILED = "ROTATION_FAILED"
    ACCESS_EXPIRES_SOON = "ACCESS_EXPIRES_SOON"
    ACCESS_EXPIRED = "ACCESS_EXPIRED"
    LOCK_BROKEN = "LOCK_BROKEN"


class Notice(WireModel):
    """A notice on the wire. Its id derives from what it tells, so that telling it twice is one notice."""

    id: str
    project: str
    code: NoticeCode
    kind: str
    name: str
    text: str
    at: str


def make_notice(code: NoticeCode, of: tuple[str, str, str], *, about: str, text: str, at: datetime) -> Notice:
    """Give the notice that tells `code` of a resource.

    Args:
        code: what happened.
        of: the resource's project, kind and name.
        about: what happened it to: a rotation's or handover's id, a date. The same code about the same is the same
            notice, whenever it is told.
        text: the sentence for people.
        at: when it happened.
    """
    project, kind, name = of
    told = canonical_json([project, code.value, kind, name, about])
    digest = hashlib.sha256(told.encode()).hexdigest()[:32]
    return Notice(id=f"ntc-{digest}", project=project, code=code, kind=kind, name=name, text=text, at=to_iso(at))
