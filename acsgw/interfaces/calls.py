"""
Seams on the side of the telephone network: who takes calls, who commands them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from twisted.internet.defer import Deferred
from zope.interface import Interface


@dataclass(frozen=True, kw_only=True)
class IncomingCall:
    """
    A call that is ringing.

    @ivar event_id: the same for each delivery of the same event.
    @ivar account: name of the account (in our settings) that it came in for.
    @ivar context: opaque text that answers the call, once, within the ring; it
        holds data of the caller, so it is neither logged nor kept.
    @ivar caller: raw id of the caller, C{4:+14255550123} or C{8:acs:...}.
    @ivar callee: raw id of the identity that was called.
    @ivar correlation_id: the same for all legs of one conversation.
    @ivar variables: what an earlier leg passed on (C{voipHeaders}), as it came.
    @ivar sip_headers: what came with it through a session border controller.
    @ivar remarks: what was not as it should be of these, for the call's record.
    """

    event_id: str
    account: str
    context: str = field(repr=False)
    caller: str
    callee: str
    correlation_id: str
    variables: Mapping[str, str] = field(default_factory=dict, repr=False)
    sip_headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    remarks: tuple[str, ...] = ()


class ICallAcceptor(Interface):
    """
    Something that can take a ringing call: this process, or a pod elsewhere.
    """

    def offer(call: IncomingCall) -> Deferred[None]:
        """
        Take responsibility for C{call}.

        @return: fires when the call is taken, long before it ends; fails with
            L{acsgw.errors.Draining} if another process should be asked.
        """


class ICallControl(Interface):
    """
    Commands to the telephone network, in the name of one account.

    All fail with L{acsgw.errors.CallControlError}; those that name a call that is
    not (or no longer) there with L{acsgw.errors.CallGone}.
    """

    def answer(
        context: str, callback_url: str, media_url: str, sample_rate: int
    ) -> Deferred[str]:
        """
        Answer a ringing call, with bidirectional audio and DTMF.

        @param sample_rate: of the media stream, in Hz: 16000 or 24000.

        @return: fires with the connection id of the answered leg.  Events and
            the media stream may arrive before this does.
        """

    def hang_up(connection_id: str) -> Deferred[None]:
        """
        End the call for everyone.
        """

    def transfer(
        connection_id: str, target: str, variables: Mapping[str, str], context: str
    ) -> Deferred[None]:
        """
        Ask the network to move the caller; the outcome comes as an event.

        @param target: raw id of the transfer target.
        @param context: comes back with that event (C{operationContext}), so that
            two transfers of one call are told apart.
        """

    def connection_state(connection_id: str) -> Deferred[str]:
        """
        @return: fires with where the call stands now: C{connecting},
            C{connected}, C{transferring}, C{transferAccepted}, C{disconnecting},
            C{disconnected}, or a word that we do not know.
        """
