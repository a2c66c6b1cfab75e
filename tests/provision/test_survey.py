"""
Tests for L{acsgw.provision.survey}: what the emulator, with its one resource, does
not have.
"""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred, succeed
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from acsgw.provision.arm import Arm
from acsgw.provision.found import Found
from acsgw.provision.survey import survey

from ..scenarios.house import RESOURCE
from .support import AZURE, SERVICE, TOPICS, wanted
from .test_arm import END, Scripted


class SurveyTests(SynchronousTestCase):
    """
    Which topic is the resource's, and which subscriptions are looked at.
    """

    def setUp(self) -> None:
        self.http = Scripted()
        self.http.say(200, {"properties": {"immutableResourceId": RESOURCE}})

    def topics(self, *found: tuple[str, str]) -> None:
        """
        @param found: name and source of each system topic.
        """
        listed = [
            {"id": f"{TOPICS}/{name}", "properties": {"source": source}}
            for name, source in found
        ]
        self.http.say(200, {"value": listed})

    def subscriptions(self, *ids: str) -> None:
        bodies = [{"id": i, "name": i.rpartition("/")[2]} for i in ids]
        self.http.say(200, {"value": bodies})

    def survey(self) -> Found:
        arm = Arm(self.http, Clock(), lambda: succeed("t"), END)
        looking: Any = survey(arm, wanted(AZURE))
        found: Found = self.successResultOf(Deferred.fromCoroutine(looking))
        return found

    def test_name_taken(self) -> None:
        """
        A topic of the name that we want may be another resource's.
        """
        self.topics(("other", "/x"), ("ACSGW-emulator", "/y"))
        self.subscriptions()
        found = self.survey()
        self.assertIsNone(found.topic_id)
        self.assertTrue(found.name_taken)

    def test_own_topic(self) -> None:
        """
        The resource's own topic is known by its source, whatever the others'
        names are; others' secrets are not asked for.
        """
        self.topics(("acsgw-emulator", "/y"), ("portals", SERVICE.upper()))
        self.subscriptions(f"{TOPICS}/portals/eventSubscriptions/theirs")
        self.subscriptions(
            f"{TOPICS}/PORTALS/eventSubscriptions/theirs", f"{SERVICE}/x/on-resource"
        )
        found = self.survey()
        self.assertEqual(found.topic_id, f"{TOPICS}/portals")
        self.assertFalse(found.name_taken)
        self.assertEqual([s.name for s in found.subscriptions], ["theirs"])
        self.assertEqual([s.name for s in found.elsewhere], ["on-resource"])
        self.assertEqual({method for method, _ in self.http.asked}, {"GET"})
