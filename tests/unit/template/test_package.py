"""The functions' package is made for where it will run."""

from pathlib import Path

import pytest

from operate import package
from operate.package import PackageError, Target, choose_target, lambda_target, link_tree, read_overrides

LOCAL_ENDPOINTS = ("http://127.0.0.1:4566", "http://localhost:4566", "http://[::1]:4566", "http://aws.localhost:1")


@pytest.mark.parametrize("endpoint", LOCAL_ENDPOINTS)
def test_an_endpoint_on_this_machine_means_the_local_cloud(endpoint: str) -> None:
    """Its functions run here, on this machine's processor and Python."""
    assert choose_target("", endpoint) == "local"


@pytest.mark.parametrize("endpoint", ["", "https://cloudformation.eu-west-1.amazonaws.com", "http://10.0.0.1:4566"])
def test_any_other_endpoint_means_lambda(endpoint: str) -> None:
    """No endpoint at all is AWS itself."""
    assert choose_target("", endpoint) == "lambda"


def test_a_named_target_wins() -> None:
    """STOWAGE_TARGET overrules the endpoint."""
    assert choose_target("lambda", LOCAL_ENDPOINTS[0]) == "lambda"


def test_an_unknown_target_is_refused() -> None:
    """A typing error must not build for the wrong place."""
    with pytest.raises(PackageError, match="local or lambda"):
        choose_target("lamda", "")


@pytest.mark.parametrize(
    "overrides",
    ['"Architecture=x86_64 PythonVersion=python3.12"', '["Architecture=x86_64", "PythonVersion=python3.12"]'],
)
def test_the_parameters_in_samconfig_decide_the_runtime(overrides: str) -> None:
    """SAM takes them as one text or as a list."""
    found = read_overrides(f"[default.deploy.parameters]\nparameter_overrides = {overrides}")

    assert lambda_target(found) == Target(python="3.12", platform="manylinux2014_x86_64")


def test_without_parameters_the_templates_defaults_do() -> None:
    """Which a test of the template holds equal."""
    committed = (package.ROOT / "samconfig.toml").read_text(encoding="utf-8")

    assert lambda_target(read_overrides(committed)) == Target(python="3.13", platform="manylinux2014_aarch64")


def test_an_unknown_architecture_is_refused() -> None:
    """One sentence, instead of pip's page about a platform without wheels."""
    with pytest.raises(PackageError, match="arm64 and x86_64"):
        lambda_target({"Architecture": "riscv"})


def test_the_package_carries_our_folders_and_nothing_that_only_developers_run() -> None:
    """No tests, no workflows, no generator of documents, no bytecode of this machine's."""
    carried = {path.as_posix() for path in package.sources()}

    assert {path.partition("/")[0] for path in carried} == set(package.FOLDERS)
    assert "api/app.py" in carried
    assert not [path for path in carried if path.startswith("api/openapi")]
    assert not [path for path in carried if "__pycache__" in path]


def test_the_same_content_is_the_same_package() -> None:
    """The name of a package holds everything that went into it."""
    lock = [package.LOCK]

    assert package.digest(Target("3.13"), lock) == package.digest(Target("3.13"), lock)
    assert package.digest(Target("3.13"), lock) != package.digest(Target("3.12"), lock)
    assert package.digest(Target("3.13"), lock) != package.digest(Target("3.13"), [])
    assert package.digest(Target("3.13"), lock) != package.digest(Target("3.13"), lock, compiled=False)


def test_an_artifact_folder_costs_no_copy(tmp_path: Path) -> None:
    """Eleven functions share the files of one package."""
    (tmp_path / "made" / "api").mkdir(parents=True)
    (tmp_path / "made" / "api" / "app.py").write_text("x = 1\n")

    link_tree(tmp_path / "made", tmp_path / "artifacts")

    assert (tmp_path / "artifacts" / "api" / "app.py").samefile(tmp_path / "made" / "api" / "app.py")
