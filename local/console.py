"""What stands in the console's place until it exists: the API's OpenAPI document as a readable page."""

import json
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self

from local.cloud_process import ROOT, LocalCloudError
from local.endpoints import Endpoints

SWAGGER = ROOT / "node_modules" / "swagger-ui-dist"
OPENAPI = ROOT / "docs" / "openapi.json"
PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Stowage: the API</title>
<link rel="stylesheet" href="swagger-ui.css"><link rel="icon" href="favicon-32x32.png">
</head>
<body>
<div id="page"></div>
<script src="swagger-ui-bundle.js"></script>
<script src="start.js"></script>
</body>
</html>
"""
START = 'SwaggerUIBundle({url: "openapi.json", dom_id: "#page", deepLinking: true, defaultModelsExpandDepth: 0});\n'
POLICY = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self' {api}"


class _Handler(SimpleHTTPRequestHandler):
    """Swagger UI's files, and three of ours in front of them."""

    def __init__(self, pages: dict[str, tuple[str, str]], policy: str, *arguments: object) -> None:
        self.pages, self.policy = pages, policy
        super().__init__(*arguments, directory=str(SWAGGER))  # type: ignore[arg-type]

    def do_GET(self) -> None:
        """Answer one of our pages, or a file of Swagger UI."""
        page = self.pages.get(self.path.partition("?")[0])
        if page is None:
            super().do_GET()
            return
        body = page[1].encode()
        self.send_response(200)
        self.send_header("Content-Type", page[0])
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def end_headers(self) -> None:
        """Add the security headers to every answer."""
        self.send_header("Content-Security-Policy", self.policy)
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Cache-Control", "no-cache")
        super().end_headers()

    def log_message(self, *_arguments: object) -> None:
        """Stay silent: the terminal belongs to `make run`."""


class ConsoleServer:
    """Serves the page on 127.0.0.1 while the `with` block runs."""

    def __init__(self, port: int, endpoints: Endpoints) -> None:
        document = json.loads(OPENAPI.read_text())
        document["servers"] = [{"url": endpoints.api, "description": "the local cloud"}]
        pages = {
            "/": ("text/html; charset=utf-8", PAGE),
            "/start.js": ("text/javascript", START),
            "/openapi.json": ("application/json", json.dumps(document)),
        }
        if not SWAGGER.is_dir():
            raise LocalCloudError("node_modules/swagger-ui-dist is missing: run `make clean` and `make run` again.")
        handler = partial(_Handler, pages, POLICY.format(api=endpoints.aws))
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
