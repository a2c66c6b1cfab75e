"""
How the demo fails.
"""

from __future__ import annotations


class DemoFailed(Exception):
    """
    The call did not go as it should; the text says what failed, for the user.
    """
