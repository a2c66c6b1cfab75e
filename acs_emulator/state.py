"""
Where the emulator keeps what outlives it.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

#: The certificate that clients are to trust.
CA_FILE = "ca.pem"


def state_folder(environment: Mapping[str, str]) -> Path:
    """
    @return: the user's folder, where the settings name none.
    """
    home = environment.get("XDG_STATE_HOME")
    base = Path(home) if home else Path.home() / ".local" / "state"
    return base / "acs-emulator"
