"""
Tests for the settings of the sample IVR, and for its command.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
from pathlib import Path
from typing import Any

from twisted.application.service import IServiceMaker
from twisted.plugin import getPlugins
from twisted.python.usage import UsageError
from twisted.trial.unittest import SynchronousTestCase

import ivr_sample
from ivr_sample.cli import main, warnings
from ivr_sample.errors import SettingsError
from ivr_sample.hours import is_open
from ivr_sample.service import Options
from ivr_sample.settings import Hours
from ivr_sample.settings_file import (
    SECRETS as SECRETS_READ,
    load_settings,
    parse_settings,
)

from ..scenarios.house import ACCESS_KEY, LINE, RESOURCE
from .house import (
    EVENT_KEY,
    GATEWAY_USER,
    IVR_USER,
    SECRETS,
    changed,
    settings_in,
    wav,
    write_prompts,
)

#: Changes to good settings; and what the message about them holds.
PROBLEMS: tuple[tuple[Any, ...], ...] = (
    ({"ivr.public_url": None}, "ivr.public_url: is missing", "https://HOST"),
    ({"ivr.public_url": "ivr"}, "ivr.public_url: 'ivr' is not", "https://HOST"),
    ({"ivr.listen": "here"}, "ivr.listen: 'here' is not valid", "tcp:8090"),
    ({"ivr.listen": "tcp:99999"}, "ivr.listen: 'tcp:99999' is not valid"),
    ({"ivr.drain_seconds": "5"}, "ivr.drain_seconds:", "seconds to 3600"),
    ({"ivr.drian_seconds": 5}, "is not a setting", "mean 'drain_seconds'"),
    ({"humans": {}}, "humans: is not a setting", "mean 'human'"),
    ({"zzz": {}}, "zzz: is not a setting", "remove it"),
    ({"human": None}, "human: is missing", "ivr-sample example"),
    ({"acs.resource_id": "x"}, "acs.resource_id:", "immutableResourceId"),
    ({"acs.identity": "8:acs:x"}, "acs.identity:", "az communication"),
    ({"human.target": "0800"}, "human.target:", "+18005550199"),
    ({"human.caller_id": None}, "human: caller_id is missing", "+18005550100"),
    ({"human.target": LINE}, "human: target is the IVR's own number"),
    ({"human.target": IVR_USER}, "human.target: is no human"),
    ({"gateway.identity": IVR_USER}, "gateway.identity:", "would call itself"),
    ({"account.min_digits": 6}, "account: min_digits is more than max_digits"),
    ({"account.stop_tone": "5"}, "account.stop_tone:", '"#", "*"'),
    (
        {"account.variable": "conversationid"},
        "account.variable: 'conversationid' has a meaning of its own",
    ),
    ({"gateway.variables": {"k": "v" * 1025}}, "gateway.variables.k:", "1024"),
    # Characters beyond the first 65,536 count twice, as the gateway counts them.
    ({"gateway.variables": {"k": "😀" * 513}}, "gateway.variables.k:", "1024"),
    ({"gateway.variables": {"k" * 65: "v"}}, "gateway.variables.", "64"),
    ({"gateway.variables": {"😀" * 33: "v"}}, "gateway.variables.", "64"),
    (
        {"menu": {"prompt": "menu.wav", "keys": {"1": {"do": "survey"}}}},
        "menu.keys.1.do:",
    ),
    (
        {"menu": {"prompt": "menu.wav", "keys": {"x": {"do": "agent"}}}},
        "menu.keys.x",
        "0-9",
    ),
    ({"survey": None}, "back.rules[1]: do = 'survey' needs the table [survey]"),
    ({"flow.greeting": "Hello."}, "cognitive_services_endpoint: is missing"),
    ({"prompts.digits": None}, "cognitive_services_endpoint", "number is read"),
    ({"flow.greeting": "none.wav"}, "flow.greeting:", "No such file"),
    ({"flow.greeting": "../x.wav"}, "flow.greeting:", "prompts.folder"),
    (
        {"hours": {"time_zone": "Mars/X", "closed": "closed.wav"}},
        "hours.time_zone: 'Mars/X' is not valid",
        "Europe/Berlin",
    ),
    (
        {
            "hours": {
                "time_zone": "UTC",
                "closed": "closed.wav",
                "opens": "18:00",
            }
        },
        "hours: closes is not after opens",
    ),
    (
        {"pin": {"prompt": "pin.wav", "variable": "AccountNumber"}},
        "pin.variable: is account.variable",
    ),
    ({"events.key": "x" * 20}, "events.key: secrets do not belong", "IVR_EV"),
    ({"acs.access_key_file": "none"}, "acs.access_key_file:", "cannot be read"),
)


class ProblemsTests(SynchronousTestCase):
    """
    Everything that can be wrong is told with its way out.
    """

    def setUp(self) -> None:
        self.folder = Path(self.mktemp())
        self.folder.mkdir()
        write_prompts(self.folder)

    def problems(
        self, changes: dict[str, Any], environment: Any = SECRETS
    ) -> list[str]:
        with self.assertRaises(SettingsError) as caught:
            parse_settings(changed(changes), environment, self.folder)
        return list(caught.exception.problems)

    def test_each(self) -> None:
        """
        Each problem names its key, what is wrong, and what would be right.
        """
        for changes, *wanted in PROBLEMS:
            environment = dict(SECRETS)
            if "acs.access_key_file" in changes:
                del environment["IVR_ACS_ACCESS_KEY"]
            first = self.problems(changes, environment)[0]
            for text in wanted:
                self.assertIn(text, first, changes)

    def test_together(self) -> None:
        """
        Problems of all tables, and missing secrets, are told in one message.
        """
        changes = {"ivr.public_url": None, "flow.tries": 0, "human.target": "x"}
        found = self.problems(changes, {"IVR_ACS_ACCESS_KEY": "not base64"})
        self.assertEqual(
            sorted(problem.split(":")[0] for problem in found),
            [
                *("acs.access_key", "events.key", "flow.tries"),
                *("human.target", "ivr.public_url"),
            ],
        )
        self.assertIn("IVR_EVENTS_KEY", "\n".join(found))
        self.assertNotIn("not base64", "\n".join(found))

    def test_form_of_prompts(self) -> None:
        """
        Files that Azure would not play are told, with the command that mends them.
        """
        (self.folder / "greeting.wav").write_bytes(wav(0.1, rate=8000))
        (self.folder / "goodbye.wav").write_bytes(b"RIFF")
        greeting, goodbye = self.problems({})
        self.assertIn("8000 Hz, 1 channels, 16 bit", greeting)
        self.assertIn("ffmpeg", greeting)
        self.assertIn("flow.goodbye: ", goodbye)

    def test_file(self) -> None:
        """
        So is a file that is not there, or is no TOML.
        """
        path = self.folder / "ivr.toml"
        with self.assertRaises(SettingsError) as caught:
            load_settings(path, {})
        self.assertIn("ivr-sample example", str(caught.exception))
        path.write_text("[ivr")
        with self.assertRaises(SettingsError) as caught:
            load_settings(path, {})
        self.assertIn("not TOML", str(caught.exception))


class SettingsTests(SynchronousTestCase):
    """
    Settings that are good.
    """

    def test_secrets(self) -> None:
        """
        Secrets come from the environment or from files, and are not shown.
        """
        folder = Path(self.mktemp())
        folder.mkdir()
        write_prompts(folder)
        (folder / "key").write_text(f"{EVENT_KEY}\n")
        environment = {"IVR_ACS_ACCESS_KEY": ACCESS_KEY}
        given = changed({"events.key_file": "key"})
        settings = parse_settings(given, environment, folder)
        self.assertEqual(settings.events.key.get_secret_value(), EVENT_KEY)
        for secret in (EVENT_KEY, ACCESS_KEY):
            self.assertNotIn(secret, repr(settings))

    def test_urls_of_the_platform(self) -> None:
        """
        What only the platform knows may come from the environment.
        """
        folder = Path(self.mktemp())
        folder.mkdir()
        write_prompts(folder)
        environment = {**SECRETS, "IVR_CALLBACK_URL": "https://revision.example.org"}
        settings = parse_settings(changed({}), environment, folder)
        self.assertEqual(settings.ivr.callback_url, "https://revision.example.org")

    def test_recording(self) -> None:
        """
        It is off; its folder is relative to the file, and must be there.
        """
        folder = Path(self.mktemp())
        self.assertIsNone(settings_in(folder).recording)
        table = {"folder": "kept"}
        with self.assertRaises(SettingsError) as caught:
            settings_in(folder, recording=table)
        path = folder.resolve() / "kept"
        self.assertIn(f"make it: mkdir -m 700 {path}", str(caught.exception))
        path.mkdir()
        recording = settings_in(folder, recording=table).recording
        assert recording is not None
        self.assertEqual((recording.folder, recording.channels), (str(path), "mixed"))
        for bad in ({"folder": 5}, {"folder": " "}, {"channels": "stereo"}, {"x": 1}):
            self.assertRaises(SettingsError, settings_in, folder, recording=bad)

    def test_warnings(self) -> None:
        """
        A PIN that travels, users of another resource, rules that are never reached
        and unknown variables are warned of.
        """
        settings = settings_in(
            Path(self.mktemp()), pin={"prompt": "pin.wav", "variable": "pin"}
        )
        found = list(warnings(settings, {"IVR_ACS_KEY": "x", **SECRETS}))
        heads = [text.split(":")[0] for text in found]
        self.assertEqual(heads, ["pin.variable", "IVR_ACS_KEY"])
        other = GATEWAY_USER.replace(RESOURCE, RESOURCE[::-1])
        settings = settings_in(Path(self.mktemp()), gateway__identity=other)
        (found_one,) = warnings(settings, {})
        self.assertIn("gateway.identity", found_one)
        rules = [{"do": "human"}, {"do": "goodbye"}]
        settings = settings_in(Path(self.mktemp()), back__rules=rules)
        (found_one,) = warnings(settings, {})
        self.assertIn("back.rules[0]: matches always", found_one)

    def test_hours(self) -> None:
        """
        Hours are those of the time zone, on its days.
        """
        hours = Hours.model_validate(
            {"time_zone": "America/New_York", "closed": "x", "closes": "17:30"}
        )
        monday = 1_750_075_200.0  # 2025-06-16 12:00 UTC, 08:00 in New York
        for hour, wanted in ((0, False), (1, True), (9.4, True), (9.5, False)):
            self.assertIs(is_open(hours, monday + hour * 3600), wanted, hour)
        self.assertFalse(is_open(hours, monday + (2 - 24) * 3600))


class CommandTests(SynchronousTestCase):
    """
    C{ivr-sample}, and the options of C{twistd ivr-sample}.
    """

    def run_command(self, *arguments: str) -> tuple[int, str, str]:
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            status = main(list(arguments))
        return status, out.getvalue(), err.getvalue()

    def test_example(self) -> None:
        """
        The example is complete but for what it says must be filled in.
        """
        path = Path(self.mktemp())
        path.write_text(self.run_command("example")[1])
        self.patch(os, "environ", SECRETS)
        status, _, told = self.run_command("check", "-c", str(path))
        self.assertEqual(status, 1)
        head, *problems = told.splitlines()
        self.assertEqual(head, "6 problems with the settings:")
        for problem in problems:
            self.assertIn("is still the example's", problem)

    def test_variables(self) -> None:
        """
        The variables that documents and deployment name are those that are read.
        """
        known = {f"IVR_{table}_{key}".upper() for table, key in SECRETS_READ}
        known |= {"IVR_PUBLIC_URL", "IVR_CALLBACK_URL"}
        tree = Path(ivr_sample.__file__).parent.parent
        files = [*tree.glob("deploy/ivr/*"), *tree.glob("docs/**/ivr.md")]
        files.append(tree / "ivr_sample" / "example.toml")
        self.assertEqual(len(files), 6)
        for path in files:
            named = set(re.findall(r"IVR_[A-Z]+(?:_[A-Z]+)+", path.read_text("utf-8")))
            self.assertEqual(named - known, set(), str(path))

    def test_plugin(self) -> None:
        """
        twistd finds the daemon, and tells problems without a traceback.
        """
        (ours,) = (p for p in getPlugins(IServiceMaker) if p.tapname == "ivr-sample")
        self.assertIs(ours.options, Options)
        with self.assertRaises(UsageError) as caught:
            Options().parseOptions(["--config", self.mktemp()])
        self.assertIn("there is no such file", str(caught.exception))
