"""Make the one package that all functions share: our folders, the pinned wheels, bytecode.

`sam build` calls this once per function (package.mk). The package is made once, under `.aws-sam/package/`, in a folder
named after everything that goes into it; each function's artifact folder is then filled with hard links.

Where it will run decides how it is made. On Lambda (target `lambda`) wheels are fetched for the architecture and the
Python that `samconfig.toml` or the template's defaults name. On the local cloud (target `local`: AWS_ENDPOINT_URL is a
loopback address) functions run on this machine, in the local cloud's own interpreter.

It runs on whatever `python3` is at hand (3.11 or newer), so it uses the standard library alone.
"""

import argparse
import contextlib
import hashlib
import ipaddress
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = ("api", "listeners", "stowage", "tasks")
NOT_PACKAGED = ("api/openapi",)
"""Packages and modules (without .py) of those folders that only developers run."""
LOCK = Path("requirements", "lambda.txt")

ARCHITECTURE = "arm64"
PYTHON_VERSION = "python3.13"
"""template.yaml's defaults of these parameters; a test holds them equal."""
WHEEL_PLATFORMS = {
    # Lambda's Python 3.12 and newer run on Amazon Linux 2023 (glibc 2.34), 3.11 on Amazon Linux 2 (glibc 2.26).
    # https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html
    "arm64": "manylinux2014_aarch64",
    "x86_64": "manylinux2014_x86_64",
}
KEPT_SECONDS = 24 * 60 * 60
"""How long a package that is no longer current is kept."""
ENVIRONMENTS = ("dev", "cloud", "sam")
"""Virtual environments whose pip will do, should the running Python have none."""


class PackageError(Exception):
    """The package cannot be made; the text is the whole story."""


@dataclass(frozen=True)
class Target:
    """Where the package will run: `platform` is a wheel platform tag, or None for this very machine."""

    python: str
    platform: str | None = None

    @property
    def key(self) -> str:
        """Give a name for folders and messages."""
        return f"{self.python}-{self.platform or sys.platform}"


def is_loopback(url: str) -> bool:
    """Tell whether a URL points to this machine, as the local cloud's does."""
    host = urlsplit(url).hostname or ""
    with contextlib.suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    return host == "localhost" or host.endswith(".localhost")


def choose_target(named: str, endpoint: str) -> str:
    """Give `local` or `lambda`: what was named, else what the endpoint says. Raises PackageError on another name."""
    if named:
        if named not in {"local", "lambda"}:
            raise PackageError(f"STOWAGE_TARGET is local or lambda, not {named!r}.")
        return named
    return "local" if is_loopback(endpoint) else "lambda"


def read_overrides(samconfig: str) -> dict[str, str]:
    """Give the template parameters that samconfig.toml's default environment sets, for deploy or for all commands."""
    environment = tomllib.loads(samconfig).get("default", {})
    found: dict[str, str] = {}
    for command in ("global", "deploy"):
        overrides = environment.get(command, {}).get("parameters", {}).get("parameter_overrides", "")
        pairs = shlex.split(overrides) if isinstance(overrides, str) else overrides
        for pair in pairs:
            name, _, value = str(pair).partition("=")
            found[name] = value
    return found


def lambda_target(overrides: dict[str, str]) -> Target:
    """Give the Lambda runtime that the parameters ask for. Raises PackageError on an unknown architecture."""
    architecture = overrides.get("Architecture", ARCHITECTURE)
    if architecture not in WHEEL_PLATFORMS:
        raise PackageError(f"samconfig.toml asks for the architecture {architecture!r}; Lambda has arm64 and x86_64.")
    version = overrides.get("PythonVersion", PYTHON_VERSION).removeprefix("python")
    return Target(python=version, platform=WHEEL_PLATFORMS[architecture])


def run(command: list[str], failure: str) -> None:
    """Run a command, silent if it succeeds; raise PackageError with its last lines if it does not."""
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603 -- our own
    if done.returncode:
        tail = "\n".join((done.stdout + done.stderr).splitlines()[-8:])
        raise PackageError(f"{failure}:\n{tail}")


def version_of(interpreter: str) -> str | None:
    """Give an interpreter's version as "3.13", or None if it cannot run (as a version manager's stub may not)."""
    command = [interpreter, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"]
    with contextlib.suppress(OSError):
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip() or None  # noqa: S603
    return None


def find_pip() -> list[str]:
    """Give the command of a pip: the running Python's, else one of our environments'. Raises PackageError."""
    environments = [str(ROOT / ".venv" / name / "bin" / "python") for name in ENVIRONMENTS]
    for interpreter in (sys.executable, *environments):
        with contextlib.suppress(OSError):
            command = [interpreter, "-m", "pip"]
            if subprocess.run([*command, "--version"], capture_output=True, check=False).returncode == 0:  # noqa: S603
                return [*command, "--disable-pip-version-check", "-q"]
    raise PackageError(f"{sys.executable} has no pip, and no .venv has: run `make test-quick` once, or install pip.")


def local_interpreter() -> str:
    """Give the interpreter that the local cloud runs functions in, or this one where it is not installed."""
    cloud = ROOT / ".venv" / "cloud" / "bin" / "python"
    return str(cloud) if cloud.exists() else sys.executable


def install_wheels(folder: Path, target: Target) -> None:
    """Install the locked wheels, checked by hash, without what only installing and testing needs."""
    wanted = ["install", "--no-compile", "--no-deps", "--require-hashes", "--only-binary=:all:"]
    if target.platform is None:
        pip = [local_interpreter(), "-m", "pip", "--disable-pip-version-check", "-q"]
    else:
        pip = find_pip()
        wanted += ["--implementation=cp", f"--python-version={target.python}", f"--platform={target.platform}"]
    run([*pip, *wanted, "--target", str(folder), "-r", str(LOCK)], f"fetching the wheels for {target.key} failed")
    shutil.rmtree(folder / "bin", ignore_errors=True)
    for pattern in ("*.dist-info", "*/tests", "*/benchmarks"):
        for unneeded in folder.glob(pattern):
            shutil.rmtree(unneeded)


def find_compiler(target: Target) -> str | None:
    """Give an interpreter of the target's very version, which alone can make its bytecode, or None."""
    candidates = [local_interpreter()] if target.platform is None else [sys.executable, f"python{target.python}"]
    return next((found for found in candidates if version_of(found) == target.python), None)


def compile_bytecode(folder: Path, target: Target, compiler: str | None) -> None:
    """Add bytecode: a function cannot keep its own, and without it each cold start compiles every module.

    Without a compiler the package goes without (cold starts are slower by some 170 ms).
    """
    if compiler is not None:
        command = [compiler, "-m", "compileall", "-q", "-j", "2", "--invalidation-mode", "unchecked-hash", str(folder)]
        run(command, f"compiling for Python {target.python} failed")


def sources() -> Iterator[Path]:
    """Give our files that the package carries, relative to the project, in order."""
    for folder in FOLDERS:
        for file in sorted((ROOT / folder).rglob("*")):
            path = file.relative_to(ROOT)
            for_developers = any(path.with_suffix("").is_relative_to(unwanted) for unwanted in NOT_PACKAGED)
            if file.is_file() and "__pycache__" not in path.parts and not for_developers:
                yield path


def digest(target: Target, files: list[Path], *, compiled: bool = True) -> str:
    """Give one hash over all that decides what the package holds: target, bytecode or not, this module, the files."""
    summed = hashlib.sha256(f"{target.key} {compiled}".encode())
    for file in [Path(__file__).relative_to(ROOT), *files]:
        content = (ROOT / file).read_bytes()
        summed.update(f"\n{file.as_posix()} {len(content)}\n".encode() + content)
    return summed.hexdigest()[:16]


@contextlib.contextmanager
def made_whole(folder: Path) -> Iterator[Path]:
    """Give a scratch folder that becomes `folder` at the end, so that a folder that exists is a finished one."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".making-", dir=folder.parent) as scratch:
        yield Path(scratch, "made")
        try:
            Path(scratch, "made").rename(folder)
        except OSError:
            if not folder.exists():  # else another build was faster, and made the very same
                raise


def link_tree(source: Path, destination: Path) -> None:
    """Fill `destination` with hard links to the files of `source`, or with copies on a file system without them."""

    def link(original: str, copy: str) -> None:
        try:
            os.link(original, copy)
        except OSError:
            shutil.copy2(original, copy)

    shutil.copytree(source, destination, copy_function=link, dirs_exist_ok=True)


def make_package(target: Target) -> Path:
    """Give the folder of the finished package, made now unless exactly this was made before."""
    cache = ROOT / ".aws-sam" / "package"
    compiler = find_compiler(target)
    compiled = compiler is not None
    wheels = cache / f"wheels-{target.key}-{digest(target, [LOCK], compiled=compiled)}"
    if not wheels.exists():
        print(f"stowage: fetching the functions' wheels for {target.key} …", flush=True)
        with made_whole(wheels) as scratch:
            install_wheels(scratch, target)
            compile_bytecode(scratch, target, compiler)
    files = list(sources())
    package = cache / f"package-{target.key}-{digest(target, [LOCK, *files], compiled=compiled)}"
    if not package.exists():
        if not compiled:
            print(f"stowage: no Python {target.python} here, so the package goes without bytecode and starts slower.")
        with made_whole(package) as scratch:
            for file in files:
                (scratch / "ours" / file).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / file, scratch / "ours" / file)
            compile_bytecode(scratch / "ours", target, compiler)
            link_tree(scratch / "ours", scratch)
            shutil.rmtree(scratch / "ours")
            link_tree(wheels, scratch)
        for former in cache.glob("package-*"):
            # A young one may be another build's, which links to it at this moment.
            if time.time() - former.stat().st_mtime > KEPT_SECONDS:
                shutil.rmtree(former, ignore_errors=True)
    return package


def main() -> int:
    """Fill the artifact folder; print one sentence and give 1 if that fails."""
    parser = argparse.ArgumentParser(prog="operate.package", description=__doc__)
    parser.add_argument("artifacts", type=Path, help="the folder to fill")
    parser.add_argument("--target", default="", help="local or lambda; without it the endpoint decides")
    parser.add_argument("--endpoint", default="", help="AWS_ENDPOINT_URL, if set")
    options = parser.parse_args()
    try:
        if choose_target(options.target, options.endpoint) == "local":
            target = Target(python=version_of(local_interpreter()) or "")
        else:
            target = lambda_target(read_overrides((ROOT / "samconfig.toml").read_text()))
        link_tree(make_package(target), options.artifacts)
    except PackageError as error:
        print(f"stowage: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
