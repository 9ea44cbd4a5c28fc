"""People: sign-ins, rows and roles, made so and kept so."""

import pytest

from operate.people import People, main
from operate.refusals import OperatorError
from stowage.domain.errors import InvalidRequestError
from stowage.domain.projects import Role
from tests.unit.fakes.people import populated
from tests.unit.operate.fakes import FakeSignIns

EMAIL = "nina@example.com"
PASSWORD = "correct horse battery"


@pytest.fixture
def people() -> People:
    """Give the people of two projects, apollo and gemini."""
    return People(FakeSignIns(), populated())


def sign_ins(people: People) -> FakeSignIns:
    """Give the fake behind the port."""
    assert isinstance(people.sign_ins, FakeSignIns)
    return people.sign_ins


def test_a_new_person_gets_a_sign_in_a_row_and_a_role_in_each_project(people: People) -> None:
    """One command makes somebody able to work in several projects."""
    person = people.add(EMAIL, "Nina", Role.MANAGER, ("apollo", "gemini"), PASSWORD)

    assert people.projects.get_person(person.id) == person
    assert {m.project: m.role for m in people.projects.list_memberships(person.id)} == {
        "apollo": Role.MANAGER,
        "gemini": Role.MANAGER,
    }
    assert sign_ins(people).passwords == {EMAIL: PASSWORD}
    assert sign_ins(people).invited == []


def test_without_a_password_cognito_invites(people: People) -> None:
    """Nobody chooses somebody else's password unless asked to: Cognito mails the first one."""
    people.add(EMAIL, None, Role.AUDITOR, ("apollo",), None)

    assert sign_ins(people).invited == [EMAIL]
    assert sign_ins(people).passwords == {}


def test_adding_again_changes_the_role_and_nothing_else(people: People) -> None:
    """The same person, the same id, one role per project."""
    first = people.add(EMAIL, "Nina", Role.AUDITOR, ("apollo",), None)

    again = people.add(EMAIL, None, Role.OPERATOR, ("apollo",), None)

    assert again == first
    assert [m.role for m in people.projects.list_memberships(first.id)] == [Role.OPERATOR]
    assert sign_ins(people).invited == [EMAIL]


def test_an_unknown_project_is_refused_before_anything_is_written(people: People) -> None:
    """A typing error in one of two projects leaves no half-added person."""
    with pytest.raises(OperatorError, match="no project hermes"):
        people.add(EMAIL, "Nina", Role.MANAGER, ("apollo", "hermes"), PASSWORD)

    assert sign_ins(people).users == {}


def test_a_password_against_the_policy_is_told(people: People) -> None:
    """The pool's own sentence reaches the operator, and no role is given."""
    with pytest.raises(InvalidRequestError, match="too short"):
        people.add(EMAIL, "Nina", Role.MANAGER, ("apollo",), "short")

    assert people.projects.list_memberships("sub-0") == ()


def test_removing_somebody_from_a_project_leaves_the_others(people: People) -> None:
    """A named project is left, the sign-in stays."""
    person = people.add(EMAIL, "Nina", Role.MANAGER, ("apollo", "gemini"), PASSWORD)

    assert people.remove(EMAIL, ("apollo",)) == ("apollo",)

    assert [m.project for m in people.projects.list_memberships(person.id)] == ["gemini"]
    assert sign_ins(people).users[EMAIL].enabled


def test_removing_somebody_from_everything_ends_their_sign_in_until_they_are_added_again(people: People) -> None:
    """No project named means all of them, and the sign-in; adding brings both back under the same id."""
    person = people.add(EMAIL, "Nina", Role.MANAGER, ("apollo", "gemini"), PASSWORD)

    assert people.remove(EMAIL, ()) == ("apollo", "gemini")
    assert people.projects.list_memberships(person.id) == ()
    assert not sign_ins(people).users[EMAIL].enabled

    assert people.add(EMAIL, None, Role.AUDITOR, ("apollo",), None) == person
    assert sign_ins(people).users[EMAIL].enabled


def test_removing_a_stranger_is_told(people: People) -> None:
    """Nobody is removed silently."""
    with pytest.raises(OperatorError, match="Nobody signs in as"):
        people.remove(EMAIL, ())


def test_the_members_of_a_project_are_listed(people: People) -> None:
    """Each member with the role; an unknown project is told, not an empty list."""
    assert [(m.person.email, m.role) for m in people.members(("gemini",))] == [("olaf@example.com", Role.OPERATOR)]
    with pytest.raises(OperatorError, match="no project hermes"):
        people.members(("hermes",))


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([], "required"),
        (["invite"], "invalid choice"),
        (["add", "--email", "nina", "--role", "manager", "--project", "apollo"], "an e-mail address"),
        (["add", "--email", 'n"x@example.com', "--role", "manager", "--project", "apollo"], "an e-mail address"),
        (["add", "--email", f"{EMAIL}\n", "--role", "manager", "--project", "apollo"], "an e-mail address"),
        (["add", "--email", EMAIL, "--role", "root", "--project", "apollo"], "invalid choice"),
        (["add", "--email", EMAIL, "--role", "manager"], "--project"),
        (["add", "--email", EMAIL, "--role", "manager", "--project", "A"], "a project id"),
        (["add", "--email", EMAIL, "--role", "manager", "--project", "apollo", "--name", "\u202e"], "a name"),
        (["list"], "--project"),
        (["remove"], "--email"),
    ],
)
def test_bad_arguments_are_one_sentence_and_exit_code_2(
    arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing is called for an argument without the right form; one line tells which."""
    with pytest.raises(SystemExit) as leaving:
        main(arguments)

    told = capsys.readouterr().err
    assert leaving.value.code == 2
    assert sentence in told
    assert told.count("\n") == 1
