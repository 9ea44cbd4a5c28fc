"""Execution status changes on the default event bus.

https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html
"""

import json
import logging
from datetime import datetime
from typing import Any

from ministack.services import eventbridge
from ministack.services import stepfunctions as engine

from local.cloud import stepfunctions_redrive as redrive
from local.cloud.patching import replace_function

logger = logging.getLogger("states")
DETAIL_TYPE = "Step Functions Execution Status Change"
# Input and output are left out beyond this; `inputDetails.included` tells.
PAYLOAD_BYTES = 248 * 1024


def publish_status(execution: dict[str, Any]) -> None:
    """Publish one status change; a failure is logged, for it must never fail the execution."""
    if execution.get("sync"):
        return  # an Express execution publishes nothing
    detail = {
        **{name: execution[name] for name in ("executionArn", "stateMachineArn", "name", "status")},
        "startDate": _milliseconds(execution["startDate"]),
        "stopDate": _milliseconds(execution.get("stopDate")),
        **_payload("input", execution.get("input")),
        **_payload("output", execution.get("output")),
        "error": execution.get("error"),
        "cause": execution.get("cause"),
        "stateMachineVersionArn": execution.get("stateMachineVersionArn"),
        "stateMachineAliasArn": execution.get("stateMachineAliasArn"),
        **redrive.described(execution),
        "redriveDate": _milliseconds(execution.get("redriveDate")),
    }
    entry = {
        "Source": "aws.states",
        "DetailType": DETAIL_TYPE,
        "Detail": json.dumps(detail),
        "Resources": [execution["executionArn"]],
    }
    try:
        eventbridge._put_events({"Entries": [entry]}, allow_aws_source=True)
    except Exception:  # the one boundary between an execution and its listeners
        logger.exception("The status change of %s was not published", execution["executionArn"])


def _milliseconds(moment: str | None) -> int | None:
    return int(datetime.fromisoformat(moment).timestamp() * 1000) if moment else None


def _payload(name: str, text: str | None) -> dict[str, Any]:
    included = text is not None and len(json.dumps(text)) <= PAYLOAD_BYTES
    details = {"included": included} if text is not None else None
    return {name: text if included else None, f"{name}Details": details}


def install() -> None:
    """Publish status changes by this module."""
    replace_function(engine._emit_execution_status_event, publish_status)
