"""
Tests for L{acsgw.settings}: what cannot work.
"""

from __future__ import annotations

from typing import Any

from acsgw.errors import SettingsError

from .test_settings import ACCOUNT, KEY, KEY_VARIABLE, SECRET_VARIABLE, SettingsTestCase


class ProblemTests(SettingsTestCase):
    """
    Settings that cannot work.
    """

    def test_shared_variables(self) -> None:
        """
        Two accounts whose secrets would come from the same variables are told.
        """
        problems = self.problems(
            {
                "gateway": {"public_url": "https://gw.example.com"},
                "accounts": {
                    "a-b": {**ACCOUNT, "api_id": "1"},
                    "A_b": {**ACCOUNT, "api_id": "2"},
                },
            }
        )
        (problem,) = [p for p in problems if "variables" in p]
        self.assertIn("ACSGW_ACCOUNTS_A_B_", problem)

    def test_all_at_once(self) -> None:
        """
        Every problem is told, with its key, what is wrong and the way out.
        """
        self.environment = {}
        problems = self.problems(
            {
                "gatway": {},
                "gateway": {
                    "listen": "tcp:80a",
                    "public_url": "gw.example.com",
                    "drain_seconds": "soon",
                    "lead_ms": 5,
                    "recording_dir": "x",
                },
                "accounts": {"main": {"record": "yes", "agent": "remote"}},
            }
        )
        keys = sorted(problem.partition(":")[0] for problem in problems)
        self.assertEqual(
            keys,
            [
                "accounts.main.acs_access_key_file",
                "accounts.main.acs_endpoint",
                "accounts.main.agent",
                "accounts.main.api_id",
                "accounts.main.api_secret_hash",
                "accounts.main.record",
                "accounts.main.resource_id",
                "gateway.drain_seconds",
                "gateway.lead_ms",
                "gateway.listen",
                "gateway.public_url",
                "gateway.recording_dir",
                "gatway",
            ],
        )
        text = "\n".join(problems)
        self.assertIn("did you mean 'recordings_dir'?", text)
        self.assertIn("'soon' is not a number of seconds", text)
        self.assertIn("5 is not between 20 and 1000 milliseconds", text)
        self.assertIn("for example tcp:8080", text)

    def test_told_together(self) -> None:
        """
        The error's own text is a list with a head.
        """
        with self.assertRaises(SettingsError) as caught:
            self.parse({})
        head, *rest = str(caught.exception).splitlines()
        self.assertEqual(head, "2 problems with the settings:")
        self.assertEqual(len(rest), 2)
        one = str(SettingsError(["x"])).splitlines()
        self.assertEqual(one, ["1 problem with the settings:", "  x"])

    def test_odd_shapes(self) -> None:
        """
        Values of the wrong kind are problems, never errors of ours.
        """
        odd: tuple[Any, ...] = (1, 1.5, True, "x", [], [1], {}, float("nan"), "")
        for value in odd:
            for key in ("gateway", "azure", "agent", "accounts", "other"):
                self.problems({key: value})
            for key in (
                *("listen", "public_url", "operations_listen", "state_dir"),
                *("drain_seconds", "max_call_seconds", "lead_ms", "keep_ended_calls"),
            ):
                try:
                    self.settings(**{key: value})
                except SettingsError as e:
                    self.assertIn(f"gateway.{key}", str(e))
            for key in ACCOUNT:
                try:
                    self.account(**{key: value})
                except SettingsError as e:
                    self.assertIn(f"accounts.main.{key}", str(e))
        self.problems({"accounts": {"main": 7}})

    def test_no_accounts(self) -> None:
        """
        Without accounts nobody could send calls.
        """
        self.assertIn("[accounts.main]", self.problems({"accounts": {}})[-1])

    def test_same_id(self) -> None:
        """
        Two accounts cannot have the same id: who would it be?
        """
        self.environment["ACSGW_ACCOUNTS_OTHER_ACS_ACCESS_KEY"] = KEY
        [problem] = self.problems(
            {
                "gateway": {"public_url": "https://gw.example.com"},
                "accounts": {"main": ACCOUNT, "other": ACCOUNT},
            }
        )
        self.assertIn("accounts.other.api_id: accounts.main has the same", problem)

    def test_secret_in_the_file(self) -> None:
        """
        A secret in the settings file is a problem, with the variable to use.
        """
        for key in ("api_secret", "acs_access_key"):
            [problem] = self.account_problems(**{key: "c2VjcmV0"})
            self.assertIn("secrets do not belong into this file", problem)
            self.assertIn(f"ACSGW_ACCOUNTS_MAIN_{key.upper()}", problem)
            self.assertNotIn("c2VjcmV0", problem)

    def test_secret_files(self) -> None:
        """
        A file that is missing, or empty, is a problem.
        """
        self.files = {"/etc/acsgw/empty": "\n"}
        [problem] = self.account_problems(api_secret_file="empty")
        self.assertIn("api_secret_file: is empty", problem)
        [problem] = self.account_problems(api_secret_file="missing")
        self.assertIn("/etc/acsgw/missing cannot be read: No such file", problem)

    def test_empty_environment(self) -> None:
        """
        A variable that is set and empty is like one that is not set: the problem is
        told.
        """
        self.environment = {KEY_VARIABLE: "", SECRET_VARIABLE: ""}
        problems = self.account_problems(
            api_secret_file="missing", acs_access_key_file="missing"
        )
        self.assertEqual(len(problems), 2)

    def test_access_key(self) -> None:
        """
        A key that is not base64 is a problem, and is not repeated.
        """
        for key in ("not base64!", "c2Vj!mV0", "ümlaut", "YQ=a"):
            self.environment[KEY_VARIABLE] = key
            [problem] = self.account_problems()
            self.assertIn("acs_access_key: is not base64", problem)
            self.assertNotIn(key, problem)

    def test_transfer_needs_a_number(self) -> None:
        """
        Callers can be handed to a number only in the name of another one.
        """
        [problem] = self.account_problems(transfer_to="+18005550199")
        self.assertIn("accounts.main.caller_id: is missing", problem)
        for bad in ("18005550199", "bob", "8:acs", "+0123"):
            [problem] = self.account_problems(transfer_to=bad)
            self.assertIn("accounts.main.transfer_to", problem)

    def test_fallback(self) -> None:
        """
        So can they after the prompt; and bad values are told.
        """
        [problem] = self.account_problems(fallback_to="+18005550199")
        self.assertIn("accounts.main.caller_id: is missing", problem)
        self.assertIn("(fallback_to)", problem)
        for key, bad in (
            ("fallback_to", "bob"),
            ("fallback_prompt", 7),
            ("resume_after_failed_transfer", "yes"),
        ):
            [problem] = self.account_problems(**{key: bad})
            self.assertIn(f"accounts.main.{key}", problem)

    def test_short_secret(self) -> None:
        """
        A secret that could be guessed is a problem, and is not repeated.
        """
        self.environment[SECRET_VARIABLE] = "guess-me"
        [problem] = self.account_problems()
        self.assertIn("has only 8 characters, at least 20", problem)
        self.assertNotIn("guess-me", problem)

    def test_names(self) -> None:
        """
        The name of an account becomes part of variables and metrics.
        """
        problems = self.problems(
            {
                "gateway": {"public_url": "https://gw.example.com"},
                "accounts": {"my account": ACCOUNT},
            }
        )
        self.assertIn("accounts.my account.(name)", problems[0])

    def test_addresses(self) -> None:
        """
        An address is http or https, with a host, and nothing behind the path.
        """
        for bad in (
            *("gw", "ftp://gw", "https://", "https://gw?x=y", "https://gw#x"),
            *("https://gw:port", "wss://gw"),
        ):
            [problem] = self.account_problems(acs_endpoint=bad)
            self.assertIn("is not an http:// or https:// address", problem)

    def test_call_length(self) -> None:
        """
        No call may outlast its callback token.
        """
        with self.assertRaises(SettingsError):
            self.settings(max_call_seconds=3 * 3600 + 1)
        self.assertEqual(self.settings(max_call_seconds=60).max_call_seconds, 60)
