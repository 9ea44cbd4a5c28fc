"""POST /v1/handovers/{handover}/reveal: the one public look at a user's credentials.

A function of its own answers it (api/reveal.py), with a role that can do this and nothing else. Whatever fails before
the claim burns nothing, and nothing behind it can fail the answer (docs/security.md, "Custody of a credential").
"""

import secrets
from datetime import datetime, timedelta

from pydantic import JsonValue

from api.after_reveal import follow_reveal, tell
from api.body_fields import read_fields, text
from api.call import Call
from api.http import Answer, Request, answer
from api.reveal_subject import OVER, Subject, find_subject
from api.surviving import surviving
from api.wiring import Ports
from stowage.adapters.log import logger
from stowage.adapters.metrics import count_refused_reveal
from stowage.domain.clock import to_iso
from stowage.domain.credentials import MintedKey
from stowage.domain.errors import (
    HandoverRefusedError,
    InvalidSpecError,
    NotFoundError,
    PermanentError,
    RetryableError,
    SecretMissingError,
    ServiceUnavailableError,
    WrongPassphraseError,
)
from stowage.domain.handovers import (
    HANDOVER_ID,
    PASSPHRASE_MAXIMUM,
    TOKEN,
    Handover,
    HandoverStatus,
    passphrase_matches,
    token_hash,
    token_matches,
)
from stowage.domain.kinds import Kind
from stowage.domain.notices import Notice, NoticeCode, make_notice
from stowage.domain.ports import Reveal
from stowage.domain.wire import WireModel

CLAIMS = 3
"""A claim whose answer was lost, or that met others at the same moment, is made again: it is the same claim."""
LATEST_CLAIM = timedelta(seconds=10)
"""Whoever has waited so long is asked to come again: with what follows a claim, and what it may take itself, a later
one could end behind the function's 25 s or API Gateway's 30, and the one look would be nobody's."""
USER_AGENT_LENGTH = 256
NOBODYS = token_hash("")
"""What the token of an unknown handover is compared with, so that both refusals take the same time."""

UNKNOWN = "There is no such link. Copy the whole of it, or ask your contact for a new one."
REFUSALS = {
    HandoverStatus.REVOKED: "This link was taken back. Ask your contact for a new one.",
    HandoverStatus.EXPIRED: "This link has expired. Ask your contact for a new one.",
    HandoverStatus.LOCKED: "This link is locked: its passphrase was wrong too often. Ask your contact for a new one.",
    HandoverStatus.OPENED: "This link was used already, and it shows the credentials once. If it was not you who "
    "opened it, tell your contact at once, and ask for a new one.",
}


class RevealRequest(WireModel):
    """What a reveal asks with; the token stands behind `#token=` of the link."""

    token: str
    passphrase: str | None = None


class RevealedCredentials(WireModel):
    """The credentials, told once. `grants` is what they open, as their kind tells it."""

    access_key_id: str
    secret_access_key: str
    user_name: str
    region: str
    grants: tuple[dict[str, JsonValue], ...]


class RevealView:
    """The reveal; knows the kinds that have credentials."""

    def __init__(self, kinds: tuple[Kind, ...]) -> None:
        self._kinds = {kind.kind: kind for kind in kinds if kind.credentials is not None}

    def post_reveal(self, call: Call) -> Answer:
        """Answer POST /v1/handovers/{handover}/reveal."""
        try:
            return self._reveal(call)
        except (NotFoundError, HandoverRefusedError, WrongPassphraseError):
            count_refused_reveal()
            raise

    def _reveal(self, call: Call) -> Answer:
        wish, ports, now = _parse(call.request), call.ports, call.ports.clock().now()
        handover = _find(call.request.parameters["handover"], wish.token, ports)
        logger().append_keys(handover=handover.id, project=handover.project)
        if handover.status_at(now) is not HandoverStatus.WAITING:
            raise _refusal(handover, now, ports)
        _check_passphrase(handover, wish.passphrase, now, ports)
        try:
            subject = find_subject(self._kinds, handover, now, ports)
            minted = _secret(subject, handover, ports)
        except HandoverRefusedError as refused:
            # Somebody may have been quicker, with this very link: then it was used, which its holder must be told.
            raise _overtaken(handover, now, ports, otherwise=refused) from refused
        shown = _answer(subject, minted)
        reveal = Reveal(
            claim=secrets.token_hex(16),
            at=to_iso(now),
            access_key_id=minted.access_key_id,
            source=call.request.source_ip,
            user_agent=_written(call.request.user_agent),
        )
        if ports.clock().now() - now > LATEST_CLAIM:
            raise ServiceUnavailableError("AWS took so long to answer that the claim was not made.")
        _claim(handover, reveal, now, ports)
        opened = _notice(NoticeCode.HANDOVER_OPENED, handover, now)
        follow_reveal(handover, reveal, subject.project, opened, ports=ports)
        return shown


def _written(user_agent: str) -> str:
    """Give what is kept of a program's name: 256 characters of ASCII that can be seen, nothing a terminal obeys."""
    written = user_agent.encode("ascii", "replace").decode()
    return "".join(filter(str.isprintable, written))[:USER_AGENT_LENGTH]


def _parse(request: Request) -> RevealRequest:
    """Read the body. A token of the wrong form is told as such: the form is no secret."""
    body = read_fields(
        request, {"token": text(1, 1024), "passphrase": text(1, PASSPHRASE_MAXIMUM)}, required=("token",)
    )
    token = body["token"]
    if not isinstance(token, str) or not TOKEN.fullmatch(token):
        raise InvalidSpecError((("/token", "is not whole: it is the 22 characters behind #token= of the link."),))
    return RevealRequest.model_validate(body)


def _find(handover: str, token: str, ports: Ports) -> Handover:
    """Give the handover that id and token name together; who lacks either learns nothing of the other."""
    row = ports.handovers().get(handover) if HANDOVER_ID.fullmatch(handover) else None
    if not token_matches(token, NOBODYS if row is None else row.token_hash) or row is None:
        raise NotFoundError(UNKNOWN)
    return row


def _refusal(handover: Handover, now: datetime, ports: Ports) -> HandoverRefusedError:
    """Give why a handover does not open; of one that was opened before the managers are told that somebody tried."""
    status = handover.status_at(now)
    if status is HandoverStatus.OPENED:
        with surviving("the second try could not be noted", handover.id):
            ports.handovers().note_retry(handover.id, retried_at=to_iso(now))
        tell(_notice(NoticeCode.HANDOVER_TRIED_AGAIN, handover, now), handover, ports=ports)
    return HandoverRefusedError(REFUSALS.get(status, OVER))


def _check_passphrase(handover: Handover, passphrase: str | None, now: datetime, ports: Ports) -> None:
    """Compare the passphrase of a handover that has one; the try is taken before, and a right one gives it back.

    So that guesses at once cannot outnumber the tries, while who knows the passphrase may ask again until the key is
    ready. Raises WrongPassphraseError or HandoverRefusedError.
    """
    if handover.passphrase_hash is None:
        return
    if passphrase is None:
        raise WrongPassphraseError("This link needs the passphrase that your contact told you.", handover.tries_left)
    try:
        left = ports.handovers().take_try(handover.id)
    except HandoverRefusedError as refused:
        raise _overtaken(handover, now, ports) from refused
    if passphrase_matches(passphrase, handover.passphrase_hash):
        ports.handovers().give_back_try(handover.id)
        return
    if left <= 0:
        tell(_notice(NoticeCode.HANDOVER_LOCKED, handover, now), handover, ports=ports)
        raise WrongPassphraseError(f"The passphrase is wrong. {REFUSALS[HandoverStatus.LOCKED]}", 0)
    raise WrongPassphraseError(f"The passphrase is wrong; tries left: {left}.", left)


def _overtaken(
    handover: Handover, now: datetime, ports: Ports, *, otherwise: HandoverRefusedError | None = None
) -> HandoverRefusedError:
    """Give why a handover that waited a moment ago does not any more; `otherwise` is why one that does is refused."""
    row = ports.handovers().get(handover.id)
    if row is None:
        return HandoverRefusedError(OVER)
    if otherwise is not None and row.status_at(now) is HandoverStatus.WAITING:
        return otherwise
    return _refusal(row, now, ports)


def _secret(subject: Subject, handover: Handover, ports: Ports) -> MintedKey:
    """Read the secret. What the store refuses is an operator's matter: to the third party it is a wait."""
    try:
        return ports.secret_store().get(subject.project, subject.secret_id, person=handover.created_by_id)
    except SecretMissingError as missing:
        raise HandoverRefusedError(OVER) from missing
    except PermanentError as denied:  # also what KMS refuses behind the store
        raise ServiceUnavailableError(f"The project's store refuses the secret: {denied}") from denied


def _answer(subject: Subject, minted: MintedKey) -> Answer:
    """Dump the answer before the claim, so that nothing is left to fail behind it."""
    shown = RevealedCredentials(
        access_key_id=minted.access_key_id,
        secret_access_key=minted.secret_access_key,
        user_name=subject.rules.user_name(subject.row.resource.name),
        region=subject.project.region,
        grants=tuple(grant for grant in subject.rules.grants(subject.row.resource.spec) if isinstance(grant, dict)),
    )
    return answer(200, shown.to_wire())


def _claim(handover: Handover, reveal: Reveal, now: datetime, ports: Ports) -> None:
    """Claim the one opening. Raises HandoverRefusedError, or what kept it from being claimed three times in a row."""
    handovers = ports.handovers()
    failed: RetryableError | None = None
    for _ in range(CLAIMS):
        try:
            return handovers.open(handover, reveal)
        except RetryableError as error:
            failed = error
        except HandoverRefusedError as refused:
            row = handovers.get(handover.id)
            if row is not None and row.claim == reveal.claim:
                return None  # the answer was lost, not the claim
            raise (HandoverRefusedError(OVER) if row is None else _refusal(row, now, ports)) from refused
    raise failed or ServiceUnavailableError("The handover could not be claimed.")


def _notice(code: NoticeCode, handover: Handover, now: datetime) -> Notice:
    texts = {
        NoticeCode.HANDOVER_OPENED: f"The credentials of {handover.name!r} were opened with the link that "
        f"{handover.created_by} had made.",
        NoticeCode.HANDOVER_TRIED_AGAIN: f"Somebody tried a link to the credentials of {handover.name!r} that had been "
        "opened already. If you cannot tell who, rotate the credentials.",
        NoticeCode.HANDOVER_LOCKED: f"A link to the credentials of {handover.name!r} is locked: its passphrase was "
        "wrong five times.",
    }
    of = (handover.project, handover.kind, handover.name)
    return make_notice(code, of, about=handover.id, text=texts[code], at=now)
