"""Passwords: argon2id, off the event loop, and the rule for new ones."""

from __future__ import annotations

import asyncio
import re
import unicodedata
from collections.abc import Iterable

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from orion_core.base.errors import InvalidInput

MIN_LENGTH = 10
MAX_LENGTH = 256
# Each hash takes 64 MiB for a tenth of a second: more at once would only push memory up.
_AT_ONCE = 2

# The stems of the passwords that every guessing list begins with; digits and signs around them and the usual letter swaps do not help.
_COMMON = frozenset(
    """password passwort secret letmein welcome admin administrator root login master hello monkey dragon football baseball basketball
    superman batman sunshine princess iloveyou trustno shadow michael jennifer qwerty qwertz qwertyuiop qwertzuiop azerty asdfgh
    asdfghjkl zxcvbn zxcvbnm yxcvbnm qazwsx qazwsxedc abc abcd abcdef abcdefgh abcdefghij changeme default guest test testing tester
    user demo temp orion summer winter spring autumn january february march april june july august september october november december
    computer internet whatever starwars freedom access flower cheese pokemon killer hockey soccer jordan charlie thomas george ashley
    bailey passwordpassword company business finance server database mypassword letmeinnow welcomeback""".split()  # noqa: SIM905
)
_SWAPS = str.maketrans({"0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "7": "t", "@": "a", "$": "s", "!": "i"})
_RUNS = ("abcdefghijklmnopqrstuvwxyz", "01234567890123456789", "qwertyuiopasdfghjklzxcvbnm", "qwertzuiopasdfghjklyxcvbnm")


def check_strength(password: str, *, avoid: Iterable[str] = ()) -> None:
    """Pass, or say what is weak. `avoid`: what an attacker knows of the person (e-mail, name, workspace).

    Raises:
        InvalidInput: `detail["fields"]["password"]` holds the sentence to show, `detail["reason"]` one of password_short, password_long,
            password_common, password_contains.
    """
    reason, problem = _problem(_normal(password), avoid)
    if problem:
        raise InvalidInput(problem, next_step="Twelve characters or a short sentence is best.",
                           detail={"fields": {"password": problem}, "reason": f"password_{reason}"})


def _problem(password: str, avoid: Iterable[str]) -> tuple[str, str]:
    if len(password) < MIN_LENGTH:
        return "short", f"The password is too short: {len(password)} of at least {MIN_LENGTH} characters."
    if len(password) > MAX_LENGTH:
        return "long", f"The password is longer than {MAX_LENGTH} characters."
    if len(set(password.lower())) < 5:
        return "common", "The password repeats too few different characters."
    lower = password.lower()
    if _is_common(lower):
        return "common", "The password is one of those that are guessed first."
    parts = [part for known in avoid for part in re.split(r"[^\w]+", known.lower()) if len(part) >= 4 and part in lower]
    rest = lower
    for part in sorted(parts, key=len, reverse=True):
        rest = rest.replace(part, "")
    if parts and len(rest) < MIN_LENGTH - 2:
        return "contains", f"The password is little more than “{parts[0]}”, which others know."
    return "", ""


def _is_common(lower: str) -> bool:
    stem = re.sub(r"^[\W\d_]+|[\W\d_]+$", "", lower)
    if {lower, stem, stem.translate(_SWAPS)} & _COMMON or (not stem and len(set(lower)) < 7):
        return True
    return any(lower in run or lower in run[::-1] for run in _RUNS)


def _normal(password: str) -> str:
    # The same password typed on another keyboard may arrive composed differently (NIST SP 800-63B, 3.1.1.2).
    return unicodedata.normalize("NFKC", password)


class Passwords:
    """Makes and checks argon2id hashes in threads."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._slots = asyncio.Semaphore(_AT_ONCE)
        self._decoy = ""

    async def hash(self, password: str) -> str:
        """The text to store."""
        async with self._slots:
            return await asyncio.to_thread(self._hasher.hash, _normal(password))

    async def verify(self, stored: str, password: str) -> bool:
        """Whether the password fits. Without a stored hash it takes as long, and is False."""
        if not stored and not self._decoy:
            self._decoy = await self.hash("no password fits this")
        async with self._slots:
            return await asyncio.to_thread(self._fits, stored or self._decoy, _normal(password)[: MAX_LENGTH * 4]) and bool(stored)

    def outdated(self, stored: str) -> bool:
        """Whether the hash was made with weaker parameters than today's."""
        return self._hasher.check_needs_rehash(stored)

    def _fits(self, stored: str, password: str) -> bool:
        try:
            return self._hasher.verify(stored, password)
        except (VerificationError, InvalidHashError):
            return False
