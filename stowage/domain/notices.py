"""Notices: what a project's managers should know although nobody asked, kept and pushed."""

from enum import StrEnum

from stowage.domain.wire import WireModel


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


class Notice(WireModel):
    """A notice on the wire. Its id derives from what it tells, so that telling it twice is one notice."""

    id: str
    project: str
    code: NoticeCode
    kind: str
    name: str
    text: str
    at: str
