"""
Tests for L{acsgw.settings} and L{acsgw.settings}.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from acsgw.errors import SettingsError
from acsgw.secret_hash import SecretHash
from acsgw.settings import AccountSettings, Settings, parse_settings

FOLDER = Path("/etc/acsgw")
HASH = str(SecretHash.of("the-secret-of-the-account"))
KEY = "c2VjcmV0"
KEY_VARIABLE = "ACSGW_ACCOUNTS_MAIN_ACS_ACCESS_KEY"
SECRET_VARIABLE = "ACSGW_ACCOUNTS_MAIN_API_SECRET"

ACCOUNT = {
    "api_id": "id-1",
    "api_secret_hash": HASH,
    "acs_endpoint": "https://acs1.communication.azure.com/",
    "resource_id": "6b5f2c1e-7a3d-4f0a-9c58-1d2e3f4a5b6c",
}


class SettingsTestCase(SynchronousTestCase):
    """
    Settings from values at hand.

    @ivar files: the secrets that lie in files.
    """

    def setUp(self) -> None:
        self.environment = {KEY_VARIABLE: KEY}
        self.files: dict[str, str] = {}

    def read_text(self, path: Path) -> str:
        try:
            return self.files[str(path)]
        except KeyError:
            raise FileNotFoundError(2, "No such file or directory") from None

    def parse(self, given: dict[str, Any]) -> Settings:
        return parse_settings(given, self.environment, FOLDER, self.read_text)

    def settings(
        self, account: dict[str, Any] | None = None, **gateway: Any
    ) -> Settings:
        """
        The least that works, and these.
        """
        return self.parse(
            {
                "gateway": {"public_url": "https://gw.example.com/", **gateway},
                "accounts": {"main": {**ACCOUNT, **(account or {})}},
            }
        )

    def account(self, **changes: Any) -> AccountSettings:
        (account,) = self.settings(changes).accounts
        return account

    def problems(self, given: dict[str, Any]) -> tuple[str, ...]:
        with self.assertRaises(SettingsError) as caught:
            self.parse(given)
        problems: tuple[str, ...] = caught.exception.problems
        return problems

    def account_problems(self, **changes: Any) -> tuple[str, ...]:
        """
        What is wrong with an account; C{None} leaves a key out.
        """
        account = {**ACCOUNT, **changes}
        present = {key: value for key, value in account.items() if value is not None}
        return self.problems(
            {
                "gateway": {"public_url": "https://gw.example.com"},
                "accounts": {"main": present},
            }
        )


class GoodTests(SettingsTestCase):
    """
    Settings that work.
    """

    def test_defaults(self) -> None:
        """
        Little must be said; operators are on loopback, nothing is recorded and no
        words are kept unless asked for.
        """
        settings = self.settings()
        self.assertEqual(settings.public_url, "https://gw.example.com")
        self.assertEqual(settings.listen, "tcp:8080")
        self.assertEqual(settings.operations_listen, "tcp:8081:interface=127.0.0.1")
        self.assertEqual(settings.state_dir, FOLDER / "state")
        self.assertEqual((settings.drain_seconds, settings.lead_ms), (30.0, 100))
        self.assertEqual(
            settings.issuer, "https://acscallautomation.communication.azure.com"
        )
        (account,) = settings.accounts
        self.assertEqual((account.name, account.agent), ("main", "local"))
        self.assertEqual((account.record, account.keep_words), (False, False))
        self.assertEqual((account.transfer_to, account.caller_id), (None, None))
        self.assertTrue(account.resume_after_failed_transfer)
        self.assertEqual((account.fallback_prompt, account.fallback_to), (None, None))
        self.assertEqual(account.acs_endpoint, "https://acs1.communication.azure.com")

    def test_paths(self) -> None:
        """
        Paths are relative to the settings file, unless they are absolute.
        """
        settings = self.settings(state_dir="here", recordings_dir="/var/there")
        self.assertEqual(settings.state_dir, FOLDER / "here")
        self.assertEqual(settings.recordings_dir, Path("/var/there"))

    def test_secret_as_hash(self) -> None:
        """
        The secret of an account may be given hashed.
        """
        self.assertTrue(self.account().api_secret.matches("the-secret-of-the-account"))

    def test_secret_from_environment(self) -> None:
        """
        Secrets come from the environment, without what an editor put around them.
        """
        self.environment[SECRET_VARIABLE] = " the-secret-from-the-environment\n"
        account = self.account(api_secret_hash=HASH)
        self.assertTrue(account.api_secret.matches("the-secret-from-the-environment"))
        self.assertEqual(account.acs_access_key, KEY)

    def test_secret_from_file(self) -> None:
        """
        Or from files beside the settings.
        """
        self.environment = {}
        self.files = {
            "/etc/acsgw/secret": "the-secret-from-the-file\n",
            "/run/key": f"{KEY}\n",
        }
        account = self.account(api_secret_file="secret", acs_access_key_file="/run/key")
        self.assertTrue(account.api_secret.matches("the-secret-from-the-file"))
        self.assertEqual(account.acs_access_key, KEY)

    def test_environment_wins(self) -> None:
        """
        The environment goes before a file; where it is empty the file counts.
        """
        self.files = {"/etc/acsgw/secret": "the-secret-from-the-file"}
        self.environment[SECRET_VARIABLE] = "the-secret-from-the-environment"
        account = self.account(api_secret_file="secret")
        self.assertTrue(account.api_secret.matches("the-secret-from-the-environment"))
        self.environment[SECRET_VARIABLE] = " "
        account = self.account(api_secret_file="secret")
        self.assertTrue(account.api_secret.matches("the-secret-from-the-file"))

    def test_secrets_are_not_shown(self) -> None:
        """
        What a log would show of the settings holds no secret.
        """
        self.assertNotIn(KEY, repr(self.settings()))

    def test_transfers(self) -> None:
        """
        Callers are handed to an identity, or to a number.
        """
        self.assertEqual(self.account(transfer_to="8:acs:x_y").transfer_to, "8:acs:x_y")
        account = self.account(transfer_to="+18005550199", caller_id="+18005550100")
        self.assertEqual(account.transfer_to, "4:+18005550199")

    def test_fallback(self) -> None:
        """
        A prompt lies beside the settings, unless its path is absolute; who takes
        callers after it is given as for transfers.
        """
        account = self.account(
            fallback_prompt="sorry.wav",
            fallback_to="8:acs:x_y",
            resume_after_failed_transfer=False,
        )
        self.assertEqual(account.fallback_prompt, FOLDER / "sorry.wav")
        self.assertEqual(account.fallback_to, "8:acs:x_y")
        self.assertFalse(account.resume_after_failed_transfer)
        prompt = self.account(fallback_prompt="/x/sorry.wav").fallback_prompt
        self.assertEqual(prompt, Path("/x/sorry.wav"))
