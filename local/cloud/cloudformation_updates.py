"""What counts as an update: a template whose own Metadata alone has changed has none.

https://github.com/aws/aws-cdk/issues/28205; a resource's Metadata attribute does count
(https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ResourceChangeDetail.html, scope Metadata).
"""

from typing import Any

from ministack.services.cloudformation import handlers

from local.cloud.patching import replace_function

_stack_has_no_updates = handlers._stack_has_no_updates


def install() -> None:
    """Compare the templates of an update without their Metadata sections."""
    replace_function(_stack_has_no_updates, has_no_updates)


def has_no_updates(stack: dict[str, Any], template: dict[str, Any], *others: Any) -> bool:
    """Tell whether an update would change nothing that CloudFormation looks at."""
    stands = {**stack, "_template": _without_metadata(stack.get("_template", {}))}
    answer: bool = _stack_has_no_updates(stands, _without_metadata(template), *others)
    return answer


def _without_metadata(template: dict[str, Any]) -> dict[str, Any]:
    return {section: value for section, value in template.items() if section != "Metadata"}
