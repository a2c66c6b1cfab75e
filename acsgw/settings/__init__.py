"""
What the gateway is told by its operator.
"""

from __future__ import annotations

from .file import load_settings
from .parse import parse_settings
from .shapes import AccountSettings, AzureSettings, Pattern, Settings

__all__ = [
    "AccountSettings",
    "AzureSettings",
    "Pattern",
    "Settings",
    "load_settings",
    "parse_settings",
]
