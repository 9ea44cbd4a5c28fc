"""A rotation on its way through its tasks, state by state as the machine takes it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, cast

from stowage.domain.credentials import Credentials, KeyStatus, RotationReason
from stowage.domain.custody import Custodian
from stowage.domain.handovers import Handover
from stowage.domain.kinds import AccessRules, CredentialRules, Kind
from stowage.domain.ports import ResourceKey, Reveal
from stowage.domain.resources import Resource, ResourceRow, ResourceStatus
from stowage.domain.rotation import RotationRequest, later, rotation_id
from stowage.domain.rotation_requests import RotationTaskRequest, Teller, WaitRequest
from tasks.await_handover import await_handover
from tasks.await_old_key_idle import await_old_key_idle
from tasks.await_undo import await_undo
from tasks.claim_rotation import claim_rotation
from tasks.deactivate_old_key import deactivate_old_key
from tasks.delete_old_key import delete_old_key
from tasks.finish_rotation import finish_rotation
from tasks.mint_access_key import mint_access_key
from tasks.probe_access_key import probe_access_key
from tasks.reactivate_old_key import reactivate_old_key
from tasks.record_rotation_failure import RecordRotationFailureRequest, record_rotation_failure
from tests.unit.api.credentials import handover
from tests.unit.fakes import people
from tests.unit.fakes.credentials import FakeKeyProbe
from tests.unit.fakes.kinds import crate
from tests.unit.fakes.spying import Spy
from tests.unit.fakes.world import World

OF = ("apollo", "crate", "apples")
KEY = ResourceKey(*OF)
USER = "apples"
STACK = "arn:aws:cloudformation:eu-west-1:111111111111:stack/stowage-crate-apples/1"


def keyed_crate(**fields: Any) -> Kind:
    """Give a crate that has access keys and a switch."""
    return crate(
        access=AccessRules(
            enabled=lambda spec: spec.get("enabled", True) is True,
            with_enabled=lambda spec, on: {**spec, "enabled": on},
            expires_at=lambda spec: cast("str | None", spec.get("expiresAt")),
        ),
        credentials=CredentialRules(
            user_name=str,
            rotate_every_days=lambda spec: cast("int | None", spec.get("rotateEveryDays")),
            probe_prefix=lambda _spec: ("bucket", "prefix/"),
        ),
        **fields,
    )


def find_keyed(name: str) -> Kind | None:
    """Give the one kind there is."""
    return keyed_crate() if name == "crate" else None


def resource_row(stack_id: str | None = STACK, **fields: Any) -> ResourceRow:
    """Give the user's resource."""
    given: dict[str, Any] = {
        "kind": OF[1],
        "name": OF[2],
        "spec": {"description": "Apples"},
        "status": ResourceStatus.ACTIVE,
        "outputs": {},
        "lock": None,
        "version": 1,
        "stack_status": "CREATE_COMPLETE",
        "verified_at": None,
        "outcome": None,
        "cause": None,
        "change": None,
    }
    return ResourceRow(project=OF[0], resource=Resource(**{**given, **fields}), fence=1, stack_id=stack_id)


def project_with_keys() -> Any:
    """Give the project with the role for access keys."""
    return people.project(credentials_role_arn="arn:aws:iam::111111111111:role/StowageCredentials")


def link_to(keys: "Keys", rotation: str, **fields: Any) -> Handover:
    """Give a link to a rotation's key, which waits for two days."""
    given = {"project": OF[0], "kind": OF[1], "name": OF[2], "expires_at": later(keys.world.clock.iso(), hours=48)}
    link = handover(**{**given, "rotation": rotation, **fields})
    keys.world.handovers.create(link)
    return link


def claim_of(keys: "Keys") -> Reveal:
    """Give what a reveal claims with, now."""
    return Reveal(
        claim="1" * 32, at=keys.world.clock.iso(), access_key_id="AKIA", source="192.0.2.1", user_agent="curl"
    )


@dataclass
class Keys:
    """The world of one user, whose rows, IAM, store and telling are spied upon."""

    world: World = field(default_factory=World)
    probe: FakeKeyProbe = field(default_factory=FakeKeyProbe)

    def __post_init__(self) -> None:
        """Let the user stand."""
        world = self.world
        world.projects.put_project(project_with_keys())
        world.resources.rows[KEY] = resource_row()
        world.keys.add_user(USER)
        self.rows, self.iam, self.store = Spy(world.rows), Spy(world.keys), Spy(world.secrets)
        self.custodian = Custodian(world.projects, self.rows, self.iam, self.store, find_keyed, world.handovers)
        self.teller = Teller(world.notices, world.notifier, world.clock)
        self.count = 0

    @property
    def row(self) -> Credentials:
        """The credentials' row now."""
        row = self.world.rows.get(*OF)
        assert row is not None
        return row

    def refused(self) -> bool:
        """Tell whether a user who was ever shown a key has none that works."""
        shown = [key for key in self.row.keys if key.handed_over_at is not None]
        standing = {key.access_key_id: key.status for key in self.world.keys.users[USER].values()}
        return bool(shown) and not any(standing.get(key.access_key_id) is KeyStatus.ACTIVE for key in shown)

    def rotation(self, reason: RotationReason = RotationReason.REQUESTED, **fields: Any) -> "Run":
        """Give another rotation, not begun yet."""
        self.count += 1
        given: dict[str, Any] = {"overlap_hours": 24, "undo_hours": 24, "actor": "mia@example.com", "actor_id": "mia"}
        asked = RotationRequest(
            rotation=rotation_id(str(self.count)),
            project=OF[0],
            kind=OF[1],
            name=OF[2],
            reason=reason,
            **{**given, **fields},
        )
        self.world.rotations.start(asked.rotation, asked.to_input())
        return Run(self, asked, self.world.clock.iso())

    def hand_over(self, rotation: str) -> None:
        """Do what a reveal does to the row."""
        key = self.row.key_of(rotation)
        assert key is not None
        assert key.secret_id is not None
        self.world.secrets.delete(project_with_keys(), key.secret_id, person="x")
        marked = self.row.with_key(key.access_key_id, handed_over_at=self.world.clock.iso(), secret_id=None)
        self.world.rows.put(marked)

    def with_first_key(self) -> str:
        """Mint the first key, hand it over, and give its id."""
        first = self.rotation(RotationReason.FIRST)
        first.until_probed()
        first.finish()
        self.hand_over(first.id)
        self.world.clock.advance(3600)
        return self.row.keys[0].access_key_id


@dataclass
class Run:
    """One rotation and its states."""

    keys: Keys
    asked: RotationRequest
    started_at: str

    @property
    def id(self) -> str:
        """The rotation's id."""
        return self.asked.rotation

    @property
    def request(self) -> RotationTaskRequest:
        """What every state gets."""
        return RotationTaskRequest(rotation=self.asked, started_at=self.started_at)

    def claim(self) -> None:
        """Run ClaimRotation."""
        world = self.keys.world
        claim_rotation(
            self.request,
            custodian=self.keys.custodian,
            resources=world.resources,
            rotations=world.rotations,
            handovers=world.handovers,
            clock=world.clock,
            teller=self.keys.teller,
        )

    def mint(self) -> None:
        """Run MintAccessKey."""
        world = self.keys.world
        mint_access_key(
            self.request,
            custodian=self.keys.custodian,
            handovers=world.handovers,
            clock=world.clock,
            teller=self.keys.teller,
        )

    def look(self) -> bool:
        """Run ProbeAccessKey; tell whether an old key stands."""
        world = self.keys.world
        return probe_access_key(
            self.request,
            custodian=self.keys.custodian,
            resources=world.resources,
            key_probe=self.keys.probe,
            clock=world.clock,
            teller=self.keys.teller,
        ).old_key_stands

    def until_probed(self) -> None:
        """Run the first three states."""
        self.claim()
        self.mint()
        self.look()

    def await_handover(self) -> str | None:
        """Run AwaitHandover once and give its answer by the token, if it gave one."""
        world = self.keys.world
        return self._waiting(
            lambda request: await_handover(
                request,
                custodian=self.keys.custodian,
                handovers=world.handovers,
                waits=world.waits,
                clock=world.clock,
                teller=self.keys.teller,
            )
        )

    def await_idle(self) -> str | None:
        """Run AwaitOldKeyIdle once, as above."""
        world = self.keys.world
        return self._waiting(
            lambda request: await_old_key_idle(
                request, custodian=self.keys.custodian, waits=world.waits, clock=world.clock, teller=self.keys.teller
            )
        )

    def await_undo(self) -> str | None:
        """Run AwaitUndo once, as above."""
        world = self.keys.world
        return self._waiting(
            lambda request: await_undo(request, custodian=self.keys.custodian, waits=world.waits, clock=world.clock)
        )

    def deactivate(self) -> None:
        """Run DeactivateOldKey."""
        keys = self.keys
        deactivate_old_key(self.request, custodian=keys.custodian, clock=keys.world.clock, teller=keys.teller)

    def reactivate(self) -> None:
        """Run ReactivateOldKey."""
        keys = self.keys
        reactivate_old_key(self.request, custodian=keys.custodian, clock=keys.world.clock, teller=keys.teller)

    def delete(self) -> None:
        """Run DeleteOldKey."""
        delete_old_key(self.request, custodian=self.keys.custodian, teller=self.keys.teller)

    def finish(self) -> None:
        """Run FinishRotation."""
        keys = self.keys
        finish_rotation(self.request, custodian=keys.custodian, clock=keys.world.clock, teller=keys.teller)

    def fail(self, error: str = "CredentialError", cause: str = "It broke.") -> tuple[str, str]:
        """Run RecordRotationFailure; give outcome and cause."""
        world = self.keys.world
        given = {"rotation": self.asked, "started_at": self.started_at, "failure": {"error": error, "cause": cause}}
        recorded = record_rotation_failure(
            RecordRotationFailureRequest.model_validate(given),
            custodian=self.keys.custodian,
            handovers=world.handovers,
            clock=world.clock,
            teller=self.keys.teller,
        )
        return recorded.outcome.value, recorded.cause

    def _waiting(self, run: Callable[[WaitRequest], object]) -> str | None:
        waits = self.keys.world.waits
        token = f"{self.keys.world.clock.iso()}-{self.keys.row.revision}-{len(waits.succeeded)}-{len(waits.failed)}"
        waits.waiting.add(token)
        run(WaitRequest(rotation=self.asked, started_at=self.started_at, task_token=token))
        if token in waits.failed:
            return waits.failed[token][0]
        return waits.succeeded.get(token)
