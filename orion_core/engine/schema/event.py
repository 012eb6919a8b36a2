"""Something that happened: a webhook, a change, a message, a meeting."""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import Field

from orion_core.engine.schema.base import UnifiedBase, UTCTime, vocabulary


class UnifiedEvent(UnifiedBase):
    """An event at a provider. `type` is the provider's word, `action` and `object_type` are ours."""

    __model__: ClassVar[str] = "event"
    __schema_version__: ClassVar[str] = "1.0.0"

    type: str | None = Field(None, description="The provider's name of the event, e.g. customer.updated.")
    action: str | None = Field(
        None,
        description="What happened to the object.",
        json_schema_extra=vocabulary(
            "created", "updated", "deleted", "restored", "merged", "paid", "failed", "sent", "received", "canceled", "other"
        ),
    )
    object_type: str | None = Field(
        None, description="What it happened to: a unified model's name where there is one, else the provider's word."
    )
    object_id: str | None = Field(None, description="Id of that object at the provider.")
    status: str | None = Field(
        None,
        description="State of a task, call or meeting.",
        json_schema_extra=vocabulary("planned", "in_progress", "done", "canceled", "failed"),
    )
    source: str | None = Field(None, description="What caused it: api, user, automation…, as sent.")
    title: str | None = Field(None, description="Subject or headline.")
    body: str | None = Field(None, description="Text of a message or note.")
    body_html: str | None = Field(None, description="The same text as HTML.")
    url: str | None = Field(None, description="Page of the event.")
    direction: str | None = Field(None, description="inbound or outbound.", json_schema_extra=vocabulary("inbound", "outbound"))
    actor_id: str | None = Field(None, description="Id of who did it.")
    actor: str | None = Field(None, description="Name of who did it.")
    customer_id: str | None = Field(None, description="Id of the customer it concerns.")
    company_id: str | None = Field(None, description="Id of the company it concerns.")
    deal_id: str | None = Field(None, description="Id of the deal it concerns.")
    account_id: str | None = Field(None, description="Account at the provider it belongs to.")
    channel_id: str | None = Field(None, description="Channel or conversation of a message.")
    channel: str | None = Field(None, description="Name of that channel.")
    thread_id: str | None = Field(None, description="Thread of a message.")
    parent_id: str | None = Field(None, description="The event or message this one answers.")
    request_id: str | None = Field(None, description="The API call that caused it.")
    idempotency_key: str | None = Field(None, description="Key of that call.")
    api_version: str | None = Field(None, description="API version the payload is rendered in.")
    pending_webhooks: int | None = Field(None, description="Deliveries the provider still owes.")
    sequence: int | None = Field(None, description="Order given by the provider.")
    attempt: int | None = Field(None, description="How often it was delivered.")
    occurred_at: UTCTime | None = Field(None, description="When it happened.")
    received_at: UTCTime | None = Field(None, description="When Orion got it.")
    starts_at: UTCTime | None = Field(None, description="Start of a meeting or task.")
    ends_at: UTCTime | None = Field(None, description="End of a meeting or task.")
    duration_ms: int | None = Field(None, description="Duration in milliseconds.")
    location: str | None = Field(None, description="Where a meeting takes place.")
    participants: list[str] = Field(default_factory=list, description="Who takes part: ids or addresses.")
    changed_fields: list[str] = Field(default_factory=list, description="Fields of the object that changed.")
    previous: dict[str, Any] | None = Field(None, description="Their values before, where the provider sends them.")
    data: dict[str, Any] | None = Field(None, description="The object after the change, as sent.")
    tags: list[str] = Field(default_factory=list, description="Labels.")
