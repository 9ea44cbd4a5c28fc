"""What a function writes: its log and its metrics, which CloudWatch keeps in the same place."""

import json
from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest

Line = dict[str, Any]
Read = Callable[[], list[Line]]


def reader(log: StringIO, capsys: pytest.CaptureFixture[str]) -> Read:
    """Give what reads everything that was written since; a line that is no JSON fails."""

    def read() -> list[Line]:
        logged = log.getvalue()
        log.seek(0)
        log.truncate()
        return [json.loads(line) for line in (logged + capsys.readouterr().out).splitlines()]

    return read


def metrics_of(lines: list[Line]) -> list[Line]:
    """Give the lines in the embedded metric format alone."""
    return [line for line in lines if "_aws" in line]


def measured(lines: list[Line], metric: str) -> list[tuple[dict[str, str], float]]:
    """Give a metric's values with their dimensions, as CloudWatch reads them out of the lines."""
    found = []
    for line in metrics_of(lines):
        [directive] = line["_aws"]["CloudWatchMetrics"]
        if metric in {each["Name"] for each in directive["Metrics"]}:
            [names] = directive["Dimensions"]
            [value] = line[metric]
            found.append(({name: line[name] for name in names}, value))
    return found
