"""
Tests for L{acsgw.settings.azure}: the tables C{[accounts.NAME.azure]}.
"""

from __future__ import annotations

from typing import Any

from acsgw.check import effective, problems_here
from acsgw.errors import SettingsError
from acsgw.settings import AzureSettings, Pattern

from .test_settings import ACCOUNT, SECRET_VARIABLE, SettingsTestCase

LEAST = {
    "subscription_id": "6B5F2C1E-7a3d-4f0a-9c58-1d2e3f4a5b6c",
    "resource_group": "rg",
    "communication_service": "acs1",
}
ADVANCED = {**LEAST, "pattern": "advanced", "ivr_endpoint": "https://ivr/e?code=x"}
IVR_VARIABLE = "ACSGW_ACCOUNTS_MAIN_AZURE_IVR_SECRET"


class AzureSettingsTests(SettingsTestCase):
    """
    What is taken, and what is wrong.
    """

    def azure(self, table: dict[str, Any]) -> AzureSettings:
        [account] = self.settings({"azure": table}).accounts
        assert account.azure is not None
        return account.azure

    def problems_with(self, **table: Any) -> list[str]:
        """
        @return: of the least table and these.
        """
        error = self.assertRaises(SettingsError, self.azure, {**LEAST, **table})
        return list(error.problems)

    def test_defaults(self) -> None:
        """
        The direct pattern needs three settings; without the table there is none.
        """
        azure = self.azure(LEAST)
        self.assertEqual(azure.pattern, Pattern.DIRECT)
        self.assertEqual(azure.subscription_id, LEAST["subscription_id"].lower())
        self.assertEqual(azure.system_topic, "acsgw-acs1")
        self.assertEqual(azure.gateway_subscription, "acsgw-main-gateway")
        self.assertEqual(azure.event_schema, "EventGridSchema")
        self.assertEqual(azure.phone_numbers, ())
        [account] = self.settings().accounts
        self.assertIsNone(account.azure)

    def test_missing(self) -> None:
        """
        All that is missing is told at once, with where to find it.
        """
        error = self.assertRaises(SettingsError, self.azure, {})
        self.assertEqual(len(error.problems), 3)
        self.assertIn("az account show", "\n".join(error.problems))

    def test_secrets(self) -> None:
        """
        The gateway's secret is known if it is given, and only its hash if not; the
        IVR's comes from the environment or a file, and neither is shown.
        """
        [account] = self.settings({"azure": LEAST}).accounts
        self.assertIsNone(account.plain_secret)
        self.environment[SECRET_VARIABLE] = "the-secret-of-the-account"
        self.environment[IVR_VARIABLE] = "ivr-secret-value"
        settings = self.settings({"azure": {**ADVANCED, "ivr_secret_header": "x-key"}})
        [account] = settings.accounts
        self.assertEqual(account.plain_secret, "the-secret-of-the-account")
        assert account.azure is not None
        self.assertEqual(account.azure.ivr_secret, "ivr-secret-value")
        for shown in (repr(settings), "\n".join(effective(settings))):
            self.assertNotIn("the-secret-of", shown)
            self.assertNotIn("ivr-secret-value", shown)
        self.assertNotIn("code=x", "\n".join(effective(settings)))
        self.assertNotIn(
            IVR_VARIABLE, "".join(problems_here(settings, self.environment))
        )

    def test_secret_in_a_file(self) -> None:
        """
        A file with the gateway's secret is read; one that cannot be is told once.
        """
        self.files["/etc/acsgw/secret"] = "the-secret-from-the-file\n"
        given = {"azure": LEAST, "api_secret_file": "secret"}
        [account] = self.settings(given).accounts
        self.assertEqual(account.plain_secret, "the-secret-from-the-file")
        del self.files["/etc/acsgw/secret"]
        error = self.assertRaises(SettingsError, self.settings, given)
        self.assertEqual(len(error.problems), 1, error.problems)

    def test_wrong(self) -> None:
        """
        What Azure would refuse is told here, by its key.
        """
        many = [f"+1425555{n:04}" for n in range(25)]
        for key, value in (
            ("subscription_id", "x"),
            ("resource_group", "a/b"),
            ("communication_service", "a.b"),
            ("system_topic", "a_b"),
            ("pattern", "both"),
            ("phone_numbers", "+18005550100"),
            ("phone_numbers", ["800"]),
            ("phone_numbers", many),
            ("gateway_identity", "4:+18005550100"),
            ("gateway_subscription", "x"),
            ("event_schema", "Custom"),
            ("dead_letter", "https://a.blob.core.windows.net/c"),
            ("ivr_secret", "x"),
            ("unknown", 1),
        ):
            [problem] = self.problems_with(**{key: value})
            self.assertTrue(problem.startswith(f"accounts.main.azure.{key}: "), problem)
        error = self.assertRaises(SettingsError, self.settings, {"azure": 7})
        self.assertIn("write it as [accounts.main.azure]", error.problems[0])

    def test_two_accounts(self) -> None:
        """
        Accounts of one resource do not share a subscription, in whatever case it is
        written; those of two resources may.
        """
        first = {**ADVANCED, "gateway_subscription": "Gateway-1"}
        for second, found in (
            ({**LEAST, "gateway_subscription": "gateway-1"}, 1),
            ({**LEAST, "gateway_subscription": "acsgw-main-ivr"}, 1),
            ({**LEAST, "ivr_subscription": "gateway-1"}, 0),
            ({**LEAST, "resource_group": "x", "gateway_subscription": "Gateway-1"}, 0),
        ):
            problems = self.problems(
                {
                    "gateway": {"public_url": "https://gw.example.com"},
                    "accounts": {
                        "main": {**ACCOUNT, "azure": first},
                        "other": {**ACCOUNT, "azure": second},
                    },
                }
            )
            shared = [p for p in problems if "has" in p and "same resource" in p]
            self.assertEqual(len(shared), found, second)

    def test_numbers(self) -> None:
        """
        Numbers are taken once each, as many as fit into a filter.
        """
        many = [f"+1425555{n:04}" for n in range(24)]
        azure = self.azure({**LEAST, "phone_numbers": [*many, many[0]]})
        self.assertEqual(azure.phone_numbers, tuple(many))

    def test_advanced(self) -> None:
        """
        The advanced pattern needs the IVR's webhook, and a header for its secret.
        """
        [problem] = self.problems_with(pattern="advanced")
        self.assertIn("azure.ivr_endpoint: is missing", problem)
        [problem] = self.problems_with(pattern="advanced", ivr_endpoint="ivr")
        self.assertIn("is not the address of a webhook", problem)
        self.environment[IVR_VARIABLE] = "x"
        [problem] = self.problems_with(**ADVANCED)
        self.assertIn("azure.ivr_secret_header: is missing", problem)
        for header in ("aeg-x", "Asapp-Api-Id", "a b"):
            problems = self.problems_with(**ADVANCED, ivr_secret_header=header)
            self.assertIn("ivr_secret_header: ", problems[0])
        same = {"ivr_subscription": "one", "gateway_subscription": "ONE"}
        del self.environment[IVR_VARIABLE]
        [problem] = self.problems_with(**ADVANCED, **same)
        self.assertIn("is the same as gateway_subscription", problem)

    def test_direct(self) -> None:
        """
        In the direct pattern there is no IVR to be told of.
        """
        for key in ("ivr_endpoint", "ivr_secret_header"):
            [problem] = self.problems_with(
                **{key: "https://x" if "end" in key else "x-key"}
            )
            self.assertIn('needs pattern = "advanced"', problem)
