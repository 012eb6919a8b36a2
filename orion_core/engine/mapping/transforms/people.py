"""Names, telephone numbers, addresses."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from orion_core.engine.mapping.context import Context, Unfit
from orion_core.engine.mapping.path import parse
from orion_core.engine.mapping.transforms.countries import country_of
from orion_core.engine.mapping.transforms.registry import Args, Bound, transform, words

_PARTICLES = words(
    "van von der den de del della di da dos das do du la le les ter ten zu zum zur af av bin ibn al el abu ben bint mac san st st. y e"
)
_SUFFIXES = words("jr jr. sr sr. ii iii iv phd ph.d. md m.d. esq esq.")


_ODD = _PARTICLES | _SUFFIXES


@lru_cache(maxsize=256)  # two rules read the same name one after the other
def split_full_name(name: str) -> tuple[str, str]:
    """First and last name. Particles go with the family name (Ludwig | van Beethoven), "Lovelace, Ada" is turned round.

    A single word, or a name written without spaces (山田太郎), is a first name: nothing tells where it divides. Joining the two with a
    space gives the name again.
    """
    words = name.split()
    if len(words) > 1 and "," not in name and _ODD.isdisjoint(name.lower().split()):
        return " ".join(words[:-1]), words[-1]
    if len(words) > 1 and words[0].endswith(",") and len(words[0]) > 1 and not any("," in word for word in words[1:]):
        return " ".join(words[1:]), words[0][:-1]
    if len(words) < 2:
        return " ".join(words), ""
    end = len(words)
    while end > 2 and words[end - 1].lower() in _SUFFIXES:
        end -= 1
    start = end - 1
    while start > 1 and words[start - 1].lower() in _PARTICLES:
        start -= 1
    return " ".join(words[:start]), " ".join(words[start:])


@transform(
    "split_name",
    accepts=("text",),
    gives="any",
    params={"part": {"type": "string", "enum": ["first", "last"], "description": "Which part; both as an object when absent."}},
    examples=(("Ludwig van Beethoven", {"part": "last"}, "van Beethoven"),),
)
def split_name(args: Args) -> Bound:
    """A full name → first or last name, or ↔ an object {first_name, last_name}."""
    part = args.get("part")

    def forward(value: Any, ctx: Context) -> Any:
        if not isinstance(value, str):
            raise Unfit(f"{type(value).__name__} is not a name")
        first, last = split_full_name(value)
        if part is None:
            return {"first_name": first, "last_name": last}
        return (first if part == "first" else last) or None

    return Bound(forward, join_full_name if part is None else None)


def join_full_name(value: Any, ctx: Context) -> str:
    """`{first_name, last_name}` as one name."""
    if not isinstance(value, dict):
        raise Unfit(f"{type(value).__name__} is not an object with first_name and last_name")
    return " ".join(str(value[key]) for key in ("first_name", "last_name") if value.get(key))


@transform("join_name", accepts=("object",), gives="text", examples=(({"first_name": "Ada", "last_name": "Lovelace"}, {}, "Ada Lovelace"),))
def join_name(args: Args) -> Bound:
    """An object with `first_name` and `last_name` → the full name; the inverse of split_name."""
    return Bound(join_full_name)


@lru_cache(maxsize=65536)
def e164(number: str, country: str | None) -> str | None:
    """`number` in E.164, read as dialled in `country` where it has no country code; None when it is no telephone number."""
    import phonenumbers  # 60 ms of import that most processes never need

    try:
        parsed = phonenumbers.parse(number, country)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(parsed) or parsed.extension:
        return None
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


@transform(
    "format_phone",
    accepts=("text", "int"),
    gives="text",
    params={
        "country": {"type": "string", "description": "ISO 3166-1 alpha-2 country of numbers without a country code."},
        "country_path": {"type": "string", "description": "Path of that country in the record; `country` is the fallback."},
    },
    examples=(("(415) 555-2671", {"country": "US"}, "+14155552671"),),
)
def format_phone(args: Args) -> Bound:
    """A telephone number → E.164. What is not one (or has an extension, which E.164 cannot hold) stays as sent, flagged. ~60 µs each."""
    fallback = args.get("country")
    path = parse(args["country_path"]) if "country_path" in args else None

    def forward(value: Any, ctx: Context) -> str:
        sent = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
        if not isinstance(sent, str):
            raise Unfit(f"{type(value).__name__} is not a telephone number")
        if not sent.strip():
            return sent
        country = country_of(ctx.find(path)) if path is not None else None
        found = e164(sent, country or fallback)
        if found is None:
            ctx.flag("phone_unparsed")
        return sent if found is None else found

    return Bound(forward, identity=True)


EMAIL = re.compile(r"[^@\s<>,;]+@[^@\s<>,;.]+(?:\.[^@\s<>,;.]+)+")
"""What passes as an e-mail address: cheap, and right about all that occurs. It flags; it never refuses."""


@transform(
    "extract_email_domain",
    accepts=("text",),
    gives="text",
    params={"skip_free": {"type": "boolean", "description": "Leave out mail providers such as gmail.com."}},
    examples=(("Ada@Example.ORG", {}, "example.org"),),
)
def extract_email_domain(args: Args) -> Bound:
    """The domain of an e-mail address, in lower case."""
    skip_free = bool(args.get("skip_free", False))

    def forward(value: Any, ctx: Context) -> str | None:
        if not isinstance(value, str):
            raise Unfit(f"{type(value).__name__} is not an e-mail address")
        if not value.strip():
            return None
        if not EMAIL.fullmatch(value.strip()):
            raise Unfit("not an e-mail address")
        domain = value.strip().rpartition("@")[2].lower()
        return None if skip_free and domain in FREE_MAIL else domain

    return Bound(forward)


FREE_MAIL = words(
    "gmail.com googlemail.com yahoo.com yahoo.co.uk yahoo.co.jp hotmail.com outlook.com live.com msn.com aol.com icloud.com me.com mac.com "
    "gmx.de gmx.net gmx.com web.de t-online.de freenet.de mail.ru yandex.ru qq.com 163.com 126.com naver.com daum.net proton.me "
    "protonmail.com orange.fr free.fr laposte.net libero.it virgilio.it wp.pl o2.pl seznam.cz rediffmail.com fastmail.com zoho.com"
)
