"""
The identity API, on the wire and through Azure's SDK.
"""

from __future__ import annotations

from base64 import b64encode
from typing import Any
from urllib.parse import quote

import jwt

from .support import KEY, RESOURCE, START, USER, EmulatorTestCase


class IdentityTests(EmulatorTestCase):
    """
    Tests for L{acs_emulator.fronts.identity}.
    """

    def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        version: str | None = "2023-10-01",
        key: str = KEY,
    ) -> tuple[int, Any]:
        target = path if version is None else f"{path}?api-version={version}"
        return self.signed(method, target, body, key=key)

    def create(self, **body: Any) -> tuple[str, Any]:
        status, made = self.ask("POST", "/identities", body or None)
        self.assertEqual(status, 201, made)
        return made["identity"]["id"], made.get("accessToken")

    def path(self, user: str, action: str = "") -> str:
        return f"/identities/{quote(user, safe='')}{action}"

    def test_created(self) -> None:
        """
        A new user belongs to the resource, is listed, and can be called.
        """
        user, token = self.create()
        self.assertTrue(user.startswith(f"8:acs:{RESOURCE}_"))
        self.assertIsNone(token)
        _, facts = self.control("GET", "/resource")
        self.assertEqual(facts["users"][-1], user)
        self.subscribe("app", [user])
        self.place(to=user)
        self.assertEqual(self.app.incoming[0]["to"]["rawId"], user)
        self.answer(self.app.incoming[0]["incomingCallContext"])

    def test_with_token(self) -> None:
        """
        A token comes with the user if scopes are named; it expires when asked.
        """
        user, token = self.create(
            createTokenWithScopes=["voip", "chat"], expiresInMinutes=60
        )
        self.assertEqual(token["expiresOn"], "2025-06-15T16:06:40.0000000+00:00")
        _, keys = self.http("GET", "/calling/keys", b"", {})
        claims = jwt.decode(
            token["token"],
            jwt.PyJWKSet.from_dict(keys).keys[0].key,
            algorithms=["RS256"],
            options={"verify_exp": False, "verify_iat": False},
        )
        self.assertEqual(claims["exp"], int(START) + 3600)
        self.assertEqual(claims["skypeid"], user.removeprefix("8:"))
        self.assertEqual(claims["acsScope"], "voip,chat")

    def test_issued_and_revoked(self) -> None:
        """
        Users of the settings get tokens too, of 24 hours by default; they can
        be revoked, and expire.
        """
        body = {"scopes": ["voip"]}
        status, token = self.ask("POST", self.path(USER, "/:issueAccessToken"), body)
        self.assertEqual(status, 200)
        self.assertEqual(token["expiresOn"][:19], "2025-06-16T15:06:40")
        self.ask("POST", self.path(USER, "/:issueAccessToken"), body)
        self.assertEqual(self.tokens(USER), 2)
        revoked = self.ask("POST", self.path(USER, "/:revokeAccessTokens"))
        self.assertEqual(revoked, (204, None))
        self.assertEqual(self.tokens(USER), 0)
        body["expiresInMinutes"] = 60  # type: ignore[assignment]
        self.ask("POST", self.path(USER, "/:issueAccessToken"), body)
        self.reactor.advance(3601)
        self.assertEqual(self.tokens(USER), 0)

    def tokens(self, user: str) -> int:
        _, body = self.control("GET", "/identities")
        found: int = {u["id"]: u["tokens"] for u in body["identities"]}[user]
        return found

    def test_deleted(self) -> None:
        """
        A deleted user cannot be called, and is not known any more.
        """
        user, _ = self.create()
        self.assertEqual(self.ask("DELETE", self.path(user)), (204, None))
        call = {"from": "+14255550123", "to": user}
        self.assertEqual(self.control("POST", "/calls", call)[0], 400)
        for method, path, body in (
            ("DELETE", self.path(user), None),
            ("POST", self.path(user, "/:revokeAccessTokens"), None),
            ("POST", self.path(user, "/:issueAccessToken"), {"scopes": ["voip"]}),
        ):
            self.assertEqual(self.ask(method, path, body)[0], 404)

    def test_refused(self) -> None:
        """
        A wrong signature, version, body or path.
        """
        issue = self.path(USER, "/:issueAccessToken")
        other = b64encode(b"x" * 32).decode("ascii")
        self.assertEqual(self.ask("POST", "/identities", key=other)[0], 401)
        for version in (None, "2026-03-12"):
            self.assertEqual(self.ask("POST", "/identities", version=version)[0], 400)
        refused: list[tuple[Any, str]] = [
            ({}, "scopes is required"),
            ({"scopes": []}, "at least one"),
            ({"scopes": ["admin"]}, "scopes must be a list of chat, voip"),
            ({"scopes": ["voip"], "expiresInMinutes": 59}, "from 60 to 1440"),
            ({"scopes": ["voip"], "expiresInMinutes": 1441}, "from 60 to 1440"),
            ({"scopes": ["voip"], "for": "me"}, "for is not a known field"),
            ([], "must be an object"),
        ]
        for body, words in refused:
            status, answer = self.ask("POST", issue, body)
            self.assertEqual(status, 400)
            self.assertIn(words, answer["error"]["message"])
        self.assertEqual(self.ask("DELETE", self.path(USER), {})[0], 400)
        self.assertEqual(self.ask("GET", "/identities")[0], 405)
        self.assertEqual(self.ask("POST", "/identities/x/y/z")[0], 404)
        teams = self.ask("POST", "/teamsUser/:exchangeAccessToken", {})
        self.assertEqual((teams[0], teams[1]["error"]["code"]), (501, "NotEmulated"))

    def test_models_of_the_sdk(self) -> None:
        """
        Azure's own models read what is answered.
        """
        try:
            from azure.communication.identity._generated import models
        except ImportError:
            self.skipTest("azure-communication-identity is not installed")
        body: Any = {"createTokenWithScopes": ["voip"]}
        _, made = self.ask("POST", "/identities", body)
        model: Any = models.CommunicationIdentityAccessTokenResult
        parsed = model.deserialize(made)
        self.assertEqual(parsed.identity.id, made["identity"]["id"])
        self.assertEqual(parsed.access_token.token, made["accessToken"]["token"])
        self.assertEqual(
            set(made), {about["key"] for about in model._attribute_map.values()}
        )
