"""The one way a model meets JSON: snake_case inside, camelCase on the wire."""

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel


class WireModel(BaseModel):
    """A frozen record that refuses unknown fields and speaks camelCase JSON; its errors do not repeat its values."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", alias_generator=to_camel, populate_by_name=True, hide_input_in_errors=True
    )

    def to_wire(self) -> dict[str, object]:
        """Give the JSON-ready dict with camelCase names."""
        return self.model_dump(mode="json", by_alias=True)
