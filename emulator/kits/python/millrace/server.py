"""A millrace server: one that is started here and ended, or one that runs already (MILLRACE_URL)."""

from __future__ import annotations

import http.client
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.parse
from typing import Any, Mapping, Sequence

from .account import Account, new_account_id
from .clock import Clock
from .faults import Faults
from .snapshots import Snapshots

START_SECONDS = 60.0
STOP_SECONDS = 15.0
REQUEST_SECONDS = 30.0
# What a shell may hold for real AWS and a server that is under test must not see.
_FOREIGN_PREFIXES = ("AWS_", "MILLRACE_", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy")


class MillraceError(Exception):
    """The server refused what the kit asked of it."""


class NotDrained(MillraceError):
    """A drain's time ran out. `pending`: what was waited for, each with `what` and, where known, `account`, `function`,
    `source`, `since`, `lastError`, `nextTry`."""

    def __init__(self, answered: Mapping[str, Any]):
        self.waiting_for: list[str] = answered["waiting_for"]
        self.pending: list[dict[str, Any]] = answered.get("pending", [])
        lines = [", ".join(f"{name}: {value}" for name, value in one.items()) for one in self.pending]
        super().__init__("not drained; waiting for " + ", ".join(self.waiting_for) + "".join("\n  " + line for line in lines))


class DidNotStart(MillraceError):
    """The server ended, or wasn't ready in time; its output is the message."""


def program() -> pathlib.Path:
    """The server's program: $MILLRACE_BINARY, the one in this package, or `millrace` on the PATH."""
    named = os.environ.get("MILLRACE_BINARY")
    if named:
        return pathlib.Path(named)
    carried = pathlib.Path(__file__).parent / "_server/bin/millrace"
    if carried.exists():
        return carried
    found = shutil.which("millrace")
    if found:
        return pathlib.Path(found)
    raise DidNotStart("there is no millrace: neither in this package nor on the PATH, and MILLRACE_BINARY names none")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Millrace:
    """A server for tests. Used as a context manager, or by start() and stop().

    `url`: a server that runs already, which is then neither started nor stopped. `data_dir`: a folder that outlives the
    server; without one everything is in memory-like temporary storage. `arguments`: further options of `millrace serve`.
    """

    def __init__(self, url: str | None = None, *, data_dir: str | os.PathLike | None = None, port: int | None = None,
                 arguments: Sequence[str] = (), log: str | os.PathLike | None = None):
        self._given_url = url or None
        self._url = url.rstrip("/") if url else ""
        self._data_dir = data_dir
        self._port = port
        self._arguments = list(arguments)
        self._log_path = pathlib.Path(log) if log else None
        self._process: subprocess.Popen | None = None
        self.clock = Clock(self)
        self.faults = Faults(self)
        self.snapshots = Snapshots(self)

    @property
    def url(self) -> str:
        """Where clients reach it, e.g. "http://127.0.0.1:40123"."""
        return self._url

    def start(self) -> "Millrace":
        """Returns when the server answers. DidNotStart with its output if it doesn't."""
        if self._given_url or self._process:
            return self
        for _ in range(5):  # a port may be taken between its choice and the server's start
            port = self._port or free_port()
            try:
                self._start_on(port)
                return self
            except DidNotStart as error:
                if self._port or "can't be listened on" not in str(error):
                    raise
        raise DidNotStart("no free port was found in five tries")

    def _start_on(self, port: int) -> None:
        if self._log_path is None:
            handle, name = tempfile.mkstemp(prefix="millrace-", suffix=".log")
            os.close(handle)
            self._log_path = pathlib.Path(name)
        where = ["--data-dir", str(self._data_dir)] if self._data_dir else ["--ephemeral"]
        environment = {k: v for k, v in os.environ.items() if not k.startswith(_FOREIGN_PREFIXES)}
        with open(self._log_path, "ab") as log:
            self._process = subprocess.Popen(
                [str(program()), "serve", "--port", str(port), *where, *self._arguments],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment, start_new_session=True,
            )
        self._url = f"http://127.0.0.1:{port}"
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end:
            if self._process.poll() is not None:
                self._process = None
                raise DidNotStart(self.log())
            try:
                self.admin("GET", "health")
                return
            except OSError:
                time.sleep(0.005)
        self.stop()
        raise DidNotStart(f"not ready after {START_SECONDS:g} s:\n{self.log()}")

    def stop(self) -> None:
        """Ends a server that start() started; data of a `data_dir` stays."""
        process, self._process = self._process, None
        if process is None:
            return
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def __enter__(self) -> "Millrace":
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def log(self) -> str:
        """What the server wrote so far; empty for one that runs elsewhere."""
        return self._log_path.read_text(errors="replace") if self._log_path and self._log_path.exists() else ""

    def account(self, account_id: str | None = None, region: str = "us-east-1") -> Account:
        """A world of its own: whoever signs with an account's number as the access key is its root. A new one by default."""
        return Account(self, account_id or new_account_id(), region)

    def drain(self, timeout: float = 30.0, *, account: "Account | str | None" = None, table: str | None = None,
              function: str | None = None) -> None:
        """Waits until every committed record has been through every mapping and nothing asynchronous is under way; with
        an account, a table (or queue) or a function only what concerns these. NotDrained after `timeout` seconds: its
        `pending` names what, since when, the last error and the next try."""
        given = {"account": account.id if isinstance(account, Account) else account, "table": table, "function": function}
        query = urllib.parse.urlencode({"timeout": max(1, round(timeout)), **{k: v for k, v in given.items() if v}})
        status, text = self._ask("POST", f"drain?{query}", None, timeout + 5)
        if status == 408:
            raise NotDrained(json.loads(text))
        self._check("POST", "drain", status, text)

    def reset(self, *, account: "Account | str | None" = None, service: str | None = None) -> None:
        """Empties the server, as if it had been started anew; or an account, or a service ("dynamodb", "lambda", ...)."""
        given = {"account": account.id if isinstance(account, Account) else account, "service": service}
        self.admin("POST", "reset?" + urllib.parse.urlencode({k: v for k, v in given.items() if v}))

    def replay(self, of: str, since: Any = None, until: Any = None, *, account: "Account | str | None" = None) -> dict[str, Any]:
        """Delivers records of a stream again to the one mapping that `of` means (a table, a function, a mapping's UUID).
        `since`, `until`: sequence numbers, ISO times or milliseconds. How many records, batches and failures there were."""
        given = {"of": of, "from": since, "to": until, "account": account.id if isinstance(account, Account) else account}
        query = urllib.parse.urlencode({k: v for k, v in given.items() if v is not None})
        return self.admin("POST", f"replay?{query}", seconds=600)

    def admin(self, method: str, path: str, body: bytes | None = None, seconds: float = REQUEST_SECONDS) -> Any:
        """One request to /_millrace/<path>; what it answers, decoded if it is JSON."""
        status, data = self._ask(method, path, body, seconds)
        self._check(method, path, status, data)
        text = data.decode(errors="replace")
        try:
            return json.loads(text)
        except ValueError:
            return text.strip()

    def admin_bytes(self, method: str, path: str) -> bytes:
        """The same for what isn't text."""
        status, data = self._ask(method, path, None, 600)
        self._check(method, path, status, data)
        return data

    @staticmethod
    def _check(method: str, path: str, status: int, data: bytes) -> None:
        if status >= 300:
            said = data.decode(errors="replace").strip()
            raise MillraceError(f"{method} /_millrace/{path} was answered by {status}: {said}")

    def _ask(self, method: str, path: str, body: bytes | None, seconds: float) -> tuple[int, bytes]:
        parts = urllib.parse.urlsplit(self._url)
        connection = http.client.HTTPConnection(parts.hostname, parts.port or 80, timeout=seconds)
        try:
            connection.request(method, "/_millrace/" + path, body=body, headers=self._admin_headers())
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def _admin_headers(self) -> Mapping[str, str]:
        # Wanted where the server is reached from elsewhere (a container's).
        token = os.environ.get("MILLRACE_ADMIN_TOKEN")
        return {"Authorization": f"Bearer {token}"} if token else {}
