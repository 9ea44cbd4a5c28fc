"""A user with keys and links to them, as a given of the API's tests."""

from typing import Any

from stowage.domain.credentials import (
    AccessKey,
    Credentials,
    KeyStatus,
    MintedKey,
    Rotation,
    RotationReason,
    RotationStep,
)
from stowage.domain.handovers import Handover, HandoverStatus, passphrase_hash, token_hash
from stowage.domain.ports import ResourceKey
from tests.unit.api.world import Reply, World
from tests.unit.fakes.people import MANAGER, project
from tests.unit.fakes.resources import resource_row

STACK = "arn:aws:cloudformation:eu-west-1:111111111111:stack/stowage-safe-partner/given"
ROTATION, OTHER_ROTATION = "rot-" + "a" * 32, "rot-" + "b" * 32
HANDOVER = "hnd-" + "c" * 32
TOKEN = "T0kenT0kenT0kenT0ken_-"
PASSPHRASE = "correct horse battery"
SECRET = "canary/secret+0123456789abcdefghijklmnopq"
MINTED = MintedKey("AKIAIOSFODNN7EXAMPLE", SECRET)
CREATED_AT = "2026-11-23T08:30:00.000Z"
SPEC: dict[str, Any] = {"description": "Partner", "grants": [{"bucket": "apples", "access": ["read"]}]}
SAFE = "/v1/projects/apollo/safes/partner"


def key(**fields: Any) -> AccessKey:
    """Give a key that is ready and that nobody has seen."""
    given = {
        "access_key_id": MINTED.access_key_id,
        "status": KeyStatus.ACTIVE,
        "rotation": ROTATION,
        "created_at": CREATED_AT,
        "ready_at": "2026-11-23T08:30:20.000Z",
        "secret_id": "given",
    }
    return AccessKey.model_validate({**given, **fields})


def running(step: RotationStep, **fields: Any) -> Rotation:
    """Give a running rotation."""
    given = {
        "id": ROTATION,
        "reason": RotationReason.REQUESTED,
        "step": step,
        "actor": MANAGER.email,
        "actor_id": MANAGER.id,
        "started_at": "2026-11-23T08:29:00.000Z",
        "wake_token": "token-of-the-wait",
    }
    return Rotation.model_validate({**given, **fields})


def handover(**fields: Any) -> Handover:
    """Give a handover of the key, that waits for two days and has no passphrase unless `passphrase` is given."""
    passphrase = fields.pop("passphrase", None)
    given = {
        "id": HANDOVER,
        "project": "apollo",
        "kind": "safe",
        "name": "partner",
        "rotation": ROTATION,
        "token_hash": token_hash(TOKEN),
        "passphrase_hash": None if passphrase is None else passphrase_hash(passphrase),
        "tries_left": 5,
        "status": HandoverStatus.WAITING,
        "created_at": "2026-11-23T08:45:00.000Z",
        "created_by": MANAGER.email,
        "created_by_id": MANAGER.id,
        "expires_at": "2026-11-25T08:45:00.000Z",
    }
    return Handover.model_validate({**given, **fields})


def lay_user(
    world: World,
    *keys: AccessKey,
    kind: str = "safe",
    name: str = "partner",
    project: str = "apollo",
    spec: dict[str, Any] | None = None,
    **fields: Any,
) -> None:
    """Lay a user with these keys (one that nobody has seen, unless told otherwise) and their secrets.

    `fields` are those of the credentials' row.
    """
    if ResourceKey(project, kind, name) not in world.fake_resources.rows:
        row = resource_row(project, kind, name, spec=SPEC if spec is None else spec, stack_id=STACK)
        world.fake_resources.put(row)
    lay_keys(world, *(keys or (key(),)), kind=kind, name=name, of=project, **fields)


def lay_keys(world: World, *keys: AccessKey, kind: str, name: str, of: str, **fields: Any) -> None:
    """Lay the credentials' row, and the secret of each key that has one."""
    stored = []
    for each in keys:
        arn = each.secret_id and world.fake_secrets.put(
            project(of), f"stowage/{kind}/{name}", MINTED, token=each.rotation, person="given"
        )
        stored.append(each.model_copy(update={"secret_id": arn}))
    given = {"project": of, "kind": kind, "name": name, "stack_id": STACK, "revision": 0, "keys": tuple(stored)}
    world.fake_credentials.put(Credentials.model_validate({**given, **fields}))
    world.fake_secrets.persons.clear()


def reveal(world: World, *, token: str = TOKEN, path: str = HANDOVER, **fields: Any) -> Reply:
    """Open the handover; `passphrase`, or whatever `World.call` takes."""
    body = {"token": token, **({"passphrase": fields.pop("passphrase")} if "passphrase" in fields else {})}
    return world.call("POST", f"/v1/handovers/{path}/reveal", **{"person": None, "json": body, **fields})
