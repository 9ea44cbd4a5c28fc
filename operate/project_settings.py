"""What operators set for a project: quotas, mandatory tags, and whether managers keep the members."""

import argparse
import re
from argparse import ArgumentParser, Namespace
from dataclasses import dataclass, field

from operate.refusals import form
from stowage.catalog.registry import all_kinds
from stowage.domain.projects import Project

SETTINGS = ("managers_may_manage_members", "quotas", "mandatory_tags")
"""The fields of a project that onboarding it again keeps."""
QUOTA = re.compile(r"(?P<kind>[a-z-]+)=(?P<number>[0-9]{1,6}|default)")
TAG_KEY = r"(?!(?i:aws|stowage):)[A-Za-z0-9+=._:/@-]([A-Za-z0-9 +=._:/@-]{0,126}[A-Za-z0-9+=._:/@-])?"
"""The characters that every service takes in a tag's key
(https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html), less what is reserved."""
DEFAULT = "default"


@dataclass(frozen=True, slots=True)
class ProjectSettings:
    """What to set; None leaves a setting as it is.

    Attributes:
        quotas: by kind, each replacing the former one; None goes back to the kind's own.
        mandatory_tags: in place of all former ones.
        managers_may_manage_members: whether they may.
    """

    quotas: dict[str, int | None] = field(default_factory=dict)
    mandatory_tags: tuple[str, ...] | None = None
    managers_may_manage_members: bool | None = None

    def applied_to(self, project: Project) -> Project:
        """Give the project with these settings."""
        quotas = {**project.quotas, **self.quotas}
        fields: dict[str, object] = {"quotas": {kind: number for kind, number in quotas.items() if number is not None}}
        if self.mandatory_tags is not None:
            fields["mandatory_tags"] = tuple(sorted(set(self.mandatory_tags)))
        if self.managers_may_manage_members is not None:
            fields["managers_may_manage_members"] = self.managers_may_manage_members
        return project.model_copy(update=fields)


UNCHANGED = ProjectSettings()


def add_setting_arguments(parser: ArgumentParser) -> None:
    """Add the arguments that `settings_of` reads."""
    parser.add_argument(
        "--quota",
        action="append",
        default=[],
        type=_quota,
        metavar="KIND=NUMBER",
        help="how many of a kind the project may have; KIND=default for the kind's own; may be repeated",
    )
    tag = form(TAG_KEY, "a tag's key")
    which = parser.add_mutually_exclusive_group()
    which.add_argument(
        "--mandatory-tag", action="append", type=tag, help="a key that every `tags` must carry; may be repeated"
    )
    which.add_argument("--no-mandatory-tags", action="store_true", help="demand no tags (any more)")
    parser.add_argument(
        "--managers-may-manage-members", choices=("yes", "no"), help="whether managers keep the members too"
    )


def settings_of(given: Namespace) -> ProjectSettings:
    """Give what the arguments set."""
    tags = () if given.no_mandatory_tags else given.mandatory_tag
    managers = given.managers_may_manage_members
    return ProjectSettings(
        quotas=dict(given.quota),
        mandatory_tags=None if tags is None else tuple(tags),
        managers_may_manage_members=None if managers is None else managers == "yes",
    )


def _quota(text: str) -> tuple[str, int | None]:
    kinds = [kind.kind for kind in all_kinds()]
    found = QUOTA.fullmatch(text)
    if found is None or found["kind"] not in kinds:
        raise argparse.ArgumentTypeError(f"{text!r} is not a kind ({', '.join(kinds)}), =, and a number or default")
    return found["kind"], None if found["number"] == DEFAULT else int(found["number"])
