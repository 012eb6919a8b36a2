"""The audit log: who did what, when, in a chain of hashes that shows every later change."""

from orion_core.platform.audit.service import Audit
from orion_core.platform.audit.types import Actor, AuditPage, AuditQuery, AuditRow, Reader, VerifyReport

__all__ = ["Actor", "Audit", "AuditPage", "AuditQuery", "AuditRow", "Reader", "VerifyReport"]
