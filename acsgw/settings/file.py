"""
Reads the settings file.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path

from ..errors import SettingsError
from .parse import parse_settings
from .shapes import Settings


def load_settings(path: Path, environment: Mapping[str, str]) -> Settings:
    """
    @raise SettingsError: with every problem found.
    """
    try:
        given = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise SettingsError(
            [f"{path}: there is no such file; make one: acsgw example > acsgw.toml"]
        ) from None
    except (OSError, UnicodeDecodeError) as e:
        raise SettingsError([f"{path}: cannot be read: {e}"]) from e
    except tomllib.TOMLDecodeError as e:
        raise SettingsError([f"{path}: not TOML: {e}"]) from None
    folder = path.resolve().parent
    return parse_settings(
        given, environment, folder, lambda file: file.read_text("utf-8")
    )
