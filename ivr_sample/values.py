"""
What single settings may be.
"""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Callable
from typing import Annotated, Any, Literal, TypeVar
from urllib.parse import urlsplit
from uuid import UUID

from pydantic import AfterValidator, SecretStr
from twisted.internet.endpoints import serverFromString

from acsgw.acs.custom_context import length

T = TypeVar("T")


def check(test: Callable[[Any], object]) -> AfterValidator:
    """
    @param test: is the value good?  May raise, too.
    """

    def validate(value: T) -> T:
        try:
            good = test(value)
        except (ValueError, TypeError, LookupError, OSError):
            good = False
        if not good:
            shown = "what is given" if isinstance(value, SecretStr) else repr(value)
            raise ValueError(f"{shown:.80} is not valid")
        return value

    return AfterValidator(validate)


def _is_url(value: str) -> bool:
    parts = urlsplit(value)
    _ = parts.port
    web = parts.scheme in {"http", "https"} and bool(parts.hostname)
    return web and not (parts.query or parts.fragment or value.endswith("/"))


def _is_key(value: SecretStr) -> bool:
    return bool(b64decode(value.get_secret_value(), validate=True))


def _listens(value: str) -> bool:
    serverFromString(None, value)
    port = re.match(r"(?:tcp6?|ssl):(?:port=)?(\d+)", value)
    return port is None or int(port[1]) < 65536


_identity = r"8:(acs|gcch-acs|dod-acs):[0-9a-fA-F-]{36}_\S+"
_e164 = r"\+[1-9][0-9]{5,14}"

Text = Annotated[str, check(str.strip)]
#: A text to be spoken, or the name of a WAV file in C{prompts.folder}.
Phrase = Annotated[str, check(str.strip)]
Url = Annotated[str, check(_is_url)]
Listen = Annotated[str, check(_listens)]
Guid = Annotated[str, check(lambda v: str(UUID(v)) == v.lower())]
Identity = Annotated[str, check(lambda v: re.fullmatch(_identity, v))]
Number = Annotated[str, check(lambda v: re.fullmatch(_e164, v))]
Target = Annotated[str, check(lambda v: re.fullmatch(f"{_e164}|{_identity}", v))]
AccessKey = Annotated[SecretStr, check(_is_key)]
Secret = Annotated[SecretStr, check(lambda v: len(v.get_secret_value()) >= 16)]
HeaderName = Annotated[str, check(lambda v: re.fullmatch(r"[A-Za-z0-9-]+", v))]
#: As Azure limits it (Microsoft Learn, "Pass contextual data between calls").
Variable = Annotated[str, check(lambda v: v.strip() and length(v) <= 64)]
Value = Annotated[str, check(lambda v: length(v) <= 1024)]
Clock = Annotated[
    str, check(lambda v: re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d|24:00", v))
]
Key = Annotated[str, check(lambda v: re.fullmatch(r"[0-9*#]", v))]
Tone = Literal["#", "*", ""]
