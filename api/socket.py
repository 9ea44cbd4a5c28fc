"""The WebSocket API's Lambda (handler `api.socket.handler`): $connect, $disconnect, and every message."""

from api.socket_router import build_socket_handler
from stowage.adapters import bootstrap

handler = build_socket_handler(bootstrap)
