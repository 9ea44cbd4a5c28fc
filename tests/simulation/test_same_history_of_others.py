"""The runner and the local cloud give the same history for rotate_credentials and for reconcile, with its Map."""

from collections.abc import Iterator

import pytest

from tests.contract import scripted_machine
from tests.contract import test_reconcile_machine as reconcile
from tests.contract import test_rotate_credentials_machine as rotation
from tests.contract.conftest import LocalCloud
from tests.contract.scripted_machine import Stage
from tests.simulation.executions import machine, rendered
from tests.simulation.scripted_runs import play, reconcile_script, rotation_script
from tests.simulation.test_same_history import compare
from workflows.asl import Json

pytestmark = pytest.mark.contract

BROKEN = {"raise": "CredentialError", "cause": "It broke."}
ROTATIONS: dict[str, Json] = {
    "a rotation": {},
    "a first minting": {"ProbeAccessKey": [{"answer": {"oldKeyStands": False}}]},
    "a fresh key that is refused": {
        "ProbeAccessKey": [{"raise": "KeyNotReadyError", "cause": "Not yet."}, {"answer": {"oldKeyStands": False}}]
    },
    "two polls": {"AwaitHandover": [{"answer": {}}, {"succeed": {"undone": False}}]},
    "an undo": {"AwaitUndo": [{"succeed": {"undone": True}}, {"succeed": {"undone": False}}]},
    "a refusal": {"ClaimRotation": [{"raise": "RotationRefusedError", "cause": "Another runs."}]},
    "a minting that breaks": {"MintAccessKey": [BROKEN]},
    "a wait that ends it": {"AwaitHandover": [{"fail": "HandoverNotOpenedError", "cause": "Nobody."}]},
    "a failure that cannot be recorded": {"MintAccessKey": [BROKEN], "RecordRotationFailure": [BROKEN]},
}
PROJECTS = ("", "atlas", "large", "denied-one", "unwritten", "broken")
"""What reconcile is asked for; one at a time, since the runner takes a Map's items one after the other."""


def staged(cloud: LocalCloud, of: object) -> Iterator[Stage]:
    """Serve the module from one set of stand-ins of the contract test `of`."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("ASL", "HANDLER"):
            patch.setattr(scripted_machine, name, getattr(of, name))
        stage = Stage(cloud)
    stage.definition = stage.definition.replace('"Seconds": 15', '"Seconds": 0')
    yield stage
    stage.table.delete_table(TableName=stage.name)


@pytest.fixture(scope="module")
def rotations(cloud: LocalCloud) -> Iterator[Stage]:
    """Give the stand-ins of rotate_credentials."""
    yield from staged(cloud, rotation)


@pytest.fixture(scope="module")
def reconciliations(cloud: LocalCloud) -> Iterator[Stage]:
    """Give the stand-ins of reconcile."""
    yield from staged(cloud, reconcile)


@pytest.mark.parametrize("path", ROTATIONS)
def test_a_rotation_has_the_same_history(path: str, rotations: Stage) -> None:
    """Every way through rotate_credentials, event by event.

    Only one of them waits for a poll to end; a busy machine answers the others in less than that, too.
    """
    asked = rotation.request(**ROTATIONS[path])

    ended = rotation.play(rotations, rotations.machine(RotationPollSeconds="5"), asked)

    compare(ended, play(machine(rendered("rotate_credentials")), asked, rotation_script()))


@pytest.mark.parametrize("project", PROJECTS)
def test_a_reconciliation_has_the_same_history(project: str, reconciliations: Stage) -> None:
    """Every way through reconcile, and through what its Map does for a project."""
    asked = [project] if project else []

    ended = reconcile.play(reconciliations, reconciliations.machine(), *asked)

    given = {"project": project} if project else {}
    compare(ended, play(machine(rendered("reconcile")), given, reconcile_script))
