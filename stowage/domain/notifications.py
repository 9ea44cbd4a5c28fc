"""Telling a project's open pages what happened, without ever being in the way of what happens."""

import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from stowage.domain.changes import Change, ChangeStatus
from stowage.domain.errors import SocketGoneError, StowageError
from stowage.domain.findings import Findings
from stowage.domain.notices import Notice
from stowage.domain.ports import Connections, Notices, Projects, Resources, Sighted, Sockets
from stowage.domain.resources import Resource, ResourceName, ResourceRow

FRAME_BYTES = 32 * 1024
"""A longer message reaches a browser in several frames
(https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html)."""
POSTS_AT_ONCE = 32
"""As many as the HTTP client keeps connections for."""
CAUSE_LENGTH = 1_000
ROWS_AT_ONCE = 20
MESSAGES = 2
"""Each announcement is two messages at least, `resource` and `change`, with a sequence number each."""


class Delivery(StrEnum):
    """What became of a socket's messages."""

    SENT = "sent"
    GONE = "gone"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Announcement:
    """How many sockets were reached, had closed (and are forgotten), or could not be reached."""

    seq: int
    sent: int
    gone: int
    failed: int


@dataclass(frozen=True, slots=True)
class Notifier:
    """Sends a change and its resource to every open page of the project's members."""

    projects: Projects
    resources: Resources
    sockets: Sockets
    connections: Connections

    def announce(self, change: Change, state: str) -> Announcement:
        """Send the fresh row and the change, in this order, to the subscribers who are members at this moment.

        Between them, at a change's end, come the fresh rows of what it has begun or ceased to name.
        The sequence number advances after the rows were written, before they are read, and whether or not anybody
        listens: a page that was away finds the gap, and the message of the highest number is the newest (invariant N2).
        Membership is asked once for all sockets, not once for each (N1). A closed socket is forgotten; one that fails
        otherwise misses its messages, sees the gap in `seq` and reads anew.

        Args:
            change: as it is now.
            state: the machine's state that announces it.
        """
        seq = self.resources.advance_seq(change.project, MESSAGES)
        row = self.resources.get(change.project, change.kind, change.name)
        messages = [] if row is None else [_resource_message(change.project, row.resource, seq - 1)]
        if row is not None and row.touched and change.status is not ChangeStatus.RUNNING:
            last = self.resources.advance_seq(change.project, len(row.touched))
            # The change comes last, so that its own number is given to the first of these.
            numbers = (seq, *range(last - len(row.touched) + 1, last))
            for each, number in zip(row.touched, numbers, strict=True):
                touched = self.resources.get(change.project, each.kind, each.name)
                if touched is not None:
                    messages.append(_resource_message(change.project, touched.resource, number))
            seq = last
        messages.append(_change_message(change, state, seq))
        return self._tell(change.project, seq, messages)

    def announce_notice(self, notice: Notice) -> Announcement:
        """Send a notice to the project's open pages, under a sequence number of its own."""
        seq = self.resources.advance_seq(notice.project, 1)
        told = notice.model_dump(mode="json", by_alias=True, exclude={"project"})
        return self._tell(notice.project, seq, [_plain("notice", notice.project, seq, notice=told)])

    def announce_credentials(self, project: str, kind: str, name: str) -> Announcement:
        """Tell open pages that keys, rotation or handovers of a resource have changed, to be read anew."""
        seq = self.resources.advance_seq(project, 1)
        return self._tell(project, seq, [_plain("credentials", project, seq, kind=kind, name=name)])

    def announce_rows(self, project: str, rows: Sequence[ResourceName]) -> Announcement | None:
        """Send the fresh rows that no change has written; None, and no number is used, where there are none.

        Of more than ROWS_AT_ONCE, none is sent: the gap in `seq` tells every page to read anew.
        """
        if not rows:
            return None
        last = self.resources.advance_seq(project, len(rows))
        listeners = self._listeners(project) if len(rows) <= ROWS_AT_ONCE else []
        messages = []
        for seq, each in enumerate(rows if listeners else (), last - len(rows) + 1):
            row = self.resources.get(project, each.kind, each.name)
            if row is not None:
                messages.append(_resource_message(project, row.resource, seq))
        return self._send(last, listeners, messages)

    def announce_findings(self, project: str, findings: Findings) -> Announcement:
        """Tell open pages what reconcile found, under a sequence number of its own."""
        seq = self.resources.advance_seq(project, 1)
        return self._tell(project, seq, [_plain("project", project, seq, reconcile=findings.to_wire())])

    def announce_progress(self, seen: Sighted) -> Announcement | None:
        """Tell open pages how far a stack's newest operation has come; None, and no number is used, if there are none.

        Every end is told by the change's own messages, too: who misses one of these misses a moment, and no state.
        """
        project, resource, sight = seen.row.project, seen.row.resource, seen.sight
        listeners = self._listeners(project)
        if not listeners:
            return None
        seq = self.resources.advance_seq(project, 1)
        parts = [
            {"logicalId": name, "type": each.type, "status": each.status, "reason": each.reason}
            for name, each in sight.of_this_operation().items()
        ]
        told = {
            "kind": resource.kind,
            "name": resource.name,
            "change": resource.lock and resource.lock.change,
            "stackStatus": sight.status,
        }
        message = _plain("progress", project, seq, **told, resources=parts)
        if len(message.encode()) >= FRAME_BYTES:
            parts = [{**each, "reason": None} for each in parts]
            message = _plain("progress", project, seq, **told, resources=parts, truncated=True)
        return self._send(seq, listeners, [message])

    def announce_emptying(self, row: ResourceRow, removed: int) -> Announcement | None:
        """Tell open pages how many of a resource's contents are removed; None, as `announce_progress`."""
        listeners = self._listeners(row.project)
        if not listeners:
            return None
        resource = row.resource
        seq = self.resources.advance_seq(row.project, 1)
        told: dict[str, object] = {
            "kind": resource.kind,
            "name": resource.name,
            "change": resource.lock and resource.lock.change,
            "stackStatus": resource.stack_status,
            "resources": [],
            "removed": removed,
        }
        return self._send(seq, listeners, [_plain("progress", row.project, seq, **told)])

    def tell_removed(self, project: str, person: str) -> None:
        """Tell somebody's open pages that they are no member of the project any more.

        They hear nothing else of the project (N1); without this, an idle page would go on calling itself live. No
        number of the project is used, since nobody else is told.
        """
        theirs = [each.connection for each in self.sockets.subscribers(project) if each.person == person]
        self._deliver(theirs, [json.dumps(forbidden([project]))])

    def _tell(self, project: str, seq: int, messages: Sequence[str]) -> Announcement:
        """Send the messages to the subscribers who are members at this moment (N1)."""
        return self._send(seq, self._listeners(project), messages)

    def _listeners(self, project: str) -> list[str]:
        """Give the subscribers' connections that are members' at this moment (N1)."""
        subscribers = self.sockets.subscribers(project)
        if not subscribers:
            return []
        members = {membership.person.id for membership in self.projects.list_members(project)}
        return [each.connection for each in subscribers if each.person in members]

    def _send(self, seq: int, connections: Sequence[str], messages: Sequence[str]) -> Announcement:
        deliveries = self._deliver(connections, messages)
        counts = {outcome: sum(1 for each in deliveries if each is outcome) for outcome in Delivery}
        return Announcement(seq, counts[Delivery.SENT], counts[Delivery.GONE], counts[Delivery.FAILED])

    def _deliver(self, connections: Sequence[str], messages: Sequence[str]) -> list[Delivery]:
        if not connections:
            return []
        with ThreadPoolExecutor(max_workers=min(POSTS_AT_ONCE, len(connections))) as pool:
            return list(pool.map(lambda connection: self._post(connection, messages), connections))

    def _post(self, connection: str, messages: Sequence[str]) -> Delivery:
        """Send one socket its messages, in order; a socket's fault stays its own."""
        try:
            for message in messages:
                self.connections.post(connection, message)
        except SocketGoneError:
            return self._forget(connection)
        except StowageError:
            return Delivery.FAILED
        return Delivery.SENT

    def _forget(self, connection: str) -> Delivery:
        try:
            self.sockets.remove(connection)
        except StowageError:
            return Delivery.FAILED
        return Delivery.GONE


def forbidden(projects: Sequence[str]) -> dict[str, object]:
    """Give the message to a socket that is told nothing of these projects, or nothing any more."""
    return {
        "type": "error",
        "code": "forbidden",
        "detail": "You are not a member of these projects.",
        "projects": list(projects),
    }


def give_notice(notice: Notice, *, notices: Notices, notifier: Notifier) -> bool:
    """Keep a notice and push it; one that was given before is not pushed again, and False."""
    if not notices.put(notice):
        return False
    notifier.announce_notice(notice)
    return True


def _plain(kind_of_message: str, project: str, seq: int, **members: object) -> str:
    message = {"type": kind_of_message, "project": project, "seq": seq, **members}
    return json.dumps(message, ensure_ascii=False, separators=(",", ":"))


def _resource_message(project: str, resource: Resource, seq: int) -> str:
    message: dict[str, Any] = {
        "type": "resource",
        "project": project,
        "seq": seq,
        "resource": resource.to_wire(),
    }
    return _framed(message, "resource", spec={}, outputs={}, referencedBy=[])


def _change_message(change: Change, state: str, seq: int) -> str:
    message: dict[str, Any] = {
        "type": "change",
        "project": change.project,
        "seq": seq,
        "change": change.model_copy(update={"states": ()}).to_wire(),
        "state": state,
    }
    return _framed(message, "change")


def _framed(message: dict[str, Any], member: str, **smaller: object) -> str:
    """Give the message's JSON; one that would not fit a frame loses its bulk and says so: the page then reads it."""
    text = json.dumps(message, ensure_ascii=False, separators=(",", ":"))
    if len(text.encode()) < FRAME_BYTES:
        return text
    cause = message[member]["cause"]
    cut = {**message[member], **smaller, "cause": cause and cause[:CAUSE_LENGTH]}
    return json.dumps({**message, "truncated": True, member: cut}, ensure_ascii=False, separators=(",", ":"))
