"""
Programs and libraries of node's that tests need: installed when first asked for.
"""

from __future__ import annotations

import shutil
import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

# Without a network it shall not take minutes to find that out.
_ONCE = "--fetch-retries=0"


@cache
def why_not_installed(wanted: Path, folder: Path) -> str | None:
    """
    Install what a C{package-lock.json} lists, if that was not done before.

    @param wanted: where C{package.json} and C{package-lock.json} are.
    @param folder: where npm puts it all.

    @return: why that is not possible here; L{None}: it is there.
    """
    if shutil.which("node") is None or shutil.which("npm") is None:
        return "node and npm are not installed"
    lock = (wanted / "package-lock.json").read_bytes()
    mark = folder / "installed"
    if mark.exists() and mark.read_bytes() == lock:
        return None
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copy(wanted / name, folder)
    try:
        done = subprocess.run(
            ["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts", _ONCE],
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=300,
        )
    except subprocess.TimeoutExpired:
        return "npm ci takes more than five minutes"
    if done.returncode:
        return f"npm ci fails: {(done.stderr or done.stdout)[-300:]}"
    mark.write_bytes(lock)
    return None
