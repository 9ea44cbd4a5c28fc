"""Rules reach functions and queues as EventBridge does: by permission only, else the event goes to the dead letters.

The emulator invokes a function once, asks for no permission, and knows no dead-letter queue. A dead letter here carries
the event without the message attributes that AWS adds.
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html
"""

import contextvars
import json
import logging
from typing import Any

from ministack.core.arn import parse_arn
from ministack.core.responses import get_account_id
from ministack.services import eventbridge as engine
from ministack.services import lambda_svc, sqs

from local.cloud.lambda_permission import may_invoke
from local.cloud.patching import replace_function

logger = logging.getLogger("events")
SERVICE = "events.amazonaws.com"
_send = engine._dispatch_to_sqs
_delivery: contextvars.ContextVar[tuple[dict[str, Any], dict[str, Any]]] = contextvars.ContextVar("delivery")


def _deliver_to_function(arn: str, payload: str) -> None:
    """Hand the event to Lambda's asynchronous invocation, which retries what the function raises."""
    _, rule = _delivery.get()
    function, config, _ = lambda_svc._get_func_record_for_ref(arn)
    if function is not None and may_invoke(function, SERVICE, rule["Arn"]):
        lambda_svc.invoke_async_with_retry(
            lambda_svc._execution_record_for_config(function, config), json.loads(payload)
        )
        return
    logger.error("%s cannot invoke %s: no such function, or no permission", rule["Arn"], arn)
    _keep_dead_letter(payload)


def _deliver_to_queue(spec: Any, payload: str, parameters: dict[str, Any] | None = None) -> None:
    """Send the event to a queue whose policy lets the rule, which the emulator does not ask.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html#eb-sqs-permissions
    """
    _, rule = _delivery.get()
    if _may_send(str(spec)):
        _send(spec, payload, parameters)
        return
    logger.error("%s cannot send to %s: no such queue, or no permission", rule["Arn"], spec)
    _keep_dead_letter(payload)


def _keep_dead_letter(payload: str) -> None:
    target, rule = _delivery.get()
    queue = (target.get("DeadLetterConfig") or {}).get("Arn")
    if not queue:
        return
    if _may_send(queue):
        _send(parse_arn(queue), payload)
    else:
        logger.error("%s cannot keep its dead letters in %s: no such queue, or no permission", rule["Arn"], queue)


def _may_send(queue: str) -> bool:
    _, rule = _delivery.get()
    return bool(sqs.queue_policy_allows(queue, SERVICE, rule["Arn"], get_account_id()))


def install() -> None:
    """Deliver to functions and queues by this module."""
    invoke = engine._invoke_target

    def invoke_target(target: dict[str, Any], event: Any, rule: dict[str, Any], view: Any = None) -> Any:
        token = _delivery.set((target, rule))
        try:
            return invoke(target, event, rule, view)
        finally:
            _delivery.reset(token)

    replace_function(invoke, invoke_target)
    replace_function(engine._dispatch_to_lambda, _deliver_to_function)
    replace_function(_send, _deliver_to_queue)
