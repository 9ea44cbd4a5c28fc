"""A stack at a moment, and an operation that really began on it."""

import json
from dataclasses import dataclass
from typing import Any


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
