"""
What travels with a call from leg to leg: C{customContext}, its texts and its limits.

Core.  Sources: Microsoft Learn, "How to pass contextual data with calls" (custom
context) and "Azure Communication Services as an Event Grid source"; RFC 7433 for
C{User-To-User}.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

MAX_VOIP_HEADERS = 1000
MAX_VOIP_VALUE = 1024
#: Five of the sender's own, and C{User-To-User}.
MAX_SIP_HEADERS = 6
MAX_SIP_VALUE = 256
MAX_KEY = 64

#: Names that one remark shows.
_SHOWN = 10

#: How far back a cut may go so as not to tear a visible character apart.
_BACK = 16


@dataclass(frozen=True)
class CustomContext:
    """
    What came with a call.

    @ivar remarks: what was not as it should be, for the call's record; names of
        headers only, no values.
    """

    voip_headers: dict[str, str] = field(default_factory=dict, repr=False)
    sip_headers: dict[str, str] = field(default_factory=dict, repr=False)
    remarks: tuple[str, ...] = ()


def read_custom_context(context: object) -> CustomContext:
    """
    @param context: C{customContext} of an event, L{None} if it has none.

    @return: its headers, whose values are made texts if they were none.
    """
    if context is None:
        return CustomContext()
    if not isinstance(context, Mapping):
        return CustomContext(remarks=("customContext is no object; passed over",))
    voip, voip_remarks = _headers(context, "voipHeaders")
    sip, sip_remarks = _headers(context, "sipHeaders")
    return CustomContext(voip, sip, (*voip_remarks, *sip_remarks))


def _headers(
    context: Mapping[str, object], kind: str
) -> tuple[dict[str, str], list[str]]:
    given = context.get(kind)
    if given is None:
        return {}, []
    if not isinstance(given, Mapping):
        return {}, [f"{kind} is no object; passed over"]
    texts: dict[str, str] = {}
    remarks = Remarks(kind)
    for name, value in given.items():
        try:
            text = as_text(value)
        except ValueError:
            remarks.add("cannot be told as JSON, passed over", name)
            continue
        if text is None:
            remarks.add("null, passed over", name)
            continue
        if not isinstance(value, str):
            remarks.add("not a text, taken as JSON", name)
        good_name, good = well_formed(name), well_formed(text)
        if (good_name, good) != (name, text):
            remarks.add("not well-formed Unicode, mended", good_name)
        if good_name in texts:
            remarks.add("the same name when mended, passed over", good_name)
            continue
        texts[good_name] = good
    return texts, list(remarks)


class Remarks:
    """
    Names of variables or headers, by what is to be said of them.
    """

    def __init__(self, of: str) -> None:
        """
        @param of: what they are: C{voipHeaders}.
        """
        self._of = of
        self._names: dict[str, list[str]] = {}

    def add(self, what: str, name: str) -> None:
        """
        There is something to say of one.
        """
        self._names.setdefault(what, []).append(name)

    def __iter__(self) -> Iterator[str]:
        """
        @return: a line for each thing to say.
        """
        for what, names in self._names.items():
            yield f"{self._of}: {what}: {listed(names)}"


def listed(names: list[str]) -> str:
    """
    @return: names as a line of a record may have them, the first few.
    """
    shown = [
        "".join(c if c.isprintable() else "?" for c in name[:MAX_KEY]) or '""'
        for name in names[:_SHOWN]
    ]
    more = len(names) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more else "")


def as_text(value: object) -> str | None:
    """
    Headers are texts, and nothing else.

    @return: a text as it is; else compact JSON; L{None} for L{None}.

    @raise ValueError: if it cannot be told as JSON.
    """
    if value is None:
        return None
    if isinstance(value, str):
        return str.__str__(value)
    try:
        return json.dumps(
            value, ensure_ascii=False, allow_nan=False, separators=(",", ":")
        )
    except (TypeError, RecursionError) as e:
        raise ValueError(str(e)) from None


def well_formed(text: str) -> str:
    """
    @return: the text without lone surrogates, which JSON allows but UTF-8 does not.
    """
    if text.isascii():
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def length(text: str) -> int:
    """
    @return: in UTF-16 units.  The documents speak of characters; the service is
        written in .NET, where this is the length of a text, and no other reading
        gives more.
    """
    return len(text) if text.isascii() else len(text.encode("utf-16-le")) // 2


def cut(text: str, limit: int) -> str:
    """
    @param limit: in UTF-16 units.

    @return: as much of the beginning as there is room for, without half a
        character at the end: neither half a surrogate pair nor a letter that has
        lost its accent.
    """
    if length(text) <= limit:
        return text
    whole = text.encode("utf-16-le")[: 2 * limit].decode("utf-16-le", "ignore")
    end = len(whole)
    while end and _belongs_together(text[end - 1], text[end]):
        end -= 1
        if len(whole) - end > _BACK:  # no text that a person wrote
            return whole
    return whole[:end] or whole


def _belongs_together(before: str, after: str) -> bool:
    joiner = "\u200d"
    return (
        joiner in (before, after)
        or unicodedata.category(after).startswith("M")  # accents, variations
        or "\U0001f3fb" <= after <= "\U0001f3ff"  # skin tones
    )
