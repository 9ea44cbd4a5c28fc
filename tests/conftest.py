"""What every test has in common: a failure tells what the test promises, so that the sentence to mend by is at hand."""

import inspect
from collections.abc import Generator

import pytest


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
