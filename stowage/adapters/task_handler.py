"""What every task's handler does beside its verb: parse, log under the change's or rotation's id, dump."""

from collections.abc import Callable
from typing import Any, TypeVar

from stowage.adapters.log import logger
from stowage.domain.errors import StowageError
from stowage.domain.task_requests import LoggedRequest
from stowage.domain.wire import WireModel

RequestT = TypeVar("RequestT", bound=LoggedRequest)
Handler = Callable[[dict[str, Any], object], dict[str, object]]


def task(request_model: type[RequestT]) -> Callable[[Callable[[RequestT], WireModel]], Handler]:
    """Make a Lambda handler of a function from request to answer.

    An error of ours is one line of the log, without a stack trace, and goes on to Step Functions, which knows it by
    its class's name; an unexpected one is logged whole. Neither the event nor the answer is ever logged.
    """

    def make(run: Callable[[RequestT], WireModel]) -> Handler:
        def handler(event: dict[str, Any], context: object) -> dict[str, object]:
            request = request_model.model_validate(event)
            log = logger()
            # What Lambda itself logs of a call (its report, a timeout, a crash) carries this id and no other.
            call = getattr(context, "aws_request_id", None)
            with log.append_context_keys(**request.log_fields(), request_id=call):
                try:
                    answer = run(request)
                except StowageError as error:
                    log.warning("The task failed", error=type(error).__name__, sentence=str(error))
                    raise
                except Exception:
                    log.exception("The task failed unexpectedly")
                    raise
                log.info("The task is done")
                return answer.to_wire()

        return handler

    return make
