"""The logical directories of an SFTP user here: no path leads out of them, however it is written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.cloud.transfer_paths import Directories, Target, UnknownPathError, overlaps, parts_of

MAPPINGS = [
    {"Entry": "/in", "Target": "/bucket/partners/in"},
    {"Entry": "/shared/out", "Target": "/other"},
    {"Entry": "/mine", "Target": "/bucket/home/${transfer:UserName}/"},
]
DIRECTORIES = Directories.of(MAPPINGS, "partner")
PIECES = st.sampled_from(
    ["..", ".", "", "in", "shared", "out", "mine", "partners", "bucket", "a b", "…", "\\", "%2e%2e"]
)


@pytest.mark.parametrize(
    ("path", "target"),
    [
        ("/in", Target("bucket", "partners/in")),
        ("/in/2026/july.csv", Target("bucket", "partners/in/2026/july.csv")),
        ("in/./x//y/", Target("bucket", "partners/in/x/y")),
        ("/shared/out", Target("other", "")),
        ("/shared/out/x", Target("other", "x")),
        ("/mine/x", Target("bucket", "home/partner/x")),
        ("/", None),
        ("/shared", None),
        ("/shared/x", None),
        ("/inside", None),
        ("/bucket/partners/in", None),
        ("/in/../secret", None),
        ("/../../in/x", Target("bucket", "partners/in/x")),
    ],
)
def test_a_path_means_one_place_or_none(path: str, target: Target | None) -> None:
    """The entries are matched part by part, after the dots are resolved."""
    assert DIRECTORIES.target(parts_of(path)) == target


@given(st.lists(PIECES, max_size=12), st.booleans())
def test_no_path_leaves_the_mappings(pieces: list[str], absolute: bool) -> None:  # noqa: FBT001 -- drawn
    """Whatever the path: a target lies in a mapping's own, with no dots left for anybody to resolve."""
    target = DIRECTORIES.target(parts_of(("/" if absolute else "") + "/".join(pieces)))

    if target is not None:
        roots = [("bucket", "partners/in"), ("other", ""), ("bucket", "home/partner")]
        assert any(
            target.bucket == bucket and f"{target.key}/".startswith(f"{key}/" if key else "") for bucket, key in roots
        )
        assert not {"..", "."} & set(target.key.split("/"))


@given(st.text(max_size=60))
def test_a_resolved_path_stays_as_it_is(text: str) -> None:
    """Resolving twice is resolving once."""
    try:
        parts = parts_of(text)
    except UnknownPathError:
        assert "\0" in text
        return
    assert parts_of("/".join(parts)) == parts


@pytest.mark.parametrize("path", [b"/in/\xff", b"/in/a\0b"])
def test_what_no_key_can_be_is_no_path(path: bytes) -> None:
    """Bytes that are not UTF-8, and a NUL."""
    with pytest.raises(UnknownPathError):
        parts_of(path)


def test_a_key_longer_than_s3_takes_is_refused() -> None:
    """1,024 bytes with the target's own prefix."""
    with pytest.raises(UnknownPathError):
        DIRECTORIES.target(("in", "x" * 1020))


@pytest.mark.parametrize(
    ("entries", "overlapping"),
    [
        (["/in", "/out"], False),
        (["/in", "/in-2"], False),
        (["/a/in", "/a/out"], False),
        (["/in", "/in/"], True),
        (["/in", "/out", "/in/deeper"], True),
        (["/", "/in"], True),
        (["/in-2", "/in", "/in/a"], True),
    ],
)
def test_entries_overlap_when_one_lies_in_another(entries: list[str], *, overlapping: bool) -> None:
    """The order in which they are told does not matter."""
    assert overlaps(entries) is overlapping
    assert overlaps(entries[::-1]) is overlapping


def test_the_root_shows_the_first_part_of_each_entry() -> None:
    """Each name with the entries that it leads to."""
    assert DIRECTORIES.entries_below(()) == {"in": [("in",)], "mine": [("mine",)], "shared": [("shared", "out")]}
    assert DIRECTORIES.entries_below(("shared",)) == {"out": [("shared", "out")]}
    assert DIRECTORIES.entries_below(("in",)) == {}
