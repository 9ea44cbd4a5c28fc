"""Who may do what in a project: the membership row is the truth, read anew for every request."""

from api.parallel import read_both
from stowage.domain.errors import ForbiddenError, NotFoundError
from stowage.domain.ports import Projects
from stowage.domain.projects import WRITERS, Membership, Project, Role

IDENTIFIER_LENGTH = 128
"""No project, change or resource has a longer id, and DynamoDB refuses keys over 1 KB."""


def check_member(membership: Membership | None, project: str, *, projects: Projects) -> Membership:
    """Give the membership, or tell an unknown project (404) from somebody else's (403).

    The project's own row is read only to refuse: a member's request costs no read more.
    """
    if membership is not None:
        return membership
    if projects.get_project(project) is None:
        raise NotFoundError(f"There is no project {project!r}.")
    raise ForbiddenError(f"You are not a member of the project {project!r}.")


def read_member(project: str, person: str, *, projects: Projects) -> tuple[Membership, Project]:
    """Give the membership and the project, read at once. Raises NotFoundError or ForbiddenError."""
    membership, row = read_both(lambda: projects.get_membership(project, person), lambda: projects.get_project(project))
    if row is None:
        raise NotFoundError(f"There is no project {project!r}.")
    return check_member(membership, project, projects=projects), row


def require_writer(project: str, person: str, *, projects: Projects) -> Membership:
    """Give the membership of somebody who may change resources.

    Raises NotFoundError (no such project) or ForbiddenError (not a member, or one who may only read).
    """
    return _check_writer(check_member(projects.get_membership(project, person), project, projects=projects))


def require_asker(project: str, person: str, *, projects: Projects) -> tuple[Membership, Project]:
    """Give membership and project of somebody who may ask for resources: a writer, unless the project is closing.

    Raises NotFoundError or ForbiddenError.
    """
    membership, row = read_member(project, person, projects=projects)
    _check_writer(membership)
    if row.closing:
        raise ForbiddenError(f"The project {project!r} is being closed: it takes nothing new.")
    return membership, row


def _check_writer(membership: Membership) -> Membership:
    if membership.role not in WRITERS:
        raise ForbiddenError(
            f"As {membership.role} of {membership.project!r} you may read everything and change nothing."
        )
    return membership


def require_operator(project: str, person: str, *, projects: Projects) -> Membership:
    """Give the membership of somebody who keeps the project running. Raises NotFoundError or ForbiddenError."""
    membership = check_member(projects.get_membership(project, person), project, projects=projects)
    if membership.role is not Role.OPERATOR:
        raise ForbiddenError(f"This is for the operators of {project!r}; you are {membership.role}.")
    return membership


def require_keeper(project: str, person: str, *, projects: Projects) -> Membership:
    """Give the membership of somebody who may keep the project's list of members.

    Raises NotFoundError (no such project) or ForbiddenError (neither an operator, nor a manager who may).
    """
    membership, row = read_member(project, person, projects=projects)
    if membership.role is Role.OPERATOR or (membership.role is Role.MANAGER and row.managers_may_manage_members):
        return membership
    keepers = "operators and managers" if row.managers_may_manage_members else "operators alone"
    raise ForbiddenError(f"The members of {project!r} are kept by its {keepers}; you are {membership.role}.")
