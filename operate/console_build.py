"""The console's build: web/ with its locked packages, into web/dist, skipped when nothing has changed."""

import hashlib
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WEB = ROOT / "web"
DIST = WEB / "dist"
LOG_TAIL_LINES = 25


class ConsoleBuildError(Exception):
    """The console could not be built; the text is the whole story."""


def build(web: Path = WEB) -> Path:
    """Build what is not built yet and give its folder. Raises ConsoleBuildError with the end of Vite's output."""
    dist = web / "dist"
    stamp, wanted = dist / ".built", fingerprint(web)
    if stamp.exists() and stamp.read_text() == wanted:
        return dist
    vite = web / "node_modules" / ".bin" / "vite"
    if not vite.exists():
        raise ConsoleBuildError("web/node_modules is not there: run `python3 -m local.prepare web`.")
    built = subprocess.run(  # noqa: S603 -- the project's own tool, from its locked packages
        [str(vite), "build", "--logLevel", "warn"], cwd=web, capture_output=True, text=True, check=False
    )
    if built.returncode:
        tail = "\n".join((built.stdout + built.stderr).splitlines()[-LOG_TAIL_LINES:])
        raise ConsoleBuildError(f"`vite build` failed (exit {built.returncode}):\n{tail}")
    stamp.write_text(wanted)
    return dist


def fingerprint(web: Path) -> str:
    """Give a hash over everything that a build is made of."""
    files = [path for path in web.iterdir() if path.is_file()]
    for folder in ("src", "public"):
        files += [path for path in (web / folder).rglob("*") if path.is_file()]
    summed = hashlib.sha256()
    for file in sorted(files):
        summed.update(str(file.relative_to(web)).encode() + b"\0" + file.read_bytes())
    return summed.hexdigest()


def published_files(dist: Path) -> dict[str, Path]:
    """Give what is published, by its key: everything but what is about the build."""
    found = {path.relative_to(dist).as_posix(): path for path in dist.rglob("*") if path.is_file()}
    return {key: path for key, path in sorted(found.items()) if not any(part[0] == "." for part in key.split("/"))}


def main() -> int:
    """Build; print one sentence and give 1 if that fails."""
    try:
        build()
    except ConsoleBuildError as error:
        print(f"console: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
