"""The headers that CloudFront adds to the console's answers, as they were deployed, with this machine's addresses.

template.yaml alone says what the console may load and whom it may call. The local CloudFront serves nothing, but it was
given the same headers policy as AWS's, and from there it is read.
"""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from local.aws import client
from local.cloud_process import LocalCloudError
from local.deployment import STACK
from local.endpoints import Endpoints


@dataclass(frozen=True)
class Addresses:
    """What the policy names as it does on AWS (the stack's outputs), and where that is here."""

    outputs: dict[str, str]
    endpoints: Endpoints

    def localised(self, policy: str) -> str:
        """Give a policy with this machine's addresses. Raises LocalCloudError if it does not name AWS's."""
        here = {
            "ApiUrl": origin(self.endpoints.api),
            "SocketUrl": origin(self.endpoints.socket),
            "UserPoolDomain": origin(self.endpoints.aws),
        }
        for output, local in here.items():
            there = origin(self.outputs[output])
            if there not in policy:
                raise LocalCloudError(f"The console's policy in template.yaml does not allow {output}, {there}.")
            policy = policy.replace(there, local)
        return policy


def origin(url: str) -> str:
    """Give scheme, host and port of a URL."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def deployed_headers(addresses: Addresses) -> dict[str, str]:
    """Give the headers of the deployed policy. Raises LocalCloudError if they cannot be found."""
    url = addresses.endpoints.aws
    resources = client("cloudformation", url).describe_stack_resources(StackName=STACK)["StackResources"]
    policies = [each for each in resources if each["LogicalResourceId"] == "ConsoleHeaders"]
    if not policies:
        raise LocalCloudError("Stowage's stack has no ConsoleHeaders: deploy it again (make run FRESH=1).")
    found = client("cloudfront", url).get_response_headers_policy(Id=policies[0]["PhysicalResourceId"])
    return headers_of(found["ResponseHeadersPolicy"]["ResponseHeadersPolicyConfig"], addresses)


def headers_of(config: dict[str, Any], addresses: Addresses) -> dict[str, str]:
    """Give a headers policy as the headers that it adds.

    https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/understanding-response-headers-policies.html
    """
    told = config["SecurityHeadersConfig"]
    transport = told["StrictTransportSecurity"]
    return {
        "Content-Security-Policy": addresses.localised(told["ContentSecurityPolicy"]["ContentSecurityPolicy"]),
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": told["FrameOptions"]["FrameOption"],
        "Referrer-Policy": told["ReferrerPolicy"]["ReferrerPolicy"],
        # Browsers heed it over https alone, so it does nothing here but be the same.
        "Strict-Transport-Security": f"max-age={transport['AccessControlMaxAgeSec']}; includeSubDomains",
        **{each["Header"]: each["Value"] for each in config["CustomHeadersConfig"]["Items"]},
    }
