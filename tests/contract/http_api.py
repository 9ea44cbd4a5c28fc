"""An HTTP API deployed from an OpenAPI body, with a user pool that its authorizer trusts and somebody signed in."""

import json
import uuid
from dataclasses import dataclass
from typing import Any

import httpx

from tests.contract.conftest import LocalCloud
from tests.contract.function_package import eventually

PASSWORD = "Correct-Horse-1"
ORIGIN = "http://localhost:5173"


@dataclass
class Api:
    """A deployed HTTP API and somebody who may call it."""

    cloud: LocalCloud
    stack: str
    function: str
    outputs: dict[str, str]
    token: str
    id_token: str

    @property
    def id(self) -> str:
        """Return the API's id."""
        return self.outputs["ApiId"]

    def call(self, method: str, path: str, *, token: str | None = None, **options: Any) -> httpx.Response:
        """Send one request to the `$default` stage."""
        headers = {**options.pop("headers", {}), **({"Authorization": f"Bearer {token}"} if token else {})}
        url = f"{self.cloud.url}/_aws/execute-api/{self.id}/$default{path}"
        return httpx.request(method, url, headers=headers, timeout=30, **options)

    def event(self, method: str, path: str, **options: Any) -> dict[str, Any]:
        """Return the event that an authorized request became."""
        answer = self.call(method, path, token=self.token, **options)
        assert answer.status_code == 200, answer.text
        event: dict[str, Any] = answer.json()
        return event


def operation(function: str, **more: Any) -> dict[str, Any]:
    """Return an operation that a function serves."""
    uri = f"arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/{function}/invocations"
    integration = {"type": "aws_proxy", "httpMethod": "POST", "payloadFormatVersion": "2.0", "uri": uri}
    return {"x-amazon-apigateway-integration": integration, "responses": {}, **more}


def template(function: str, **paths: Any) -> dict[str, Any]:
    """Return what AWS::Serverless::HttpApi becomes, with a user pool that its authorizer trusts."""
    people = {
        "type": "oauth2",
        "x-amazon-apigateway-authorizer": {
            "type": "jwt",
            "identitySource": "$request.header.Authorization",
            "jwtConfiguration": {
                "issuer": {"Fn::Sub": "https://cognito-idp.${AWS::Region}.amazonaws.com/${Pool}"},
                "audience": [{"Ref": "Client"}],
            },
        },
    }
    body = {
        "openapi": "3.0.1",
        "info": {"title": {"Ref": "AWS::StackName"}, "version": "1.0"},
        "security": [{"people": []}],
        "paths": {
            "/$default": {"x-amazon-apigateway-any-method": operation(function, isDefaultRoute=True)},
            "/v1/health": {"get": operation(function, security=[{"NONE": []}])},
            "/v1/open": {"get": operation(function, security=[])},
            "/v1/projects/{project}/buckets/{name}": {"put": operation(function)},
            "/{proxy+}": {"options": operation(function, security=[])},
            **paths,
        },
        "components": {"securitySchemes": {"people": people}},
        "x-amazon-apigateway-cors": {
            "allowOrigins": [ORIGIN],
            "allowMethods": ["GET", "PUT"],
            "allowHeaders": ["authorization", "content-type"],
            "maxAge": 600,
        },
    }
    stage = {
        "ApiId": {"Ref": "Api"},
        "StageName": "$default",
        "AutoDeploy": True,
        "DefaultRouteSettings": {
            "ThrottlingBurstLimit": 200,
            "ThrottlingRateLimit": 100,
            "DetailedMetricsEnabled": True,
        },
        "AccessLogSettings": {
            "DestinationArn": "arn:aws:logs:eu-west-1:000000000000:log-group:access",
            "Format": "$context.status",
        },
    }
    client = {
        "UserPoolId": {"Ref": "Pool"},
        "ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
    }
    permission = {
        "Action": "lambda:InvokeFunction",
        "FunctionName": function,
        "Principal": "apigateway.amazonaws.com",
        "SourceArn": {"Fn::Sub": "arn:aws:execute-api:${AWS::Region}:${AWS::AccountId}:${Api}/*"},
    }
    return {
        "Resources": {
            "Pool": {"Type": "AWS::Cognito::UserPool", "Properties": {"UsernameAttributes": ["email"]}},
            "Client": {"Type": "AWS::Cognito::UserPoolClient", "Properties": client},
            "OtherClient": {"Type": "AWS::Cognito::UserPoolClient", "Properties": client},
            "Api": {"Type": "AWS::ApiGatewayV2::Api", "Properties": {"Body": body, "FailOnWarnings": True}},
            "Stage": {"Type": "AWS::ApiGatewayV2::Stage", "Properties": stage},
            "Permission": {"Type": "AWS::Lambda::Permission", "Properties": permission},
        },
        "Outputs": {
            "ApiId": {"Value": {"Ref": "Api"}},
            "PoolId": {"Value": {"Ref": "Pool"}},
            "ClientId": {"Value": {"Ref": "Client"}},
            "OtherClientId": {"Value": {"Ref": "OtherClient"}},
        },
    }


def deploy(
    cloud: LocalCloud, name: str, body: dict[str, Any], action: str = "create_stack", **options: Any
) -> dict[str, Any]:
    """Create or update the stack and return its description once it has ended."""
    stacks = cloud.client("cloudformation")
    getattr(stacks, action)(StackName=name, TemplateBody=json.dumps(body), **options)

    def ended() -> dict[str, Any] | None:
        stack: dict[str, Any] = stacks.describe_stacks(StackName=name)["Stacks"][0]
        return stack if not stack["StackStatus"].endswith("_IN_PROGRESS") else None

    found: dict[str, Any] = eventually(ended)
    return found


def sign_in(cloud: LocalCloud, pool: str, client: str) -> dict[str, str]:
    """Make a person in the pool and return the tokens that the client gets for them."""
    people = cloud.client("cognito-idp")
    email = f"{uuid.uuid4().hex[:8]}@example.com"
    people.admin_create_user(UserPoolId=pool, Username=email, MessageAction="SUPPRESS")
    people.admin_set_user_password(UserPoolId=pool, Username=email, Password=PASSWORD, Permanent=True)
    tokens: dict[str, str] = people.initiate_auth(
        ClientId=client,
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": email, "PASSWORD": PASSWORD},
    )["AuthenticationResult"]
    return tokens
