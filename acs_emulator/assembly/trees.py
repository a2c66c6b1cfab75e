"""
What is seen of an emulator over HTTP: one function for each tree beneath the
root.  Whoever adds a front adds a function, and a line in L{web}.
"""

from __future__ import annotations

from twisted.web.iweb import IRequest
from twisted.web.resource import IResource, Resource as Tree

from .. import __version__
from ..fronts.arm import add_arm
from ..fronts.control import ControlFront
from ..fronts.control_tools import ToolsFront
from ..fronts.control_tree import ControlTree
from ..fronts.gated_page import GatedPage
from ..fronts.grid_control import GridControlFront
from ..fronts.identity import IdentityFront, identity_operation
from ..fronts.oidc import OpenIdPages, openid_operation
from ..fronts.recording_files import RecordingFront, recording_operation
from ..fronts.rest import RestFront
from ..fronts.service_control import ServiceControlFront
from ..fronts.validation import ValidationPage
from ..model.identities import Identities
from ..model.operations import Strictness
from ..model.tokens import CONFIGURATION_PATH
from ..ports import connection_string
from .calls import House


class _CallingTree(Tree):
    """
    C{/calling}: the OpenID documents, and the REST API for all else.
    """

    def __init__(self, rest: IResource) -> None:
        super().__init__()
        self._rest = rest

    def getChild(self, path: bytes, request: IRequest) -> IResource:
        # Give the segment back: Klein wants to see it.
        request.postpath.insert(0, request.prepath.pop())
        return self._rest


def web(house: House) -> Tree:
    """
    @return: the root of all.
    """
    identities = Identities(
        house.resource.immutable_id,
        house.resource.users,
        house.world.new_id,
        house.issuer.sign,
    )
    identity = _identity(house, identities)
    root = Tree()
    for segment, tree in (
        (b"calling", _calling(house)),
        (b"emulator", _control(house, identities)),
        (b"eventgrid", _event_grid(house)),
        (b"identities", identity),
        (b"teamsUser", identity),
        (b"recordings", _recordings(house)),
    ):
        root.putChild(segment, tree)
    add_arm(root, house.management, house.resource.base_url)
    return root


def _calling(house: House) -> Tree:
    settings = house.settings
    rest = RestFront(
        house.exchange,
        house.operations,
        access_key=house.resource.access_key,
        strictness=Strictness(settings.strict, settings.insecure),
        clock=house.world.time,
        answer_delay=settings.answer_delay,
        gate=house.watch.gate,
    )
    calling = _CallingTree(rest.app.resource())
    openid = _openid(house)
    calling.putChild(b".well-known", openid)
    calling.putChild(b"keys", openid)
    return calling


def _openid(house: House) -> IResource:
    pages = OpenIdPages(house.issuer, house.world.time.seconds)
    return GatedPage(house.watch.gate, "openid", openid_operation, pages.serve)


def _recordings(house: House) -> IResource:
    front = RecordingFront(house.recordings)
    return GatedPage(house.watch.gate, "recording", recording_operation, front.serve)


def _identity(house: House, identities: Identities) -> IResource:
    front = IdentityFront(
        identities,
        access_key=house.resource.access_key,
        strict=house.settings.strict,
        clock=house.world.time,
    )
    return GatedPage(house.watch.gate, "identity", identity_operation, front.serve)


def _event_grid(house: House) -> Tree:
    event_grid = Tree()
    event_grid.putChild(b"validate", ValidationPage(house.topic.handshakes.fetched))
    return event_grid


def _control(house: House, identities: Identities) -> Tree:
    main = _main_control(house).app.resource()
    control = ControlTree(main, house.settings.control_hosts)
    grid = GridControlFront(house.topic, insecure=house.settings.insecure)
    control.add(grid.app.resource(), b"subscriptions", b"events")
    about = _service_control(house, identities)
    control.add(about.app.resource(), b"keys:rotate", b"callbacks", b"identities")
    tools = _tools(house).app.resource()
    control.add(tools, b"faults", b"report", b"time", b"time:advance", b"clock")
    control.add_ending(tools, b"journal")
    return control


def _main_control(house: House) -> ControlFront:
    resource, issuer = house.resource, house.issuer
    return ControlFront(
        version=__version__,
        facts={
            "endpoint": resource.base_url,
            "access_key": resource.access_key,
            "connection_string": connection_string(house.settings, resource),
            "immutable_resource_id": resource.immutable_id,
            "phone_numbers": list(resource.phone_numbers),
            # The list itself: identities come and go.
            "users": resource.users,
            "issuer": issuer.name,
            "openid_configuration": issuer.base_url + CONFIGURATION_PATH,
        },
        phones=house.exchange,
        book=house.phones,
    )


def _service_control(house: House, identities: Identities) -> ServiceControlFront:
    return ServiceControlFront(
        issuer=house.issuer,
        callbacks=house.notifier.log,
        identities=identities,
        clock=house.world.time,
        new_id=house.world.new_id,
        new_private_key=house.world.new_private_key,
        keep_old_key=house.settings.delivery.keep_old_key,
    )


def _tools(house: House) -> ToolsFront:
    world = house.world
    return house.watch.front(
        house.exchange,
        house.metronome,
        world.new_id,
        world.reactor,
        world.real_monotonic,
    )
