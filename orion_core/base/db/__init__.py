"""The database: tables, sessions with a tenant scope, and the two doors around it (`bulk`, `directory`)."""

from orion_core.base.db.database import Database
from orion_core.base.db.scope import DirectorySession, ScopedSession, ScopeError

__all__ = ["Database", "DirectorySession", "ScopeError", "ScopedSession"]
