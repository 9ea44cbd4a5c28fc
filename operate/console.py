"""Build the console and publish it where Stowage's stack says.

    python -m operate.console [--stack stowage]

Uploads web/dist and a config.json made from the stack's outputs, then has CloudFront ask for the pages anew. Assets
have their hash in their names and go first, so that a page never names what is not there; those that no build has named
for thirty days are deleted, the others stay for pages that are still open. Repeating it is harmless.
"""

import json
import sys
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

from operate.console_build import ConsoleBuildError, build, published_files
from operate.refusals import STACK, STACK_FORM, OneSentenceParser, OperatorError, form, run
from stowage.adapters.console_hosting import AwsConsoleHosting, WebFile
from stowage.adapters.onboarding import AwsHub
from stowage.adapters.session import client

FOR_EVER = "public, max-age=31536000, immutable"
ASK_EACH_TIME = "no-cache"
ASSETS = "assets/"
KEPT_FOR = timedelta(days=30)
TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
}
OUTPUTS = {
    "api": "ApiUrl",
    "socket": "SocketUrl",
    "signIn": "UserPoolDomain",
    "issuer": "UserPoolIssuer",
    "clientId": "UserPoolClientId",
    "region": "Region",
}


class ConsoleHosting(Protocol):
    """Where the console's files go."""

    def put(self, file: WebFile) -> None:
        """Write a file over the one of its key."""

    def delete_older(self, prefix: str, age: timedelta, *, keep: Iterable[str], now: datetime) -> int:
        """Delete what lies under a prefix for longer than that, but for these keys; gives how many."""

    def invalidate(self, paths: Iterable[str]) -> None:
        """Have these paths asked for anew, at once."""


def configuration(outputs: Mapping[str, str]) -> dict[str, str]:
    """Give config.json, by which the build finds its Stowage. Raises OperatorError for an output that is missing."""
    missing = [output for output in OUTPUTS.values() if output not in outputs]
    if missing:
        raise OperatorError(f"Stowage's stack has no output {', '.join(missing)}: deploy it first.")
    return {member: outputs[output] for member, output in OUTPUTS.items()}


def publish(dist: Path, outputs: Mapping[str, str], *, hosting: ConsoleHosting, now: datetime) -> int:
    """Upload a build with its configuration and give how many files went. Raises OperatorError."""
    files = [_web_file(key, path) for key, path in published_files(dist).items()]
    told = json.dumps(configuration(outputs), indent=2).encode()
    files.append(WebFile("config.json", told, TYPES[".json"], ASK_EACH_TIME))
    files.sort(key=lambda file: not file.key.startswith(ASSETS))
    for file in files:
        hosting.put(file)
    assets = [file.key for file in files if file.key.startswith(ASSETS)]
    hosting.delete_older(ASSETS, KEPT_FOR, keep=assets, now=now)
    hosting.invalidate(f"/{file.key}" for file in files if not file.key.startswith(ASSETS))
    return len(files)


def _web_file(key: str, path: Path) -> WebFile:
    content_type = TYPES.get(path.suffix)
    if content_type is None:
        raise OperatorError(f"Nobody has told which content type {key} has: add it to operate/console.py.")
    return WebFile(key, path.read_bytes(), content_type, FOR_EVER if key.startswith(ASSETS) else ASK_EACH_TIME)


def advice(outputs: Mapping[str, str], origins: str) -> str | None:
    """Tell what is left to do where the API does not know the console's address yet."""
    url = outputs["ConsoleUrl"]
    if url in origins.split(","):
        return None
    return f"The API does not let {url} in yet (but {origins}): sam deploy --parameter-overrides ConsoleOrigins={url}"


def main(arguments: list[str] | None = None) -> int:
    """Run the command and give its exit code."""
    parser = OneSentenceParser(prog="console", description="Build the console and publish it.")
    parser.add_argument("--stack", default="stowage", type=form(STACK, STACK_FORM), help="Stowage's own stack")
    given = parser.parse_args(arguments)

    def command() -> None:
        hub = AwsHub()
        outputs = hub.stack_outputs(given.stack)
        if outputs is None or "ConsoleBucketName" not in outputs:
            raise OperatorError(f"There is no stack {given.stack} with a console in account {hub.account}: deploy it.")
        try:
            dist = build()
        except ConsoleBuildError as error:
            raise OperatorError(str(error)) from error
        bucket, distribution = outputs["ConsoleBucketName"], outputs["ConsoleDistributionId"]
        hosting = AwsConsoleHosting(client("s3"), client("cloudfront"), bucket, distribution)
        count = publish(dist, outputs, hosting=hosting, now=datetime.now(UTC))
        print(f"{count} files published: {outputs['ConsoleUrl']}")
        if left := advice(outputs, outputs.get("OriginsOfConsole", "")):
            print(left)

    return run(command, "console")


if __name__ == "__main__":
    sys.exit(main())
