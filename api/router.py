"""From API Gateway's event to a route's answer: routing, identity, problems, one log line per request."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError as NoRouteError

from api.access import IDENTIFIER_LENGTH
from api.call import Address, Call, Route
from api.http import Answer, Request
from api.identity import person_id
from api.problems import internal_problem, problem_of
from api.wiring import Ports
from stowage.adapters.log import logger
from stowage.adapters.metrics import count_request
from stowage.domain.errors import (
    InvalidRequestError,
    MethodNotAllowedError,
    NotFoundError,
    RetryableError,
    StowageError,
)

METHODS = ("GET", "PUT", "POST", "DELETE", "PATCH")

KEYS = ["request_id", "method", "route", "person", "project", "change", "rotation", "handover", "reason"]
"""What a request adds to the lines of the log."""

Handler = Callable[[dict[str, Any], Any], dict[str, Any]]


class _Resolver(APIGatewayHttpResolver):
    """Powertools' resolver, to which a parameter is whatever stands between two slashes.

    Its own pattern takes some characters alone and passes over a line feed at the end: a name with an accent in two
    code points was no address at all, and `abc%0A` was taken for `abc`.
    """

    @staticmethod
    def _compile_regex(rule: str, base_regex: str = r"{}\Z") -> re.Pattern[str]:
        return re.compile(base_regex.format(re.sub(r"<(\w+)>", r"(?P<\1>[^/]+)", rule)), re.DOTALL)


def build_handler(ports: Ports, routes: tuple[Route, ...], elsewhere: tuple[Address, ...] = ()) -> Handler:
    """Give the Lambda handler that serves these routes with these ports.

    `elsewhere` are addresses that the gateway sends to other functions: a wrong method on one of their addresses comes
    here, and is told from an address that does not exist.
    """
    resolver = _Resolver()
    for route in routes:
        resolver.route(route.path, method=route.method)(_bound(route, ports, resolver))

    @resolver.not_found
    def no_route(_error: NoRouteError) -> Response[str]:
        event = resolver.current_event
        allowed = _allowed((*routes, *elsewhere), event.path)
        if event.http_method == "OPTIONS":
            return _respond(_options(allowed))
        return _respond(_problem(_refusal(allowed), resolver))

    def failed(error: Exception) -> Response[str]:
        return _respond(_problem(error, resolver))

    resolver.exception_handler(Exception)(failed)

    def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:  # noqa: ANN401 -- Lambda's context
        request = event["requestContext"]
        logger().append_keys(request_id=request.get("requestId"), method=request["http"]["method"])
        try:
            response = resolver.resolve(event, context)
            logger().info("answered", status=response["statusCode"])
            count_request(response["statusCode"])
            return response
        finally:
            logger().remove_keys(KEYS)

    return handler


def _bound(route: Route, ports: Ports, resolver: APIGatewayHttpResolver) -> Callable[..., Response[str]]:
    """Give the resolver's view of a route: who calls is asked before anything else is looked at."""

    def serve(**parameters: str) -> Response[str]:
        request = Request.from_event(resolver.current_event.raw_event, parameters)
        logger().append_keys(route=route.operation, project=parameters.get("project"))
        person = "" if route.public else person_id(request.claims, ports.settings())
        logger().append_keys(person=person or None)
        _refuse_unwritable(request)
        return _respond(route.answer(Call(request, person, ports)))

    return serve


def _refuse_unwritable(request: Request) -> None:
    """Refuse what no key of the table could hold; a PUT's name is judged by its kind, before any read."""
    for name, value in request.parameters.items():
        if (name != "name" or request.method != "PUT") and (len(value) > IDENTIFIER_LENGTH or not _is_text(value)):
            raise NotFoundError("Nothing in Stowage has such a name.")
    if not all(map(_is_text, request.query.values())):
        raise InvalidRequestError("The query has an unpaired surrogate, which is no character.")


def _is_text(value: str) -> bool:
    """Tell whether UTF-8 can say it; DynamoDB fails on what it cannot."""
    return not any("\ud800" <= character <= "\udfff" for character in value)


def _allowed(served: tuple[Address | Route, ...], path: str) -> tuple[str, ...]:
    """Give the methods that an address answers; none for an address that does not exist."""
    found = {address.method for address in served if _matches(address.path, path)}
    return tuple(method for method in METHODS if method in found)


def _options(allowed: tuple[str, ...]) -> Answer:
    """Let a browser's preflight pass: to it API Gateway adds what its CORS configuration allows.

    With an authorizer on `$default` it wants a route for OPTIONS, and a preflight's answer must be a 2xx
    (https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html).
    """
    return Answer(204, "", {"allow": ", ".join(allowed)} if allowed else {})


def _refusal(allowed: tuple[str, ...]) -> StowageError:
    """Tell a path that exists for other methods (405) from one that does not exist (404)."""
    if not allowed:
        return NotFoundError("There is no such address in this API; /v1/kinds tells the kinds of resources.")
    return MethodNotAllowedError(f"This address answers {', '.join(allowed)} alone.", allowed)


def _matches(route_path: str, path: str) -> bool:
    wanted, given = route_path.split("/"), path.split("/")
    return len(wanted) == len(given) and all(
        step == value or (step.startswith("<") and value) for step, value in zip(wanted, given, strict=True)
    )


def _problem(error: Exception, resolver: APIGatewayHttpResolver) -> Answer:
    """Give the answer to any error: the one place where a defect ends, logged and told without its inside."""
    known = problem_of(error) if isinstance(error, StowageError) else None
    if known is None:
        logger().error("a request ended in a defect", exc_info=error)
        return internal_problem(str(resolver.current_event.raw_event["requestContext"].get("requestId", "unknown")))
    if isinstance(error, RetryableError):
        logger().warning("AWS could not be reached", exc_info=error)
    else:
        logger().append_keys(reason=type(error).__name__)
    return known


def _respond(answer: Answer) -> Response[str]:
    headers: Mapping[str, str] = {"x-content-type-options": "nosniff", **answer.headers}
    content_type = answer.content_type if answer.body else None
    return Response(status_code=answer.status, content_type=content_type, body=answer.body, headers=dict(headers))
