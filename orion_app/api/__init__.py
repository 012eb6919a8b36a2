"""REST, native sign-in forms, health: what machines and forms talk to, on the same port as the pages."""

from __future__ import annotations

from fastapi import FastAPI

from orion_app.api import audit, auth, connections, docs, health, problems, records, syncs
from orion_app.api.limits import BodyLimit

api = FastAPI(
    title="Orion",
    version="1",
    description="One unified schema between all your systems. Sign in with an API key: `Authorization: Bearer ok_…`.",
    openapi_url="/api/v1/openapi.json",
    docs_url=None,
    redoc_url=None,
)
problems.install(api)
api.add_middleware(BodyLimit)
for part in (auth, health, docs, connections, syncs, records, audit):
    api.include_router(part.router)
api.include_router(docs.rest)

__all__ = ["api"]
