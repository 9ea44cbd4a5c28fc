"""A WebSocket API's handshake, messages and end, and the @connections API, as API Gateway has them."""

import contextlib
import json
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from tests.contract.conftest import HUB, LocalCloud
from tests.contract.function_package import allow, deploy_function, eventually, invoke
from tests.contract.http_api import ORIGIN, deploy

# Stores every event it gets under the route's key, and does what a message asks for.
RECORDS = """
import boto3, json, os
rows = boto3.client('dynamodb')

def handler(event, context):
    at = event['requestContext']
    rows.put_item(TableName=os.environ['TABLE_NAME'], Item={
        'pk': {'S': at['connectionId'] + ' ' + at['routeKey']}, 'event': {'S': json.dumps(event)}})
    if at['routeKey'] == '$connect':
        ticket = (event.get('queryStringParameters') or {}).get('ticket')
        if ticket == 'broken':
            raise ValueError('secret detail')
        return {'statusCode': {'good': 200, 'used': 401}.get(ticket, 403)}
    message = json.loads(event['body']) if event.get('body') else {}
    if message.get('action') == 'raise':
        raise ValueError('secret detail')
    if message.get('action') == 'subscribe':
        management = boto3.client('apigatewaymanagementapi', endpoint_url=os.environ['SOCKET_ENDPOINT'])
        management.post_to_connection(ConnectionId=at['connectionId'], Data=json.dumps({'type': 'hello'}))
    return {'statusCode': 200, 'body': 'not for the client'}
"""
POSTS = """
import boto3, os
def handler(event, context):
    management = boto3.client('apigatewaymanagementapi', endpoint_url=os.environ['SOCKET_ENDPOINT'])
    try:
        management.post_to_connection(ConnectionId=event, Data='from elsewhere')
    except Exception as error:
        return type(error).__name__ + ' ' + str(error.response['ResponseMetadata']['HTTPStatusCode'])
    return 'posted'
"""


@dataclass
class Socket:
    """A deployed WebSocket API."""

    cloud: LocalCloud
    name: str
    api_id: str

    @property
    def arn(self) -> str:
        """Return the ARN of the API's connections."""
        return f"arn:aws:execute-api:eu-west-1:{HUB}:{self.api_id}/v1"

    @property
    def endpoint(self) -> str:
        """Return the management endpoint as a template would give it to a function."""
        return f"https://{self.api_id}.execute-api.eu-west-1.amazonaws.com/v1"

    def connect(self, ticket: str = "good") -> ClientConnection:
        """Open a socket."""
        address = self.cloud.url.replace("http://", "ws://")
        url = f"{address}/_aws/execute-api/{self.api_id}/v1?ticket={ticket}"
        return connect(url, additional_headers={"Origin": ORIGIN}, open_timeout=15, close_timeout=5)

    def management(self) -> Any:
        """Return a client of the @connections API as the hub's root."""
        session: Any = boto3.session.Session()
        return session.client(
            "apigatewaymanagementapi",
            endpoint_url=f"{self.cloud.url}/_aws/execute-api/{self.api_id}/v1",
            region_name="eu-west-1",
            aws_access_key_id=HUB,
            aws_secret_access_key="test",
        )

    def event(self, connection_id: str, route: str) -> dict[str, Any]:
        """Return the event that the route's function got for this connection, once it did."""
        key = {"pk": {"S": f"{connection_id} {route}"}}
        rows = self.cloud.client("dynamodb")
        item = eventually(lambda: rows.get_item(TableName=self.name, Key=key).get("Item"))
        found: dict[str, Any] = json.loads(item["event"]["S"])
        return found

    def connection_id(self) -> str:
        """Return the id of the newest connection."""
        items = self.cloud.client("dynamodb").scan(TableName=self.name)["Items"]
        events = [json.loads(item["event"]["S"])["requestContext"] for item in items]
        newest = max(events, key=lambda context: context["connectedAt"])
        identifier: str = newest["connectionId"]
        return identifier


def deploy_socket(cloud: LocalCloud, name: str) -> Socket:
    """Deploy table, function and API, the API by a template with an explicit deployment."""
    cloud.client("dynamodb").create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
    )
    function = deploy_function(cloud, name, RECORDS, allow("dynamodb:PutItem"), allow("execute-api:ManageConnections"))
    uri = f"arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/{function}/invocations"
    of_api: dict[str, Any] = {"ApiId": {"Ref": "Api"}}
    target = {"Fn::Join": ["/", ["integrations", {"Ref": "Integration"}]]}
    routes = {
        f"Route{index}": {
            "Type": "AWS::ApiGatewayV2::Route",
            "Properties": {**of_api, "RouteKey": key, "Target": target},
        }
        for index, key in enumerate(("$connect", "$disconnect", "$default", "subscribe"))
    }
    selection = {"Name": name, "ProtocolType": "WEBSOCKET", "RouteSelectionExpression": "$request.body.action"}
    template = {
        "Resources": {
            "Api": {"Type": "AWS::ApiGatewayV2::Api", "Properties": selection},
            "Integration": {
                "Type": "AWS::ApiGatewayV2::Integration",
                "Properties": {**of_api, "IntegrationType": "AWS_PROXY", "IntegrationUri": uri},
            },
            **routes,
            "Deployment": {"Type": "AWS::ApiGatewayV2::Deployment", "DependsOn": list(routes), "Properties": of_api},
            "Stage": {
                "Type": "AWS::ApiGatewayV2::Stage",
                "Properties": {**of_api, "StageName": "v1", "DeploymentId": {"Ref": "Deployment"}},
            },
            "Permission": {
                "Type": "AWS::Lambda::Permission",
                "Properties": {
                    "Action": "lambda:InvokeFunction",
                    "FunctionName": function,
                    "Principal": "apigateway.amazonaws.com",
                    "SourceArn": {"Fn::Sub": "arn:aws:execute-api:${AWS::Region}:${AWS::AccountId}:${Api}/*"},
                },
            },
        },
        "Outputs": {"ApiId": {"Value": {"Ref": "Api"}}},
    }
    stack = deploy(cloud, name, template)
    assert stack["StackStatus"] == "CREATE_COMPLETE", stack
    api_id = stack["Outputs"][0]["OutputValue"]
    cloud.client("lambda").update_function_configuration(
        FunctionName=name,
        Environment={
            "Variables": {
                "TABLE_NAME": name,
                "SOCKET_ENDPOINT": f"https://{api_id}.execute-api.eu-west-1.amazonaws.com/v1",
            }
        },
    )
    return Socket(cloud, name, api_id)


@pytest.fixture(scope="module")
def socket(cloud: LocalCloud) -> Iterator[Socket]:
    """Deploy the API once for this module."""
    deployed = deploy_socket(cloud, f"socket-{uuid.uuid4().hex[:8]}")
    yield deployed
    cloud.client("cloudformation").delete_stack(StackName=deployed.name)


def test_the_connect_event_tells_who_comes(socket: Socket) -> None:
    """Query string, Origin, connection id and connection time reach `$connect`; later events repeat the time."""
    with socket.connect() as open_socket:
        open_socket.send('{"action": "anything"}')
        identifier = socket.connection_id()
        first = socket.event(identifier, "$connect")
        later = socket.event(identifier, "$default")

    context = first["requestContext"]
    assert first["queryStringParameters"] == {"ticket": "good"}
    assert first["headers"]["Origin"] == ORIGIN
    assert (context["eventType"], context["stage"], context["apiId"]) == ("CONNECT", "v1", socket.api_id)
    assert context["domainName"] == f"{socket.api_id}.execute-api.eu-west-1.amazonaws.com"
    assert later["requestContext"]["connectedAt"] == context["connectedAt"]
    assert (later["requestContext"]["eventType"], later["body"]) == ("MESSAGE", '{"action": "anything"}')
    assert later["requestContext"]["messageId"]


@pytest.mark.parametrize(("ticket", "status"), [("used", 401), ("unknown", 403), ("broken", 502)])
def test_a_refused_connect_fails_the_handshake_with_that_status(socket: Socket, ticket: str, status: int) -> None:
    """The function's status is the handshake's; a function that raises is 502."""
    with pytest.raises(InvalidStatus) as refused, socket.connect(ticket):
        pass

    assert refused.value.response.status_code == status
    assert b"secret detail" not in refused.value.response.body


def test_an_unknown_stage_is_forbidden(socket: Socket) -> None:
    """A path that names no stage of the API fails the handshake with 403."""
    address = socket.cloud.url.replace("http://", "ws://")

    with pytest.raises(InvalidStatus) as refused, connect(f"{address}/_aws/execute-api/{socket.api_id}/v2"):
        pass

    assert refused.value.response.status_code == 403


def test_a_message_goes_to_the_route_its_action_names_and_is_answered_by_post(socket: Socket) -> None:
    """`subscribe` posts to its own connection; what functions return is not sent, for no route has a route response."""
    with socket.connect() as open_socket:
        open_socket.send('{"action": "unheard of"}')
        open_socket.send('{"action": "subscribe"}')

        assert open_socket.recv(timeout=10) == '{"type": "hello"}'
        with pytest.raises(TimeoutError):
            open_socket.recv(timeout=0.3)


def test_a_function_that_raises_tells_the_client_nothing_but_that(socket: Socket) -> None:
    """The client gets {"message": "Internal server error"} with the connection's and the request's id."""
    with socket.connect() as open_socket:
        open_socket.send('{"action": "raise"}')
        told = json.loads(open_socket.recv(timeout=10))

    assert told["message"] == "Internal server error"
    assert set(told) == {"message", "connectionId", "requestId"}


def test_another_function_reaches_the_connection_only_with_permission(socket: Socket, unique: str) -> None:
    """PostToConnection by SigV4 with the role's credentials: 200 when allowed, 403 when not, 410 when gone."""
    environment = {"Variables": {"SOCKET_ENDPOINT": socket.endpoint}}
    right = allow("execute-api:ManageConnections", f"{socket.arn}/POST/@connections/*")
    deploy_function(socket.cloud, unique, POSTS, right, Environment=environment)
    stranger = f"{unique}-stranger"
    deploy_function(socket.cloud, stranger, POSTS, allow("execute-api:Invoke"), Environment=environment)

    with socket.connect() as open_socket:
        identifier = socket.connection_id()
        posted = invoke(socket.cloud, unique, identifier)
        received = open_socket.recv(timeout=10)
        refused = invoke(socket.cloud, stranger, identifier)
    socket.event(identifier, "$disconnect")
    gone = invoke(socket.cloud, unique, identifier)

    assert (posted[0], received) == ("posted", "from elsewhere")
    assert refused[0].endswith(" 403")
    assert gone[0] == "GoneException 410"


def test_a_backend_looks_at_a_connection_and_closes_it(socket: Socket) -> None:
    """GetConnection tells times and address; DeleteConnection closes the socket; then it is gone."""
    management = socket.management()
    with socket.connect() as open_socket:
        identifier = socket.connection_id()
        found = management.get_connection(ConnectionId=identifier)
        management.delete_connection(ConnectionId=identifier)
        with pytest.raises(ConnectionClosed):
            open_socket.recv(timeout=10)

    assert found["Identity"]["SourceIp"] == "127.0.0.1"
    assert found["ConnectedAt"] <= found["LastActiveAt"]
    with pytest.raises(ClientError) as gone:
        management.get_connection(ConnectionId=identifier)
    assert gone.value.response["Error"]["Code"] == "GoneException"
    assert socket.event(identifier, "$disconnect")["requestContext"]["eventType"] == "DISCONNECT"


def test_closing_invokes_disconnect(socket: Socket) -> None:
    """A page that leaves is told to `$disconnect`, with the headers of its handshake."""
    with socket.connect():
        identifier = socket.connection_id()

    event = socket.event(identifier, "$disconnect")

    assert event["requestContext"]["eventType"] == "DISCONNECT"
    assert isinstance(event["requestContext"]["disconnectStatusCode"], int)
    assert event["headers"]["Origin"] == ORIGIN


def test_messages_that_are_too_long_are_refused(socket: Socket) -> None:
    """A frame beyond 32 KB closes the connection with 1009; a post beyond 128 KB is 413."""
    with socket.connect() as open_socket:
        identifier = socket.connection_id()
        with pytest.raises(ClientError) as too_large:
            socket.management().post_to_connection(ConnectionId=identifier, Data=b"a" * (128 * 1024 + 1))
        with contextlib.suppress(ConnectionClosed):
            open_socket.send("a" * (32 * 1024 + 1))
        with pytest.raises(ConnectionClosed) as closed:
            open_socket.recv(timeout=10)

    assert too_large.value.response["Error"]["Code"] == "PayloadTooLargeException"
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1009
