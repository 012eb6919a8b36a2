"""The API's description as a page, without any CDN: one table per route, made from the OpenAPI document."""

from __future__ import annotations

from html import escape
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from orion_core.base.errors import NotFound

router = APIRouter(include_in_schema=False)
# Added after every other route: what no other takes.
rest = APIRouter(include_in_schema=False)
_STYLE = """body{font:14px/21px Inter,system-ui,sans-serif;max-width:960px;margin:40px auto;padding:0 20px;color:#1c2024;background:#fcfcfd}
h1{font-size:22px}h2{font-size:15px;margin:32px 0 4px}code,pre{font:12px/19px ui-monospace,monospace}table{border-collapse:collapse;
width:100%}
td,th{text-align:left;padding:5px 12px 5px 0;border-bottom:1px solid #e6e8eb;vertical-align:top}th{font-weight:560;
font-size:11px;color:#60646c}
.m{display:inline-block;min-width:54px;font-weight:600;color:#0d7a8c}p{margin:4px 0}.d{color:#60646c}
@media(prefers-color-scheme:dark){body{color:#edeef0;background:#111113}td,th{border-color:#2b2f36}.m{color:#4ccce6}th,.d{color:#b0b4ba}}"""


@rest.api_route("/api/{path:path}", methods=["GET", "POST", "PUT", "PATCH", "DELETE"])
async def nothing(path: str) -> None:
    """Any other address below /api."""
    raise NotFound(f"There is nothing at /api/{path}.", next_step="See /api/v1/docs for what there is.")


@router.get("/api/v1/docs", response_class=HTMLResponse)
async def page(request: Request) -> str:
    """Every route with its parameters and answers."""
    document = request.app.openapi()
    parts = [
        f"<h1>{escape(document['info']['title'])} API</h1><p>{escape(document['info'].get('description', ''))}</p>",
        "<p>Machine-readable: <a href='/api/v1/openapi.json'>openapi.json</a>. Errors are problem details "
        "(RFC 9457) with "
        "<code>code</code> and <code>next_step</code>. Lists answer <code>{data, next}</code>; "
        "give <code>next</code> back as <code>cursor</code>.</p>",
    ]
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            parts.append(_operation(method, path, operation))
    return (
        "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content='width=device-width'>"
        f"<title>Orion API</title><style>{_STYLE}</style><body>{''.join(parts)}</body></html>"
    )


def _operation(method: str, path: str, operation: dict[str, Any]) -> str:
    rows = "".join(
        f"<tr><td><code>{escape(item['name'])}</code><td>{escape(item['in'])}<td>{escape(_type(item.get('schema', {})))}"
        f"<td>{escape(item.get('description') or item.get('schema', {}).get('description') or '')}</tr>"
        for item in operation.get("parameters", [])
    )
    table = f"<table><tr><th>Name<th>In<th>Type<th>Meaning</tr>{rows}</table>" if rows else ""
    return (
        f"<h2><span class=m>{method.upper()}</span> <code>{escape(path)}</code></h2>"
        f"<p class=d>{escape(operation.get('description') or operation.get('summary') or '')}</p>{table}"
    )


def _type(schema: dict[str, Any]) -> str:
    return str(schema.get("type") or " or ".join(filter(None, (item.get("type") for item in schema.get("anyOf", [])))))
