"""What a reveal leaves to be done: mark the key, delete its secret, forget where the secret was."""

from collections.abc import Callable

from stowage.domain.credentials import AccessKey, Credentials
from stowage.domain.errors import ConcurrentUpdateError
from stowage.domain.ports import CredentialRows, Handovers, SecretStore
from stowage.domain.projects import Project

ATTEMPTS = 5
"""A row is written whole, by whoever read it last: a rotation's step may come in between, hardly five of them."""


def settle_reveal(
    of: tuple[Project, str, str],
    rotation: str,
    *,
    revealed_at: str,
    person: str,
    credential_rows: CredentialRows,
    secret_store: SecretStore,
) -> Credentials | None:
    """Bring a user's row and the project's store to what a reveal has made true, and give the row.

    In this order, so that whatever a crash leaves is seen by who looks at the row and at `Handovers.revealed_at`: the
    key is marked as handed over, its secret is deleted, the secret's place is forgotten. Idempotent.

    Args:
        of: the project, and the resource's kind and name.
        rotation: whose key was revealed.
        revealed_at: when, ISO 8601.
        person: in whose name the secret is deleted.
        credential_rows: the rows.
        secret_store: the project's store.
    """
    project, kind, name = of

    def mark(key: AccessKey) -> AccessKey:
        return key.model_copy(update={"handed_over_at": key.handed_over_at or revealed_at})

    def forget(key: AccessKey) -> AccessKey:
        return key.model_copy(update={"secret_id": None})

    row = change_key((project.id, kind, name), rotation, mark, credential_rows=credential_rows)
    key = None if row is None else row.key_of(rotation)
    if key is None or key.secret_id is None:
        return row
    secret_store.delete(project, key.secret_id, person=person)
    return change_key((project.id, kind, name), rotation, forget, credential_rows=credential_rows)


def change_key(
    of: tuple[str, str, str],
    rotation: str,
    change: Callable[[AccessKey], AccessKey],
    *,
    credential_rows: CredentialRows,
) -> Credentials | None:
    """Change the key that a rotation minted, and give the row; a key that is as wished already is not written again.

    Gives the row as it is when there is no such key, None when there is no row. Raises ConcurrentUpdateError when
    others were quicker five times.
    """
    overtaken: ConcurrentUpdateError | None = None
    for _ in range(ATTEMPTS):
        row = credential_rows.get(*of)
        if row is None:
            return None
        keys = tuple(change(key) if key.rotation == rotation else key for key in row.keys)
        if keys == row.keys:
            return row
        try:
            return credential_rows.put(row.model_copy(update={"keys": keys}))
        except ConcurrentUpdateError as error:
            overtaken = error
    raise overtaken or ConcurrentUpdateError("The credentials were changed by others five times in a row.")


def key_to_hand_over(credentials: Credentials, *, handovers: Handovers) -> AccessKey | None:
    """Give the newest key that nobody has seen yet, or None; of a running rotation its own key alone.

    What a rotation is about to take away is not handed out. A reveal that ended before it could mark the key has shown
    it nevertheless, so that the claim is asked as well.
    """
    running = credentials.rotation
    unseen = [
        key
        for key in credentials.keys
        if key.handed_over_at is None and (running is None or key.rotation == running.id)
    ]
    for key in sorted(unseen, key=lambda key: key.created_at, reverse=True):
        if handovers.revealed_at(key.rotation) is None:
            return key
    return None
