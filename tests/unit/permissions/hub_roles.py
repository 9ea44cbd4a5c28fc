"""What the hub's roles allow, in the template as SAM makes it, and what its settings and machines need beside code."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from local.templates import transformed
from tests.unit.permissions.actions import INDEX, TABLE, Needs, Permission
from tests.unit.template.conftest import ROOT, as_list
from workflows.nesting import flat

Json = dict[str, Any]

TABLE_ARN = {"Fn::GetAtt": ["Table", "Arn"]}
INDEX_ARN = {"Fn::Sub": "${Table.Arn}/index/by_owner"}
AWS_POLICIES = "iam::aws:policy/"
LOG_DELIVERY = (
    "logs:CreateLogDelivery",
    "logs:DeleteLogDelivery",
    "logs:DescribeLogGroups",
    "logs:DescribeResourcePolicies",
    "logs:GetLogDelivery",
    "logs:ListLogDeliveries",
    "logs:PutResourcePolicy",
    "logs:UpdateLogDelivery",
)
"""What a machine that logs needs to set its delivery up; the lines are delivered under the log group's own policy
(https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html)."""

KEY_FOR_TABLE = ("kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey")
"""Whoever reads or writes a table under a customer managed key needs the key too, through DynamoDB alone
(https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html)."""
KEY_FOR_ENVIRONMENT = ("kms:Decrypt",)
"""https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars-encryption.html"""
POLL_QUEUE = ("sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage")
"""https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html#events-sqs-permissions"""
KEY_OF_POLLED_QUEUE = ("kms:Decrypt",)
QUEUE_READING = ("sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage")
KEY_FOR_READING_QUEUE = ("kms:Decrypt",)
"""https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html"""
KEY_FOR_QUEUE = ("kms:Decrypt", "kms:GenerateDataKey")
"""https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html"""


@dataclass(frozen=True)
class HubRoles:
    """The hub's functions, machine and roles."""

    source: Json
    """template.yaml as it is written."""

    @cached_property
    def resources(self) -> dict[str, Json]:
        """Give the resources that SAM makes of it."""
        made: dict[str, Json] = transformed(self.source)["Resources"]
        return made

    def of_type(self, resource_type: str) -> tuple[str, ...]:
        """Give the logical ids of a type."""
        return tuple(sorted(name for name, each in self.resources.items() if each["Type"] == resource_type))

    def handler(self, function: str) -> str:
        """Give a function's handler."""
        return str(self.resources[function]["Properties"]["Handler"])

    def allowed(self, owner: str) -> set[Permission]:
        """Give what the role of a function or machine allows, AWS's own managed policies by their name."""
        properties = self.resources[owner]["Properties"]
        [role, _] = (properties.get("Role") or properties["RoleArn"])["Fn::GetAtt"]
        return {permission for statement in self._statements(role) for permission in _permissions(statement)} | {
            Permission(str(policy).rpartition("/")[2])
            for policy in self.resources[role]["Properties"].get("ManagedPolicyArns", [])
            if AWS_POLICIES in str(policy)
        }

    def _statements(self, role: str) -> Iterator[Json]:
        properties = self.resources[role]["Properties"]
        own = [policy["PolicyDocument"] for policy in properties.get("Policies", [])]
        shared = [policy["Ref"] for policy in properties.get("ManagedPolicyArns", []) if "Ref" in policy]
        for document in own + [self.resources[name]["Properties"]["PolicyDocument"] for name in shared]:
            yield from as_list(document["Statement"])

    def function_settings(self, function: str, code: Iterable[Permission]) -> Needs:
        """Give what a function needs for its own settings, and for the key of what its code reads."""
        properties = self.resources[function]["Properties"]
        needs: Needs = {Permission("AWSLambdaBasicExecutionRole"): "its log"}
        if properties["TracingConfig"]["Mode"] == "Active":
            needs[Permission("AWSXrayWriteOnlyAccess")] = "Tracing: Active"
        if "KmsKeyArn" in properties:
            needs |= dict.fromkeys(_through("lambda", KEY_FOR_ENVIRONMENT), "its environment's KmsKeyArn")
        if any(permission.action.startswith("dynamodb:") for permission in code):
            needs |= self._for_table_key()
        if any(self._feeds(mapping, function) for mapping in self.of_type("AWS::Lambda::EventSourceMapping")):
            needs |= dict.fromkeys(map(Permission, QUEUE_READING), "the queue that feeds it")
            needs |= dict.fromkeys(_through("sqs", KEY_FOR_READING_QUEUE), "the key of the queue that feeds it")
        if "DeadLetterConfig" in properties:
            needs[Permission("sqs:SendMessage")] = "its DeadLetterQueue"
            needs |= dict.fromkeys(_through("sqs", KEY_FOR_QUEUE), "the key of its DeadLetterQueue")
        for mapping in self.of_type("AWS::Lambda::EventSourceMapping"):
            if self.resources[mapping]["Properties"]["FunctionName"] == {"Ref": function}:
                needs |= dict.fromkeys(map(Permission, POLL_QUEUE), f"its queue, by {mapping}")
                needs |= dict.fromkeys(_through("sqs", KEY_OF_POLLED_QUEUE), f"the key of its queue, by {mapping}")
        return needs

    def machine_needs(self, machine: str) -> Needs:
        """Give what a machine's states and settings need."""
        properties = self.resources[machine]["Properties"]
        path = ROOT / self.source["Resources"][machine]["Properties"]["DefinitionUri"]
        substitutions = properties["DefinitionSubstitutions"]
        needs: Needs = {}
        for name, state in flat(json.loads(path.read_text(encoding="utf-8")))["States"].items():
            for permission in _of_state(state, substitutions):
                needs.setdefault(permission, f"the state {name}")
        if any(permission.action.startswith("dynamodb:") for permission in needs):
            needs |= self._for_table_key()
        if properties["LoggingConfiguration"]["Level"] != "OFF":
            needs |= dict.fromkeys(map(Permission, LOG_DELIVERY), "its Logging")
        if properties["TracingConfiguration"]["Enabled"]:
            needs[Permission("AWSXrayWriteOnlyAccess")] = "its Tracing"
        return needs

    def _feeds(self, mapping: str, function: str) -> bool:
        return function in json.dumps(self.resources[mapping]["Properties"]["FunctionName"])

    def _for_table_key(self) -> Needs:
        encryption = self.resources["Table"]["Properties"]["SSESpecification"]
        with_own_key = "KMSMasterKeyId" in encryption
        return dict.fromkeys(_through("dynamodb", KEY_FOR_TABLE), "the table's key") if with_own_key else {}


def _through(service: str, actions: Iterable[str]) -> Iterator[Permission]:
    return (Permission(action, f"through {service}") for action in actions)


def _of_state(state: Json, substitutions: Json) -> Iterator[Permission]:
    """Give what a state's own integration calls: arn:…:states:::<service>:<action>[.waitForTaskToken]."""
    if state["Type"] != "Task":
        return
    service, action = state["Resource"].removesuffix(".waitForTaskToken").split(":")[-2:]
    if service == "lambda":
        [function, _] = substitutions[state["Arguments"]["FunctionName"][2:-1]]["Fn::GetAtt"]
        yield Permission("lambda:InvokeFunction", f"on {function}")
    else:
        yield Permission(f"{service}:{action[0].upper()}{action[1:]}", TABLE if service == "dynamodb" else "")


def _permissions(statement: Json) -> Iterator[Permission]:
    """Give a statement's permissions, each on what `Permission.on` tells apart."""
    assert statement["Effect"] == "Allow", "A Deny in a role of the hub: teach this module what it takes away."
    for action in as_list(statement["Action"]):
        service = action.partition(":")[0]
        if service == "dynamodb":
            yield from (Permission(action, _of_table(each)) for each in as_list(statement["Resource"]))
        elif service == "kms":
            through = as_list(statement["Condition"]["StringEquals"]["kms:ViaService"])
            yield from (Permission(action, f"through {each['Fn::Sub'].split('.')[0]}") for each in through)
        elif service == "lambda":
            yield from (Permission(action, f"on {each['Fn::GetAtt'][0]}") for each in as_list(statement["Resource"]))
        else:
            yield Permission(action)


def _of_table(resource: Json) -> str:
    return {json.dumps(TABLE_ARN): TABLE, json.dumps(INDEX_ARN): INDEX}.get(json.dumps(resource), f"on {resource}")
