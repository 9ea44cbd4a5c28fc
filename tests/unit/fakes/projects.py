"""Projects and members in memory."""

from stowage.domain.errors import ConcurrentUpdateError
from stowage.domain.projects import Membership, Owner, Person, Project


class FakeProjects:
    """Port `Projects`."""

    def __init__(self) -> None:
        self.projects: dict[str, Project] = {}
        self.people: dict[str, Person] = {}
        self.memberships: dict[tuple[str, str], Membership] = {}

    def get_project(self, project: str) -> Project | None:
        """Give the project or None."""
        return self.projects.get(project)

    def list_projects(self) -> tuple[Project, ...]:
        """Give all projects by id."""
        return tuple(self.projects[project] for project in sorted(self.projects))

    def owner_of(self, account: str, region: str) -> Owner | None:
        """Tell whose account it is."""
        owned = (each for each in self.projects.values() if (each.account, each.region) == (account, region))
        found = next(owned, None)
        return None if found is None else Owner(project=found.id, topic_arn=found.topic_arn)

    def get_membership(self, project: str, person: str) -> Membership | None:
        """Give the membership or None."""
        return self.memberships.get((project, person))

    def list_memberships(self, person: str) -> tuple[Membership, ...]:
        """Give the person's memberships by project id."""
        return tuple(self.memberships[key] for key in sorted(self.memberships) if key[1] == person)

    def list_members(self, project: str) -> tuple[Membership, ...]:
        """Give the project's memberships by person id."""
        return tuple(self.memberships[key] for key in sorted(self.memberships) if key[0] == project)

    def get_person(self, person: str) -> Person | None:
        """Give the person or None."""
        return self.people.get(person)

    def put_project(self, project: Project) -> None:
        """Keep the project."""
        self.projects[project.id] = project

    def delete_project(self, project: str) -> None:
        """Forget the project, if there is one."""
        self.projects.pop(project, None)

    def put_person(self, person: Person) -> None:
        """Keep the person."""
        self.people[person.id] = person

    def put_membership(self, membership: Membership) -> None:
        """Keep the membership in place of the former one."""
        self.memberships[membership.project, membership.person.id] = membership

    def delete_membership(self, project: str, person: str) -> None:
        """Forget the membership, if there is one."""
        self.memberships.pop((project, person), None)

    def change_membership(
        self, before: Membership | None, after: Membership | None, *, witness: Membership | None
    ) -> None:
        """Replace the membership, if it and the witness have the roles that were seen."""
        changed = after or before
        assert changed is not None
        key = (changed.project, changed.person.id)
        expected = {key: before, **({(witness.project, witness.person.id): witness} if witness else {})}
        assert len(expected) == (2 if witness else 1), "DynamoDB takes no two operations on one row."
        for row, seen in expected.items():
            found = self.memberships.get(row)
            if (found and found.role) != (seen and seen.role):
                raise ConcurrentUpdateError(f"{row[1]} is not what was seen (any more).")
        if after is None:
            del self.memberships[key]
        else:
            self.memberships[key] = after
