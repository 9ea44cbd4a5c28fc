"""State ProbeAccessKey of machine rotate_credentials: calls a key ready only after it has worked.

Reads the secret from the project's store and the resource's spec; adds when the key was ready, and a notice; takes from
IAM a key that a lost answer of its minting has left.
Idempotent: a key that was ready is not probed again, and the notice is one.
"""

from stowage.adapters import bootstrap
from stowage.adapters.task_handler import task
from stowage.domain.abandonment import off_sentence
from stowage.domain.changes import Spec
from stowage.domain.clock import to_iso
from stowage.domain.credentials import AccessKey
from stowage.domain.custody import Custodian, Custody
from stowage.domain.errors import CredentialError, KeyNotReadyError, SecretMissingError, UserOffError
from stowage.domain.notices import NoticeCode
from stowage.domain.ports import Clock, KeyProbe, Resources
from stowage.domain.rotation_requests import RotationTaskRequest, Teller
from stowage.domain.wire import WireModel

IN_A_ROW = 2
"""IAM's servers learn of a key one after another: one good answer is not all of them."""


class ProbedKey(WireModel):
    """Whether there is a key that the new one replaces."""

    old_key_stands: bool


def probe_access_key(
    request: RotationTaskRequest,
    *,
    custodian: Custodian,
    resources: Resources,
    key_probe: KeyProbe,
    clock: Clock,
    teller: Teller,
) -> ProbedKey:
    """Probe the rotation's key.

    Raises KeyNotReadyError while it, or its secret, is not known everywhere yet, UserOffError for a user who is let in
    no more, and RotationSupersededError.
    """
    custody = custodian.of(*request.of, person=request.rotation.actor_id)
    row = custody.held(request.id)
    key = row.key_of(request.id)
    if key is None:
        raise CredentialError(f"The rotation {request.id} has minted no key.")
    if key.ready_at is None:
        now = to_iso(clock.now())
        if row.suspended:
            raise UserOffError(off_sentence(request.rotation, f"{custody.name} was switched off"))
        found = resources.get(*request.of)
        if found is not None and custodian.is_over(request.rotation.kind, found.resource.spec, clock.now()):
            raise UserOffError(off_sentence(request.rotation, f"The access of {custody.name} has ended"))
        spec = None if found is None else found.resource.spec
        _probe(request, custody, key, spec, custodian=custodian, key_probe=key_probe)
        # What MintAccessKey could not find, IAM's list being some seconds old, nobody would find later: by the next
        # rotation it is taken for a key that somebody else has made.
        custody.drop_orphans(request.id, request.started_at)
        custody.rewrite_held(request.id, lambda current: current.with_key(key.access_key_id, ready_at=now))
    teller.give(
        NoticeCode.CREDENTIALS_READY,
        request.of,
        about=request.id,
        text=f"A key of {request.rotation.name} is ready to be handed over.",
    )
    teller.tell_changed(request.of)
    return ProbedKey(old_key_stands=row.old_key(request.id) is not None)


def _probe(
    request: RotationTaskRequest,
    custody: Custody,
    key: AccessKey,
    spec: Spec | None,
    *,
    custodian: Custodian,
    key_probe: KeyProbe,
) -> None:
    if key.secret_id is None:
        raise SecretMissingError(f"The secret of the key {key.access_key_id} is gone, and nobody has seen it.")
    try:
        minted = custody.secrets.get(custody.project, key.secret_id, person=custody.person)
    except SecretMissingError as missing:
        # Secrets Manager, too, may take some seconds to know what was just stored
        # (https://github.com/hashicorp/terraform-provider-aws/issues/18406).
        raise KeyNotReadyError(f"The secret of the key {key.access_key_id} is not found yet.") from missing
    rules = custodian.rules(request.rotation.kind)
    listing = None if spec is None or rules is None else rules.probe_prefix(spec)
    for _ in range(IN_A_ROW):
        key_probe.probe(custody.project, minted, user=custody.user, listing=listing)


@task(RotationTaskRequest)
def handler(request: RotationTaskRequest) -> ProbedKey:
    """Run the state."""
    return probe_access_key(
        request,
        custodian=bootstrap.custodian(),
        resources=bootstrap.resources(),
        key_probe=bootstrap.key_probe(),
        clock=bootstrap.clock(),
        teller=bootstrap.teller(),
    )
