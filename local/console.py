"""Serves the built console on this machine as its distribution does on AWS: the same pages, the same headers."""

import json
import re
import threading
from functools import partial
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from local.console_headers import Addresses, deployed_headers
from local.deployment import stack_outputs
from local.endpoints import Endpoints
from operate.console import configuration

# What `http.server` would ask the machine's own tables for, which differ.
TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
}
FOR_EVER = "public, max-age=31536000, immutable"


def page_of(path: str) -> str:
    """Give the file that an address is answered with: template.yaml's ConsolePages in Python."""
    if path.startswith("/handovers/"):
        return "/handover.html"
    is_file = path.startswith("/assets/") or re.fullmatch(r"/[^/]+\.[^/]+", path)
    return path if is_file else "/index.html"


class _Handler(SimpleHTTPRequestHandler):
    """The build's files, and config.json in front of them."""

    extensions_map = TYPES
    protocol_version = "HTTP/1.1"

    def __init__(self, configuration_json: bytes, headers: dict[str, str], dist: Path, *arguments: object) -> None:
        self.configuration, self.added, self.last = configuration_json, headers, ""
        super().__init__(*arguments, directory=str(dist))  # type: ignore[arg-type]

    def do_GET(self) -> None:
        """Answer the configuration, a file, or the page that the address is of; what is not there is a 404."""
        self.last = page_of(self.path.partition("?")[0])
        if self.last == "/config.json":
            self.send_response(HTTPStatus.OK)
            self.send_header("Content-Type", TYPES[".json"])
            self.send_header("Content-Length", str(len(self.configuration)))
            self.end_headers()
            self.wfile.write(self.configuration)
            return
        super().do_GET()

    def send_head(self) -> Any:
        """Open the file that the address is answered with, for GET and HEAD alike."""
        self.path = self.last = page_of(self.path.partition("?")[0])
        return super().send_head()

    def list_directory(self, path: object) -> None:
        """Answer that a folder is nothing: CloudFront lists none."""
        del path
        self.send_error(HTTPStatus.NOT_FOUND)

    def end_headers(self) -> None:
        """Add the policy's headers to every answer, as CloudFront does, and how long it may be kept."""
        for name, value in self.added.items():
            self.send_header(name, value)
        self.send_header("Cache-Control", FOR_EVER if self.last.startswith("/assets/") else "no-cache")
        super().end_headers()

    def log_message(self, *_arguments: object) -> None:
        """Stay silent: the terminal belongs to `make run`."""


class ConsoleServer:
    """Serves the console on 127.0.0.1 while the `with` block runs."""

    def __init__(self, port: int, endpoints: Endpoints, dist: Path) -> None:
        outputs = stack_outputs(endpoints.aws)
        addresses = {
            **outputs, "ApiUrl": endpoints.api, "SocketUrl": endpoints.socket, "UserPoolDomain": endpoints.aws,
        }  # fmt: skip
        told = json.dumps(configuration(addresses)).encode()
        handler = partial(_Handler, told, deployed_headers(Addresses(outputs, endpoints)), dist)
        self._server = ThreadingHTTPServer(("127.0.0.1", port), handler)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def __enter__(self) -> Self:
        """Start serving."""
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._server.server_close()
