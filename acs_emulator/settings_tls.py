"""
Settings of TLS: the emulator's own, and whom it believes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any

from twisted.internet.endpoints import serverFromString

TRUST_SYSTEM = "system"
TRUST_NOBODY_CHECKED = "off"

_NAME = r"(?=.{1,253}$)(\*\.)?[0-9A-Za-z_-]{1,63}(\.[0-9A-Za-z_-]{1,63})*"


@dataclass(frozen=True, kw_only=True)
class TlsSettings:
    """
    @ivar listen: a second port, for TLS; L{None}: the one port speaks TLS.
    @ivar folder: where the authority lives; L{None}: the user's state folder.
    @ivar names: that the certificate is for, beyond those of this machine.
    """

    listen: str | None = None
    folder: str | None = None
    names: tuple[str, ...] = ()


def parse_tls(given: Any) -> TlsSettings | None:
    """
    @param given: true, false, or a table, which means true.

    @raise ValueError: with everything that is wrong.
    """
    if isinstance(given, bool):
        return TlsSettings() if given else None
    if not isinstance(given, Mapping):
        raise ValueError("must be true, false or a table, written as [tls]")
    problems = [
        f"{key} is not known; use folder, listen, names"
        for key in given
        if key not in ("listen", "folder", "names")
    ]
    listen, folder = given.get("listen"), given.get("folder")
    names = given.get("names", [])
    if listen is not None:
        problems += _endpoint_problems(listen)
    if folder is not None and (not isinstance(folder, str) or not folder):
        problems.append("folder must be a path")
    if not isinstance(names, list) or not all(map(_is_name, names)):
        problems.append("names must be a list of host names and IP addresses")
    if problems:
        raise ValueError("; ".join(problems))
    return TlsSettings(listen=listen, folder=folder, names=tuple(names))


def parse_trust(given: Any) -> str:
    """
    @raise ValueError: if it is not a text.
    """
    if not isinstance(given, str) or not given:
        raise ValueError('must be "system", "off" or the path of a PEM file')
    return given


def _endpoint_problems(given: Any) -> list[str]:
    try:
        serverFromString(None, given)
    except Exception as e:  # whatever a plugin for endpoints may raise
        return [f"listen {given!r} is not a place to listen ({e})"]
    return []


def _is_name(given: Any) -> bool:
    if not isinstance(given, str):
        return False
    try:
        ip_address(given)
    except ValueError:
        return re.fullmatch(_NAME, given) is not None
    return True
