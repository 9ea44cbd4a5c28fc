"""The way to open WebSockets: API Gateway's @connections."""

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from stowage.adapters.aws_errors import aws_errors
from stowage.domain.errors import SocketGoneError

if TYPE_CHECKING:
    from mypy_boto3_apigatewaymanagementapi.client import ApiGatewayManagementApiClient

GONE = {"GoneException": SocketGoneError}


class ApiGatewayConnections:
    """The port `Connections`."""

    def __init__(self, client: "ApiGatewayManagementApiClient") -> None:
        self._client = client

    def post(self, connection: str, message: str) -> None:
        """Send one text message of at most 32 KB. Raises SocketGoneError.

        https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-how-to-call-websocket-api-connections.html
        """
        with aws_errors(GONE):
            self._client.post_to_connection(ConnectionId=connection, Data=message.encode())


def management_endpoint(socket_endpoint: str, aws_endpoint_url: str | None) -> str:
    """Give the URL at which @connections is reached.

    This is the one AWS API with an endpoint per API and stage, so that a general endpoint (AWS_ENDPOINT_URL, set where
    AWS is the local cloud) cannot stand for it as it does for every other service: the local cloud serves it under a
    path of its own that names both. The template is the same on AWS and here; so it is here that they are told apart.
    """
    if aws_endpoint_url is None or socket_endpoint.startswith(aws_endpoint_url):
        return socket_endpoint
    told = urlsplit(socket_endpoint)
    api_id = (told.hostname or "").split(".")[0]
    return f"{aws_endpoint_url.rstrip('/')}/_aws/execute-api/{api_id}/{told.path.strip('/')}"
