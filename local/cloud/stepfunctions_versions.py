"""Versions and aliases of state machines: made by templates, and what an execution runs that was started by one.

The emulator keeps both, but no template can make them, and an execution runs the machine's newest definition whichever
version or alias it was started by. An alias with two versions sends everything to the one with more weight.
https://docs.aws.amazon.com/step-functions/latest/dg/execution-alias-version-associate.html
"""

import contextvars
import functools
import json
from collections.abc import Mapping
from typing import Any

from ministack.core import iam_actions
from ministack.services import stepfunctions as engine
from ministack.services.cloudformation import provisioners

from local.cloud.patching import replace_function

VERSION_TYPE = "AWS::StepFunctions::StateMachineVersion"
ALIAS_TYPE = "AWS::StepFunctions::StateMachineAlias"
MACHINE_PARTS = 7
"""An unqualified ARN: arn:aws:states:region:account:stateMachine:name."""
ERROR = 400

Properties = Mapping[str, Any]
Provisioned = tuple[str, dict[str, Any]]

_requested: contextvars.ContextVar[str] = contextvars.ContextVar("requested_machine", default="")


def unqualified(machine_arn: str) -> str:
    """Give the machine's own ARN, without version or alias."""
    return ":".join(machine_arn.split(":")[:MACHINE_PARTS])


def request(machine_arn: str) -> None:
    """Remember by which ARN the execution is started that this context, copied to its thread, starts next."""
    _requested.set(machine_arn)


def pin(execution: dict[str, Any]) -> dict[str, Any]:
    """Tell version and alias on the execution, and give what it runs: that version, or the machine as it is now."""
    requested = _requested.get()
    machine: dict[str, Any] = engine._state_machines[execution["stateMachineArn"]]
    version_arn = engine._execution_version_arn(requested)
    if version_arn is None or unqualified(requested) != execution["stateMachineArn"]:
        return machine
    execution["stateMachineVersionArn"] = version_arn
    if requested in engine._state_machine_aliases:
        execution["stateMachineAliasArn"] = requested
    return {**machine, **engine._state_machine_versions[version_arn]}


def _done(answer: Any) -> dict[str, Any]:
    status, _, body = answer
    told: dict[str, Any] = json.loads(body)
    if status >= ERROR:
        raise ValueError(told.get("message", body))
    return told


def _create_version(_logical_id: str, properties: Properties, _stack_name: str) -> Provisioned:
    """Publish the machine's revision, or give the version that has it already, as PublishStateMachineVersion does.

    https://docs.aws.amazon.com/step-functions/latest/apireference/API_PublishStateMachineVersion.html
    """
    machine, revision = properties["StateMachineArn"], properties.get("StateMachineRevisionId")
    for arn, version in engine._state_machine_versions.items():
        if version["stateMachineArn"] == machine and version["stateMachineRevisionId"] == revision:
            return arn, {"Arn": arn}
    request = {"stateMachineArn": machine, "revisionId": revision, "description": properties.get("Description", "")}
    arn = _done(engine._publish_state_machine_version(request))["stateMachineVersionArn"]
    return arn, {"Arn": arn}


def _delete_version(physical_id: str, _properties: Properties) -> None:
    _done(engine._delete_state_machine_version({"stateMachineVersionArn": physical_id}))


def _routing(properties: Properties) -> list[dict[str, Any]]:
    """Give an alias's versions; a gradual deployment is refused, since nothing here would advance it."""
    preference = properties.get("DeploymentPreference")
    if preference is None:
        return [
            {"stateMachineVersionArn": each["StateMachineVersionArn"], "weight": int(each["Weight"])}
            for each in properties["RoutingConfiguration"]
        ]
    if preference["Type"] != "ALL_AT_ONCE":
        raise ValueError(f"The local cloud does not support deployments of the type {preference['Type']}")
    return [{"stateMachineVersionArn": preference["StateMachineVersionArn"], "weight": 100}]


def _create_alias(_logical_id: str, properties: Properties, _stack_name: str) -> Provisioned:
    request = {
        "name": properties["Name"],
        "description": properties.get("Description", ""),
        "routingConfiguration": _routing(properties),
    }
    arn = _done(engine._create_state_machine_alias(request))["stateMachineAliasArn"]
    return arn, {"Arn": arn}


def _update_alias(physical_id: str, _old: Properties, new: Properties, _stack_name: str) -> Provisioned:
    request = {
        "stateMachineAliasArn": physical_id,
        "description": new.get("Description", ""),
        "routingConfiguration": _routing(new),
    }
    _done(engine._update_state_machine_alias(request))
    return physical_id, {"Arn": physical_id}


def _delete_alias(physical_id: str, _properties: Properties) -> None:
    _done(engine._delete_state_machine_alias({"stateMachineAliasArn": physical_id}))


def _describe_execution(original: Any, data: dict[str, Any]) -> Any:
    """Add version and alias to DescribeExecution's answer."""
    answer = original(data)
    execution = engine._executions.get(data.get("executionArn"))
    if answer[0] >= ERROR or execution is None:
        return answer
    names = ("stateMachineVersionArn", "stateMachineAliasArn")
    told = {name: execution[name] for name in names if execution.get(name)}
    return engine.json_response({**json.loads(answer[2]), **told})


def _resource_arn(original: Any, service: str, *arguments: Any, **named: Any) -> Any:
    """Permissions for versions and aliases are those on the machine's own ARN.

    https://docs.aws.amazon.com/step-functions/latest/dg/auth-version-alias.html
    """
    arn = original(service, *arguments, **named)
    return unqualified(arn) if isinstance(arn, str) and ":states:" in arn and ":stateMachine:" in arn else arn


def install() -> None:
    """Let templates make versions and aliases, tell them on executions, and permit by the machine's ARN."""
    provisioners._RESOURCE_HANDLERS[VERSION_TYPE] = {"create": _create_version, "delete": _delete_version}
    provisioners._RESOURCE_HANDLERS[ALIAS_TYPE] = {
        "create": _create_alias,
        "update": _update_alias,
        "delete": _delete_alias,
    }
    describe, resource_arn = engine._describe_execution, iam_actions.extract_resource_arn
    replace_function(describe, functools.partial(_describe_execution, describe))
    replace_function(resource_arn, functools.partial(_resource_arn, resource_arn))
    provisioners._REPLACING_PROPERTIES[VERSION_TYPE] = ("Description", "StateMachineArn", "StateMachineRevisionId")
    provisioners._REPLACING_PROPERTIES[ALIAS_TYPE] = ("Name",)
