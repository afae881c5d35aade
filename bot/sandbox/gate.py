"""Keeps other web sites in the same browser away from the sandbox's port."""

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send


class LocalGate:
    """Refuses requests that name another host (DNS rebinding) or come from another site's page.

    Only the page itself may act, and bots do not run in pages: the Bot API takes no request with an Origin.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self.hosts: frozenset[str] = frozenset()  # filled when the port is known

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not self._may_pass(scope):
            await PlainTextResponse("Forbidden", 403)(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _may_pass(self, scope: Scope) -> bool:
        headers = Headers(scope=scope)
        host, origin = headers.get("host", ""), headers.get("origin")
        if host not in self.hosts:
            return False
        if scope["path"].startswith(("/bot", "/file/bot")):
            return origin is None
        if scope["method"] in ("GET", "HEAD"):
            return origin in (None, f"http://{host}")
        return origin == f"http://{host}"
