"""The statements of `search`, for both databases. Each names the workspace: these tables are outside the session's scope."""

# ruff: noqa: S608  (what is put into statements are names of our own tables and columns)

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson

from orion_core.base.db.scope import ScopedSession, ScopeError
from orion_core.base.db.search_rows import SHORTEST, Place, Query, Spec
from orion_core.base.db.tables.records import RecordRow

Sql = tuple[str, list[Any]]


class Sheet:
    """Runs statements on the search tables in one session of one workspace."""

    def __init__(self, session: ScopedSession) -> None:
        if not session.workspace_id:
            raise ScopeError("The session has no workspace.")
        self.session = session
        self.workspace_id = session.workspace_id
        self.sqlite = session.get_bind().dialect.name == "sqlite"

    async def all(self, sql: str, parameters: Sequence[Any] = ()) -> list[Any]:
        """The rows of a statement written with `?`."""
        driver: Any = (await (await self.session.connection()).get_raw_connection()).driver_connection
        if self.sqlite:
            return list(await driver.execute_fetchall(sql, parameters))
        async with driver.cursor() as cursor:
            await cursor.execute(sql.replace("?", "%s"), parameters)
            return list(await cursor.fetchall()) if cursor.description else []

    def ids(self, column: str, ids: Sequence[int]) -> Sql:
        """`column` is one of `ids`; one parameter, however many they are."""
        if self.sqlite:
            return f"{column} IN (SELECT value FROM json_each(?))", [orjson.dumps(ids).decode()]
        return f"{column} = ANY(?::bigint[])", [list(ids)]

    # -- conditions --------------------------------------------------------------------------------------------------

    def filters(self, query: Query) -> Sql:
        """Everything a query asks for, as one condition on `s`."""
        parts = ["TRUE"]
        values: list[Any] = []
        if query.deleted is not None:
            parts.append(f"s.deleted = {int(query.deleted)}")
        if query.flagged is not None:
            parts.append(f"s.flagged = {int(query.flagged)}")
        if query.updated_since is not None:
            parts.append("s.remote_updated_at >= ?")
            values.append(query.updated_since)
        for column, value in query.equal:
            parts.append(f"s.{column} = ?")
            values.append(value)
        for word in query.words:
            parts.append("instr(s.text, ?) > 0" if self.sqlite else "s.text LIKE ?")
            values.append(word if self.sqlite else like(word))
        return " AND ".join(parts), values

    def ordered(self, query: Query, place: Place | None, backwards: bool) -> list[tuple[Sql, str]]:
        """The stretches of the query's order beyond `place`: a condition that the order's index answers, and its ORDER BY."""
        column, turned = f"s.{query.sort}", query.descending != backwards
        sign, direction = ("<", "DESC") if turned else (">", "ASC")
        valued, empty = f"ORDER BY {column} {direction}, s.id {direction}", f"ORDER BY s.id {direction}"
        all_valued: tuple[Sql, str] = ((f"{column} IS NOT NULL", []), valued)
        all_empty: tuple[Sql, str] = ((f"{column} IS NULL", []), empty)
        if query.sort == "remote_updated_at":  # never empty
            return [((f"({column}, s.id) {sign} (?, ?)", [place.key, place.id]), valued)] if place else [all_valued]
        if place is None:
            return [all_valued, all_empty]
        if place.key is None:
            rest: tuple[Sql, str] = ((f"{column} IS NULL AND s.id {sign} ?", [place.id]), empty)
            return [rest, all_valued] if backwards else [rest]
        rest = ((f"({column}, s.id) {sign} (?, ?)", [place.key, place.id]), valued)
        return [rest] if backwards else [rest, all_empty]

    # -- reading -----------------------------------------------------------------------------------------------------

    async def scan(
        self, query: Query, stretch: tuple[Sql, str], limit: int, *, ids: Sequence[int] | None = None, rare: bool = False
    ) -> list[tuple[int, Any]]:
        """The first `limit` rows of a stretch that fit, by walking the order's index.

        Where hits are `rare`, all rows (those of `ids`, if given) are read and sorted instead.
        """
        (where, bounds), order = stretch
        if ids is not None:
            one_of, given = self.ids("s.id", ids)
            where, bounds = f"{where} AND {one_of}", [*bounds, *given]
        fits, values = self.filters(query)
        rows = f"{query.spec.name} s NOT INDEXED" if rare and self.sqlite else self._walk(query)
        sql = f"SELECT s.id, s.{query.sort} FROM {rows} WHERE s.workspace_id = ? AND {where} AND {fits}"
        if rare and not self.sqlite:
            # For the sake of the LIMIT it would walk the index after all; past OFFSET 0 it does not look.
            sql = f"SELECT s.id, s.{query.sort} FROM ({sql} OFFSET 0) s"
        return await self.all(f"{sql} {order} LIMIT ?", [self.workspace_id, *bounds, *values, limit])

    async def sample(self, query: Query, stretch: tuple[Sql, str], size: int) -> list[tuple[int, Any, int]]:
        """The first `size` rows of a stretch, each with whether it fits."""
        (where, bounds), order = stretch
        fits, values = self.filters(query)
        inner = f"SELECT s.* FROM {self._walk(query)} WHERE s.workspace_id = ? AND {where} {order} LIMIT ?"
        # Parameters in the order of the text: the condition stands before the table it looks at.
        return await self.all(
            f"SELECT s.id, s.{query.sort}, CASE WHEN {fits} THEN 1 ELSE 0 END FROM ({inner}) s {order}",
            [*values, self.workspace_id, *bounds, size],
        )

    async def among(self, query: Query, ids: Sequence[int]) -> list[tuple[int, Any]]:
        """Which of `ids` fit."""
        one_of, given = self.ids("s.id", ids)
        fits, values = self.filters(query)
        # SQLite would rather walk an index of a filter: the unary plus keeps it on the given ids.
        mine = "+s.workspace_id" if self.sqlite else "s.workspace_id"
        return await self.all(
            f"SELECT s.id, s.{query.sort} FROM {query.spec.name} s WHERE {one_of} AND {mine} = ? AND {fits}",
            [*given, self.workspace_id, *values],
        )

    async def candidates(self, query: Query, cap: int, *, partly: bool = False) -> list[int] | None:
        """A superset of what fits, at most `cap` ids, from the most selective index that can say; None when none can.

        With `partly` the first `cap` of more will do. Ids of other workspaces may be among them (SQLite's index of words knows none):
        whoever looks at the rows asks for the workspace.
        """
        best: list[int] | None = None
        for sql, values in self._probes(query, cap, partly):
            found = [row[0] for row in await self.all(sql, values)]
            if (partly or len(found) <= cap) and (best is None or len(found) < len(best)):
                best = found
            if best is not None and len(best) < 500:
                break
        return best

    def _probes(self, query: Query, cap: int, partly: bool) -> list[Sql]:
        name, mine, probes = query.spec.name, self.workspace_id, []
        # PostgreSQL pads words itself, so to it one letter at the start of a word is a trigram too.
        long = [word for word in query.words if len(word) >= SHORTEST or not self.sqlite]
        if long and self.sqlite and partly:  # a few, and they should be ours
            join = f"{name}_fts f CROSS JOIN {name} s ON s.id = f.rowid"
            sql = f"SELECT s.id FROM {join} WHERE f.{name}_fts MATCH ? AND +s.workspace_id = ? LIMIT ?"
            probes.append((sql, [trigrams(long), mine, cap + 1]))
        elif long and self.sqlite:
            probes.append((f"SELECT rowid FROM {name}_fts WHERE {name}_fts MATCH ? LIMIT ?", [trigrams(long), cap + 1]))
        elif long:
            probes.append((f"SELECT * FROM {name}_ids(?::text[], ?::int)", [[like(word) for word in long], cap + 1]))
        probes.extend(
            (f"SELECT s.id FROM {name} s WHERE s.workspace_id = ? AND s.{column} = ? LIMIT ?", [mine, value, cap + 1])
            for column, value in query.equal
        )
        probes.extend(
            (f"SELECT s.id FROM {name} s WHERE s.workspace_id = ? AND s.{column} = 1 LIMIT ?", [mine, cap + 1])
            for column, wanted in (("flagged", query.flagged), ("deleted", query.deleted))
            if wanted
        )
        if query.updated_since is not None and (query.sort != "remote_updated_at" or not query.descending):
            probes.append(
                (
                    f"SELECT s.id FROM {name} s WHERE s.workspace_id = ? AND s.remote_updated_at >= ? LIMIT ?",
                    [mine, query.updated_since, cap + 1],
                )
            )
        return probes

    def _walk(self, query: Query) -> str:
        """The table, on SQLite bound to the index of the order: it would take a filter's and sort all of it."""
        name = query.spec.name
        return f"{name} s INDEXED BY ix_{name}_{query.sort}" if self.sqlite else f"{name} s"

    async def values(self, spec: Spec, column: str, most: int) -> list[Any]:
        """The values that occur in a filter's column, in order."""
        smallest = f"SELECT min({column}) FROM {spec.name} WHERE workspace_id = ?"
        rows = await self.all(
            f"WITH RECURSIVE v(x) AS ({smallest} UNION ALL SELECT ({smallest} AND {column} > v.x) FROM v WHERE v.x IS NOT NULL) "
            "SELECT x FROM v WHERE x IS NOT NULL LIMIT ?",
            [self.workspace_id, self.workspace_id, most],
        )
        return [row[0] for row in rows]

    # -- what is not indexed yet -------------------------------------------------------------------------------------

    async def position(self, spec: Spec, *, lock: bool = False) -> tuple[int, int] | None:
        """Up to which change the index is; None when somebody else is just moving it."""
        model = str(spec.table.__tablename__)
        if lock:
            await self.all(
                "INSERT INTO search_positions (workspace_id, model, tx, record_id) VALUES (?, ?, -1, 0) "
                "ON CONFLICT (workspace_id, model) DO NOTHING",
                [self.workspace_id, model],
            )
        tail = " FOR UPDATE SKIP LOCKED" if lock and not self.sqlite else ""
        rows = await self.all(
            f"SELECT tx, record_id FROM search_positions WHERE workspace_id = ? AND model = ?{tail}", [self.workspace_id, model]
        )
        return (rows[0][0], rows[0][1]) if rows else None if lock else (-1, 0)

    async def changed(
        self, spec: Spec, columns: Sequence[str], after: tuple[int, int], limit: int, *, before: int | None = None
    ) -> list[Any]:
        """Columns (the first is `id`) of records that changed after a position, in the order of changes, and their `changed_tx` last."""
        until, values = (" AND changed_tx < ?", [before]) if before is not None else ("", [])
        return await self.all(
            f"SELECT {', '.join(columns)}, changed_tx FROM {spec.table.__tablename__} WHERE workspace_id = ? "
            f"AND (changed_tx, id) > (?, ?){until} ORDER BY changed_tx, id LIMIT ?",
            [self.workspace_id, *after, *values, limit],
        )

    async def rows(self, table: type[RecordRow], columns: Sequence[str], ids: Sequence[int]) -> list[Any]:
        """Columns of the records of these ids, reached by their ids alone.

        Left to themselves both planners may take the way over all rows of the workspace, as long as they know no better (see `bulk_*`).
        """
        names, name = ", ".join(columns), table.__tablename__
        if self.sqlite:
            one_of, given = self.ids("id", ids)
            return await self.all(f"SELECT {names} FROM {name} WHERE {one_of} AND +workspace_id = ?", [*given, self.workspace_id])
        return await self.all(
            f"SELECT t.* FROM unnest(?::bigint[]) AS i(id) CROSS JOIN LATERAL "
            f"(SELECT {names} FROM {name} WHERE {name}.id = i.id AND workspace_id = ? LIMIT 1) t",
            [list(ids), self.workspace_id],
        )


def like(word: str) -> str:
    """A LIKE pattern for text that holds `word`."""
    escaped = word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"


def trigrams(words: Sequence[str]) -> str:
    """An FTS5 query for text that holds every trigram of every word."""
    parts = dict.fromkeys(word[start : start + SHORTEST] for word in words for start in range(len(word) - SHORTEST + 1))
    return " AND ".join('"' + part.replace('"', '""') + '"' for part in parts)
