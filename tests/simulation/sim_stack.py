"""A stack at a moment, and an operation that really began on it."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from tests.unit.fakes.clock import START


@dataclass(frozen=True)
class Operation:
    """An operation that really began."""

    verb: str
    stack_id: str
    token: str
    begun: float


@dataclass(frozen=True)
class SimStack:
    """A stack at a moment."""

    stack_id: str
    name: str
    status: str
    template: str
    standing: str
    tags: tuple[tuple[str, str], ...]
    created: float
    updated: float | None = None
    token: str | None = None
    events: tuple[dict[str, Any], ...] = ()

    @property
    def live(self) -> bool:
        """Tell whether its name finds it."""
        return self.status != "DELETE_COMPLETE"

    @property
    def running(self) -> bool:
        """Tell whether an operation runs."""
        return self.status.endswith("_IN_PROGRESS") and self.status != "REVIEW_IN_PROGRESS"

    def outputs(self) -> dict[str, str]:
        """Give outputs that tell one accepted spec from the next."""
        if self.standing == "{}":
            return {}
        version = json.loads(self.standing).get("Metadata", {}).get("Stowage", {}).get("Version", 0)
        return {"Arn": f"arn:aws:s3:::{self.name}", "Version": str(version)}

    def described(self) -> dict[str, Any]:
        """Give it as DescribeStacks tells it."""
        return {
            **self._told(),
            "Outputs": [{"OutputKey": key, "OutputValue": value} for key, value in self.outputs().items()],
            "Tags": [{"Key": key, "Value": value} for key, value in self.tags],
        }

    def summary(self, checked: float | None) -> dict[str, Any]:
        """Give it as ListStacks tells it; `checked` is when it was last looked at for drift, which none ever has."""
        drift: dict[str, Any] = {"StackDriftStatus": "NOT_CHECKED" if checked is None else "IN_SYNC"}
        if checked is not None:
            drift["LastCheckTimestamp"] = moment_of(checked)
        return {**self._told(), "DriftInformation": drift}

    def _told(self) -> dict[str, Any]:
        updated = {} if self.updated is None else {"LastUpdatedTime": moment_of(self.updated)}
        return {
            "StackId": self.stack_id,
            "StackName": self.name,
            "StackStatus": self.status,
            "CreationTime": moment_of(self.created),
            **updated,
        }


def moment_of(seconds: float) -> datetime:
    """Give the moment of the virtual clock."""
    return START + timedelta(seconds=seconds)
