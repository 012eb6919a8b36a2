"""How the connect form looks."""

from __future__ import annotations

import reflex as rx

from orion_app.components.controls import link, section, working
from orion_app.components.dom import el
from orion_app.components.forms import checkbox, field, spec_field
from orion_app.components.icons import mark_tile, tile
from orion_app.components.panels import banner, no_hits, rail_card
from orion_app.pages.connect.state import ConnectState


def account() -> rx.Component:
    s = ConnectState
    return el.section(
        section("Account"),
        el.div(
            field("Name", "name", default=s.name, error=s.name_error, hint="How colleagues will see this connection."),
            rx.cond(
                s.choices.length() > 1,
                el.div(
                    rx.foreach(
                        s.choices,
                        lambda c: link(
                            c.title,
                            to=c.href,
                            replace=True,
                            class_name=rx.cond(c.on, "on", ""),
                            aria_current=rx.cond(c.on, "true", "false"),
                        ),
                    ),
                    class_name="seg",
                    role="group",
                    aria_label="How to sign in",
                    style={"justifySelf": "start"},
                ),
                rx.fragment(),
            ),
            rx.foreach(s.fields, spec_field),
            rx.cond(
                s.help_url != "",
                el.a("Where to find this", href=s.help_url, target="_blank", rel="noreferrer", class_name="sm"),
                rx.fragment(),
            ),
            el.details(
                el.summary("Another address"),
                el.div(
                    field(
                        "Base URL",
                        "base_url",
                        kind="url",
                        placeholder=s.base_url,
                        error=s.url_error,
                        mono=True,
                        hint="Only for a server that speaks this provider's API, such as a sandbox or a proxy.",
                    ),
                    class_name="mt1",
                ),
                class_name="more",
            ),
            class_name="form-col",
        ),
        class_name="mb",
    )


def what() -> rx.Component:
    """Streams, and from when."""
    s = ConnectState
    return el.section(
        section("What to read", note="You can change this later, also the fields."),
        el.div(
            rx.foreach(
                s.streams,
                lambda p: el.div(
                    checkbox(el.span(p.title, class_name="b"), name="stream:" + p.name, default=p.default),
                    el.span(class_name="sp"),
                    el.span(p.note, class_name="sm t2"),
                    class_name="row pick",
                ),
            ),
            class_name="panel picks",
        ),
        el.div(
            el.div(
                el.label("From", html_for="f-backfill"),
                el.div(
                    el.input(type="date", name="backfill_start", id="f-backfill", aria_describedby="f-backfill-hint"),
                    class_name="in lg",
                    style={"maxWidth": "200px"},
                ),
                el.span("Empty: everything the provider has.", class_name="hint", id="f-backfill-hint"),
                class_name="fld",
            ),
            checkbox("Start the first sync at once", name="start", default=True),
            class_name="form-col",
            style={"marginTop": "14px"},
        ),
        class_name="mb",
    )


def result() -> rx.Component:
    t = ConnectState.test
    return rx.cond(t.state != "", el.div(banner(t.state, t.title, t.text), aria_live="polite"), rx.fragment())


def rail() -> rx.Component:
    s = ConnectState
    lab = rx.cond(
        s.lab,
        rail_card(
            "No account at hand?",
            el.div(
                mark_tile(),
                el.p("The lab has a fake one with seeded customers and invoices. Nothing leaves this machine.", class_name="t2"),
                class_name="row top g12",
            ),
            el.div(working("Use the lab", s.busy == "lab", on_click=ConnectState.use_lab), class_name="mt1"),
        ),
        rx.fragment(),
    )
    return el.aside(
        lab,
        rail_card(
            "What happens",
            el.ol(
                el.li("Orion makes one call to ", el.span(s.hosts, class_name="mono"), " to test the key."),
                el.li("The key is encrypted with the key of this workspace; nobody can read it back."),
                el.li("The first sync reads the chosen streams; you see it run and can stop it."),
                class_name="steps-list t2",
            ),
        ),
        rail_card("Nothing is written", el.p("Orion writes to this account only when you ask for it.", class_name="t2")),
        aria_label="About connecting",
    )


def form() -> rx.Component:
    s = ConnectState
    return el.div(
        el.div(
            tile(s.monogram, s.hue, "l"),
            el.div(el.h1("Connect ", s.name), el.p("Tested before anything is saved.", class_name="sub"), class_name="sp"),
            class_name="head",
        ),
        el.div(
            el.form(
                account(),
                what(),
                result(),
                el.input(type="hidden", name="intent", default_value="save"),
                el.div(
                    working("Test and connect", s.busy == "save", kind="pri xl", type="submit", custom_attrs={"data-intent": "save"}),
                    working("Test only", s.busy == "test", kind="xl", type="submit", custom_attrs={"data-intent": "test"}),
                    link("Cancel", to=f"/marketplace/{s.slug}", class_name="btn gh xl"),
                    class_name="row wrap",
                ),
                on_submit=ConnectState.submit,
                no_validate=True,
                auto_complete="off",
                reset_on_submit=False,
            ),
            rail(),
            class_name="g-main",
        ),
        class_name="page",
    )


def missing() -> rx.Component:
    return el.div(
        no_hits(
            rx.fragment("There is no connector “", ConnectState.slug, "”."), link("To the marketplace", to="/marketplace", class_name="btn")
        ),
        class_name="page",
    )


def denied() -> rx.Component:
    return el.div(
        no_hits(
            "Your role may not add connections.",
            el.span(el.span("Ask an admin of the workspace. ", class_name="t2"), link("See the connections", to="/connections")),
        ),
        class_name="page",
    )
