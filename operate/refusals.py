"""How the operators' commands end: one sentence on stderr and exit code 1 for what was refused, 2 for bad arguments."""

import argparse
import re
import sys
from collections.abc import Callable
from typing import NoReturn

from stowage.domain.errors import StowageError

REFUSED = 1
INTERRUPTED = 130
PROJECT_ID = r"[a-z][a-z0-9-]{1,30}[a-z0-9]"
ACCOUNT = r"[0-9]{12}"
REGION = r"[a-z]{2,4}(-[a-z]+)+-[0-9]"
STACK = r"[A-Za-z][A-Za-z0-9-]{0,19}"
STACK_FORM = (
    "a stack's name of at most 20 letters, digits and hyphens, a letter first: a longer one is cut in the names of its "
    "roles, by which the projects' accounts know them"
)
"""CloudFormation makes a role's name of the stack's, the logical id and a random part, and cuts it to IAM's 64
(https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-properties-name.html)."""
EMAIL = r"[A-Za-z0-9._+-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+"
PRINTABLE = r"[^\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufeff]{1,100}"


class OperatorError(StowageError):
    """A command is refused or failed; its text is the sentence for the operator."""


class OneSentenceParser(argparse.ArgumentParser):
    """A parser that refuses bad arguments with one sentence instead of the whole usage."""

    def error(self, message: str) -> NoReturn:
        """Tell what is wrong and leave with exit code 2."""
        self.exit(2, f"{self.prog}: {message}. Try --help.\n")


def form(pattern: str, sentence: str) -> Callable[[str], str]:
    """Give a checker for argparse: the whole argument has this form, or `sentence` tells what form it should have."""

    def check(value: str) -> str:
        if not re.fullmatch(pattern, value):
            raise argparse.ArgumentTypeError(f"{value!r} is not {sentence}")
        return value

    return check


def run(command: Callable[[], None], name: str) -> int:
    """Run a command and give its exit code; whatever Stowage refuses becomes one sentence on stderr."""
    try:
        command()
    except StowageError as error:
        print(f"{name}: {error}", file=sys.stderr)
        return REFUSED
    except KeyboardInterrupt:
        print(f"{name}: stopped; what was done so far stays, and calling it again goes on from there.", file=sys.stderr)
        return INTERRUPTED
    return 0
