"""Projects and the people in them."""

from typing import Protocol

from stowage.domain.projects import Membership, Owner, Person, Project


class Projects(Protocol):
    """Projects and their members (rows `project`, `member`, `person`)."""

    def get_project(self, project: str) -> Project | None:
        """Give the project, or None when it was never onboarded."""
        ...

    def list_projects(self) -> tuple[Project, ...]:
        """Give all projects, by id; eventually consistent (an index)."""
        ...

    def owner_of(self, account: str, region: str) -> Owner | None:
        """Tell whose account this is there, or None: the account is no project's, or was onboarded long ago."""
        ...

    def get_membership(self, project: str, person: str) -> Membership | None:
        """Give the person's membership now, or None."""
        ...

    def list_memberships(self, person: str) -> tuple[Membership, ...]:
        """Give all of a person's memberships, by project id; eventually consistent (an index)."""
        ...

    def list_members(self, project: str) -> tuple[Membership, ...]:
        """Give all members of a project now, by person id."""
        ...

    def get_person(self, person: str) -> Person | None:
        """Give the person's row, or None."""
        ...

    def put_project(self, project: Project) -> None:
        """Write the project; idempotent."""
        ...

    def delete_project(self, project: str) -> None:
        """Remove the project's row; done also if there is none."""
        ...

    def put_person(self, person: Person) -> None:
        """Write the person; idempotent."""
        ...

    def put_membership(self, membership: Membership) -> None:
        """Write the membership, replacing the person's former role; idempotent."""
        ...

    def delete_membership(self, project: str, person: str) -> None:
        """Remove the membership; done also if there is none."""
        ...

    def change_membership(
        self, before: Membership | None, after: Membership | None, *, witness: Membership | None
    ) -> None:
        """Replace a person's membership (None: none before, none after) while what permits it still holds.

        `before` and `witness`, the membership of somebody else, must have the roles that were seen. Raises
        ConcurrentUpdateError when they have not: read again, and judge again.
        """
        ...
