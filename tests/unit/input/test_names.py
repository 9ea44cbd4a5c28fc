"""Names: of buckets, projects, kinds and changes.

The names of IAM users and SFTP users, and the prefixes of their grants, come with those kinds.
"""

from io import StringIO

from tests.unit.api.world import World
from tests.unit.catalog.bucket_refusals import NAMES
from tests.unit.input.refusal import BUCKETS, SPEC, UNKNOWN, WRONG_SPEC, Case, assert_refused, cases

NO_SEGMENT = {"", "invoices/2026"}
"""An empty segment, or one more of them, is another address."""


def _name(name: str) -> Case:
    path = f"{BUCKETS}/{name}"
    return Case(name, UNKNOWN, path=path) if name in NO_SEGMENT else Case(name, WRONG_SPEC, "", path=path)


@cases(*map(_name, NAMES))
def test_a_name_that_s3_or_stowage_does_not_allow_is_refused(house: World, log: StringIO, case: Case) -> None:
    """Every rule of S3 and every reserved name, told as the fault of the name."""
    assert_refused(house, log, case)


def _address(what: str, path: str, method: str = "PUT") -> Case:
    return Case(what, UNKNOWN, method=method, path=path, fields={"json": SPEC} if method == "PUT" else {})


@cases(
    _address("a project that climbs up", "/v1/projects/../buckets/abc"),
    _address("a name that climbs up", f"{BUCKETS}/../../gemini/buckets/abc"),
    _address("another project's key", "/v1/projects/apollo#PROJECT/buckets/abc"),
    _address("the table's own prefix", "/v1/projects/PROJECT#apollo/buckets/abc"),
    _address("a project of 129 characters", f"/v1/projects/{'p' * 129}/buckets/abc"),
    _address("a project in capitals", "/v1/projects/APOLLO/buckets/abc"),
    _address("a kind in the singular", "/v1/projects/apollo/bucket/abc"),
    _address("a kind that is a route", "/v1/projects/apollo/changes/abc/def"),
    _address("an encoded slash", f"{BUCKETS}/a%2Fb/c"),
    _address("a trailing slash", f"{BUCKETS}/abc/"),
    _address("a double slash", "/v1/projects/apollo//buckets/abc"),
    _address("a change by its ARN", "/v1/projects/apollo/changes/arn:aws:states:eu-west-1:1:execution:m:x", "GET"),
    _address("a change with a wildcard", "/v1/projects/apollo/changes/chg-*", "GET"),
    _address("a change of 4 KB", f"/v1/projects/apollo/changes/{'c' * 4096}", "GET"),
    _address("a resource of 4 KB", f"{BUCKETS}/{'r' * 4096}", "GET"),
    _address("a resource to delete of 4 KB", f"{BUCKETS}/{'r' * 4096}", "DELETE"),
)
def test_an_address_that_names_nothing_is_404(house: World, log: StringIO, case: Case) -> None:
    """Whatever an address is made of, it names one thing of one project or nothing."""
    assert_refused(house, log, case)
