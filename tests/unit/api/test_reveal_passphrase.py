"""A passphrase guards a link: five wrong ones lock it, a right one costs nothing."""

import unicodedata

from stowage.domain.errors import ThrottledError
from stowage.domain.notices import NoticeCode
from tests.unit.api.credentials import HANDOVER, MINTED, PASSPHRASE, handover, reveal
from tests.unit.api.reveals import assert_unburned
from tests.unit.api.world import World


def test_a_missing_passphrase_takes_no_try(linked: World) -> None:
    """The page asks for it then."""
    linked.fake_handovers.rows[HANDOVER] = handover(passphrase=PASSPHRASE)

    reply = reveal(linked)

    assert (reply.status, reply.slug, reply.json["triesLeft"]) == (403, "wrong-passphrase", 5)
    assert_unburned(linked)


def test_the_fifth_wrong_passphrase_locks_the_link(linked: World) -> None:
    """Even the right one opens nothing then; the managers are told."""
    linked.fake_handovers.rows[HANDOVER] = handover(passphrase=PASSPHRASE)

    replies = [reveal(linked, passphrase=f"{PASSPHRASE}{number}") for number in range(5)]

    assert [(each.status, each.json["triesLeft"]) for each in replies] == [(403, left) for left in (4, 3, 2, 1, 0)]
    assert linked.fake_notices.codes == [NoticeCode.HANDOVER_LOCKED]
    assert (reveal(linked, passphrase=PASSPHRASE).status, linked.fake_handovers.audit) == (410, {})
    assert list(linked.fake_secrets.secrets.values()) == [MINTED]


def test_a_right_passphrase_costs_no_try(linked: World) -> None:
    """Who knows it may ask as often as it takes until the key is ready."""
    linked.fake_handovers.rows[HANDOVER] = handover(passphrase=PASSPHRASE)
    linked.spies["secret_store"].fail("get", ThrottledError("slow down"), times=7)

    replies = [reveal(linked, passphrase=PASSPHRASE).status for _ in range(8)]

    assert replies == [503] * 7 + [200]


def test_a_passphrase_is_the_same_however_its_letters_are_composed(linked: World) -> None:
    """A phone and a desktop send one accent in two ways."""
    linked.fake_handovers.rows[HANDOVER] = handover(passphrase=unicodedata.normalize("NFC", "crème brûlée à l'orange"))

    assert reveal(linked, passphrase=unicodedata.normalize("NFD", "crème brûlée à l'orange")).status == 200


def test_the_try_is_taken_before_the_passphrase_is_compared(linked: World) -> None:
    """A guess whose try could not be taken learns nothing, not even if it is right."""
    linked.fake_handovers.rows[HANDOVER] = handover(passphrase=PASSPHRASE)
    linked.spies["handovers"].fail("take_try", ThrottledError("slow down"), times=2)

    assert [reveal(linked, passphrase=each).status for each in (PASSPHRASE, "x" * 12)] == [503, 503]
    assert_unburned(linked)
