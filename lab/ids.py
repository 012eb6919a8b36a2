"""Deterministic numbers: hashes of an index, and identifiers that can be read back.

A lab with a million customers keeps none of them in memory. That needs identifiers
that look random, yet turn back into the index they were made from.
"""

from __future__ import annotations

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_VALUES = {letter: value for value, letter in enumerate(ALPHABET)}
_PAIRS = [a + b for a in ALPHABET for b in ALPHABET]
_MASK = (1 << 64) - 1


def mix(number: int) -> int:
    """SplitMix64: spread an integer over 64 bits, the same on every machine."""
    number = (number + 0x9E3779B97F4A7C15) & _MASK
    number = ((number ^ (number >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    number = ((number ^ (number >> 27)) * 0x94D049BB133111EB) & _MASK
    return number ^ (number >> 31)


def token(number: int, width: int) -> str:
    """``width`` base-62 characters that follow from ``number`` (not reversible)."""
    out: list[str] = []
    state = number
    while len(out) * 2 < width:
        bits = state = mix(state)
        for _ in range(5):
            bits, pair = divmod(bits, 3844)
            out.append(_PAIRS[pair])
    return "".join(out)[:width]


class IdCodec:
    """``prefix`` + ``width`` base-62 characters + ``suffix``, a bijection of the index."""

    # coprime to 62 = 2 * 31, so that it has an inverse modulo every power of 62
    _MULTIPLIER = 0x5851F42D4C957F2D * 0x14057B7EF767814F | 1

    def __init__(self, prefix: str, width: int, *, salt: int = 0, suffix: str = "") -> None:
        if width % 2:
            raise ValueError("width must be even: digits are written in pairs")
        self.prefix = prefix
        self.suffix = suffix
        self._pairs = width // 2
        self._width = width
        self._modulus = 62**width
        self._factor = self._MULTIPLIER % self._modulus
        while self._factor % 31 == 0:
            self._factor += 2
        self._inverse = pow(self._factor, -1, self._modulus)
        self._shift = mix(salt) * mix(salt + 1) % self._modulus

    def encode(self, index: int) -> str:
        """The identifier of an index."""
        number = (index * self._factor + self._shift) % self._modulus
        out = []
        for _ in range(self._pairs):
            number, pair = divmod(number, 3844)
            out.append(_PAIRS[pair])
        return self.prefix + "".join(out) + self.suffix

    def decode(self, identifier: str) -> int | None:
        """The index an identifier was made from; None when it was made elsewhere."""
        start, end = len(self.prefix), len(self.prefix) + self._width
        if len(identifier) != end + len(self.suffix):
            return None
        if not identifier.startswith(self.prefix) or not identifier.endswith(self.suffix):
            return None
        number = 0
        body = identifier[start:end]
        for place in range(self._pairs - 1, -1, -1):
            high, low = _VALUES.get(body[2 * place]), _VALUES.get(body[2 * place + 1])
            if high is None or low is None:
                return None
            number = number * 3844 + high * 62 + low
        index = (number - self._shift) * self._inverse % self._modulus
        return index if index < 1 << 40 else None


class NumberCodec:
    """HubSpot-like numeric identifiers: ascending with the index, with uneven gaps."""

    def __init__(self, first: int, *, salt: int = 0, gap: int = 37) -> None:
        self._first = first
        self._gap = gap
        self._salt = mix(salt)

    def encode(self, index: int) -> str:
        """The identifier of an index."""
        return str(self._first + index * self._gap + mix(index ^ self._salt) % self._gap)

    def decode(self, identifier: str) -> int | None:
        """The index an identifier was made from; None when it was made elsewhere."""
        if not identifier.isdigit() or len(identifier) > 18:
            return None
        index = (int(identifier) - self._first) // self._gap
        return index if index >= 0 and self.encode(index) == identifier else None

    def first_above(self, number: int) -> int:
        """The lowest index whose identifier is greater than ``number``."""
        index = max(0, (number - self._first) // self._gap)
        return index if int(self.encode(index)) > number else index + 1
