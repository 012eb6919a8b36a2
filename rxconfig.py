"""Reflex settings. The address baked into the bundle is a placeholder: `orion_app/shell/bundle.py` replaces it."""

import os

import reflex as rx
from reflex_base.plugins.sitemap import SitemapPlugin

from orion_app.shell.bundle import PLACEHOLDER_ORIGIN

PORT = os.environ.get("ORION_PORT", "8000")
PUBLIC_URL = os.environ.get("ORION_PUBLIC_URL", "").rstrip("/")
DEV = os.environ.get("ORION_DEV_BACKEND_PORT")  # `reflex run` for people who work on the pages
STATE_REDIS_URL = os.environ.get("ORION_STATE_REDIS_URL")  # only when several web processes share the state

ORIGINS = [f"http://localhost:{PORT}", f"http://127.0.0.1:{PORT}", *([PUBLIC_URL] if PUBLIC_URL else [])]

config = rx.Config(
    app_name="orion_app",
    api_url=f"http://localhost:{DEV}" if DEV else PLACEHOLDER_ORIGIN,
    deploy_url=PUBLIC_URL or f"http://localhost:{PORT}",
    cors_allowed_origins=ORIGINS,
    telemetry_enabled=False,
    show_built_with_reflex=False,
    default_color_mode="system",
    frontend_compression_formats=["brotli", "gzip"],
    redis_url=STATE_REDIS_URL,
    state_manager_mode=rx.constants.StateManagerMode.REDIS if STATE_REDIS_URL else rx.constants.StateManagerMode.MEMORY,
    plugins=[
        rx.plugins.RadixThemesPlugin(
            theme=rx.theme(accent_color="cyan", gray_color="slate", radius="medium", scaling="100%", panel_background="solid")
        )
    ],
    disable_plugins=[SitemapPlugin],
)
