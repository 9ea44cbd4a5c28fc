"""The simulation finds faults: each of the mutants, which break our own code in one place, is killed by name."""

from dataclasses import replace

import pytest

from tests.simulation import campaign
from tests.simulation.__main__ import main
from tests.simulation.found_by import FOUND_BY
from tests.simulation.judging import first_breach
from tests.simulation.mutants import MUTANTS
from tests.simulation.mutation import Mutant, MutantIsNoneError
from tests.simulation.names import play_of


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
    assert len({mutant.name for mutant in MUTANTS}) == len(MUTANTS) >= 70
    assert set(FOUND_BY) <= {mutant.name for mutant in MUTANTS}
    assert len({(mutant.where, str(mutant.old), str(mutant.new)) for mutant in MUTANTS}) == len(MUTANTS)


def test_a_mutant_that_survives_is_reported(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`make simulate` ends with 1, names it, and says how to try it again."""
    harmless = Mutant("a sentence in other words", "tasks.record_failure", "so this one stopped", "so this one ended")
    monkeypatch.setattr(campaign, "MUTANTS", (harmless,))
    monkeypatch.setattr(campaign, "first_breach", lambda of, _by: first_breach(of, "PLAY='create'", only=True))
    monkeypatch.setattr(campaign.Campaign, "run", lambda self, *_, **__: self.run_mutants())
    monkeypatch.setattr("sys.argv", ["simulate"])

    ended = main()

    assert ended == 1
    told = capsys.readouterr().err
    assert "VIOLATION mutant survived: a sentence in other words" in told
    assert "replay: pytest tests/simulation -k" in told


def test_the_first_violation_ends_it_with_the_command_that_plays_it_again(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A product that is broken on purpose: exit code 1, and the play's name."""
    broken = next(each for each in MUTANTS if each.name == "the lock is freed before the mirror is written")
    with broken.applied() as machine:
        monkeypatch.setattr(campaign, "play_of", lambda name: replace(play_of(name), machine=machine))
        monkeypatch.setattr("sys.argv", ["simulate"])

        ended = main()

    assert ended == 1
    assert 'replay: make simulate NAME="PLAY=' in capsys.readouterr().err


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
