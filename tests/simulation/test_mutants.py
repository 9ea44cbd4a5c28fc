"""The simulation finds faults: each of the mutants, which break our own code in one place, is killed by name."""

import pytest

from tests.simulation.found_by import FOUND_BY
from tests.simulation.judging import first_breach
from tests.simulation.mutants import MUTANTS
from tests.simulation.mutation import Mutant, MutantIsNoneError


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_mutant_is_killed(mutant: Mutant) -> None:
    """What the sound product passes (test_worlds.py), this broken one does not."""
    with mutant.applied() as machine:
        killed_by = first_breach(machine, FOUND_BY.get(mutant.name, ""))

    assert killed_by, f"survived: {mutant.name}"


def test_the_product_is_whole_again_after_a_mutant() -> None:
    """Breaking is undone: what a mutant is killed by, the product passes afterwards."""
    for mutant in MUTANTS[-12:]:
        with mutant.applied():
            pass

    assert first_breach(by="PLAY='update aborted'", only=True) is None


def test_there_are_enough_mutants_and_each_is_another() -> None:
    """At least 20 were asked for; a name twice would hide one."""
    assert len({mutant.name for mutant in MUTANTS}) == len(MUTANTS) >= 40
    assert set(FOUND_BY) <= {mutant.name for mutant in MUTANTS}
    assert len({(mutant.where, str(mutant.old), str(mutant.new)) for mutant in MUTANTS}) == len(MUTANTS)


@pytest.mark.parametrize(
    "mutant",
    [
        Mutant("text that is not there", "stowage.domain.stacks", "no such text", "other"),
        Mutant("text that is there twice", "stowage.domain.stacks", "return", "yield"),
        Mutant("a change that changes nothing", "stowage.domain.stacks", "import hashlib\n", "import hashlib\n\n"),
        Mutant("a field that is another", "asl:AcquireLock/Next", "Elsewhere", "NotifyFailed"),
    ],
    ids=lambda mutant: mutant.name,
)
def test_a_mutant_that_changes_nothing_is_refused(mutant: Mutant) -> None:
    """A mutant whose place was rewritten must be brought up to date, not count as killed or survive unseen."""
    with pytest.raises(MutantIsNoneError), mutant.applied():
        pass
