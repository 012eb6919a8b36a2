"""Settings from the environment (prefix `ORION_`). One object, read once, passed in; nothing below `runtime` reads the environment."""

from __future__ import annotations

import os
from functools import cached_property
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from orion_core.base.errors import ConfigurationError


class Settings(BaseSettings):
    """What an operator can set. Names and defaults: README, "Settings"."""

    model_config = SettingsConfigDict(env_prefix="ORION_", extra="ignore", env_ignore_empty=True)

    mode: Literal["local", "production"] = "local"
    data_dir: Path = Path("data")
    port: int = Field(8000, ge=0, le=65535)
    public_url: str = ""
    database_url: str = ""
    database_admin_url: str = ""
    redis_url: str = ""
    secret_keys: SecretStr = SecretStr("")
    key_provider: Literal["env", "file", "vault"] | None = None
    vault_url: str = ""
    vault_key: str = "orion"
    vault_token: SecretStr = SecretStr("")
    allow_private_egress: bool | None = None
    owner_email: str = ""
    owner_password: SecretStr = SecretStr("")
    llm_model: str = ""
    log_level: str = "INFO"
    lab_url: str = ""
    lab_size: int = Field(500, ge=1, le=1_000_000)
    lease_s: float = Field(30.0, gt=0.2)
    sweep_s: float = Field(30.0, gt=0.1)
    anthropic_api_key: SecretStr = Field(SecretStr(""), validation_alias="ANTHROPIC_API_KEY")

    @field_validator("data_dir")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        return value.expanduser().resolve()

    @classmethod
    def load(cls, **overrides: object) -> Settings:
        """Read the environment; `overrides` win.

        Raises:
            ConfigurationError: a variable has a value that cannot be used; the message names it.
        """
        try:
            return cls(**overrides)  # type: ignore[arg-type]
        except ValidationError as error:
            names = ", ".join(f"ORION_{'_'.join(str(part) for part in item['loc']).upper()}: {item['msg']}" for item in error.errors())
            raise ConfigurationError(f"A setting cannot be used: {names}.") from error

    @property
    def production(self) -> bool:
        return self.mode == "production"

    @cached_property
    def db_url(self) -> str:
        """The app's database; an SQLite file in the data folder unless set."""
        return self.database_url or f"sqlite+aiosqlite:///{self.data_dir / 'orion.db'}"

    @property
    def url(self) -> str:
        """Where people reach this instance, without a trailing slash."""
        return (self.public_url or f"http://localhost:{self.port}").rstrip("/")

    @property
    def private_egress(self) -> bool:
        """Whether calls to private addresses are allowed: never by default, in either mode; the lab has its own exception."""
        return bool(self.allow_private_egress)

    @property
    def lab_hosts(self) -> tuple[str, ...]:
        """`host:port` of the lab, allowed in local mode only."""
        if self.production or not self.lab_url:
            return ()
        return (urlsplit(self.lab_url).netloc,)

    def ensure_data_dir(self) -> Path:
        """The data folder, created readable by its owner alone."""
        try:
            self.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise ConfigurationError(
                f"The data folder {self.data_dir} cannot be made: {error.strerror}.",
                next_step="Set ORION_DATA_DIR to a folder you may write to.",
            ) from error
        if not os.access(self.data_dir, os.W_OK):
            raise ConfigurationError(
                f"The data folder {self.data_dir} is not writable.", next_step="Set ORION_DATA_DIR to a folder you may write to."
            )
        return self.data_dir
