"""Columns that several tables share."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON
from sqlmodel import Field, SQLModel

from orion_core.base.kit.clock import now


class Tenant(SQLModel):
    """A row of one workspace. The session adds the workspace to every statement on such a table (see `scope`)."""

    workspace_id: str = Field(default="", max_length=32, nullable=False)


class Created(SQLModel):
    created_at: datetime = Field(default_factory=now, nullable=False)


def json_field(default: Any = None, **kwargs: Any) -> Any:
    """A JSON column; `default` is a factory (dict, list) or None for a nullable column."""
    if default is None:
        return Field(default=None, sa_type=JSON(none_as_null=True), nullable=True, **kwargs)
    return Field(default_factory=default, sa_type=JSON, nullable=False, **kwargs)
