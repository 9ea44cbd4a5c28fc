"""What serves the console: who reads its files, what its pages may load and call, and no circles."""

import re
import subprocess
from typing import Any

import pytest

from local.console import page_of
from tests.unit.template.conftest import Hub

Json = dict[str, Any]


def policy_of(hub: Hub) -> dict[str, list[str]]:
    """Give the Content-Security-Policy, by directive."""
    security = hub.resources["ConsoleHeaders"]["Properties"]["ResponseHeadersPolicyConfig"]["SecurityHeadersConfig"]
    text: str = security["ContentSecurityPolicy"]["ContentSecurityPolicy"]["Fn::Sub"]
    return {words[0]: words[1:] for words in (directive.split() for directive in text.split(";"))}


def test_the_bucket_is_read_by_its_distribution_alone(hub: Hub) -> None:
    """No public access, TLS alone, and the one distribution by its ARN."""
    bucket = hub.resources["ConsoleBucket"]["Properties"]
    allowed, denied = hub.resources["ConsoleBucketPolicy"]["Properties"]["PolicyDocument"]["Statement"]

    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    assert allowed["Principal"] == {"Service": "cloudfront.amazonaws.com"}
    assert allowed["Action"] == ["s3:GetObject", "s3:ListBucket"]
    assert "${ConsoleDistribution}" in allowed["Condition"]["StringEquals"]["AWS:SourceArn"]["Fn::Sub"]
    assert (denied["Effect"], denied["Principal"]) == ("Deny", "*")
    assert denied["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_pages_load_from_their_origin_alone_and_nothing_inline(hub: Hub) -> None:
    """No unsafe-inline, no unsafe-eval, no data:, nothing that is not named."""
    policy = policy_of(hub)

    assert policy["default-src"] == ["'none'"]
    for directive in ("script-src", "style-src", "font-src", "img-src"):
        assert policy[directive] == ["'self'"]
    for directive in ("base-uri", "form-action", "frame-ancestors"):
        assert policy[directive] == ["'none'"]
    assert set(policy) == {
        "default-src", "script-src", "style-src", "font-src", "img-src", "connect-src", "base-uri", "form-action",
        "frame-ancestors",
    }  # fmt: skip


def test_pages_call_three_hosts_each_by_its_name(hub: Hub) -> None:
    """The API, the socket and the sign-in: a wildcard would let a page send what it knows to anybody's API."""
    [own, api, socket, sign_in] = policy_of(hub)["connect-src"]

    assert own == "'self'"
    assert api.startswith("https://${HttpApi}.execute-api.")
    assert socket.startswith("wss://${SocketApi}.execute-api.")
    assert sign_in.startswith("https://${UserPoolDomain}.auth.")
    assert "*" not in api + socket + sign_in


def test_nothing_but_the_buckets_policy_names_the_distribution(hub: Hub) -> None:
    """The policy names the APIs, the APIs their functions: a function that named the distribution would be a circle."""
    naming = [name for name, each in hub.resources.items() if re.search(r"ConsoleDistribution\b", str(each))]

    assert naming == ["ConsoleBucketPolicy"]


def test_a_missing_file_is_told_as_missing(hub: Hub) -> None:
    """No error of the bucket becomes a page: a broken deployment must not look like a blank one."""
    config = hub.resources["ConsoleDistribution"]["Properties"]["DistributionConfig"]

    assert "CustomErrorResponses" not in config
    assert config["DefaultCacheBehavior"]["ViewerProtocolPolicy"] == "redirect-to-https"
    assert config["DefaultCacheBehavior"]["AllowedMethods"] == ["GET", "HEAD"]
    named, _default = config["ViewerCertificate"]["Fn::If"][1:]
    assert named["MinimumProtocolVersion"] == "TLSv1.2_2021"


ADDRESSES = {
    "/": "/index.html",
    "/projects/atlas": "/index.html",
    "/projects/atlas/users/partner.upload": "/index.html",
    "/signed-in": "/index.html",
    "/handovers/hnd-1": "/handover.html",
    "/handovers/": "/handover.html",
    "/config.json": "/config.json",
    "/index.html": "/index.html",
    "/icon.svg": "/icon.svg",
    "/robots.txt": "/robots.txt",
    "/assets/index-abc.js": "/assets/index-abc.js",
    "/assets/nothing": "/assets/nothing",
}


@pytest.mark.parametrize("address", ADDRESSES)
def test_make_run_knows_the_page_of_an_address(address: str) -> None:
    """A resource's name may hold a dot; only assets and what has a dot at the root are files."""
    assert page_of(address) == ADDRESSES[address]


def test_the_function_at_the_edge_says_the_same_of_each_address(hub: Hub) -> None:
    """template.yaml's own JavaScript, run."""
    code = hub.resources["ConsolePages"]["Properties"]["FunctionCode"]
    program = f"{code}\nfor (const uri of process.argv.slice(1)) console.log(handler({{request: {{uri}}}}).uri)"
    ran = subprocess.run(["node", "-e", program, *ADDRESSES], capture_output=True, text=True, check=True)

    assert ran.stdout.split() == list(ADDRESSES.values())
