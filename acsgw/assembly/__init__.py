"""
Which objects there are, and who knows whom.

The only package that builds what others define; everything else is given what it
needs.  L{acsgw.world} is what it is built upon; L{accounts} what each account is made
of, L{calls} what lives, L{recordings} what is kept of it, L{doors} what is seen of it
over HTTP, L{whole} the gateway.
"""

from .whole import build

__all__ = ["build"]
