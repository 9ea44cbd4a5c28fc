"""An HTTP API deployed from an OpenAPI body routes, authorizes and answers as API Gateway does."""

import base64
import json
import uuid
from collections.abc import Iterator

import httpx
import pytest
from botocore.exceptions import ClientError

from tests.contract.conftest import LocalCloud
from tests.contract.function_package import deploy_function, eventually
from tests.contract.http_api import ORIGIN, Api, deploy, operation, sign_in, template

ECHO = (
    "import json, time\n"
    "def handler(event, context):\n"
    "    query = event.get('queryStringParameters') or {}\n"
    "    if 'raise' in query: raise ValueError('secret detail')\n"
    "    if 'malformed' in query: return {'statusCode': 'x'}\n"
    "    if 'plain' in query: return {'plain': True}\n"
    "    if 'binary' in query: return {'statusCode': 200, 'isBase64Encoded': True, 'body': '/wA=',\n"
    "                                  'headers': {'content-type': 'application/octet-stream'}}\n"
    "    return {'statusCode': 200, 'body': json.dumps(event), 'cookies': ['a=1', 'b=2; HttpOnly'],\n"
    "            'headers': {'content-type': 'application/json', 'etag': 'W/1', 'access-control-allow-origin': '*'}}\n"
)


@pytest.fixture(scope="module")
def api(cloud: LocalCloud) -> Iterator[Api]:
    """Deploy the API once for this module."""
    name = f"http-{uuid.uuid4().hex[:8]}"
    function = deploy_function(cloud, name, ECHO, Timeout=10)
    stack = deploy(cloud, name, template(function))
    assert stack["StackStatus"] == "CREATE_COMPLETE", stack
    outputs = {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}
    tokens = sign_in(cloud, outputs["PoolId"], outputs["ClientId"])
    yield Api(cloud, name, function, outputs, tokens["AccessToken"], tokens["IdToken"])
    cloud.client("cloudformation").delete_stack(StackName=name)


def tampered(token: str) -> str:
    """Return the token with another `sub` under the old signature."""
    header, claims, signature = token.split(".")
    changed = {**json.loads(base64.urlsafe_b64decode(claims + "==")), "sub": "somebody-else"}
    return f"{header}.{base64.urlsafe_b64encode(json.dumps(changed).encode()).decode().rstrip('=')}.{signature}"


def test_the_event_is_payload_format_2(api: Api) -> None:
    """Path parameters, query, cookies, headers, body and claims are where the documented format has them.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
    """
    event = api.event(
        "PUT",
        "/v1/projects/blue/buckets/team%20data?tag=a&tag=b&empty=",
        json={"versioning": True},
        headers={"Cookie": "one=1; two=2", "If-Match": '"3"'},
    )

    assert event["version"] == "2.0"
    assert event["routeKey"] == "PUT /v1/projects/{project}/buckets/{name}"
    assert event["rawPath"] == "/v1/projects/blue/buckets/team data"
    assert event["pathParameters"] == {"project": "blue", "name": "team data"}
    assert event["rawQueryString"] == "tag=a&tag=b&empty="
    assert event["queryStringParameters"] == {"tag": "a,b", "empty": ""}
    assert event["cookies"] == ["one=1", "two=2"]
    assert event["headers"]["if-match"] == '"3"'
    assert "cookie" not in event["headers"]
    assert (json.loads(event["body"]), event["isBase64Encoded"]) == ({"versioning": True}, False)
    assert event["requestContext"]["http"]["method"] == "PUT"
    assert event["requestContext"]["stage"] == "$default"
    claims = event["requestContext"]["authorizer"]["jwt"]["claims"]
    assert (claims["client_id"], claims["token_use"]) == (api.outputs["ClientId"], "access")
    assert isinstance(claims["exp"], str)


def test_a_binary_body_arrives_and_leaves_as_base64(api: Api) -> None:
    """A body that is not text is base64 in the event; a base64 answer is bytes to the client; no body is no key."""
    event = api.event("POST", "/upload", content=b"\xff\x00", headers={"Content-Type": "application/octet-stream"})
    bare = api.event("GET", "/nothing")
    binary = api.call("GET", "/file?binary=1", token=api.token)

    assert (event["body"], event["isBase64Encoded"]) == (base64.b64encode(b"\xff\x00").decode(), True)
    assert not {"body", "queryStringParameters", "cookies", "pathParameters"} & set(bare)
    assert (binary.content, binary.headers["content-type"]) == (b"\xff\x00", "application/octet-stream")


def test_what_is_no_route_goes_to_default(api: Api) -> None:
    """`$default` catches every method and path without a route of its own, and keeps the authorizer."""
    assert api.event("DELETE", "/no/such/thing")["routeKey"] == "$default"
    assert api.call("DELETE", "/no/such/thing").status_code == 401


def test_answers_keep_their_headers_and_cookies(api: Api) -> None:
    """Cookies become one Set-Cookie each; with CORS configured the function's own CORS headers are ignored."""
    answer = api.call("GET", "/v1/health", headers={"Origin": ORIGIN})
    plain = api.call("GET", "/v1/health?plain=1")

    assert answer.headers.get_list("set-cookie") == ["a=1", "b=2; HttpOnly"]
    assert answer.headers["etag"] == "W/1"
    assert answer.headers.get_list("access-control-allow-origin") == [ORIGIN]
    assert answer.headers["apigw-requestid"]
    assert (plain.status_code, plain.json()) == (200, {"plain": True})


@pytest.mark.parametrize("path", ["/v1/health", "/v1/open"])
def test_an_operation_without_security_needs_no_token(api: Api, path: str) -> None:
    """`security: []` and SAM's NONE switch the default authorizer off."""
    answer = api.call("GET", path)

    assert answer.status_code == 200
    assert "authorizer" not in answer.json()["requestContext"]


@pytest.mark.parametrize("kind", ["missing", "garbage", "tampered", "other client", "other pool"])
def test_a_bad_token_is_unauthorized(api: Api, kind: str) -> None:
    """The gateway answers 401 itself, and the function never sees the request."""
    if kind == "other client":
        token = sign_in(api.cloud, api.outputs["PoolId"], api.outputs["OtherClientId"])["AccessToken"]
    elif kind == "other pool":
        people = api.cloud.client("cognito-idp")
        pool = people.create_user_pool(PoolName="other")["UserPool"]["Id"]
        client = people.create_user_pool_client(
            UserPoolId=pool, ClientName="c", ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH"]
        )["UserPoolClient"]["ClientId"]
        token = sign_in(api.cloud, pool, client)["AccessToken"]
    else:
        token = {"missing": "", "garbage": "a.b.c", "tampered": tampered(api.token)}[kind]

    answer = api.call("GET", "/v1/me", token=token)

    assert (answer.status_code, answer.json()) == (401, {"message": "Unauthorized"})
    assert answer.headers["www-authenticate"].startswith("Bearer")


def test_an_expired_token_is_unauthorized(api: Api) -> None:
    """A token is refused from its `exp` on; AWS itself lets no client issue them for less than five minutes."""
    client = api.cloud.client("cognito-idp").create_user_pool_client(
        UserPoolId=api.outputs["PoolId"],
        ClientName="short",
        ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH"],
        AccessTokenValidity=2,
        TokenValidityUnits={"AccessToken": "seconds"},
    )["UserPoolClient"]["ClientId"]
    gateway = api.cloud.client("apigatewayv2")
    authorizer = gateway.get_authorizers(ApiId=api.id)["Items"][0]
    configuration = {**authorizer["JwtConfiguration"], "Audience": [api.outputs["ClientId"], client]}
    gateway.update_authorizer(ApiId=api.id, AuthorizerId=authorizer["AuthorizerId"], JwtConfiguration=configuration)
    token = sign_in(api.cloud, api.outputs["PoolId"], client)["AccessToken"]

    def refused() -> bool:
        return api.call("GET", "/v1/me", token=token).status_code == 401

    assert not refused()
    assert eventually(refused)


def test_an_id_token_passes_the_audience_check_by_aud(api: Api) -> None:
    """The audience is `aud` where there is one, else `client_id`: telling the two tokens apart is the API's job."""
    assert api.call("GET", "/v1/me", token=api.id_token).status_code == 200


def test_a_preflight_is_answered_by_the_gateway(api: Api) -> None:
    """OPTIONS with a route that needs no token: 204 with the configured headers, without the function."""
    answer = api.call(
        "OPTIONS",
        "/v1/projects/blue/buckets/data",
        headers={
            "Origin": ORIGIN,
            "Access-Control-Request-Method": "PUT",
            "Access-Control-Request-Headers": "authorization",
        },
    )

    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["access-control-allow-origin"] == ORIGIN
    assert "PUT" in answer.headers["access-control-allow-methods"]
    assert "authorization" in answer.headers["access-control-allow-headers"]
    assert answer.headers["access-control-max-age"] == "600"


@pytest.mark.parametrize("trouble", ["raise", "malformed"])
def test_a_function_that_fails_is_an_internal_server_error(api: Api, trouble: str) -> None:
    """An unhandled error, or an answer that is none, is 500 without any detail."""
    answer = api.call("GET", f"/v1/health?{trouble}=1")

    assert (answer.status_code, answer.json()) == (500, {"message": "Internal Server Error"})


def test_a_body_beyond_10_megabytes_is_refused(api: Api) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html: payload size 10 MB."""
    answer = api.call("PUT", "/v1/projects/blue/buckets/data", token=api.token, content=b"a" * (10 * 1024 * 1024 + 1))

    assert (answer.status_code, answer.json()) == (413, {"message": "Request Entity Too Large"})


def test_the_stage_keeps_its_settings(api: Api) -> None:
    """Throttling and access log settings read back as given; throttling is not applied to requests."""
    stage = api.cloud.client("apigatewayv2").get_stage(ApiId=api.id, StageName="$default")

    assert stage["AutoDeploy"] is True
    assert stage["DefaultRouteSettings"]["ThrottlingBurstLimit"] == 200
    assert stage["DefaultRouteSettings"]["ThrottlingRateLimit"] == 100
    assert stage["AccessLogSettings"]["Format"] == "$context.status"


def test_without_permission_the_function_is_not_invoked(cloud: LocalCloud, unique: str) -> None:
    """The function's resource policy must allow the API; without it a request ends in 500."""
    function = deploy_function(cloud, unique, ECHO)
    body = template(function)
    body["Resources"]["Permission"]["Properties"]["SourceArn"] = "arn:aws:execute-api:eu-west-1:000000000000:another/*"
    stack = deploy(cloud, unique, body)
    outputs = {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}

    answer = httpx.get(f"{cloud.url}/_aws/execute-api/{outputs['ApiId']}/$default/v1/health")

    assert (answer.status_code, answer.json()) == (500, {"message": "Internal Server Error"})


def test_an_update_imports_the_body_again(cloud: LocalCloud, unique: str) -> None:
    """Routes that the new body no longer names are gone, new ones are there, and the API keeps its id."""
    function = deploy_function(cloud, unique, ECHO)
    before = template(function)
    first = deploy(cloud, unique, before)
    after = template(function, **{"/v1/new": {"get": operation(function, security=[])}})
    del after["Resources"]["Api"]["Properties"]["Body"]["paths"]["/v1/open"]
    second = deploy(cloud, unique, after, "update_stack")
    api_ids = [
        next(output["OutputValue"] for output in stack["Outputs"] if output["OutputKey"] == "ApiId")
        for stack in (first, second)
    ]
    base = f"{cloud.url}/_aws/execute-api/{api_ids[0]}/$default/v1"

    assert second["StackStatus"] == "UPDATE_COMPLETE"
    assert api_ids[0] == api_ids[1]
    assert [httpx.get(f"{base}/{path}").status_code for path in ("new", "open", "health")] == [200, 401, 200]


def test_what_cannot_be_imported_fails_the_stack(cloud: LocalCloud, unique: str) -> None:
    """A Lambda authorizer, and a warning under FailOnWarnings, are refused instead of being left out."""
    function = deploy_function(cloud, unique, ECHO)
    unauthorized = template(function)
    scheme = unauthorized["Resources"]["Api"]["Properties"]["Body"]["components"]["securitySchemes"]["people"]
    scheme["x-amazon-apigateway-authorizer"] = {"type": "request", "authorizerUri": "arn:aws:lambda"}
    warned = template(function, **{"/v1/nothing": {"get": {"responses": {}}}})

    for index, body in enumerate((unauthorized, warned)):
        stack = deploy(cloud, f"{unique}-{index}", body)
        assert stack["StackStatus"] == "ROLLBACK_COMPLETE"


def test_a_missing_stage_or_api_is_not_found(api: Api) -> None:
    """The data plane answers 404 {"message": "Not Found"}, the control plane NotFoundException."""
    with pytest.raises(ClientError) as unknown:
        api.cloud.client("apigatewayv2").get_api(ApiId="nosuchapi")
    answer = httpx.get(f"{api.cloud.url}/_aws/execute-api/nosuchapi/$default/v1/health")

    assert unknown.value.response["Error"]["Code"] == "NotFoundException"
    assert (answer.status_code, answer.json()) == (404, {"message": "Not Found"})
