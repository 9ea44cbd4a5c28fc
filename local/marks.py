"""What a run has done already, noted in the local cloud itself: the note is lost exactly when the work is.

A file beside the data would outlive it: whoever is killed before it has saved, forgets what it did.
"""

from dataclasses import dataclass

from botocore.exceptions import ClientError

from local.aws import client

PREFIX = "/stowage/local/"
NO_MARK = "ParameterNotFound"


@dataclass(frozen=True)
class Mark:
    """A note of one name, kept as a parameter of the hub's account."""

    url: str
    name: str

    def read(self) -> str | None:
        """Give what was noted, None if nothing was."""
        try:
            found = client("ssm", self.url).get_parameter(Name=f"{PREFIX}{self.name}")
        except ClientError as error:
            if error.response["Error"]["Code"] == NO_MARK:
                return None
            raise
        return str(found["Parameter"]["Value"])

    def write(self, text: str) -> None:
        """Note it, in the place of what was noted before."""
        client("ssm", self.url).put_parameter(Name=f"{PREFIX}{self.name}", Value=text, Type="String", Overwrite=True)
