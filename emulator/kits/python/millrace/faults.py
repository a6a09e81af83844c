"""What goes wrong because a test wants it to: calls that are refused or delayed, invocations that fail."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .server import Millrace


class Fault:
    """A rule of the server's. `applied`: how often it has hit; `hits`: what, the newest last."""

    def __init__(self, faults: "Faults", described: dict[str, Any]):
        self._faults = faults
        self.id: str = described["id"]
        self.described = described

    def _now(self) -> dict[str, Any]:
        found = [rule for rule in self._faults.list() if rule["id"] == self.id]
        if found:
            self.described = found[0]
        return self.described

    @property
    def applied(self) -> int:
        return self._now()["applied"]

    @property
    def hits(self) -> list[dict[str, Any]]:
        return self._now()["hits"]

    def remove(self) -> None:
        self._faults.clear(self.id)

    def __enter__(self) -> "Fault":
        return self

    def __exit__(self, *_: object) -> None:
        self._now()
        self.remove()


class Faults:
    """Rules for one account, or with `account=None` for all. Every method takes which of the calls are meant:

    `nth`: this one (the first is 1); `times`: so many, from the nth on; `share`: each with this probability, drawn from
    `seed`; `forMs`: for so long by the emulator's clock; `resource`: a name that the call holds (a table, a bucket).
    Without any of these: every call.
    """

    def __init__(self, server: "Millrace", account: str | None = None):
        self._server = server
        self._account = account

    def add(self, kind: str, **rule: Any) -> Fault:
        """A rule as the admin API takes it (`/_millrace/openapi.json`)."""
        whole = {"kind": kind, **({"account": self._account} if self._account else {}), **rule}
        sent = json.dumps({name: value for name, value in whole.items() if value is not None}).encode()
        return Fault(self, self._server.admin("POST", "faults", sent))

    def list(self) -> list[dict[str, Any]]:
        return self._server.admin("GET", f"faults{'?account=' + self._account if self._account else ''}")["faults"]

    def clear(self, fault_id: str | None = None) -> None:
        """Removes one rule, or all (of the account)."""
        query = [f"id={fault_id}"] if fault_id else []
        query += [f"account={self._account}"] if self._account else []
        self._server.admin("DELETE", f"faults?{'&'.join(query)}")

    # Calls of operations.

    def error(self, operation: str, code: str, message: str | None = None, status: int | None = None, **which: Any) -> Fault:
        """The operation answers this error, whichever the service has."""
        return self.add("error", operation=operation, error=code, message=message, status=status, **which)

    def throttle(self, operation: str | None = None, service: str | None = None, **which: Any) -> Fault:
        """The call is refused in the service's own words: ProvisionedThroughputExceededException, SlowDown, ..."""
        return self.add("throttle", operation=operation, service=service, **which)

    def slow_down(self, operation: str | None = None, **which: Any) -> Fault:
        """S3 answers 503 SlowDown."""
        return self.add("throttle", operation=operation, service="s3", **which)

    def delay(self, operation: str | None, seconds: float, **which: Any) -> Fault:
        """The call is answered so much later, by the emulator's clock."""
        return self.add("delay", operation=operation, delayMs=round(seconds * 1000), **which)

    def unprocessed(self, items: int | None = None, **which: Any) -> Fault:
        """BatchWriteItem leaves so many items unprocessed (the last ones); without a number all but the first."""
        return self.add("unprocessed", items=items, **which)

    def conflict(self, operation: str | None = None, **which: Any) -> Fault:
        """Transactions are cancelled by a conflict on their first item; named writes of one item conflict, too."""
        return self.add("conflict", operation=operation, **which)

    def iterator_expired(self, **which: Any) -> Fault:
        """GetRecords finds its iterator expired."""
        return self.add("iterator-expired", **which)

    # Invocations of functions.

    def function_error(self, function: str | None = None, error: str | None = None, message: str | None = None,
                       **which: Any) -> Fault:
        """The function isn't called: it fails with this error."""
        return self.add("function-error", function=function, error=error, message=message, **which)

    def function_timeout(self, function: str | None = None, **which: Any) -> Fault:
        """The function isn't called: it has timed out (at once, whatever its Timeout is)."""
        return self.add("function-timeout", function=function, **which)

    def environment_death(self, function: str | None = None, **which: Any) -> Fault:
        """The function's environment dies: the invocation fails, the next one starts cold."""
        return self.add("environment-death", function=function, **which)

    def function_throttle(self, function: str | None = None, **which: Any) -> Fault:
        """The invocation is throttled."""
        return self.add("function-throttle", function=function, **which)

    def twice(self, function: str | None = None, **which: Any) -> Fault:
        """A batch that succeeded is delivered once more."""
        return self.add("twice", function=function, **which)

    def kill(self, function: str | None = None, **which: Any) -> Fault:
        """The server is killed after the invocation and before it knows of it. For servers with a data folder."""
        return self.add("kill", function=function, **which)

    # At once.

    def split_shard(self, table: str) -> Any:
        """An open shard of the table's stream is closed; it gets two children. `table`: its stream's ARN, or a name."""
        from urllib.parse import quote

        return self._server.admin("POST", f"streams/split?stream={quote(table, safe='')}")
