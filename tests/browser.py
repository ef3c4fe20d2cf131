# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A real Chromium without a window, driven over its DevTools protocol. It is installed where it is missing and can be."""

from __future__ import annotations

import fcntl
import http.client
import json
import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any, Final

import websocket

NAMES: Final = ("chromium", "chromium-browser", "google-chrome")
START_SECONDS: Final = 60.0
ANSWER_SECONDS: Final = 60.0


class BrowserError(Exception):
    """There is no browser, or the page did not do what was expected."""


def program() -> str:
    """Return the path of a Chromium; on Debian, root gets one installed."""
    with (Path(tempfile.gettempdir()) / "stratum-aws-chromium.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        found = next(filter(None, map(shutil.which, NAMES)), None)
        if found is None:
            _install()
            found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        raise BrowserError("there is no Chromium after its installation")
    return found


def _install() -> None:
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        raise BrowserError("there is no Chromium, and only root on Debian can install one: apt-get install chromium")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["apt-get", "update", "-qq"], ["apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium"]):
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            raise BrowserError(f"{' '.join(command)} failed: {done.stderr[-500:]}")


class Chromium:
    """A browser with one page; `resolver` says where names lead, as in `--host-resolver-rules`."""

    def __init__(self, folder: Path, resolver: str) -> None:
        self._folder = folder
        self._process = subprocess.Popen(
            [
                program(),
                "--headless=new",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--disable-extensions",
                "--disable-background-networking",
                "--no-first-run",
                "--ignore-certificate-errors",
                f"--host-resolver-rules={resolver}",
                "--remote-debugging-port=0",
                "--remote-allow-origins=*",
                f"--user-data-dir={folder}",
                "about:blank",
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=(folder.parent / "chromium.log").open("wb"),
            start_new_session=True,
        )
        self._count = 0
        self.events: list[dict[str, Any]] = []
        """What the browser told by itself, such as messages of the console."""
        self._socket = websocket.create_connection(self._page(), timeout=ANSWER_SECONDS)
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.send(f"{domain}.enable")

    def _page(self) -> str:
        deadline = time.monotonic() + START_SECONDS
        ports = self._folder / "DevToolsActivePort"
        while time.monotonic() < deadline and self._process.poll() is None:
            if ports.exists() and (lines := ports.read_text(encoding="utf-8").splitlines()):
                connection = http.client.HTTPConnection("127.0.0.1", int(lines[0]), timeout=ANSWER_SECONDS)
                connection.request("GET", "/json/list")
                pages = [each for each in json.loads(connection.getresponse().read()) if each["type"] == "page"]
                connection.close()
                if pages:
                    return str(pages[0]["webSocketDebuggerUrl"])
            time.sleep(0.1)
        raise BrowserError("Chromium has not started; see chromium.log")

    def send(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Send a command, and return its result."""
        self._count += 1
        self._socket.send(json.dumps({"id": self._count, "method": method, "params": parameters}))
        while True:
            message = json.loads(self._socket.recv())
            if message.get("id") != self._count:
                self.events.append(message)
                continue
            if "error" in message:
                raise BrowserError(f"{method}: {message['error']['message']}")
            result: dict[str, Any] = message["result"]
            return result

    def go(self, address: str) -> None:
        """Open a page."""
        result = self.send("Page.navigate", url=address)
        if result.get("errorText"):
            raise BrowserError(f"{address}: {result['errorText']}")

    def value(self, expression: str) -> Any:
        """Return the value of an expression of JavaScript in the page."""
        result = self.send("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in result:
            raise BrowserError(f"{expression}: {result['exceptionDetails']}")
        return result["result"].get("value")

    def until(self, expression: str, seconds: float = 60.0) -> Any:
        """Wait until an expression is true, and return its value."""
        deadline = time.monotonic() + seconds
        while not (found := self.value(expression)):
            if time.monotonic() > deadline:
                shown = self.value("document.body ? document.body.innerText : ''")
                raise BrowserError(f"it did not come to {expression}; the page shows: {shown!r}; it told: {self.told()}")
            time.sleep(0.1)
        return found

    def fill(self, selector: str, text: str) -> None:
        """Type into a field, as with a keyboard."""
        self.until(f"document.querySelector({json.dumps(selector)})?.checkVisibility()")
        self.value(f"document.querySelector({json.dumps(selector)}).focus()")
        self.send("Input.insertText", text=text)

    def click(self, selector: str) -> None:
        """Click on something with the mouse, once it is there and enabled."""
        element = f"document.querySelector({json.dumps(selector)})"
        self.until(f"{element}?.checkVisibility() && !{element}.disabled")
        box = self.value(
            f"(() => {{ const at = {element}; at.scrollIntoView(); const box = at.getBoundingClientRect();"
            " return {x: box.x + box.width / 2, y: box.y + box.height / 2}; })()"
        )
        for kind in ("mousePressed", "mouseReleased"):
            self.send("Input.dispatchMouseEvent", type=kind, button="left", clickCount=1, **box)

    def told(self) -> list[str]:
        """Return the errors that the page and the browser have told of."""
        self.send("Runtime.evaluate", expression="0")
        found = [each["params"]["entry"] for each in self.events if each["method"] == "Log.entryAdded"]
        errors = [f"{each['text']} {each.get('url', '')}" for each in found if each["level"] == "error"]
        thrown = [each["params"]["exceptionDetails"] for each in self.events if each["method"] == "Runtime.exceptionThrown"]
        return errors + [json.dumps(each.get("exception", each))[:300] for each in thrown]

    def close(self) -> None:
        """End the browser."""
        self._socket.close()
        self._process.kill()
        self._process.wait()
