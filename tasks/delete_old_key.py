"""State DeleteOldKey of machine rotate_credentials: deletes the key that was replaced, and what is left of its secret.

Reads the credentials' row; takes the old keys from IAM, their secrets from the store, then both from the row.
Idempotent: what is gone is gone.
"""

from stowage.adapters import bootstrap
from stowage.adapters.task_handler import task
from stowage.domain.credentials import Credentials, KeyStatus, RotationStep
from stowage.domain.custody import Custodian
from stowage.domain.errors import CredentialError
from stowage.domain.rotation_requests import RotationTaskRequest, Teller
from stowage.domain.task_requests import Nothing


def delete_old_key(request: RotationTaskRequest, *, custodian: Custodian, teller: Teller) -> Nothing:
    """Delete every key but the rotation's own.

    Raises RotationSupersededError, and CredentialError for a key that is active.
    """
    custody = custodian.of(*request.of, person=request.rotation.actor_id)

    def close(row: Credentials) -> Credentials:
        if any(key.status is KeyStatus.ACTIVE for key in row.keys if key.rotation != request.id):
            raise CredentialError(f"The old key of {custody.name} is in use, and is not deleted.")
        return row.with_rotation(step=RotationStep.DELETING, due_at=None, wake_token=None)

    row = custody.rewrite_held(request.id, close)
    for key in row.keys:
        if key.rotation != request.id:
            custody.drop(key.access_key_id)
    teller.tell_changed(request.of)
    return Nothing()


@task(RotationTaskRequest)
def handler(request: RotationTaskRequest) -> Nothing:
    """Run the state."""
    return delete_old_key(request, custodian=bootstrap.custodian(), teller=bootstrap.teller())
