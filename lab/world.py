"""The universe behind all providers: the same people and companies, from a seed.

Nothing is stored. Person ``i`` is computed when asked for, always the same for a
seed, and an e-mail address leads back to its person by arithmetic, so that a lab of a
million people starts at once and stays small.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from math import gcd

from lab.ids import mix
from lab.names import INDUSTRIES, LOCALES, SLOTS, TRADES, City, Locale, plain

_REPEATS = {index: SLOTS.count(index) for index in set(SLOTS)}
_FIRST_SLOT = {index: SLOTS.index(index) for index in set(SLOTS)}
_SPLIT = re.compile(r"[^a-z0-9]+")
_LOCAL = re.compile(r"@| at ")
_SEPARATORS = (".", ".", ".", "_", "-")


@dataclass(frozen=True, slots=True)
class Person:
    """A human being as the world knows them; each provider shows a part."""

    index: int
    bits: int
    locale: Locale
    first: str
    last: str
    email: str
    phone: str
    national: str
    street: str
    city: City
    postal: str
    company: int

    @property
    def name(self) -> str:
        """Full name in the order of the country."""
        if self.locale.country in ("JP", "CN"):
            return f"{self.last} {self.first}" if self.locale.country == "JP" else f"{self.last}{self.first}"
        return f"{self.first} {self.last}"


@dataclass(frozen=True, slots=True)
class Company:
    """A firm several people work for."""

    index: int
    bits: int
    locale: Locale
    name: str
    domain: str
    industry: str
    employees: int
    phone: str
    street: str
    city: City
    postal: str


# all that is not a digit in the national numbers of names.py
_NOT_DIGITS = str.maketrans("", "", "()- ")
# countries whose national numbers start with a zero that is not dialled from abroad
_TRUNK_ZERO = frozenset({"GB", "DE", "FR", "JP", "CN", "IN", "SE", "NG"})


def _national(pattern: str, area: str, line: int) -> str:
    """A telephone number as people of the country write it."""
    mark = pattern[pattern.index("$") + 1]
    if mark == "0":
        return f"({area}) 555-01{line % 100:02d}"
    if mark == "1":
        return pattern.replace("$1", f"{line % 1000:03d}")
    if mark == "2":
        return pattern.replace("$2", f"{line:04d}")
    return pattern.replace("$3", f"{line // 100:02d} {line % 100:02d}")


def _fill(pattern: str, number: int) -> str:
    out = pattern
    while "#" in out:
        out = out.replace("#", str(number % 10), 1)
        number //= 10
    return out


class World:
    """People and companies of one seed; ``size`` people are customers somewhere."""

    def __init__(self, size: int, seed: int) -> None:
        self.size = size
        self.seed = seed
        self.companies = max(6, size // 5)
        self._salt = mix(seed * 7919 + 17)
        self._first_index = {
            locale_index: {latin: place for place, (_, latin) in enumerate(locale.firsts)}
            for locale_index, locale in enumerate(LOCALES)
        }
        self._last_index = {
            locale_index: {latin: place for place, (_, latin) in enumerate(locale.lasts)}
            for locale_index, locale in enumerate(LOCALES)
        }
        self.company = lru_cache(maxsize=4096)(self._company)

    def bits(self, index: int, salt: int = 0) -> int:
        """64 bits that belong to an index, different for every ``salt``."""
        return mix(index * 0x2545F491 + self._salt + salt * 0x9E3779B1)

    def person(self, index: int) -> Person:
        """Person ``index``."""
        bits = self.bits(index)
        block, slot = divmod(index, len(SLOTS))
        place = SLOTS[slot]
        locale = LOCALES[place]
        ordinal = block * _REPEATS[place] + slot - _FIRST_SLOT[place]
        combinations = len(locale.firsts) * len(locale.lasts)
        round_, rest = divmod(ordinal, combinations)
        mixed = (rest * self._stride(combinations) + self._salt) % combinations
        first, first_latin = locale.firsts[mixed % len(locale.firsts)]
        last, last_latin = locale.lasts[mixed // len(locale.firsts)]
        company = -1 if bits % 6 == 0 else index % self.companies
        domain = locale.free_mail if company < 0 or bits % 7 == 0 else self.company(company).domain
        number = str(round_ + 1) if round_ else ""
        email = f"{first_latin}{_SEPARATORS[bits % 5]}{last_latin}{number}@{domain}"
        line = (bits >> 8) % 10_000
        city = locale.cities[(bits >> 24) % len(locale.cities)]
        national = _national(locale.phone, city.area, line)
        digits = national.translate(_NOT_DIGITS)
        if locale.country in _TRUNK_ZERO:
            digits = digits[1:]
        street = locale.street.format(n=1 + (bits >> 32) % 180, s=locale.streets[(bits >> 40) % len(locale.streets)])
        return Person(
            index, bits, locale, first, last, email, locale.calling + digits, national, street, city,
            _fill(city.postal, bits >> 48), company,
        )  # fmt: skip

    def candidates(self, email: str) -> list[int]:
        """The people an address may belong to, judging by the part before the @."""
        parts = [part for part in _SPLIT.split(_LOCAL.split(email.strip().lower(), maxsplit=1)[0]) if part]
        if len(parts) != 2:
            return []
        name = parts[1].rstrip("0123456789")
        number = parts[1][len(name) :]
        round_ = max(0, int(number[:9]) - 1) if number else 0
        found = []
        for place, locale in enumerate(LOCALES):
            a, b = self._first_index[place].get(parts[0]), self._last_index[place].get(name)
            if a is None or b is None:
                continue
            combinations = len(locale.firsts) * len(locale.lasts)
            mixed = a + b * len(locale.firsts)
            inverse = pow(self._stride(combinations), -1, combinations)
            rest = (mixed - self._salt) * inverse % combinations
            block, repeat = divmod(round_ * combinations + rest, _REPEATS[place])
            found.append(block * len(SLOTS) + _FIRST_SLOT[place] + repeat)
        return found

    def find(self, email: str) -> int | None:
        """The person an e-mail address belongs to, in whatever case it is written."""
        wanted = email.strip().lower()
        return next((index for index in self.candidates(email) if self.person(index).email == wanted), None)

    @staticmethod
    @lru_cache(maxsize=64)
    def _stride(combinations: int) -> int:
        """A step that visits every combination of names once, far apart."""
        stride = int(combinations * 0.618) | 1
        while gcd(stride, combinations) != 1:
            stride += 2
        return stride

    def _company(self, index: int) -> Company:
        bits = self.bits(index, 1)
        place = SLOTS[index % len(SLOTS)]
        locale = LOCALES[place]
        last, latin = locale.lasts[(bits >> 3) % len(locale.lasts)]
        trade = (bits >> 11) % len(TRADES)
        legal = f"{locale.legal} " if locale.country == "JP" else ""
        tail = "" if locale.country == "JP" else f" {locale.legal}"
        name = f"{legal}{last} {TRADES[trade]}{tail}"
        # the index keeps domains apart: a domain is what a CRM tells companies by
        domain = f"{latin}-{plain(TRADES[trade])}{index}.example"
        city = locale.cities[(bits >> 24) % len(locale.cities)]
        street = locale.street.format(n=1 + (bits >> 32) % 400, s=locale.streets[(bits >> 40) % len(locale.streets)])
        phone = f"{locale.calling}{2000000 + (bits >> 16) % 7000000}"
        employees = (3, 12, 45, 180, 900, 4200)[(bits >> 5) % 6] + (bits >> 9) % 30
        return Company(
            index, bits, locale, name, domain, INDUSTRIES[trade], employees, phone, street, city,
            _fill(city.postal, bits >> 48),
        )  # fmt: skip
