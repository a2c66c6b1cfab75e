"""
How one caller passes through us: what came along, whom they can be handed to, and
what goes with them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from ..addresses import masked
from ..errors import CallControlError
from ..interfaces import CallInfo, IncomingCall, TransferKind, TransferRequest
from .handover import HANG_UP, HandoverRules, targets, why_not_transfer_to
from .outputs import Packed, as_texts, for_phone, pack
from .variables import Arrival, VariableNames, read_arrival

#: Given call id, account, variables and seconds, keeps them and tells their URL;
#: L{None} if there is no room.
KeepVariables = Callable[[str, str, Mapping[str, str], float], str | None]


@dataclass(frozen=True, kw_only=True)
class HandoverTerms:
    """
    What an account has agreed on.

    @ivar resource_id: of its Communication Services resource; return identities
        must belong to it.
    @ivar sip_headers: which C{sipHeaders} become variables: all, none, or these.
    @ivar keep_seconds: how long variables that do not fit can be fetched; L{None} if
        they are cut instead.
    """

    resource_id: str
    rules: HandoverRules
    names: VariableNames = field(default_factory=VariableNames)
    sip_headers: bool | tuple[str, ...] = False
    keep_seconds: float | None = 600.0


class Passage:
    """
    One caller's.

    @ivar arrival: what came along.
    @ivar conversation_id: of all legs; never empty.
    """

    def __init__(
        self,
        call_id: str,
        call: IncomingCall,
        terms: HandoverTerms,
        keep: KeepVariables,
        remark: Callable[[str, str], None],
    ) -> None:
        """
        @param remark: told a milestone: what, and text.
        """
        self._call_id = call_id
        self._call = call
        self._terms = terms
        self._keep = keep
        self._remark = remark
        self.arrival: Arrival = read_arrival(
            call, terms.names, terms.sip_headers, terms.resource_id
        )
        self.conversation_id = self.arrival.conversation_id or call_id

    def info(self) -> CallInfo:
        """
        @return: what the agent is told of the call.
        """
        call = self._call
        return CallInfo(
            call_id=self._call_id,
            correlation_id=call.correlation_id,
            account=call.account,
            caller=call.caller,
            callee=call.callee,
            conversation_id=self.conversation_id,
            variables=self.arrival.variables,
        )

    def tell_arrival(self) -> None:
        """
        Remark on what came along.
        """
        if self.arrival.refused:
            self._remark("return_identity_refused", self.arrival.refused)
        for text in self.arrival.remarks:
            self._remark("input_variables", text)

    def targets(self, kind: TransferKind) -> tuple[str, ...]:
        """
        @return: whom the account's rules name for this kind of end, the first
            first: raw ids, and L{acsgw.calls.handover.HANG_UP}.
        """
        identity = self.arrival.return_identity
        return targets(self._terms.rules, kind, identity)

    def has_target(self, kind: TransferKind) -> bool:
        """
        Is there somebody to hand the caller to, for this kind of end?
        """
        return self.targets(kind)[:1] not in ((), (HANG_UP,))

    def target_of(self, request: TransferRequest) -> tuple[TransferKind, str]:
        """
        @return: why, and to whom: a raw id, or L{acsgw.calls.handover.HANG_UP}.

        @raise CallControlError: if the caller cannot be handed over so.
        """
        kind = request.kind
        if kind is TransferKind.ADDRESS:
            if request.target:
                return kind, self._address(request.target)
            kind = TransferKind.AGENT  # nobody is named: whoever there is
        available = self.targets(kind)
        if not available:
            raise CallControlError(
                "no transfer target is set for this account, and the call came with"
                " no return identity"
            )
        return kind, available[0]

    def _address(self, given: str) -> str:
        given = given.strip()
        target = f"4:{given}" if given.startswith("+") else given
        terms = self._terms
        reason = why_not_transfer_to(target, terms.resource_id, self._call.callee)
        if reason is not None:
            raise CallControlError(f"the agent's transfer target is refused: {reason}")
        return target

    def texts(self, variables: Mapping[str, object]) -> dict[str, str]:
        """
        @return: output variables as the record has them.
        """
        texts = as_texts(variables)
        for text in texts.remarks:
            self._remark("output_variables", text)
        return texts.values

    def headers(
        self, kind: TransferKind, target: str, values: Mapping[str, str]
    ) -> dict[str, str]:
        """
        The caller is about to be handed over.

        @param values: output variables, made L{texts}.

        @return: what goes along with the caller to this target (C{voipHeaders}).
        """
        self._remark("handing_over", f"{kind.value}, to {masked(target)}")
        packed = for_phone(values) if _is_phone(target) else self._pack(kind, values)
        for text in packed.remarks:
            self._remark("output_variables", text)
        return packed.headers

    def _pack(self, kind: TransferKind, values: Mapping[str, str]) -> Packed:
        names, seconds = self._terms.names, self._terms.keep_seconds
        own = {
            names.conversation_id[0]: self.conversation_id,
            names.handover_kind[0]: kind.value,
        }

        def keep(values: Mapping[str, str]) -> str | None:
            assert seconds is not None
            return self._keep(self._call_id, self._call.account, values, seconds)

        return pack(
            values,
            own,
            names.outgoing(),
            names.variables_url[0],
            None if seconds is None else keep,
        )


def _is_phone(target: str) -> bool:
    return target.startswith("4:")
