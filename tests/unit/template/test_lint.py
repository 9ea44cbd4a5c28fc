"""template.yaml passes cfn-lint, SAM transform included."""

from cfnlint.api import lint_file

from tests.unit.template.conftest import ROOT


def test_cfn_lint_finds_nothing() -> None:
    """The very check of `sam validate --lint`."""
    found = lint_file(ROOT / "template.yaml")

    assert [f"{each.linenumber}: {each.rule.id} {each.message}" for each in found] == []
