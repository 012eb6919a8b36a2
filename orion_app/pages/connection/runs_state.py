"""The runs of a connection with their requests, and its dead letters."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime

import reflex as rx

from orion_app.components import format as words
from orion_app.components.states import shape, word
from orion_app.pages.connection.trouble import LetterView, ProblemView, RequestView, letter_view, problem_view, request_view
from orion_app.shell.address import last_part, params, with_params
from orion_app.shell.guard import authorized, me
from orion_app.shell.pages_of_list import step_hrefs, trail_of
from orion_app.shell.runs import RunView, run_view
from orion_app.shell.services import services


@dataclasses.dataclass
class RunStreamView:
    title: str = ""
    state: str = "none"
    word: str = ""
    read: str = ""
    changed: str = ""
    deleted: str = ""
    set_aside: str = ""
    error: str = ""


def _ended(state: str, is_open: bool) -> str:
    """A stream that ran when its run ended was stopped."""
    return "cancelled" if state == "running" and not is_open else state


class RunsState(rx.State):
    loaded: bool = False
    rows: list[RunView] = []
    streams: list[RunStreamView] = []
    prev_href: str = ""
    next_href: str = ""
    run: RunView = RunView()
    has_run: bool = False
    back_href: str = ""
    problem: ProblemView = ProblemView()
    has_problem: bool = False
    requests: list[RequestView] = []
    requests_text: str = ""
    requests_prev: str = ""
    requests_next: str = ""
    open_request: str = ""
    _list: str = ""
    _trail: list[str] = []

    @rx.event
    @authorized("viewer")
    async def load(self):
        path, query = self.router.url.path, params(self)
        wanted, cursor = query.get("run", ""), query.get("cursor", "")
        if (key := f"{path}{wanted}") != self._list:
            self._list, self._trail, self.open_request = key, [], ""
        self._trail = trail_of(self._trail, cursor)
        if wanted:
            await self._one(wanted, path, query, cursor)
        else:
            self.has_run = False
            runs = await services().sync.runs(me(), connection_id=last_part(self), cursor=cursor or None)
            now = datetime.now(UTC)
            self.rows = [run_view(r, now) for r in runs.rows]
            self.prev_href, self.next_href = step_hrefs(path, query, self._trail, runs.next)
        self.loaded = True

    async def _one(self, run_id: str, path: str, query: dict[str, str], cursor: str) -> None:
        found = await services().sync.progress(me(), run_id=run_id)
        if found is None:
            self.has_run = False
            return
        now, run = found.at, found.run
        self.run, self.has_run = run_view(run, now), True
        self.problem = problem_view(
            run.error, name=run.connection_name, state=run.status, records=run.read, next_at=run.next_try_at, now=now
        )
        self.has_problem = bool(run.error) and not run.open
        self.streams = [
            RunStreamView(
                s.title,
                shape(_ended(s.state, run.open)),
                word(_ended(s.state, run.open)),
                words.number(s.read),
                words.signed(s.changed),
                words.number(s.deleted),
                words.number(s.set_aside),
                (s.error or {}).get("message", ""),
            )
            for s in found.streams
        ]
        page = await services().sync.requests(me(), run_id, cursor=cursor or None)
        self.requests = [request_view(r) for r in page.rows]
        self.requests_text = words.plural(run.requests, "request")
        self.requests_prev, self.requests_next = step_hrefs(path, query, self._trail, page.next)
        self.back_href = with_params(path, {"tab": "runs"})

    @rx.event
    @authorized("viewer")
    async def show(self, request_id: str):
        """Open or close the body of one request."""
        self.open_request = "" if self.open_request == request_id else request_id


class LettersState(rx.State):
    loaded: bool = False
    rows: list[LetterView] = []
    _trail: list[str] = []
    prev_href: str = ""
    next_href: str = ""
    busy: bool = False

    @rx.event
    @authorized("viewer")
    async def load(self):
        path, query = self.router.url.path, params(self)
        cursor = query.get("cursor", "")
        self._trail = trail_of(self._trail if cursor else [], cursor)
        page = await services().sync.dead_letters(me(), connection_id=last_part(self), cursor=cursor or None)
        self.rows = [letter_view(d) for d in page.rows]
        self.prev_href, self.next_href = step_hrefs(path, query, self._trail, page.next)
        self.loaded = True

    @rx.event
    @authorized("editor")
    async def replay(self, letter_id: str):
        """One, or with "" all of this page: fetched, mapped and stored again."""
        self.busy = True
        yield
        try:
            ids = [letter_id] if letter_id else [r.id for r in self.rows]
            done = await services().sync.replay(me(), ids)
        finally:
            self.busy = False
        if done.still_failing:
            yield rx.toast.warning(
                f"{done.stored} of {len(ids)} stored",
                description=" ".join(dict.fromkeys(done.causes))[:400],
                duration=600_000,
                close_button=True,
            )
        else:
            yield rx.toast.success(f"{words.plural(done.stored, 'record')} stored")
        yield LettersState.load
