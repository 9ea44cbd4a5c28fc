"""FilterLogEvents filters: ministack knows terms alone, and lets everything through that looks like JSON's patterns."""

from typing import Any

from ministack.core.responses import error_response_json
from ministack.services import cloudwatch_logs

from local.cloud.logs_patterns import UnknownPatternError, compiled
from local.cloud.patching import replace_function

_filter_log_events = cloudwatch_logs._filter_log_events


def filter_log_events(data: dict[str, Any]) -> Any:
    """Answer FilterLogEvents; a pattern that is not known is refused, not ignored."""
    try:
        return _filter_log_events(data)
    except UnknownPatternError as unknown:
        return error_response_json("InvalidParameterException", str(unknown), 400)


def install() -> None:
    """Compile patterns by `logs_patterns`."""
    replace_function(cloudwatch_logs._compile_filter_pattern, lambda raw: compiled(raw or ""))
    replace_function(_filter_log_events, filter_log_events)
