"""The console as `make run` serves it: the headers that were deployed, with this machine's addresses."""

import dataclasses
import gzip
import http.client
import socket
import struct
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from local.cloud_process import LocalCloudError
from local.console import _Handler, _Server
from local.console_headers import Addresses, headers_of
from local.endpoints import Endpoints

OUTPUTS = {
    "ApiUrl": "https://a1.execute-api.eu-west-1.amazonaws.com",
    "SocketUrl": "wss://s1.execute-api.eu-west-1.amazonaws.com/v1",
    "UserPoolDomain": "https://d1.auth.eu-west-1.amazoncognito.com",
}
CLOUD = "http://127.0.0.1:4566"
ENDPOINTS = Endpoints(
    console="http://127.0.0.1:8480",
    api=f"{CLOUD}/_aws/execute-api/a1/$default",
    socket="ws://127.0.0.1:4566/_aws/execute-api/s1/v1",
    aws=CLOUD,
    **{
        field.name: ""
        for field in dataclasses.fields(Endpoints)
        if field.name not in {"console", "api", "socket", "aws"}
    },  # type: ignore[arg-type]
)
POLICY = "default-src 'none'; connect-src 'self' " + " ".join(
    [OUTPUTS["ApiUrl"], "wss://s1.execute-api.eu-west-1.amazonaws.com", OUTPUTS["UserPoolDomain"]]
)


def config(policy: str) -> dict[str, Any]:
    """Give a headers policy as CloudFront tells it."""
    return {
        "SecurityHeadersConfig": {
            "ContentSecurityPolicy": {"Override": True, "ContentSecurityPolicy": policy},
            "FrameOptions": {"Override": True, "FrameOption": "DENY"},
            "ReferrerPolicy": {"Override": True, "ReferrerPolicy": "no-referrer"},
            "StrictTransportSecurity": {"Override": True, "AccessControlMaxAgeSec": 60, "IncludeSubdomains": True},
        },
        "CustomHeadersConfig": {"Items": [{"Header": "Cross-Origin-Opener-Policy", "Value": "same-origin"}]},
    }


def test_the_policy_has_this_machines_addresses_in_the_place_of_awss() -> None:
    """Three hosts become three hosts, and all else stays as it is deployed."""
    headers = headers_of(config(POLICY), Addresses(OUTPUTS, ENDPOINTS))

    assert headers["Content-Security-Policy"] == (
        f"default-src 'none'; connect-src 'self' {CLOUD} ws://127.0.0.1:4566 {CLOUD}"
    )
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"


def test_a_policy_that_does_not_let_the_page_call_the_api_is_told() -> None:
    """Before anybody wonders why nothing loads."""
    with pytest.raises(LocalCloudError, match="ApiUrl"):
        headers_of(config("connect-src 'self'"), Addresses(OUTPUTS, ENDPOINTS))


SCRIPT = b"export const words = 'the same again and again';\n" * 100


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    """Serve a small build and give the port."""
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text("<!doctype html>")
    (tmp_path / "assets" / "index-1.js").write_bytes(SCRIPT)
    (tmp_path / "assets" / "font-1.woff2").write_bytes(SCRIPT)
    server = _Server(("127.0.0.1", 0), partial(_Handler, b"{}", {"X-Frame-Options": "DENY"}, tmp_path))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server.server_address[1]
    server.shutdown()
    thread.join()
    server.server_close()


def get(port: int, path: str, **headers: str) -> tuple[http.client.HTTPResponse, bytes]:
    """Give an answer with its body."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", path, headers=headers)
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer, body


def test_scripts_are_compressed_as_cloudfront_does_it(port: int) -> None:
    """For whoever takes it; fonts are compressed already, and what is small gains nothing."""
    packed, body = get(port, "/assets/index-1.js", **{"Accept-Encoding": "gzip, br"})

    assert (packed.headers["Content-Encoding"], packed.headers["Vary"]) == ("gzip", "Accept-Encoding")
    assert packed.headers["Content-Type"] == "text/javascript; charset=utf-8"
    assert (packed.headers["X-Frame-Options"], gzip.decompress(body)) == ("DENY", SCRIPT)
    assert len(body) < len(SCRIPT) / 10
    for path, headers in (
        ("/assets/index-1.js", {}),
        ("/assets/font-1.woff2", {"Accept-Encoding": "gzip"}),
        ("/projects/atlas", {"Accept-Encoding": "gzip"}),
    ):
        plain, body = get(port, path, **headers)
        assert (plain.status, plain.headers["Content-Encoding"]) == (200, None)
        assert len(body) == int(plain.headers["Content-Length"])


def test_a_copy_that_is_good_still_is_not_sent_again(port: int) -> None:
    """Whether it came compressed or not."""
    packed, _ = get(port, "/assets/index-1.js", **{"Accept-Encoding": "gzip"})

    again, body = get(
        port,
        "/assets/index-1.js",
        **{"Accept-Encoding": "gzip", "If-Modified-Since": packed.headers["Last-Modified"]},
    )

    assert (again.status, body) == (304, b"")


def test_a_browser_that_goes_before_its_answer_is_nothing_to_tell(port: int, capfd: pytest.CaptureFixture[str]) -> None:
    """Nobody at `make run` is shown a traceback because a page was left; the next one is served."""
    for _ in range(5):
        gone = socket.create_connection(("127.0.0.1", port))
        gone.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # closing resets the connection
        gone.sendall(b"GET /assets/index-1.js HTTP/1.1\r\nHost: x\r\n\r\n")
        gone.close()

    assert get(port, "/")[0].status == 200
    assert "Traceback" not in capfd.readouterr().err
