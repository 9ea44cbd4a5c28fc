"""The users' specs: what the schemas refuse, what the rules refuse beyond them, and what Stowage reads from a spec."""

from copy import deepcopy
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from stowage.catalog import sftp_user, user
from stowage.domain.kinds import Kind, Reference, RenderRequest
from tests.unit.catalog.intrinsics import PROJECT
from tests.unit.catalog.keys import ed25519_line, line_of_fields, number, rsa_line
from tests.unit.fakes.people import project

USER, SFTP = user.KIND, sftp_user.KIND
IDENTITIES = pytest.mark.parametrize("kind", [USER, SFTP], ids=["user", "sftp-user"])
LISTS = {"user": "grants", "sftp-user": "home"}

PREFIXES = {
    "traversal": "in/../secret/",
    "a dot": "./",
    "two dots at the end": "in/..",
    "no slash at the end": "in",
    "a slash at the beginning": "/in/",
    "only a slash": "/",
    "an empty part": "in//out/",
    "a star": "in*/",
    "a question mark": "in?/",
    "a policy variable": "${aws:username}/",
    "a variable without braces": "$in/",
    "a brace": "in{a}/",
    "a dynamic reference": "{{resolve:ssm:x}}/",
    "a backslash": "in\\out/",
    "a space": "in out/",
    "a line break": "in/\n",
    "a NUL": "in\x00/",
    "an accent": "r\u00e9gion/",
    "an accent of its own": "re\u0301gion/",
    "a full-width letter": "\uff49n/",
    "a full-width dot": "\uff0e\uff0e/",
    "a Cyrillic twin": "inv\u043eices/",
    "another direction": "in\u202e/",
    "percent signs": "%2e%2e/",
    "a semicolon": "in;/",
    "a quote": 'in"/',
    "too long": "a" * 200 + "/",
}
PREFIXES_ALLOWED = ("", "in/", "2026/01/", "a.b/", "..a/", "a../", "year=2026/", "it's_(new)!/", "-/", ".../")

NAMES = {
    "too short": "ab",
    "a capital": "Partner",
    "a slash": "a/b",
    "a space": "a b",
    "a plus": "a+b",
    "an at sign": "a@b",
    "a hyphen first": "-partner",
    "a dot last": "partner.",
    "an underscore first": "_partner",
    "a line break": "partner\n",
    "a NUL": "part\x00ner",
    "a twin": "partn\u0435r",
    "full width": "\uff50artner",
    "a variable": "${aws:username}",
    "a star": "partner*",
    "a reference": "{{resolve:ssm:x}}",
}


def spec(kind: Kind, **fields: Any) -> dict[str, Any]:
    """Give the kind's shortest example with these fields."""
    return {**deepcopy(kind.schema["examples"][0]), **fields}


def with_entry(kind: Kind, **fields: Any) -> dict[str, Any]:
    """Give the example with its one grant, or folder, changed."""
    given = spec(kind)
    given[LISTS[kind.kind]][0].update(fields)
    return given


def is_valid(kind: Kind, given: dict[str, Any]) -> bool:
    """Tell whether the schema allows it."""
    return Draft202012Validator(kind.schema).is_valid(given)


def faults(kind: Kind, given: dict[str, Any], name: str = "partner") -> tuple[tuple[str, str], ...]:
    """Give what the rules refuse of a spec that the schema allows."""
    assert is_valid(kind, given)
    return kind.request_faults(RenderRequest(PROJECT, name, given, 1))


@IDENTITIES
@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES.keys())
def test_a_name_that_iam_would_take_for_another_is_refused(kind: Kind, name: str) -> None:
    """Lower-case letters, digits and . _ - inside, so that no two names look or count alike."""
    assert not Draft202012Validator(kind.schema["$defs"]["name"]).is_valid(name)


@IDENTITIES
@pytest.mark.parametrize("name", ["stowage-user", "aws", "aws-reserved", "stowage-"])
def test_reserved_names_are_refused(kind: Kind, name: str) -> None:
    """What Stowage and AWS call their own."""
    [(pointer, sentence)] = kind.name_faults(name)

    assert pointer == ""
    assert "reserved" in sentence


@IDENTITIES
def test_an_iam_name_made_of_the_longest_name_fits(kind: Kind) -> None:
    """64 characters for a role and a user, 128 for a policy: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html."""
    name = "a" * kind.schema["$defs"]["name"]["maxLength"]
    resources = kind.render(RenderRequest(PROJECT, name, spec(kind), 1))["Resources"]
    made = [resources[each]["Properties"] for each in resources]

    assert all(len(each.get("UserName", "")) <= 64 and len(each.get("RoleName", "")) <= 64 for each in made)
    assert all(len(each.get("ManagedPolicyName", "")) <= 128 for each in made)


@IDENTITIES
@pytest.mark.parametrize("prefix", PREFIXES.values(), ids=PREFIXES.keys())
def test_a_prefix_that_could_mean_more_than_a_folder_is_refused(kind: Kind, prefix: str) -> None:
    """No way up, no wildcard, no variable, no letter that only looks like another."""
    assert not is_valid(kind, with_entry(kind, prefix=prefix))


@IDENTITIES
@pytest.mark.parametrize("prefix", PREFIXES_ALLOWED)
def test_a_prefix_that_is_a_folder_is_allowed(kind: Kind, prefix: str) -> None:
    """The whole bucket, or a path that ends with a slash."""
    assert faults(kind, with_entry(kind, prefix=prefix)) == ()


@IDENTITIES
@pytest.mark.parametrize(
    "fields",
    [
        {"bucket": "Invoices"},
        {"bucket": "*"},
        {"bucket": "arn:aws:s3:::invoices"},
        {"bucket": "invoices/in"},
        {"bucket": "${aws:username}"},
        {"access": []},
        {"access": ["admin"]},
        {"access": ["read", "read"]},
        {"access": "read"},
        {"effect": "Deny"},
    ],
)
def test_a_grant_says_what_where_and_nothing_else(kind: Kind, fields: dict[str, Any]) -> None:
    """One of four accesses, in one bucket by its name."""
    assert not is_valid(kind, with_entry(kind, **fields))


@IDENTITIES
@pytest.mark.parametrize("entries", [[], None])
def test_somebody_without_a_grant_is_refused(kind: Kind, entries: object) -> None:
    """Whoever may do nothing need not be; to take everything away for a while there is `enabled`."""
    assert not is_valid(kind, spec(kind, **{LISTS[kind.kind]: entries}))


@IDENTITIES
def test_lists_have_a_most(kind: Kind) -> None:
    """20 grants or folders."""
    field = LISTS[kind.kind]
    [entry] = spec(kind)[field]
    twenty = [{**entry, "bucket": f"bucket-{number}"} for number in range(20)]

    assert is_valid(kind, spec(kind, **{field: twenty}))
    assert not is_valid(kind, spec(kind, **{field: [*twenty, entry]}))


@IDENTITIES
@pytest.mark.parametrize(
    "moment",
    [
        "2027-01-31",
        "2027-01-31T00:00:00",
        "2027-01-31T00:00:00+01:00",
        "2027-01-31T00:00:00.000Z",
        "2027-01-31 00:00:00Z",
        "2027-13-01T00:00:00Z",
        "2027-01-32T00:00:00Z",
        "2027-01-31T24:00:00Z",
        "2027-01-31T00:00:60Z",
        "1999-01-31T00:00:00Z",
        "2027-01-31T00:00:00Z\n",
        "\uff12027-01-31T00:00:00Z",
        1_800_000_000,
        "tomorrow",
        "",
    ],
)
def test_a_moment_has_one_form(kind: Kind, moment: object) -> None:
    """ISO 8601 in UTC to the second, as IAM takes it."""
    assert not is_valid(kind, spec(kind, expiresAt=moment))


@IDENTITIES
@pytest.mark.parametrize("moment", ["2027-02-29T00:00:00Z", "2027-04-31T00:00:00Z", "2100-02-29T00:00:00Z"])
def test_a_moment_that_the_calendar_does_not_have_is_refused(kind: Kind, moment: str) -> None:
    """A pattern cannot count days."""
    assert faults(kind, spec(kind, expiresAt=moment)) == (("/expiresAt", "The calendar has no such moment."),)
    assert faults(kind, spec(kind, expiresAt="2028-02-29T23:59:59Z")) == ()


@IDENTITIES
def test_tags_that_differ_in_capitals_alone_are_refused(kind: Kind) -> None:
    """IAM takes them for one, and would fail the stack."""
    [(pointer, sentence)] = faults(kind, spec(kind, tags={"a/Team": "x", "a/team": "y"}))

    assert pointer == "/tags/a~1team"
    assert "capitals" in sentence


@IDENTITIES
def test_the_buckets_that_are_named_are_told_once_each(kind: Kind) -> None:
    """Each must stand, and cannot be deleted while it is named; where it is named first is where a fault points."""
    field = LISTS[kind.kind]
    [entry] = spec(kind)[field]
    named = [{**entry, "bucket": bucket} for bucket in ("alpha", "beta", "alpha")]

    assert kind.references(spec(kind, **{field: named})) == (
        Reference("bucket", "alpha", f"/{field}/0/bucket"),
        Reference("bucket", "beta", f"/{field}/1/bucket"),
    )


@IDENTITIES
def test_access_is_switched_by_the_spec(kind: Kind) -> None:
    """On unless it says otherwise; switching changes that one field of a copy."""
    assert kind.access is not None
    before = spec(kind, expiresAt="2027-01-31T00:00:00Z")

    off = kind.access.with_enabled(before, False)  # noqa: FBT003 -- the form of AccessRules

    assert kind.access.enabled(before)
    assert not kind.access.enabled(off)
    assert kind.access.expires_at(before) == "2027-01-31T00:00:00Z"
    assert kind.access.expires_at(spec(kind)) is None
    assert off == {**before, "enabled": False}
    assert "enabled" not in before


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("0.0.0.0/0", "leave the list empty"),
        ("::/0", "leave the list empty"),
        ("203.0.113.7/0", "leave the list empty"),
        ("203.0.113.7/24", "this one is 203.0.113.0/24"),
        ("2001:db8::1/32", "this one is 2001:db8::/32"),
        ("203.0.113.0/33", "neither an IP address"),
        ("2001:db8::/129", "neither an IP address"),
        ("256.1.1.1", "neither an IP address"),
        ("203.0.113", "neither an IP address"),
        ("203.0.113.007", "neither an IP address"),
        ("1:2:3", "neither an IP address"),
        ("...", "neither an IP address"),
        ("10.0.0.0/8", "private"),
        ("192.168.1.7", "private"),
        ("127.0.0.1", "private"),
        ("100.64.0.0/11", "private"),
        ("::1", "private"),
        ("fe80::1", "private"),
        ("fd00::/8", "private"),
        ("::ffff:203.0.113.7", "private"),
    ],
)
def test_an_address_that_is_none_or_all_is_refused(address: str, sentence: str) -> None:
    """A list that allows every address only looks like a wall."""
    [(pointer, told)] = faults(USER, spec(USER, sourceIps=["203.0.113.9", address]))

    assert pointer == "/sourceIps/1"
    assert sentence in told


@pytest.mark.parametrize("address", ["203.0.113.7", "203.0.113.0/24", "2001:db8::/32", "2001:DB8::1", "8.0.0.0/6"])
def test_an_address_or_a_network_is_allowed(address: str) -> None:
    """IPv4 and IPv6."""
    assert faults(USER, spec(USER, sourceIps=[address])) == ()


@pytest.mark.parametrize(
    "address", ["*", "${aws:SourceIp}", "example.com", "203.0.113.7 ", "203.0.113.7\n", "\u0661.1.1.1"]
)
def test_text_that_is_no_address_at_all_is_refused_by_the_schema(address: str) -> None:
    """What stands in the policy is of an address's characters."""
    assert not is_valid(USER, spec(USER, sourceIps=[address]))


def test_a_users_keys_are_told_by_its_spec() -> None:
    """Who it is in IAM, how often its keys rotate, and what a fresh key is tried with."""
    rules = USER.credentials
    assert rules is not None
    grants = [
        {"bucket": "alpha", "prefix": "in/", "access": ["write"]},
        {"bucket": "beta", "prefix": "out/", "access": ["read", "list"]},
    ]

    assert rules.user_name("partner") == "partner"
    assert rules.rotate_every_days(spec(USER)) is None
    assert rules.rotate_every_days(spec(USER, rotateEveryDays=90)) == 90
    assert rules.probe_prefix(spec(USER, grants=grants)) == ("beta", "out/")
    assert rules.probe_prefix(spec(USER, grants=grants[:1])) is None
    assert rules.probe_prefix(spec(USER, grants=grants, enabled=False)) is None
    assert rules.probe_prefix(spec(USER, grants=grants, sourceIps=["203.0.113.7"])) is None


def test_no_spec_of_an_sftp_user_has_keys_of_ours() -> None:
    """They sign in with a key of their own: there is no secret to keep."""
    assert SFTP.credentials is None


@pytest.mark.parametrize(
    ("key", "sentence"),
    [
        (rsa_line(1024), "1,024 bits"),
        (line_of_fields("ssh-dss", number(1 << 1023)), "DSA keys are too weak"),
        (f"{ed25519_line()} other@example.com", "in the list already"),
    ],
)
def test_a_weak_or_repeated_key_is_refused_where_it_stands(key: str, sentence: str) -> None:
    """A comment makes no other key."""
    [(pointer, told)] = faults(SFTP, spec(SFTP, publicKeys=[ed25519_line(), key]))

    assert pointer == "/publicKeys/1"
    assert sentence in told


def folders(*paths: str) -> dict[str, Any]:
    """Give a spec with folders at these paths."""
    [entry] = spec(SFTP)["home"]
    return spec(SFTP, home=[{**entry, "path": path} for path in paths])


@pytest.mark.parametrize(
    "path", ["", "in", "/in/", "//in", "/in//out", "/.", "/..", "/in/../out", "/in/.", "/*", "/a b", "/in\n"]
)
def test_a_path_that_is_no_folder_is_refused(path: str) -> None:
    """The user sees it as it is written."""
    assert not is_valid(SFTP, folders(path))


@pytest.mark.parametrize(
    ("paths", "pointers"),
    [
        (("/",), ()),
        (("/in", "/out"), ()),
        (("/in", "/inbox", "/in.old"), ()),
        (("/a/b", "/a/c"), ()),
        (("/", "/in"), ("/home/0/path",)),
        (("/in", "/in"), ("/home/1/path",)),
        (("/in", "/in/new"), ("/home/1/path",)),
        (("/a/b/c", "/a"), ("/home/0/path",)),
    ],
)
def test_folders_stand_beside_each_other(paths: tuple[str, ...], pointers: tuple[str, ...]) -> None:
    """None twice, none within another, and / alone."""
    assert tuple(pointer for pointer, _ in faults(SFTP, folders(*paths))) == pointers


def test_without_a_server_there_is_no_sftp_user() -> None:
    """The sentence says who can help, and that it costs."""
    request = RenderRequest(project(sftp_server_id=None), "partner", spec(SFTP), 1)

    [(pointer, sentence)] = SFTP.request_faults(request)

    assert pointer == ""
    assert "no SFTP server" in sentence
    assert "costs by the hour" in sentence
    with pytest.raises(ValueError, match="no SFTP server"):
        SFTP.render(request)
