"""What CloudFormation's detection of drift does not look at: read directly, held against the stack's own template.

Its own, not one rendered anew: a template that Stowage would render otherwise today is no drift.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pydantic import JsonValue

from stowage.domain.drift import PROPERTIES_TOLD, DriftedResource
from stowage.domain.errors import PermanentError
from stowage.domain.kinds import DirectCheck, Template
from stowage.domain.ports import LiveResources
from stowage.domain.projects import Project

NAMES = ("Sid", "Entry")
"""By which parts of a list are told apart: statements of a policy, folders of an SFTP user."""
ACTIONS = frozenset({"Action", "NotAction"})
EVERYBODY: JsonValue = {"AWS": "*"}


class UnknownReferenceError(ValueError):
    """A template refers to what its kind's check does not tell."""


@dataclass(frozen=True, slots=True)
class DirectChecks:
    """Reads what a kind's checks name."""

    live: LiveResources

    def look(
        self, project: Project, name: str, checks: tuple[DirectCheck, ...], template: Template
    ) -> tuple[tuple[DriftedResource, ...], bool]:
        """Give what stands otherwise than the stack's template says, and whether everything could be looked at.

        One call for each check; a resource that the template does not hold is not asked for.
        """
        found: list[DriftedResource] = []
        whole = True
        for check in checks:
            declared = template.get("Resources", {}).get(check.logical_id)
            if declared is None or declared["Type"] != check.type:
                continue
            try:
                told = check.attributes(project, name)
                expected = {key: resolved(each, told) for key, each in declared["Properties"].items()}
                drifted = judged(check, expected, self.live.read(project, check.type, expected))
            except (PermanentError, UnknownReferenceError):
                whole = False
            else:
                found += [] if drifted is None else [drifted]
        return tuple(found), whole


def judged(
    check: DirectCheck, expected: Mapping[str, JsonValue], actual: Mapping[str, JsonValue] | None
) -> DriftedResource | None:
    """Give what has drifted of one resource, None where it is as the template says; `actual` is None if it is gone."""
    if actual is None:
        return DriftedResource(type=check.type, id=check.logical_id, status="DELETED")
    paths = [
        path for name in check.properties for path in differences(expected.get(name), actual.get(name), f"/{name}")
    ]
    if not paths:
        return None
    told = tuple(dict.fromkeys(paths))[:PROPERTIES_TOLD]
    return DriftedResource(type=check.type, id=check.logical_id, status="MODIFIED", properties=told)


def resolved(value: JsonValue, attributes: Mapping[str, str]) -> JsonValue:
    """Give a part of a template with its references replaced. Raises UnknownReferenceError."""
    if isinstance(value, list):
        return [resolved(each, attributes) for each in value]
    if not isinstance(value, dict):
        return value
    match dict(value):
        case {"Ref": str(name), **rest} if not rest:
            return _attribute(attributes, name)
        case {"Fn::GetAtt": [str(name), str(attribute)], **rest} if not rest:
            return _attribute(attributes, f"{name}.{attribute}")
        case {"Fn::Join": [str(separator), list(parts)], **rest} if not rest:
            return separator.join(str(resolved(part, attributes)) for part in parts)
    if any(key.startswith("Fn::") for key in value):
        raise UnknownReferenceError(f"A check resolves no {', '.join(sorted(value))}.")
    return {key: resolved(each, attributes) for key, each in value.items()}


def _attribute(attributes: Mapping[str, str], name: str) -> str:
    if name not in attributes:
        raise UnknownReferenceError(f"The check does not tell what {name} is.")
    return attributes[name]


def differences(expected: JsonValue, actual: JsonValue, path: str) -> list[str]:
    """Give the paths at which two values mean something else, none of them made of what stands there.

    Neither the order of a list or of keys means anything, nor whether a single value stands in a list, nor how a
    policy writes truth, numbers, actions' case and everybody. What the template does not know is told by the path of
    what holds it, or by the index after the template's last: nobody's text gets into a path but our own template's.
    """
    return list(_differences(_plain(expected), _plain(actual), path))


def _differences(expected: JsonValue, actual: JsonValue, path: str) -> Iterator[str]:
    if _text(expected) == _text(actual):
        return
    if isinstance(expected, dict) and isinstance(actual, dict):
        if actual.keys() - expected.keys():
            yield path
        for key in sorted(expected):
            yield from _differences(expected[key], actual.get(key), f"{path}/{key}")
    elif isinstance(expected, list) or (isinstance(actual, list) and expected is not None):
        yield from _of_lists(_listed(expected), _listed(actual), path)
    else:
        yield path


def _of_lists(expected: list[JsonValue], actual: list[JsonValue], path: str) -> Iterator[str]:
    known = {_text(each) for each in expected}
    there = {_text(each) for each in actual}
    added = [each for each in actual if _text(each) not in known]
    for index, each in enumerate(expected):
        if _text(each) in there:
            continue
        same = next((other for other in added if _name(other) is not None and _name(other) == _name(each)), None)
        if same is None:
            yield f"{path}/{index}"
        else:
            added.remove(same)
            yield from _differences(each, same, f"{path}/{index}")
    yield from (f"{path}/{len(expected) + index}" for index in range(len(added)))


def _name(value: JsonValue) -> JsonValue:
    return next((value[key] for key in NAMES if key in value), None) if isinstance(value, dict) else None


def _listed(value: JsonValue) -> list[JsonValue]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _plain(value: JsonValue, key: str = "") -> JsonValue:
    """Give the value in one of the ways in which it can be written; lists keep their order, for their indices."""
    if isinstance(value, str):
        return _of_text(value, key)
    if isinstance(value, bool | int | float):
        return json.dumps(value)
    if isinstance(value, list):
        return [_plain(each, key) for each in value] or None
    if isinstance(value, dict):
        plain = {name: _plain(each, name) for name, each in value.items()}
        if key == "Principal" and _text(plain) == _text(EVERYBODY):
            return "*"
        return {name: each for name, each in plain.items() if each is not None} or None
    return None


def _of_text(value: str, key: str) -> JsonValue:
    """Give a text; a document that is written as one is read."""
    if value.startswith("{"):
        try:
            return _plain(json.loads(value), key)
        except ValueError:
            return value
    return (value.lower() if key in ACTIONS else value) or None


def _text(value: JsonValue) -> str:
    """Give what is the same for all that means the same."""
    if isinstance(value, list):
        texts = sorted({_text(each) for each in value})
        return texts[0] if len(texts) == 1 else f"[{','.join(texts)}]"
    if isinstance(value, dict):
        return f"{{{','.join(f'{json.dumps(key)}:{_text(each)}' for key, each in sorted(value.items()))}}}"
    return json.dumps(value)
