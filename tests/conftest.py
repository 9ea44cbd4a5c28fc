"""What every test has in common: a failure tells what the test promises, so that the sentence to mend by is at hand."""

import inspect
from collections.abc import Callable, Generator

import pytest
from hypothesis import settings

from tests.deployment import endpoints, state_dir

__all__ = ["endpoints", "state_dir"]  # the deployment that e2e/ and ui/ share

FIGURES = pytest.StashKey[list[str]]()


def pytest_configure(config: pytest.Config) -> None:
    """Begin with no figures; a slow machine is no counterexample."""
    config.stash[FIGURES] = []
    settings.register_profile("stowage", deadline=None)
    settings.load_profile("stowage")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print the figures that tests have counted, so that nobody has to take them on trust."""
    if config.stash[FIGURES]:
        terminalreporter.section("figures")
        for line in config.stash[FIGURES]:
            terminalreporter.write_line(line)


@pytest.fixture
def tell_figure(request: pytest.FixtureRequest) -> Callable[[str], None]:
    """Give the way to print a counted figure after the tests."""
    return request.config.stash[FIGURES].append


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Put a failed test's docstring under its traceback."""
    report = yield
    promise = inspect.getdoc(getattr(item, "function", None)) if call.when == "call" and report.failed else None
    if promise:
        name = item.name.partition("[")[0].removeprefix("test_").replace("_", " ")
        report.sections.append(("It no longer holds: mend the change, or what is promised", f"{name}.\n{promise}"))
    return report
