"""Rules invoke functions as EventBridge does: asynchronously, by permission only, else into the dead letters.

The emulator invokes once, asks for no permission, and knows no dead-letter queue. A dead letter here carries the event
without the message attributes that AWS adds, and is written without asking the queue's policy.
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html
"""

import contextvars
import json
import logging
from typing import Any

from ministack.core.arn import parse_arn
from ministack.services import eventbridge as engine
from ministack.services import lambda_svc

from local.cloud.lambda_permission import may_invoke
from local.cloud.patching import replace_function

logger = logging.getLogger("events")
SERVICE = "events.amazonaws.com"
_delivery: contextvars.ContextVar[tuple[dict[str, Any], dict[str, Any]]] = contextvars.ContextVar("delivery")


def _deliver_to_function(arn: str, payload: str) -> None:
    """Hand the event to Lambda's asynchronous invocation, which retries what the function raises."""
    target, rule = _delivery.get()
    function, config, _ = lambda_svc._get_func_record_for_ref(arn)
    if function is not None and may_invoke(function, SERVICE, rule["Arn"]):
        lambda_svc.invoke_async_with_retry(
            lambda_svc._execution_record_for_config(function, config), json.loads(payload)
        )
        return
    logger.error("%s cannot invoke %s: no such function, or no permission", rule["Arn"], arn)
    queue = (target.get("DeadLetterConfig") or {}).get("Arn")
    if queue:
        engine._dispatch_to_sqs(parse_arn(queue), payload)


def install() -> None:
    """Deliver to functions by this module."""
    invoke = engine._invoke_target

    def invoke_target(target: dict[str, Any], event: Any, rule: dict[str, Any], view: Any = None) -> Any:
        token = _delivery.set((target, rule))
        try:
            return invoke(target, event, rule, view)
        finally:
            _delivery.reset(token)

    replace_function(invoke, invoke_target)
    replace_function(engine._dispatch_to_lambda, _deliver_to_function)
