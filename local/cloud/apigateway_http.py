"""HTTP APIs answer as API Gateway does: limits, authorization, preflight, payload format 2.0, error bodies.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html
"""

import asyncio
import base64
import json
import logging
import secrets
import time
from dataclasses import dataclass
from typing import Any

from ministack.core.arn import execute_api_arn
from ministack.core.concurrency import run_reentrant
from ministack.core.responses import get_request_client_ip
from ministack.services import apigateway as engine
from ministack.services import lambda_svc

from local.cloud.lambda_permission import may_invoke
from local.cloud.patching import replace_function

logger = logging.getLogger("apigateway")
Response = tuple[int, dict[str, Any], bytes]
PAYLOAD_BYTES = 10 * 1024 * 1024
SERVICE = "apigateway.amazonaws.com"
CORS_PREFIX = "access-control-"


def gateway_error(status: int, message: str) -> Response:
    """Return an answer of the gateway itself, which is `{"message"}`."""
    return status, {"Content-Type": "application/json"}, json.dumps({"message": message}).encode()


async def _execute(  # noqa: PLR0917 -- the emulator calls it so
    api_id: str,
    stage: str,
    path: str,
    method: str,
    headers: dict[str, str],
    body: bytes,
    query: dict[str, list[str]],
    account: str,
    region: str,
    raw_query: str | None = None,
) -> Response:
    """Serve one request of an HTTP API.

    The CORS headers go on every answer, the gateway's own errors included; AWS documents them for integrations' answers
    only.
    """
    api = engine._apis.get(api_id)
    if not api or stage not in engine._stages.get(api_id, {}):
        return gateway_error(404, "Not Found")
    request_id = base64.b64encode(secrets.token_bytes(11)).decode()
    cors = api.get("corsConfiguration") or {}
    origin = headers.get("origin", "")
    request = Request(
        api_id=api_id,
        stage=stage,
        path="/" + path.lstrip("/"),
        method=method,
        headers={name.lower(): value for name, value in headers.items()},
        body=body or b"",
        query=query or {},
        raw_query=raw_query or "",
        account=account,
        region=region,
        request_id=request_id,
    )
    answer = await _answer(request, cors)
    status, answered, content = answer
    if cors:
        answered = {name: value for name, value in answered.items() if not _ignored_beside_cors(name, method)}
        answered.update(engine._cors_response_headers(cors, origin))
    return status, {**answered, "apigw-requestid": request_id}, content


def _ignored_beside_cors(name: str, method: str) -> bool:
    """With CORS configured the gateway ignores an integration's CORS headers; its own preflight answer keeps them."""
    return method != "OPTIONS" and name.lower().startswith(CORS_PREFIX)


@dataclass(frozen=True)
class Request:
    """One request on its way through the gateway: header names in lower case, the path with one leading slash."""

    api_id: str
    stage: str
    path: str
    method: str
    headers: dict[str, str]
    body: bytes
    query: dict[str, list[str]]
    raw_query: str
    account: str
    region: str
    request_id: str


async def _answer(request: Request, cors: dict[str, Any]) -> Response:
    if len(request.body) > PAYLOAD_BYTES:
        return gateway_error(413, "Request Entity Too Large")
    route = engine._match_route(request.api_id, request.method, request.path)
    preflight = request.method == "OPTIONS" and bool(cors)
    if route is None:
        return _preflight(request, cors) if preflight else gateway_error(404, "Not Found")
    claims: dict[str, Any] | None = None
    kind = (route.get("authorizationType") or "NONE").upper()
    if kind == "JWT":
        authorizer = engine._authorizers.get(request.api_id, {}).get(route.get("authorizerId"))
        if authorizer is None:
            return gateway_error(500, "Internal Server Error")
        claims, _, refusal = await engine._validate_jwt_authorizer(route, authorizer, request.headers, request.query)
        if refusal:
            status, answered, content = refusal
            return status, {**answered, "www-authenticate": "Bearer"}, content
    elif kind != "NONE":
        logger.error("The local cloud serves no route with %s authorization: %s", kind, route["routeKey"])
        return gateway_error(500, "Internal Server Error")
    if preflight:
        return _preflight(request, cors)
    return await _integrate(request, route, claims)


def _preflight(request: Request, cors: dict[str, Any]) -> Response:
    """Answer a preflight without any integration.

    With an authorizer on `$default` a preflight needs a token like any other request, unless `OPTIONS /{proxy+}` is a
    route of its own: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html.
    """
    status, headers, body = engine._cors_preflight_response(cors, request.headers.get("origin", ""))
    return status, headers, body


async def _integrate(request: Request, route: dict[str, Any], claims: dict[str, Any] | None) -> Response:
    integration_id = route.get("target", "").rsplit("/", 1)[-1]
    integration = engine._integrations.get(request.api_id, {}).get(integration_id)
    if integration is None or integration["integrationType"] != "AWS_PROXY":
        logger.error("The local cloud integrates HTTP APIs with functions only: %s", route["routeKey"])
        return gateway_error(500, "Internal Server Error")
    reference = engine._extract_lambda_ref_from_integration_uri(integration["integrationUri"])
    function, config, _ = lambda_svc._get_func_record_for_ref_in_scope(
        reference, account_id=request.account, region=request.region
    )
    method, _, route_path = route["routeKey"].rpartition(" ")
    source = execute_api_arn(request.region, request.account, request.api_id, request.stage, method, route_path)
    if route["routeKey"] == "$default":
        source = source.replace("//", "/")
    if function is None or not may_invoke(function, SERVICE, source):
        logger.error(
            "%s cannot invoke %s: no such function, or no permission for %s", request.api_id, reference, source
        )
        return gateway_error(500, "Internal Server Error")
    record = lambda_svc._execution_record_for_config(function, config)
    call = asyncio.ensure_future(
        run_reentrant(
            lambda_svc._execute_function_with_config_scope,
            record,
            proxy_event(request, route, claims),
            thread_name="apigateway",
        )
    )
    await asyncio.wait({call}, timeout=integration.get("timeoutInMillis", 30_000) / 1000)
    if not call.done():
        return gateway_error(503, "Service Unavailable")
    return _function_answer(call.result())


def proxy_event(request: Request, route: dict[str, Any], claims: dict[str, Any] | None) -> dict[str, Any]:
    """Return the event of payload format 2.0; keys that have nothing to say are absent, as on AWS."""
    now = time.time()
    domain = f"{request.api_id}.execute-api.{request.region}.amazonaws.com"
    client = get_request_client_ip()
    headers = {
        **{name: value for name, value in request.headers.items() if name != "cookie"},
        "x-amzn-trace-id": f"Root=1-{int(now):08x}-{secrets.token_hex(12)}",
        "x-forwarded-for": client,
        "x-forwarded-port": "443",
        "x-forwarded-proto": "https",
    }
    context: dict[str, Any] = {
        "accountId": request.account,
        "apiId": request.api_id,
        "domainName": domain,
        "domainPrefix": request.api_id,
        "http": {
            "method": request.method,
            "path": request.path,
            "protocol": "HTTP/1.1",
            "sourceIp": client,
            "userAgent": request.headers.get("user-agent", ""),
        },
        "requestId": request.request_id,
        "routeKey": route["routeKey"],
        "stage": request.stage,
        "time": time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime(now)),
        "timeEpoch": int(now * 1000),
    }
    if claims is not None:
        texts = {name: engine._jwt_claim_to_string(value) for name, value in claims.items()}
        context["authorizer"] = {"jwt": {"claims": texts, "scopes": route.get("authorizationScopes") or None}}
    text, encoded = _event_body(request)
    route_path = route["routeKey"].rpartition(" ")[2]
    optional = {
        "cookies": [cookie.strip() for cookie in request.headers.get("cookie", "").split(";") if cookie.strip()],
        "queryStringParameters": {name: ",".join(values) for name, values in request.query.items()},
        "pathParameters": engine._extract_path_params(route_path, request.path),
        "stageVariables": engine._get_stage_variables(request.api_id, request.stage),
        "body": text,
    }
    return {
        "version": "2.0",
        "routeKey": route["routeKey"],
        "rawPath": request.path,
        "rawQueryString": request.raw_query,
        "headers": headers,
        "requestContext": context,
        "isBase64Encoded": encoded,
        **{key: value for key, value in optional.items() if value},
    }


def _event_body(request: Request) -> tuple[str, bool]:
    if not request.body:
        return "", False
    if engine._v2_request_body_is_text(request.headers.get("content-type")):
        return request.body.decode("utf-8", errors="replace"), False
    return base64.b64encode(request.body).decode(), True


def _function_answer(result: dict[str, Any]) -> Response:
    """Turn the function's result into the response; what failed or is malformed is the gateway's own 500."""
    if result.get("throttle"):
        return gateway_error(503, "Service Unavailable")
    if result.get("error"):
        return gateway_error(500, "Internal Server Error")
    value = result.get("body")
    if not isinstance(value, dict) or "statusCode" not in value:
        content = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        return 200, {"Content-Type": "application/json"}, content.encode()
    try:
        return _structured(value)
    except (TypeError, ValueError):
        logger.warning("A function answered something that is no response of payload format 2.0")
        return gateway_error(500, "Internal Server Error")


def _structured(value: dict[str, Any]) -> Response:
    given = value.get("headers") or {}
    headers: dict[str, Any] = {name: _header_text(item) for name, item in given.items()}
    if not any(name.lower() == "content-type" for name in headers):
        headers["Content-Type"] = "text/plain;charset=UTF-8"
    if value.get("cookies"):
        headers["Set-Cookie"] = [str(cookie) for cookie in value["cookies"]]
    body = value.get("body") or ""
    if not isinstance(body, str):
        raise TypeError("a body is a string")
    content = base64.b64decode(body) if value.get("isBase64Encoded") else body.encode()
    return int(value["statusCode"]), headers, content


def _header_text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def install() -> None:
    """Serve HTTP APIs by this module."""
    replace_function(engine._handle_execute_in_scope, _execute)
