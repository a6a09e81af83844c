"""The emulator's clock: TTL, schedules, windows and retries go by it. A handler's own clock is the machine's."""

from __future__ import annotations

import datetime
import re
from typing import TYPE_CHECKING, Union

if TYPE_CHECKING:
    from .server import Millrace

Span = Union[int, float, str, datetime.timedelta]
_UNITS = {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}


def milliseconds(span: Span) -> int:
    """Of seconds, a timedelta, or a text such as "90s", "2h" or "1d12h"."""
    if isinstance(span, datetime.timedelta):
        return round(span.total_seconds() * 1000)
    if isinstance(span, (int, float)):
        return round(span * 1000)
    parts = re.findall(r"(\d+(?:\.\d+)?)(ms|[smhd])", span)
    if not parts or "".join(number + unit for number, unit in parts) != span.replace(" ", ""):
        raise ValueError(f"{span!r} isn't a span of time such as 90s, 2h or 1d12h")
    return round(sum(float(number) * _UNITS[unit] for number, unit in parts))


class Clock:
    """All accounts of a server share it; a test that moves it wants a server of its own."""

    def __init__(self, server: "Millrace"):
        self._server = server

    def now(self) -> datetime.datetime:
        """The emulator's time, in UTC."""
        answer = self._server.admin("GET", "clock")
        return datetime.datetime.fromtimestamp(answer["now_ms"] / 1000, datetime.timezone.utc)

    def advance(self, by: Span) -> None:
        """Moves it forward; what falls due is begun. A number counts seconds."""
        self._server.admin("POST", f"clock/advance?by={milliseconds(by)}")

    def set(self, to: Union[datetime.datetime, int, str]) -> None:
        """To a moment: a datetime with a time zone, milliseconds since the epoch, or "2024-01-31T09:00:00Z"."""
        if isinstance(to, datetime.datetime):
            to = round(to.timestamp() * 1000)
        self._server.admin("POST", f"clock/set?to={to}")

    def freeze(self) -> None:
        self._server.admin("POST", "clock/freeze")

    def resume(self) -> None:
        self._server.admin("POST", "clock/resume")
