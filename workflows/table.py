"""docs/states.md: what every state of a machine does, calls, retries, and where it goes when it fails."""

from workflows.asl import Json

INTRODUCTION = """\
# The states of every machine

Generated from `statemachines/*.asl.json` by `make render`; CI refuses a page that is out of date.

*Retries* tells how often a state is tried again after which errors; *on failure* where it goes when that was not
enough. Whatever `States.ALL` cannot catch (`States.Runtime`, `States.DataLimitExceeded`) and whatever ends an execution
from outside (an abort, the machine's timeout) is cleaned up by `listeners/execution_ended.py`.
"""

NOTHING = "-"
DAY_SECONDS = 24 * 60 * 60
FEW = 2
"""More error names than this are told once, below the table, under a letter."""


def table(machines: dict[str, Json]) -> str:
    """Give the page: for each machine its comment, its limits and a row per state."""
    return "\n".join([INTRODUCTION, *(_machine(name, asl) for name, asl in machines.items())])


def _machine(name: str, asl: Json) -> str:
    letters = _letters(asl)
    lines = [
        f"## {name}",
        "",
        asl["Comment"],
        "",
        f"It starts at `{asl['StartAt']}`; Step Functions ends it after {_length(asl['TimeoutSeconds'])} at last.",
        "",
        f"![The machine {name}](images/{name}.svg)",
        "",
        "| State | Does | Resource | Timeout | Retries | On failure | Next |",
        "|---|---|---|---|---|---|---|",
        *(_row(state, block, letters) for state, block in asl["States"].items()),
        "",
        *(f"- errors **{letter}**: {_names(list(errors))}" for errors, letter in letters.items()),
        "",
    ]
    return "\n".join(lines)


def _length(seconds: int) -> str:
    days, rest = divmod(seconds, DAY_SECONDS)
    return f"{days} days" if days and not rest else f"{seconds // 60} minutes"


def _letters(asl: Json) -> dict[tuple[str, ...], str]:
    """Give each long list of error names a letter, in the order of appearance."""
    lists = [tuple(retry["ErrorEquals"]) for block in asl["States"].values() for retry in block.get("Retry", [])]
    long = dict.fromkeys(errors for errors in lists if len(errors) > FEW)
    return {errors: chr(ord("A") + index) for index, errors in enumerate(long)}


def _names(errors: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in errors)


def _row(state: str, block: Json, letters: dict[tuple[str, ...], str]) -> str:
    cells = (
        f"**{state}**",
        block["Comment"],
        _resource(block),
        _timeout(block),
        "<br>".join(_retry(retry, letters) for retry in block.get("Retry", [])) or NOTHING,
        "<br>".join(_catch(catch) for catch in block.get("Catch", [])) or NOTHING,
        _next(block),
    )
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _resource(block: Json) -> str:
    """Name the function of a Lambda state, the call of a direct integration, the type of any other state."""
    if "Resource" not in block:
        return str(block["Type"])
    call = block["Resource"].split(":::")[-1]
    if "FunctionName" not in block["Arguments"]:
        return f"`{call}`"
    function = block["Arguments"]["FunctionName"].removeprefix("${").removesuffix("Arn}")
    how = ", by task token" if call.endswith(".waitForTaskToken") else ""
    return f"`{function}`{how}"


def _timeout(block: Json) -> str:
    seconds = block.get("TimeoutSeconds")
    if seconds is None:
        return NOTHING
    return f"{seconds} s" if isinstance(seconds, int) else f"`{_expression(seconds)}` s"


def _expression(field: str) -> str:
    return field.removeprefix("{%").removesuffix("%}").strip()


def _retry(retry: Json, letters: dict[tuple[str, ...], str]) -> str:
    errors = tuple(retry["ErrorEquals"])
    which = f"errors **{letters[errors]}**" if errors in letters else _names(list(errors))
    if retry["BackoffRate"] == 1:
        return f"{which}: {retry['MaxAttempts']} times, every {retry['IntervalSeconds']} s"
    return (
        f"{which}: {retry['MaxAttempts']} times, after {retry['IntervalSeconds']} s doubling to "
        f"{retry['MaxDelaySeconds']} s, full jitter"
    )


def _catch(catch: Json) -> str:
    errors = [name for name in catch["ErrorEquals"] if name != "States.ALL"]
    return f"{_names(errors)}: {catch['Next']}" if errors else str(catch["Next"])


def _next(block: Json) -> str:
    if block["Type"] == "Choice":
        rules = [f"`{_expression(rule['Condition'])}`: {rule['Next']}" for rule in block["Choices"]]
        return "<br>".join([*rules, f"else: {block['Default']}"])
    if block["Type"] in {"Succeed", "Fail"}:
        return "ends SUCCEEDED" if block["Type"] == "Succeed" else "ends FAILED"
    return str(block["Next"])
