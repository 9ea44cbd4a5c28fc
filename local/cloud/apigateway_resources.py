"""API Gateway v2 in templates: an HTTP API from an OpenAPI body, deployments, stages with their settings kept.

`AWS::Serverless::HttpApi` becomes an `AWS::ApiGatewayV2::Api` with a `Body`; the emulator ignores it, and every route
with it.
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-open-api.html
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions.html
"""

import json
from typing import Any

from ministack.core.responses import new_uuid
from ministack.services import apigateway as engine
from ministack.services.cloudformation import provisioners

API_TYPE = "AWS::ApiGatewayV2::Api"
STAGE_TYPE = "AWS::ApiGatewayV2::Stage"
DEPLOYMENT_TYPE = "AWS::ApiGatewayV2::Deployment"
ANY_METHOD = "x-amazon-apigateway-any-method"
METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace", ANY_METHOD)
INTEGRATION_TYPES = ("AWS_PROXY", "HTTP_PROXY")
DEFAULT_PATHS = ("/$default", "$default")


def import_body(api_id: str, body: dict[str, Any], *, fail_on_warnings: bool = False) -> None:
    """Make the API's routes, integrations, authorizers and CORS exactly what the OpenAPI document says.

    What the document no longer names is gone. Raises ValueError, before anything is changed, for what the local cloud
    cannot import, and for what AWS would only warn of if `fail_on_warnings`: an operation without an integration.
    """
    authorizers = dict(_authorizer(*item) for item in body.get("components", {}).get("securitySchemes", {}).items())
    ids = {record["name"]: authorizer_id for authorizer_id, record in authorizers.items()}
    routes: dict[str, Any] = {}
    integrations: dict[str, Any] = {}
    for path, operations in body.get("paths", {}).items():
        for method, operation in operations.items():
            if method not in METHODS:
                continue
            integration = operation.get("x-amazon-apigateway-integration")
            if integration is None:
                if fail_on_warnings:
                    raise ValueError(f"Warnings found during import: No integration defined for {method} {path}")
                continue
            integration_id, route_id = new_uuid()[:8], new_uuid()[:8]
            integrations[integration_id] = _integration(integration_id, integration, f"{method} {path}")
            security = operation.get("security", body.get("security", []))
            routes[route_id] = {
                "routeId": route_id,
                "routeKey": _route_key(method, path),
                "target": f"integrations/{integration_id}",
                "apiKeyRequired": False,
                **_authorization(security, ids),
            }
    engine._authorizers[api_id], engine._integrations[api_id] = authorizers, integrations
    engine._routes[api_id] = routes
    _import_settings(engine._apis[api_id], body)


def _route_key(method: str, path: str) -> str:
    if path in DEFAULT_PATHS:
        return "$default"
    return f"{'ANY' if method == ANY_METHOD else method.upper()} {path}"


def _authorizer(name: str, scheme: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    given = scheme.get("x-amazon-apigateway-authorizer", {})
    if given.get("type", "").lower() != "jwt":
        raise ValueError(f"The local cloud imports JWT authorizers only, and {name} is {given.get('type')!r}")
    source = given["identitySource"]
    authorizer_id = new_uuid()[:8]
    return authorizer_id, {
        "authorizerId": authorizer_id,
        "authorizerType": "JWT",
        "name": name,
        "identitySource": [source] if isinstance(source, str) else source,
        "jwtConfiguration": given["jwtConfiguration"],
    }


def _integration(integration_id: str, given: dict[str, Any], where: str) -> dict[str, Any]:
    kind = given.get("type", "").upper()
    if kind not in INTEGRATION_TYPES:
        raise ValueError(f"An HTTP API has no {kind} integration at {where}")
    return {
        "integrationId": integration_id,
        "integrationType": kind,
        "integrationUri": given["uri"],
        "integrationMethod": given.get("httpMethod", "POST"),
        "payloadFormatVersion": given.get("payloadFormatVersion", "2.0"),
        "timeoutInMillis": given.get("timeoutInMillis", 30_000),
        "connectionType": given.get("connectionType", "INTERNET"),
    }


def _authorization(security: list[dict[str, list[str]]], authorizer_ids: dict[str, str]) -> dict[str, Any]:
    """Return the route's authorization: the first authorizer that is named; `[]` and SAM's NONE are none."""
    for requirement in security:
        for name, scopes in requirement.items():
            if name in authorizer_ids:
                return {
                    "authorizationType": "JWT",
                    "authorizerId": authorizer_ids[name],
                    "authorizationScopes": list(scopes),
                }
    return {"authorizationType": "NONE"}


def _import_settings(api: dict[str, Any], body: dict[str, Any]) -> None:
    info = body.get("info", {})
    api.update(name=info.get("title", api["name"]), version=info.get("version", ""))
    cors = body.get("x-amazon-apigateway-cors")
    if cors:
        api["corsConfiguration"] = {
            key: _listed(value) if key != "maxAge" else int(value) for key, value in cors.items()
        }
    else:
        api.pop("corsConfiguration", None)
    for tag in body.get("tags", []):
        api.setdefault("tags", {})[tag["name"]] = tag.get("x-amazon-apigateway-tag-value", "")


def _listed(value: Any) -> Any:
    return [item.strip() for item in value.split(",")] if isinstance(value, str) else value


def _camel(value: Any) -> Any:
    """Turn a template's property names into the API's, and its booleans and numbers given as text into themselves."""
    if isinstance(value, dict):
        return {key[:1].lower() + key[1:]: _camel(item) for key, item in value.items()}
    if value in ("true", "false"):
        return value == "true"
    return value


def _provision_api(original: Any, properties_at: int) -> Any:
    def provision(*arguments: Any) -> Any:
        properties = arguments[properties_at]
        if "BodyS3Location" in properties:
            raise ValueError("The local cloud imports an API's Body, not its BodyS3Location")
        answer = original(*arguments)
        if "CorsConfiguration" in properties:
            engine._apis[answer[0]]["corsConfiguration"] = _camel(properties["CorsConfiguration"])
        if properties.get("Body"):
            strict = properties.get("FailOnWarnings") in (True, "true")
            import_body(answer[0], properties["Body"], fail_on_warnings=strict)
        return answer

    return provision


def _provision_stage(original: Any, properties_at: int) -> Any:
    """Keep the settings as the API spells them. Throttling is kept and readable, and never applied to a request."""

    def provision(*arguments: Any) -> Any:
        properties = arguments[properties_at]
        api_id = properties["ApiId"]
        if api_id not in engine._apis:
            raise ValueError(f"Invalid API identifier specified {api_id}")
        answer = original(*arguments)
        stage = engine._stages[api_id][properties.get("StageName", "$default")]
        stage["autoDeploy"] = properties.get("AutoDeploy") in (True, "true")
        stage["defaultRouteSettings"] = _camel(properties.get("DefaultRouteSettings", {}))
        stage["routeSettings"] = {key: _camel(value) for key, value in properties.get("RouteSettings", {}).items()}
        return answer

    return provision


def _create_deployment(logical_id: str, properties: dict[str, Any], _stack_name: str) -> tuple[str, dict[str, Any]]:
    """Make a deployment; routes are served as they are, a deployment is no snapshot of them here."""
    status, _, body = engine._create_deployment(properties["ApiId"], {"description": properties.get("Description", "")})
    if status >= 400:  # noqa: PLR2004 -- an HTTP status
        raise ValueError(f"{DEPLOYMENT_TYPE} {logical_id}: {body!r}")
    deployment_id = json.loads(body)["deploymentId"]
    return deployment_id, {"DeploymentId": deployment_id}


def _delete_deployment(physical_id: str, properties: dict[str, Any]) -> None:
    engine._delete_deployment(properties["ApiId"], physical_id)


def install() -> None:
    """Import bodies, keep stage settings, provision deployments."""
    for kind, wrap in ((API_TYPE, _provision_api), (STAGE_TYPE, _provision_stage)):
        handlers = provisioners._RESOURCE_HANDLERS[kind]
        handlers["create"] = wrap(handlers["create"], 1)
        handlers["update"] = wrap(handlers["update"], 2)
    provisioners._RESOURCE_HANDLERS[DEPLOYMENT_TYPE] = {"create": _create_deployment, "delete": _delete_deployment}
