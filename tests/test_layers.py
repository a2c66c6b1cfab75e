"""
Tests for who may import whom.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

import acsgw

GATEWAY = Path(acsgw.__file__).parent
TREE = GATEWAY.parent

#: A call flows from left to right; a package imports what stands to its right.
FLOW = (
    "web",
    "routing",
    "calls",
    "acs",
    "agent",
    "bridge",
    "recording",
    "audio",
    "wire",
)

#: What everybody may import.
COMMON = {"interfaces", "errors", "addresses", "deferreds", "secret_hash", "metrics"}

#: These do no I/O; what they may take of it all the same.
CORES: dict[str, set[str]] = {
    "acs/custom_context.py": set(),
    "acs/events.py": set(),
    "acs/media.py": set(),
    "addresses.py": set(),
    "agent/asapp/results.py": set(),
    "agent/options.py": set(),
    "agent/reachability.py": set(),
    "agent/twilio/messages.py": set(),
    "agent/twilio/parameters.py": set(),
    "agent/twilio/stall.py": set(),
    "agent/twilio/steps.py": set(),
    "agent/twilio/stream.py": set(),
    "audio/batch.py": set(),
    "audio/conversion.py": set(),
    "audio/filters.py": set(),
    "audio/formats.py": set(),
    "audio/frames.py": set(),
    "audio/g711.py": set(),
    "audio/playout.py": set(),
    "audio/resample.py": set(),
    "audio/standing.py": set(),
    "audio/utterance.py": set(),
    "recording/flac_frames.py": set(),
    "recording/pause_keys.py": set(),
    "recording/sealed.py": set(),
    "recording/timeline.py": set(),
    "recording/wav.py": set(),
    "bridge/core.py": set(),
    "bridge/session.py": set(),
    "bridge/steps.py": set(),
    "calls/actions.py": set(),
    "calls/attempts.py": set(),
    "calls/core.py": {"twisted.internet.interfaces"},
    "calls/fallback.py": set(),
    "calls/machine.py": set(),
    "calls/handover.py": set(),
    "calls/late_inputs.py": set(),
    "calls/outputs.py": set(),
    "calls/records.py": set(),
    "calls/recovery.py": set(),
    "calls/states.py": set(),
    "calls/transfer.py": set(),
    "calls/variables.py": set(),
    "errors.py": set(),
    "interfaces/agents.py": {"twisted.internet.defer"},
    "interfaces/calls.py": {"twisted.internet.defer"},
    "interfaces/keys.py": set(),
    "interfaces/recording.py": {"twisted.internet.defer"},
    "keys/tokens.py": set(),
    "online/certificates.py": set(),
    "online/findings.py": set(),
    **{
        f"provision/{name}.py": set()
        for name in (
            *("arm_errors", "as_arm", "as_az", "as_bicep", "bodies", "difference"),
            *("files", "foreign", "found", "plan", "show", "wanted"),
        )
    },
    "interfaces/storage.py": set(),
    "settings/accounts.py": set(),
    "settings/agent_values.py": set(),
    "settings/agents.py": set(),
    "settings/handover.py": set(),
    "settings/azure.py": set(),
    "settings/parse.py": set(),
    "settings/section.py": set(),
    "settings/shapes.py": set(),
    "settings/storage.py": set(),
    "settings/values.py": {"twisted.internet.endpoints"},
    "storage/backoff.py": set(),
    "storage/names.py": set(),
    "storage/options.py": set(),
    "storage/reasons.py": set(),
    "wire/frame_shortcut.py": set(),
    "wire/out_buffer.py": set(),
}
IVR_CORES: dict[str, set[str]] = {
    "actions": set(),
    "core": {"twisted.internet.interfaces"},
    "dialogue": set(),
    "handover": set(),
    "hours": set(),
    "machine": set(),
    "records": set(),
    "settings": set(),
    "values": {"twisted.internet.endpoints"},
}
IO = {
    *("twisted", "autobahn", "klein", "treq", "azure", "prometheus_client"),
    *(
        "socket",
        "asyncio",
        "threading",
        "subprocess",
        "time",
        "os",
        "logging",
        "random",
    ),
}


def imports(path: Path) -> Iterator[str]:
    """
    @return: every module that a file imports, anywhere in it, by its full name.
    """
    package = path.relative_to(TREE).parent.parts
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            names = [*base, *(node.module.split(".") if node.module else [])]
            if node.module:
                yield ".".join(names)
            else:
                yield from (".".join([*names, alias.name]) for alias in node.names)


def rooms(path: Path) -> set[str]:
    """
    @return: which packages and modules at the top of the gateway a file imports.
    """
    names = (name.split(".") for name in imports(path))
    return {
        parts[1] if len(parts) > 1 else "" for parts in names if parts[0] == "acsgw"
    }


class LayerTests(SynchronousTestCase):
    """
    The rules of the house that a machine can check.
    """

    def test_flow(self) -> None:
        """
        A package imports only packages to its right; web has the keys to check
        tokens.
        """
        for place, package in enumerate(FLOW):
            allowed = {*COMMON, *FLOW[place:]}
            if package == "web":
                allowed.add("keys")
            self.check(package, allowed)

    def test_keys(self) -> None:
        """
        Keys know nothing of calls.
        """
        self.check("keys", {"keys", "interfaces", "errors"})

    def test_provision(self) -> None:
        """
        What sets Azure up knows nothing of calls; of Azure's wire only its HTTP.
        """
        beside = {"settings", "reactor_command", "errors", "deferreds", "acs"}
        known = {*beside, "addresses", "secret_hash", "provision"}
        self.check("provision", known)
        beside = {"interfaces", "keys", "recording", "storage"}
        self.check("online", {*known, "online", *beside})

    def test_storage(self) -> None:
        """
        Uploads know recordings as files, and nothing of calls.
        """
        self.check(
            "storage", {"storage", "interfaces", "errors", "metrics", "deferreds"}
        )

    def check(self, package: str, allowed: set[str]) -> None:
        paths = sorted((GATEWAY / package).rglob("*.py"))
        self.assertTrue(paths, package)
        for path in paths:
            self.assertEqual(rooms(path) - allowed, set(), str(path))

    def test_common(self) -> None:
        """
        What everybody may import knows nobody.
        """
        for name in COMMON:
            room = GATEWAY / name
            files = sorted(room.rglob("*.py")) or [GATEWAY / f"{name}.py"]
            for path in files:
                self.assertEqual(
                    rooms(path) - {"interfaces", "errors"}, set(), str(path)
                )

    def test_cores(self) -> None:
        """
        Modules that promise to do no I/O cannot do any.
        """
        for name, allowed in CORES.items():
            taken = {m for m in imports(GATEWAY / name) if m.split(".")[0] in IO}
            self.assertEqual(taken - allowed, set(), name)

    def test_builders(self) -> None:
        """
        Only the daemon's assembly builds what other packages define: nobody else
        imports it.
        """
        for path in sorted(GATEWAY.rglob("*.py")):
            if path.name != "service.py" and path.parent.name != "assembly":
                self.assertNotIn("assembly", rooms(path), str(path))

    def test_global_reactor(self) -> None:
        """
        Only the twistd commands take the global reactor, and not at import.
        """
        guilty = []
        for program in ("acsgw", "acs_emulator", "ivr_sample"):
            for path in sorted((TREE / program).rglob("*.py")):
                for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                    if takes_reactor(node):
                        guilty.append(str(path.relative_to(TREE)))
                        self.assertGreater(node.col_offset, 0, str(path))  # type: ignore[attr-defined]
        self.assertEqual(
            guilty,
            ["acsgw/service.py", "acs_emulator/service.py", "ivr_sample/service.py"],
        )

    def test_emulator(self) -> None:
        """
        The emulator shares nothing with the gateway, so that a common error cannot
        hide.
        """
        for path in sorted((TREE / "acs_emulator").rglob("*.py")):
            ours = [m for m in imports(path) if m.split(".")[0] == "acsgw"]
            self.assertEqual(ours, [], str(path))

    def test_fakes(self) -> None:
        """
        The gateway shares nothing with the emulator either; only its fakes run upon
        the emulator's model, which raises the emulator's errors.
        """
        taken = {"acs_emulator.model", "acs_emulator.errors"}
        users = set()
        for path in sorted(GATEWAY.rglob("*.py")):
            room = path.relative_to(GATEWAY).parts[0]
            for name in imports(path):
                if name.split(".")[0] == "acs_emulator":
                    users.add(room)
                    where = ".".join(name.split(".")[:2])
                    self.assertIn(where, taken, f"{path}: {name}")
        self.assertEqual(users, {"testing"})

    def test_fakes_are_apart(self) -> None:
        """
        Nothing of the gateway that runs with real calls imports the fakes.
        """
        for path in sorted(GATEWAY.rglob("*.py")):
            if path.relative_to(GATEWAY).parts[0] != "testing":
                self.assertNotIn("testing", rooms(path), str(path))

    def test_ivr(self) -> None:
        """
        The sample IVR, which customers copy, takes of the gateway only Azure's wire;
        and its cores do no I/O.
        """
        paths = sorted((TREE / "ivr_sample").rglob("*.py"))
        self.assertTrue(paths)
        for path in paths:
            names = [m for m in imports(path) if m.split(".")[0] == "acsgw"]
            others = [m for m in names if not m.startswith("acsgw.acs.")]
            self.assertEqual(others, [], str(path))
            self.assertNotIn("acs_emulator", {m.split(".")[0] for m in imports(path)})
        for name, allowed in IVR_CORES.items():
            path = TREE / "ivr_sample" / f"{name}.py"
            taken = {m for m in imports(path) if m.split(".")[0] in IO}
            self.assertEqual(taken - allowed, set(), name)

    def test_plugins(self) -> None:
        """
        Plugins, which every twistd command imports, import nothing of ours.
        """
        paths = sorted((TREE / "twisted" / "plugins").glob("*.py"))
        self.assertGreaterEqual(len(paths), 3)
        for path in paths:
            self.assertEqual(
                list(imports(path)), ["twisted.application.service"], str(path)
            )


def takes_reactor(node: ast.AST) -> bool:
    if isinstance(node, ast.ImportFrom):
        names = {alias.name for alias in node.names}
        return node.module == "twisted.internet" and "reactor" in names
    if isinstance(node, ast.Import):
        return any(a.name == "twisted.internet.reactor" for a in node.names)
    return False
