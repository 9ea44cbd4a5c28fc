"""A SAM template gets its parameters' values, not their defaults."""

from typing import Any

from tests.contract.conftest import LocalCloud
from tests.contract.http_api import deploy

TEMPLATE: dict[str, Any] = {
    "Transform": "AWS::Serverless-2016-10-31",
    "Parameters": {"Origins": {"Type": "CommaDelimitedList", "Default": "http://localhost:8080"}},
    "Resources": {
        "Api": {
            "Type": "AWS::Serverless::HttpApi",
            "Properties": {"CorsConfiguration": {"AllowOrigins": {"Ref": "Origins"}, "AllowMethods": ["GET"]}},
        },
    },
    "Outputs": {"ApiId": {"Value": {"Ref": "Api"}}},
}


def test_a_serverless_api_takes_its_origins_from_the_parameter(cloud: LocalCloud, unique: str) -> None:
    """Default at creation, another value at the update: both reach the API's CORS configuration as lists."""

    def origins(stack: dict[str, Any]) -> list[str]:
        api_id = stack["Outputs"][0]["OutputValue"]
        configured: list[str] = cloud.client("apigatewayv2").get_api(ApiId=api_id)["CorsConfiguration"]["AllowOrigins"]
        return configured

    function = {"Type": "AWS::Serverless::Function", "Properties": _function()}
    template = {**TEMPLATE, "Resources": {**TEMPLATE["Resources"], "Function": function}}
    capabilities = ["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"]

    created = deploy(cloud, unique, template, Capabilities=capabilities)
    before = origins(created)
    values = [{"ParameterKey": "Origins", "ParameterValue": "http://localhost:9999,https://stowage.example.com"}]
    updated = deploy(cloud, unique, template, "update_stack", Parameters=values, Capabilities=capabilities)

    assert before == ["http://localhost:8080"]
    assert origins(updated) == ["http://localhost:9999", "https://stowage.example.com"]


def _function() -> dict[str, Any]:
    """Return an inline function that serves the API's default route."""
    return {
        "Runtime": "python3.11",
        "Handler": "index.handler",
        "InlineCode": "def handler(event, context): return {'statusCode': 204}\n",
        "Events": {"Everything": {"Type": "HttpApi", "Properties": {"ApiId": {"Ref": "Api"}}}},
    }
