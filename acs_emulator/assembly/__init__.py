"""
Which objects there are, and who knows whom.

The only package that builds what others define; everything else is given what it
needs.  L{world} is what comes from outside, L{calls} what lives, L{trees} what is
seen of it over HTTP, L{whole} the emulator.
"""

from .whole import Emulator, assemble, build
from .world import World

__all__ = ["Emulator", "World", "assemble", "build"]
