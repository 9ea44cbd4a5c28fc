"""What the functions are told by their environment: the only reader of `os.environ`; see docs/settings.md."""

import os
from collections.abc import Mapping

from pydantic import BaseModel, ConfigDict, Field

FUNCTION_NAME = "AWS_LAMBDA_FUNCTION_NAME"
"""Set by Lambda itself
(https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime)."""


class SettingMissingError(RuntimeError):
    """A function was deployed without an environment variable that it needs: a fault of the template, not of a call."""


class Settings(BaseModel):
    """The environment as one frozen record; a variable that a function needs and lacks is told at its first use.

    Not every function gets every variable (a task has no business with the user pool), so that what is missing can
    only be told where it is used: the properties without a default raise SettingMissingError.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    table: str | None = Field(None, alias="TABLE_NAME")
    machine: str | None = Field(None, alias="STATE_MACHINE_ARN")
    rotation_machine: str | None = Field(None, alias="ROTATION_MACHINE_ARN")
    reconcile_machine: str | None = Field(None, alias="RECONCILE_MACHINE_ARN")
    socket: str | None = Field(None, alias="SOCKET_ENDPOINT")
    issuer: str | None = Field(None, alias="USER_POOL_ISSUER")
    pool: str | None = Field(None, alias="USER_POOL_ID")
    client: str | None = Field(None, alias="USER_POOL_CLIENT_ID")
    origins: str = Field("", alias="CONSOLE_ORIGINS")
    service_name: str = Field("stowage", alias="POWERTOOLS_SERVICE_NAME")
    log_level: str = Field("INFO", alias="LOG_LEVEL")
    function: str = Field("this process", alias=FUNCTION_NAME)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> "Settings":
        """Read the process's environment (or the one given); an empty variable counts as not set."""
        source = os.environ if environment is None else environment
        return cls.model_validate({name: value for name, value in source.items() if value and name in VARIABLES})

    @property
    def table_name(self) -> str:
        """Name of the one DynamoDB table."""
        return self._need(self.table, "TABLE_NAME")

    @property
    def state_machine_arn(self) -> str:
        """ARN of the machine change_resource."""
        return self._need(self.machine, "STATE_MACHINE_ARN")

    @property
    def rotation_machine_arn(self) -> str:
        """ARN of the machine rotate_credentials."""
        return self._need(self.rotation_machine, "ROTATION_MACHINE_ARN")

    @property
    def reconcile_machine_arn(self) -> str:
        """ARN of the machine reconcile."""
        return self._need(self.reconcile_machine, "RECONCILE_MACHINE_ARN")

    @property
    def socket_endpoint(self) -> str:
        """Management endpoint of the WebSocket API's stage: https://{id}.execute-api.{region}.amazonaws.com/{stage}."""
        return self._need(self.socket, "SOCKET_ENDPOINT")

    @property
    def user_pool_issuer(self) -> str:
        """The `iss` that access tokens must carry."""
        return self._need(self.issuer, "USER_POOL_ISSUER")

    @property
    def user_pool_id(self) -> str:
        """Id of the user pool, in which people are looked up by their e-mail address."""
        return self._need(self.pool, "USER_POOL_ID")

    @property
    def user_pool_client_id(self) -> str:
        """The `client_id` that access tokens must carry."""
        return self._need(self.client, "USER_POOL_CLIENT_ID")

    @property
    def console_origins(self) -> tuple[str, ...]:
        """The origins from which a browser may open a socket; none means no browser at all."""
        return tuple(origin.strip() for origin in self.origins.split(",") if origin.strip())

    def _need(self, value: str | None, variable: str) -> str:
        if value is None:
            raise SettingMissingError(
                f"The environment variable {variable} is not set: give it to {self.function} "
                f"under Properties.Environment.Variables in template.yaml (docs/settings.md tells its form)."
            )
        return value


VARIABLES = frozenset(field.alias for field in Settings.model_fields.values() if field.alias)
"""Every environment variable that Stowage reads."""
