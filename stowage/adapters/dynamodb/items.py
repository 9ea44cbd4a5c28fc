"""DynamoDB's typed JSON and back, for the few types our rows use.

boto3's own TypeDeserializer makes a Decimal of every number and costs several times as much per row.
"""

from collections.abc import Mapping
from typing import Any

Item = dict[str, dict[str, Any]]


def to_value(value: object) -> dict[str, Any]:
    """Give the typed form of a text, whole number, truth value, set of texts or map of these."""
    if isinstance(value, bool):
        return {"BOOL": value}
    if isinstance(value, str):
        return {"S": str(value)}
    if isinstance(value, int):
        return {"N": str(value)}
    if isinstance(value, frozenset):
        return {"SS": sorted(value)}
    if isinstance(value, Mapping):
        return {"M": to_item(value)}
    raise TypeError(f"A row holds no {type(value).__name__}.")


def to_item(fields: Mapping[str, object]) -> Item:
    """Give a row; None and an empty set (which DynamoDB refuses) are left out: an attribute is there or it is not."""
    return {name: to_value(value) for name, value in fields.items() if value is not None and value != frozenset()}


def from_value(value: Mapping[str, Any]) -> Any:  # noqa: ANN401 -- whatever the row held
    """Give the plain value; numbers are whole numbers, as in all our rows."""
    [(kind, content)] = value.items()
    if kind == "N":
        return int(content)
    if kind == "M":
        return from_item(content)
    if kind == "SS":
        return frozenset(content)
    if kind == "NULL":
        return None
    return content


def from_item(item: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Give the row as a plain dict."""
    return {name: from_value(value) for name, value in item.items()}


def names(*attributes: str) -> dict[str, str]:
    """Give ExpressionAttributeNames that call each attribute `#attribute`.

    Every name is written so, since DynamoDB reserves 573 words, `name`, `status` and `lock` among them
    (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ReservedWords.html).
    """
    return {f"#{attribute}": attribute for attribute in attributes}
