"""
The seam to the signing keys.
"""

from __future__ import annotations

from dataclasses import dataclass

from zope.interface import Interface


@dataclass(frozen=True, repr=False)
class SigningKey:
    """
    A symmetric key of a L{IKeyRing}.
    """

    key_id: str
    secret: bytes


class IKeyRing(Interface):
    """
    The keys that sign the tokens in the URLs that we give out.
    """

    def current() -> SigningKey:
        """
        @return: the key to sign with now.
        """

    def find(key_id: str) -> SigningKey | None:
        """
        @return: the key of that id, while tokens signed with it may be alive.
        """
