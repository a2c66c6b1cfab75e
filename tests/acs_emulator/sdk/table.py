"""
The table of SDK calls against results.

    python -m tests.acs_emulator.sdk.table

tries every SDK and writes the table; it must be run from the checkout.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from .expectations import CALLS, LANGUAGES, expected
from .running import ROOT, Failed, RunningEmulator, why_not

PATH = ROOT / "docs" / "emulator-sdk-table.md"

_HEAD = """\
# Microsoft's SDKs against the emulator

Made by `python -m tests.acs_emulator.sdk.table`, which lets each SDK try every call,
over TLS; the tests check that it is current. Calls have their Python names; what
follows a colon came after the call: an event, or what crossed the media WebSocket.

- Python: `azure-communication-callautomation` 1.6.0, its sync client and its aio client
  (identities: `azure-communication-identity` 1.5.0)
- JavaScript: `@azure/communication-call-automation` 1.6.0 (identities:
  `@azure/communication-identity` 1.3.1)

Transcriptions need the extra `emulator`: the caller's voice, and the emulator's ears.
`401 Denied` for `get_participant` in Python aio is the SDK's own fault: it signs the
participant's id percent-encoded and sends it with a bare colon (pull request 39419 of
Azure/azure-sdk-for-python).

"""


def render(results: Mapping[str, Mapping[str, str]]) -> str:
    """
    @param results: by language, then by row.

    @return: the document.
    """
    rows = ["| Call | " + " | ".join(LANGUAGES) + " |", "|---" * 4 + "|"]
    order = [
        name
        for call, follows in CALLS.items()
        for name in (call, *(f"{call}: {follow}" for follow in follows))
    ]
    for name in order:
        cells = [results[language].get(name, "") for language in LANGUAGES]
        if any(cells):
            rows.append(f"| {name} | " + " | ".join(cells) + " |")
    return _HEAD + "\n".join(rows) + "\n"


def differences(language: str, results: Mapping[str, str]) -> list[str]:
    """
    @return: where results are not those expected, a line for each.
    """
    wanted = expected(language)
    return [
        f"{language}: {row}: {results.get(row, 'nothing')}, "
        f"expected {wanted.get(row, 'nothing')}"
        for row in dict.fromkeys((*wanted, *results))
        if wanted.get(row) != results.get(row)
    ]


def main() -> int:
    """
    @return: exit status; 1 if a result was not expected.
    """
    results = {}
    for language in LANGUAGES:
        reason = why_not(language)
        if reason is not None:
            print(f"{language}: {reason}", file=sys.stderr)
            return 2
        with tempfile.TemporaryDirectory() as folder:
            emulator = RunningEmulator(Path(folder) / "emulator")
            try:
                results[language] = emulator.travel(language).results
            except Failed as e:
                print(f"{language}: {e}", file=sys.stderr)
                return 2
            finally:
                emulator.stop()
    PATH.write_text(render(results), "utf-8")
    found = [
        line
        for language in LANGUAGES
        for line in differences(language, results[language])
    ]
    for line in found:
        print(line, file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
