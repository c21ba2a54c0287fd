"""What a page does that a page must not do: asks for anything but itself, complains on the console, throws."""

from playwright.sync_api import ConsoleMessage, Page


class Watch:
    """Over one page, from before it is opened until it is closed. `faults` are sentences, empty where all is well."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.faults: list[str] = []
        self.own: str | None = None
        page.on("request", lambda request: self.requested(request.url))
        page.on("websocket", lambda socket: self.faults.append(f"opens a web socket: {socket.url}"))
        page.on("console", self.said)
        page.on("pageerror", lambda error: self.faults.append(f"throws: {error}"))
        page.on("popup", lambda popup: self.faults.append(f"opens a window: {popup.url}"))

    def goto(self, url: str) -> None:
        self.own = url.partition("#")[0]
        self.page.goto(url)

    def settle(self) -> None:
        """What the page has begun is known here once it has answered; events and answers come in order."""
        self.page.evaluate("0")

    def requested(self, url: str) -> None:
        if url.partition("#")[0] != self.own:
            self.faults.append(f"requests {url}")

    def said(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.faults.append(f"says on the console ({message.type}): {message.text}")
