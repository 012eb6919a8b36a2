"""What the parts of the accounts service share."""

from __future__ import annotations

import asyncio
import re
from collections import OrderedDict
from collections.abc import Coroutine
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from orion_core.base.db.directory import Directory
from orion_core.base.db.tables import LoginSession, Membership, OneTimeToken, User
from orion_core.base.errors import Forbidden, InvalidInput, NotFound, TooManyRequests, Unauthenticated
from orion_core.base.kit.clock import now
from orion_core.base.settings import Settings
from orion_core.base.work import Transaction, Work
from orion_core.platform.accounts import repository
from orion_core.platform.accounts.limiter import LocalRateLimiter, RateLimiter
from orion_core.platform.accounts.passwords import Passwords
from orion_core.platform.accounts.principal import Principal, Role
from orion_core.platform.accounts.tokens import fingerprint, new_token
from orion_core.platform.audit import Audit

IDLE = timedelta(days=14)
LONGEST = timedelta(days=90)
SEEN_EVERY = timedelta(minutes=1)

_FREE_TRIES = 8
_FIRST_LOCK_S = 30
_LONGEST_LOCK_S = 15 * 60
_SIGN_INS_PER_MINUTE_AND_ADDRESS = 60
_MAX_STRANGERS = 10_000
_EMAIL = re.compile(r"[^@\s\x00-\x1f]+@[^@\s\x00-\x1f]+")


def lock_s(failures: int) -> int:
    """How long an account rests after so many wrong passwords in a row: not at all up to 7, then 30 s, doubling to 15 minutes."""
    return 0 if failures < _FREE_TRIES else min(_FIRST_LOCK_S * 2 ** min(failures - _FREE_TRIES, 10), _LONGEST_LOCK_S)


class Part:
    """The facilities each part works with, and the steps several of them take."""

    def __init__(self, work: Work, audit: Audit, settings: Settings, *, limiter: RateLimiter | None = None,
                 passwords: Passwords | None = None) -> None:
        self.work = work
        self.audit = audit
        self.settings = settings
        self.limiter: RateLimiter = limiter or LocalRateLimiter()
        self.passwords = passwords or Passwords()
        self._background: set[asyncio.Task[None]] = set()
        # Wrong passwords for addresses that nobody has: they meet the same lock-out, so that it does not tell who has an account.
        self._strangers: OrderedDict[str, tuple[int, datetime | None]] = OrderedDict()

    async def close(self) -> None:
        """Wait for what runs beside the callers (times of last use)."""
        await asyncio.gather(*self._background, return_exceptions=True)

    def beside(self, job: Coroutine[Any, Any, None]) -> None:
        """Run `job` without making the caller wait: a time of last use may be lost, a page must not queue behind a writer for it."""

        async def quietly() -> None:
            with suppress(Exception):
                await job

        task = asyncio.create_task(quietly())
        self._background.add(task)
        task.add_done_callback(self._background.discard)

    # -- passwords with lock-out -------------------------------------------------------------------------------------

    async def check_password(self, email: str, password: str, ip: str = "") -> User:
        """The person, if the password is theirs. The caller's transaction clears the failures.

        Raises:
            Unauthenticated: unknown, wrong or disabled: the same answer after the same time.
            TooManyRequests: too many failures; also the right password has to wait.
        """
        if ip:
            await self.limiter.hit(f"sign-in:{ip}", _SIGN_INS_PER_MINUTE_AND_ADDRESS)
        async with self.work.directory(write=True) as directory:
            user = await repository.user_by_email(directory, email, lock=True)
            failures, until = (user.failed_sign_ins, user.locked_until) if user else self._strangers.get(email, (0, None))
            moment = now()
            if until is not None and until > moment:
                wait = max(1, round((until - moment).total_seconds()))
                raise TooManyRequests(f"Too many wrong passwords for this e-mail. Try again in {wait} s.", after_s=wait,
                                      next_step="Wait, or ask an admin of your workspace for a reset link.")
            # Counted before the check: many guesses at once cannot slip through together.
            failures += 1
            locked = now() + timedelta(seconds=lock_s(failures)) if lock_s(failures) else None
            if user is not None:
                await directory.update(User, User.id == user.id, failed_sign_ins=failures, locked_until=locked)
            else:
                self._strangers.pop(email, None)
                self._strangers[email] = (failures, locked)
                if len(self._strangers) > _MAX_STRANGERS:
                    self._strangers.popitem(last=False)
        if await self.passwords.verify(user.password_hash if user else "", password) and user is not None and user.disabled_at is None:
            return user
        if user is not None and locked is not None:
            await self._tell_lock(user, failures, ip)
        raise Unauthenticated("The e-mail or the password is wrong.",
                              next_step="Check both and try again. An admin of your workspace can make a reset link.")

    async def _tell_lock(self, user: User, failures: int, ip: str) -> None:
        async with self.work.directory() as directory:
            workspace_id = await repository.last_workspace(directory, user.id)
        if workspace_id:
            async with self.work.write(workspace_id) as tx:
                await self.audit.record(tx, Principal.system(workspace_id), "user.locked", "user", user.id, label(user),
                                        {"wrong_passwords": failures, "seconds": lock_s(failures), **({"from": ip} if ip else {})})

    # -- sessions and principals -------------------------------------------------------------------------------------

    async def open_session(self, tx: Transaction, user: User, ip: str, user_agent: str) -> tuple[str, str]:
        """A new session in the transaction's workspace: its token (shown to the browser alone) and its id."""
        token, moment = new_token(), now()
        row = LoginSession(token_hash=fingerprint(token), user_id=user.id, workspace_id=tx.workspace_id, last_seen_at=moment,
                           expires_at=moment + LONGEST, user_agent=printable(user_agent, 300), ip=printable(ip, 64))
        await repository.forget_old_sessions(tx.directory, user.id)
        await tx.directory.add(row)
        return token, row.id

    @staticmethod
    def person(user: User, membership: Membership, session_id: str = "", ip: str = "", workspace_name: str = "") -> Principal:
        """A person as a principal of the membership's workspace."""
        return Principal(workspace_id=membership.workspace_id, role=Role[membership.role], id=user.id, name=label(user), email=user.email,
                         session_id=session_id, is_operator=user.is_operator, ip=ip, workspace_name=workspace_name)

    # -- links -------------------------------------------------------------------------------------------------------

    async def new_link(self, directory: Directory, page: str, row: OneTimeToken) -> str:
        """Store `row` under a new token and return the link that carries it."""
        token = new_token()
        row.token_hash = fingerprint(token)
        await repository.add_token(directory, row)
        return f"{self.settings.url}/{page}{token}"

    async def link(self, directory: Directory, token: str, kind: str) -> OneTimeToken:
        """The row of a link that may still be used.

        Raises:
            NotFound: used, replaced, expired, revoked or never given out.
        """
        row = await repository.one_time_token(directory, fingerprint(token), kind)
        if row is None:
            raise dead_link()
        return row


def works(session: LoginSession, user: User) -> bool:
    """Whether a session may be used: neither revoked nor over, its person not disabled."""
    moment = now()
    return session.revoked_at is None and session.expires_at > moment and session.last_seen_at + IDLE > moment and user.disabled_at is None


def label(user: User) -> str:
    """What to call a person."""
    return user.name or user.email


def dead_link() -> NotFound:
    return NotFound("This link does not work: it was used, replaced or revoked, or its time is over.", next_step="Ask for a new link.")


def require_person(p: Principal) -> None:
    """Pass for a signed-in person alone."""
    if p.kind != "user" or not p.id:
        raise Forbidden("Only a signed-in person can do this.", next_step="Sign in with e-mail and password.")


def printable(value: str, limit: int) -> str:
    """One line of text that every database takes."""
    return "".join(char for char in value.encode("utf-8", "replace").decode() if char.isprintable()).strip()[:limit]


def clean_name(value: str, field: str, limit: int) -> str:
    """A name that is not empty.

    Raises:
        InvalidInput: nothing printable is left, or it is too long.
    """
    name = printable(value, limit + 1)
    problem = "Enter a name." if not name else f"The name is longer than {limit} characters." if len(name) > limit else ""
    if problem:
        raise InvalidInput(problem, detail={"fields": {field: problem}})
    return name


def clean_email(value: str) -> str:
    """An e-mail address in lower case.

    Raises:
        InvalidInput: it is not one.
    """
    email = value.strip().lower()
    if not _EMAIL.fullmatch(email) or len(email) > 320 or not email.isprintable():
        problem = "This is not an e-mail address."
        raise InvalidInput(problem, next_step="Enter an address such as maren@example.com.", detail={"fields": {"email": problem}})
    return email


def role_of(value: Role | str) -> Role:
    """A role by its name.

    Raises:
        InvalidInput: there is no such role.
    """
    if isinstance(value, Role):
        return value
    if value not in Role.__members__:
        problem = f"There is no role {printable(value, 20)!r}: choose viewer, editor, admin or owner."
        raise InvalidInput(problem, detail={"fields": {"role": problem}})
    return Role[value]
