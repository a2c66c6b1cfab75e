"""
Why a store cannot be reached, out of texts of libraries that name objects in memory
and addresses, and so never repeat themselves.
"""

from __future__ import annotations

import re


def unreachable(place: str, text: str) -> str:
    """
    @param text: the library's.

    @return: a text that is the same for the same reason.
    """
    found = re.search(r"\[Errno -?\d+\] ([A-Za-z ]+)", text)
    reason = f" ({found[1].strip()})" if found else ""
    return f"{place} cannot be reached{reason}"
