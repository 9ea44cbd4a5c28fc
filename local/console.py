"""Serves the built console on this machine as its distribution does on AWS: the same pages, the same headers."""

import gzip
import io
import json
import re
import sys
import threading
from functools import lru_cache, partial
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from local.console_headers import Addresses, deployed_headers
from local.deployment import stack_outputs
from local.endpoints import Endpoints
from operate.console import ASK_EACH_TIME, FOR_EVER, TYPES, configuration

COMPRESSED = frozenset({".css", ".html", ".js", ".json", ".svg"})
COMPRESSED_FROM_BYTES = 1000
"""https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/ServingCompressedFiles.html"""


def page_of(path: str) -> str:
    """Give the file that an address is answered with: template.yaml's ConsolePages in Python."""
    if path.startswith("/handovers/"):
        return "/handover.html"
    is_file = path.startswith("/assets/") or re.fullmatch(r"/[^/]+\.[^/]+", path)
    return path if is_file else "/index.html"


@lru_cache(maxsize=256)
def gzipped(file: Path, modified_ns: int) -> bytes | None:
    """Give a file as CloudFront compresses it, or None for what it leaves as it is: fonts, and what is small.

    CloudFront prefers brotli where a browser takes it, which is smaller; here all get gzip. `modified_ns` is of the
    file as it is now, so that a new build is seen.
    """
    del modified_ns
    content = file.read_bytes()
    is_compressed = file.suffix in COMPRESSED and len(content) >= COMPRESSED_FROM_BYTES
    return gzip.compress(content, mtime=0) if is_compressed else None


class _Handler(SimpleHTTPRequestHandler):
    """The build's files, and config.json in front of them."""

    extensions_map = TYPES  # else it asks the machine's own tables, which differ
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
        file = Path(self.translate_path(self.path))
        # Who has an older copy is answered by the parent: mostly that it is good still.
        if not file.is_file() or "If-Modified-Since" in self.headers or not self._takes_gzip():
            return super().send_head()
        content = gzipped(file, file.stat().st_mtime_ns)
        if content is None:
            return super().send_head()
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", self.guess_type(file))
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Last-Modified", self.date_time_string(file.stat().st_mtime))
        self.send_header("Vary", "Accept-Encoding")
        self.end_headers()
        return io.BytesIO(content)

    def _takes_gzip(self) -> bool:
        return "gzip" in self.headers.get("Accept-Encoding", "")

    def list_directory(self, path: object) -> None:
        """Answer that a folder is nothing: CloudFront lists none."""
        del path
        self.send_error(HTTPStatus.NOT_FOUND)

    def end_headers(self) -> None:
        """Add the policy's headers to every answer, as CloudFront does, and how long it may be kept."""
        for name, value in self.added.items():
            self.send_header(name, value)
        self.send_header("Cache-Control", FOR_EVER if self.last.startswith("/assets/") else ASK_EACH_TIME)
        super().end_headers()

    def log_message(self, *_arguments: object) -> None:
        """Stay silent: the terminal belongs to `make run`."""


class _Server(ThreadingHTTPServer):
    """One thread for each connection."""

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Stay silent when a browser has gone before its answer: it leaves pages while they load, all the time."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class ConsoleServer:
    """Serves the console on 127.0.0.1 while the `with` block runs."""

    def __init__(self, port: int, endpoints: Endpoints, dist: Path) -> None:
        outputs = stack_outputs(endpoints.aws)
        addresses = {
            **outputs, "ApiUrl": endpoints.api, "SocketUrl": endpoints.socket, "UserPoolDomain": endpoints.aws,
        }  # fmt: skip
        told = json.dumps(configuration(addresses)).encode()
        handler = partial(_Handler, told, deployed_headers(Addresses(outputs, endpoints)), dist)
        self._server = _Server(("127.0.0.1", port), handler)
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
