"""The error tree is whole and unambiguous."""

from stowage.domain import errors
from stowage.domain.errors import ChangeError, PermanentError, RetryableError, StowageError
from stowage.domain.outcomes import Outcome


def leaves(branch: type[StowageError]) -> set[type[StowageError]]:
    """Give the classes below that have no subclass."""
    below = branch.__subclasses__()
    return {branch} if not below else set().union(*(leaves(child) for child in below))


def test_every_error_of_the_module_stands_in_the_tree_once() -> None:
    """An error outside the tree would escape retries, catches and HTTP statuses."""
    defined = {it for it in vars(errors).values() if isinstance(it, type) and issubclass(it, Exception)}
    assert all(issubclass(it, StowageError) for it in defined)
    assert not leaves(RetryableError) & leaves(PermanentError)
    assert len({it.__name__ for it in defined}) == len(defined)


def test_every_change_error_names_an_outcome() -> None:
    """A failed change has a stable code; success and refusal have none here."""
    codes = {it.outcome for it in leaves(ChangeError)}  # type: ignore[attr-defined]
    assert codes <= set(Outcome)
    assert Outcome.SUCCEEDED not in codes
