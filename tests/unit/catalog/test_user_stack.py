"""What users' stacks hold: statements to the letter, nothing beyond a grant, and limits told before they are met."""

import json
from copy import deepcopy
from typing import Any

import pytest

from stowage.catalog import sftp_user, user
from stowage.catalog.grants import policy_characters
from stowage.domain.kinds import Kind, RenderRequest, Template
from tests.unit.catalog.intrinsics import PROJECT
from tests.unit.catalog.keys import ed25519_line
from tests.unit.catalog.linting import lint
from tests.unit.fakes.people import project

USER, SFTP = user.KIND, sftp_user.KIND
KINDS = pytest.mark.parametrize("kind", [USER, SFTP], ids=["user", "sftp-user"])
LISTS = {"user": "grants", "sftp-user": "home"}
OURS = {"aws:ResourceAccount": "111111111111"}
KEY = PROJECT.kms_key_arn
OFF = [{"Sid": "SwitchedOff", "Effect": "Deny", "Action": "*", "Resource": "*"}]


def grants(*entries: tuple[str, str, str]) -> list[dict[str, Any]]:
    """Give grants of (bucket, prefix, accesses)."""
    return [{"bucket": bucket, "prefix": prefix, "access": access.split()} for bucket, prefix, access in entries]


def spec(kind: Kind, *entries: tuple[str, str, str], **fields: Any) -> dict[str, Any]:
    """Give a spec with these grants; an SFTP user sees them in folders of their own."""
    given = {**deepcopy(kind.schema["examples"][0]), **fields}
    if entries:
        field = LISTS[kind.kind]
        paths = [{"path": f"/{index}"} if kind is SFTP else {} for index in range(len(entries))]
        given[field] = [path | grant for path, grant in zip(paths, grants(*entries), strict=True)]
    return given


def template(kind: Kind, *entries: tuple[str, str, str], **fields: Any) -> Template:
    """Give the stack."""
    return kind.render(RenderRequest(PROJECT, "partner", spec(kind, *entries, **fields), 7))


def statements(kind: Kind, *entries: tuple[str, str, str], **fields: Any) -> list[dict[str, Any]]:
    """Give the statements of the identity's one policy, but for what every user's has alike."""
    return [each for each in all_statements(kind, *entries, **fields) if each["Sid"] != "NeverBySession"]


def all_statements(kind: Kind, *entries: tuple[str, str, str], **fields: Any) -> list[dict[str, Any]]:
    """Give the statements of the identity's one policy."""
    resources = template(kind, *entries, **fields)["Resources"]
    if kind is USER:
        document = resources["Policy"]["Properties"]["PolicyDocument"]
    else:
        [policy] = resources["Role"]["Properties"]["Policies"]
        document = policy["PolicyDocument"]
    found: list[dict[str, Any]] = document["Statement"]
    return found


def allow(sid: str, actions: list[str], resources: list[str], **conditions: Any) -> dict[str, Any]:
    """Give a statement as it must be."""
    condition = {"StringEquals": OURS, **conditions}
    return {"Sid": sid, "Effect": "Allow", "Action": actions, "Resource": resources, "Condition": condition}


def through_s3(actions: list[str]) -> dict[str, Any]:
    """Give the key's statement as it must be."""
    return allow("Key", actions, [KEY], StringEquals={**OURS, "kms:ViaService": "s3.eu-west-1.amazonaws.com"})


@KINDS
def test_cfn_lint_finds_nothing(kind: Kind) -> None:
    """Every example's stack is what CloudFormation's own schemas want, switched on and off."""
    for example in kind.schema["examples"]:
        for enabled in (True, False):
            request = RenderRequest(PROJECT, "partner", {**example, "enabled": enabled}, 1)
            assert lint(kind.render(request)) == []


@KINDS
def test_listing_and_reading_a_whole_bucket(kind: Kind) -> None:
    """Its names, where it stands, its objects, and the key that they are encrypted with, through S3 alone."""
    assert statements(kind, ("invoices", "", "list read")) == [
        allow("Locations", ["s3:GetBucketLocation"], ["arn:aws:s3:::invoices"]),
        allow("List0", ["s3:ListBucket"], ["arn:aws:s3:::invoices"]),
        allow("Objects0", ["s3:GetObject"], ["arn:aws:s3:::invoices/*"]),
        through_s3(["kms:Decrypt"]),
    ]


def test_listing_a_folder_is_listing_no_other() -> None:
    """The condition is the folder with its slash, so that not even names that begin alike are told."""
    assert statements(USER, ("invoices", "in/", "list")) == [
        allow("Locations", ["s3:GetBucketLocation"], ["arn:aws:s3:::invoices"]),
        allow("List0", ["s3:ListBucket"], ["arn:aws:s3:::invoices"], StringLike={"s3:prefix": ["in/*"]}),
    ]


def test_transfer_family_lists_a_folder_without_its_slash_too() -> None:
    """As AWS's own example of such a policy does; the folder's name is no wildcard."""
    [_, listing] = statements(SFTP, ("invoices", "in/", "list"))

    assert listing["Condition"]["StringLike"] == {"s3:prefix": ["in", "in/*"]}


@KINDS
def test_writing_is_uploading_also_in_parts(kind: Kind) -> None:
    """Neither reading nor deleting nor listing comes with it."""
    assert statements(kind, ("invoices", "in/", "write")) == [
        allow(
            "Objects0",
            ["s3:AbortMultipartUpload", "s3:ListMultipartUploadParts", "s3:PutObject"],
            ["arn:aws:s3:::invoices/in/*"],
        ),
        through_s3(["kms:Decrypt", "kms:GenerateDataKey"]),
    ]


@KINDS
def test_deleting_leaves_the_versions(kind: Kind) -> None:
    """A marker, and no key is needed for it."""
    assert statements(kind, ("invoices", "in/", "delete")) == [
        allow("Objects0", ["s3:DeleteObject"], ["arn:aws:s3:::invoices/in/*"])
    ]


@KINDS
def test_grants_that_allow_the_same_share_a_statement(kind: Kind) -> None:
    """The policy stays small; what is allowed in one bucket is never allowed in the other for it."""
    found = {
        each["Sid"]: each
        for each in statements(
            kind, ("alpha", "", "list read"), ("beta", "", "list read"), ("gamma", "in/", "list write")
        )
    }

    assert found["Objects0"]["Resource"] == ["arn:aws:s3:::gamma/in/*"]
    assert found["Objects1"]["Resource"] == ["arn:aws:s3:::alpha/*", "arn:aws:s3:::beta/*"]
    assert found["List0"]["Resource"] == ["arn:aws:s3:::alpha", "arn:aws:s3:::beta"]
    assert found["List1"]["Resource"] == ["arn:aws:s3:::gamma"]
    assert found["Locations"]["Resource"] == [f"arn:aws:s3:::{bucket}" for bucket in ("alpha", "beta", "gamma")]


def test_two_buckets_with_folders_of_their_own_are_listed_apart() -> None:
    """In one statement, each bucket's folder would open the same folder of the other."""
    listing = [
        each
        for each in statements(USER, ("alpha", "a/", "list"), ("beta", "b/", "list"))
        if each["Action"] == ["s3:ListBucket"]
    ]

    assert [(each["Resource"], each["Condition"]["StringLike"]) for each in listing] == [
        (["arn:aws:s3:::alpha"], {"s3:prefix": ["a/*"]}),
        (["arn:aws:s3:::beta"], {"s3:prefix": ["b/*"]}),
    ]


@KINDS
def test_the_whole_bucket_takes_its_folders_in(kind: Kind) -> None:
    """Whoever may list all of it is bound to no folder."""
    found = statements(kind, ("alpha", "a/", "list"), ("alpha", "", "list"))

    assert found[-1] == allow("List0", ["s3:ListBucket"], ["arn:aws:s3:::alpha"])


@KINDS
def test_access_that_ends_ends_in_every_statement(kind: Kind) -> None:
    """AWS itself refuses from that moment, whether or not anybody has switched the user off."""
    found = statements(kind, ("invoices", "in/", "list read write delete"), expiresAt="2027-01-31T00:00:00Z")

    assert found
    for statement in found:
        assert statement["Condition"]["DateLessThan"] == {"aws:CurrentTime": "2027-01-31T00:00:00Z"}
        assert statement["Condition"]["StringEquals"].items() >= OURS.items()


@KINDS
def test_switched_off_nothing_is_allowed_and_everything_denied(kind: Kind) -> None:
    """Sessions that run are refused at their next request too."""
    assert statements(kind, ("invoices", "", "list read"), enabled=False) == OFF


def test_switched_off_nobody_signs_in() -> None:
    """The keys are taken from the server, and come back when the user is switched on."""
    on, off = template(SFTP), template(SFTP, enabled=False)

    assert on["Resources"]["SftpUser"]["Properties"]["SshPublicKeys"] == [ed25519_line()]
    assert off["Resources"]["SftpUser"]["Properties"]["SshPublicKeys"] == []


def test_no_session_outlives_the_key_it_was_begun_with() -> None:
    """Temporary credentials would open for 36 hours what their key, long deleted, does not; SFTP users have no key."""
    denial = {
        "Sid": "NeverBySession",
        "Effect": "Deny",
        "Action": "s3:*",
        "Resource": "*",
        "Condition": {"Null": {"aws:TokenIssueTime": "false"}},
    }

    assert [each for each in all_statements(USER) if each["Effect"] == "Deny"] == [denial]
    assert denial in all_statements(USER, sourceIps=["203.0.113.7"])
    assert "NeverBySession" not in {each["Sid"] for each in all_statements(SFTP)}


def test_bound_to_addresses_everything_else_is_denied() -> None:
    """But for what S3 asks of KMS in the user's name, from an address of its own."""
    found = statements(USER, ("invoices", "", "read"), sourceIps=["203.0.113.0/24", "2001:db8::1"])

    assert found[-1] == {
        "Sid": "FromElsewhere",
        "Effect": "Deny",
        "Action": "*",
        "Resource": "*",
        "Condition": {
            "NotIpAddress": {"aws:SourceIp": ["203.0.113.0/24", "2001:db8::1"]},
            "BoolIfExists": {"aws:ViaAWSService": "false"},
        },
    }
    assert "FromElsewhere" not in {each["Sid"] for each in statements(USER)}


def test_a_user_stands_within_the_boundary_and_has_one_policy() -> None:
    """No password, no group, no inline policy, and no key: that is minted outside the stack."""
    found = template(USER)

    assert found["Resources"]["User"]["Properties"] == {
        "UserName": "partner",
        "Path": "/stowage/",
        "PermissionsBoundary": PROJECT.boundary_arn,
        "ManagedPolicyArns": [{"Ref": "Policy"}],
        "Tags": [
            {"Key": "stowage:cost-centre", "Value": "CC-4711"},
            {"Key": "stowage:owner", "Value": "billing-team@example.com"},
        ],
    }
    assert found["Resources"]["User"]["Metadata"] == {"Stowage": {"Version": 7}}
    assert found["Resources"]["Policy"]["Properties"]["Path"] == "/stowage/"
    assert found["Resources"]["Policy"]["Properties"]["ManagedPolicyName"] == "stowage-user-partner"
    assert set(found["Resources"]) == {"User", "Policy"}
    assert set(found["Outputs"]) == {"UserName", "Arn", "Region"}
    assert "AccessKey" not in json.dumps(found)


def test_an_sftp_user_sees_its_folders_and_nothing_else() -> None:
    """Logical directories: outside of them no path leads anywhere."""
    found = template(SFTP, ("alpha", "in/new/", "list write"), ("beta", "", "list read"))

    properties = found["Resources"]["SftpUser"]["Properties"]
    assert properties["HomeDirectoryType"] == "LOGICAL"
    assert properties["HomeDirectoryMappings"] == [
        {"Entry": "/0", "Target": "/alpha/in/new", "Type": "DIRECTORY"},
        {"Entry": "/1", "Target": "/beta", "Type": "DIRECTORY"},
    ]
    assert properties["ServerId"] == PROJECT.sftp_server_id
    assert properties["Role"] == {"Fn::GetAtt": ["Role", "Arn"]}
    assert found["Resources"]["SftpUser"]["Metadata"] == {"Stowage": {"Version": 7}}
    assert set(found["Outputs"]) == {"UserName", "ServerId", "Endpoint"}


def test_an_sftp_users_role_is_for_that_one_user_of_transfer_family() -> None:
    """Another user's session, another server's and another account's are refused it."""
    role = template(SFTP)["Resources"]["Role"]["Properties"]
    [trust] = role["AssumeRolePolicyDocument"]["Statement"]

    assert trust["Principal"] == {"Service": "transfer.amazonaws.com"}
    assert trust["Condition"] == {
        "StringEquals": {"aws:SourceAccount": "111111111111"},
        "ArnEquals": {
            "aws:SourceArn": f"arn:aws:transfer:eu-west-1:111111111111:user/{PROJECT.sftp_server_id}/partner"
        },
    }
    assert role["PermissionsBoundary"] == PROJECT.boundary_arn
    assert role["Path"] == "/stowage/"


@KINDS
def test_a_policy_that_iam_would_not_take_is_refused_with_the_figure(kind: Kind) -> None:
    """Before anything begins; also of a user who is switched off, since it must be possible to switch them on."""
    limit = {"user": 6_144, "sftp-user": 10_240}[kind.kind]
    long = "x" * 180

    def entries(count: int) -> list[tuple[str, str, str]]:
        return [(f"bucket-{number}", f"{long}{number}/", "list read") for number in range(count)]

    def faults(count: int, **fields: Any) -> tuple[tuple[str, str], ...]:
        return kind.request_faults(RenderRequest(PROJECT, "partner", spec(kind, *entries(count), **fields), 1))

    sizes = {count: sum(map(policy_characters, statements(kind, *entries(count)))) for count in range(1, 21)}
    largest = max(count for count in sizes if not faults(count))

    assert sizes[largest] < limit < sizes[largest + 1] + 200
    [(pointer, sentence)] = faults(largest + 1, enabled=False)
    assert pointer == f"/{LISTS[kind.kind]}"
    assert f"IAM takes {limit:,}" in sentence


@KINDS
def test_another_partition_has_its_own_arns(kind: Kind) -> None:
    """The project's key tells in which part of AWS it stands."""
    china = project(
        sftp_server_id="s-0123456789abcdef0",
        region="cn-north-1",
        kms_key_arn="arn:aws-cn:kms:cn-north-1:111111111111:key/1",
    )
    text = json.dumps(kind.render(RenderRequest(china, "partner", spec(kind, ("invoices", "", "read")), 1)))

    assert "arn:aws-cn:s3:::invoices/*" in text
    assert "s3.cn-north-1.amazonaws.com.cn" in text
    assert '"arn:aws:s3' not in text
