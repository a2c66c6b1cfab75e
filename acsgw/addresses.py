"""
Every path that we serve, and every URL that we give out: made and read here.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit, urlunsplit

#: Where Event Grid delivers; the second is the path of ASAPP's hosted gateway.
EVENTS = ("v1/acs-events", "mg-genagent-acs/v1/acs-events")
MEDIA = "v1/media"
CALLBACKS = "v1/callbacks"
VARIABLES = "v1/variables"


@dataclass(frozen=True)
class TokenPath:
    """
    What a URL that we gave out says when it comes back.

    @ivar call_id: whatever the token is for: a call, or a reference to variables.
    """

    call_id: str
    token: str


@dataclass(frozen=True)
class Addresses:
    """
    The addresses of this gateway as the network reaches them.

    @ivar public_url: C{https://host[:port][/prefix]}, without a slash at the end.
        A prefix must be taken off by whatever stands in front.
    """

    public_url: str

    def events_url(self) -> str:
        """
        @return: where Event Grid delivers.
        """
        return f"{self.public_url}/{EVENTS[0]}"

    def media_url(self, call_id: str, token: str) -> str:
        """
        @return: C{wss://.../v1/media/CALL/TOKEN}, C{ws:} if the public URL is
            C{http:}.  The token stands in the path since nobody has seen a query
            survive in C{transportUrl}.
        """
        scheme, *rest = urlsplit(f"{self.public_url}/{MEDIA}/{call_id}/{token}")
        return urlunsplit(("ws" if scheme == "http" else "wss", *rest))

    def callback_url(self, call_id: str, token: str) -> str:
        """
        @return: C{https://.../v1/callbacks/CALL/TOKEN}.
        """
        return f"{self.public_url}/{CALLBACKS}/{call_id}/{token}"

    def variables_url(self, reference: str, token: str) -> str:
        """
        @return: C{https://.../v1/variables/REF/TOKEN}.
        """
        return f"{self.public_url}/{VARIABLES}/{reference}/{token}"


def read_token_path(uri: str, below: str) -> TokenPath | None:
    """
    @param uri: path, perhaps with a query, of a request.
    @param below: L{MEDIA}, L{CALLBACKS} or L{VARIABLES}.

    @return: call and token from C{/BELOW/CALL/TOKEN}, or from
        C{/BELOW/CALL?token=TOKEN}; L{None} if it is neither.
    """
    path, _, query = uri.partition("?")
    rest = path.removeprefix(f"/{below}/")
    if rest == path:
        return None
    match rest.split("/"):
        case [call_id, token] if call_id and token:
            return TokenPath(call_id, token)
        case [call_id] if call_id:
            tokens = parse_qs(query).get("token", [])
            return TokenPath(call_id, tokens[0]) if tokens else None
    return None


def without_token(uri: str) -> str:
    """
    @return: the path as it may be logged: no token, no query.
    """
    path = uri.partition("?")[0]
    for below in (MEDIA, CALLBACKS, VARIABLES):
        given = read_token_path(uri, below)
        if given is not None:
            return f"/{below}/{given.call_id}/..."
        before, found, _ = path.partition(below)
        if found:  # below a prefix that nobody took off, too
            return f"{before}{below}/..."[:200]
    return path[:200]


def masked(identity: str) -> str:
    """
    @param identity: raw id, or number.

    @return: what may be logged of it: the last digits of a phone number, the end
        of a user's id.
    """
    kind, _, rest = identity.rpartition(":")
    if not rest:
        return "unknown"
    if kind in ("", "4"):
        return "..." + rest[-4:] if len(rest) > 4 else "..."
    return f"{kind[:10]}:...{rest[-8:]}"
