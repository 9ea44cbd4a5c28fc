"""The way to open WebSockets: API Gateway's @connections."""

from typing import TYPE_CHECKING

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
