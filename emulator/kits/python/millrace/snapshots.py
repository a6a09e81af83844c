"""Saved states of a server, or of one account."""

from __future__ import annotations

import pathlib
from typing import TYPE_CHECKING, Any, Union
from urllib.parse import quote

if TYPE_CHECKING:
    import os

    from .server import Millrace


class Snapshots:
    """Of the whole server: loading one replaces everything at once, the clock and functions' environments included. With
    `account`: of that account alone, the others and the clock stay."""

    def __init__(self, server: "Millrace", account: str | None = None):
        self._server = server
        self._account = f"&account={account}" if account else ""

    def save(self, name: str) -> None:
        self._server.admin("POST", f"snapshots/save?name={quote(name)}{self._account}")

    def load(self, name: str) -> None:
        self._server.admin("POST", f"snapshots/load?name={quote(name)}{self._account}")

    def list(self) -> list[dict[str, Any]]:
        return self._server.admin("GET", "snapshots")["snapshots"]

    def delete(self, name: str) -> None:
        self._server.admin("DELETE", f"snapshots?name={quote(name)}")

    def export(self, name: str, file: Union[str, "os.PathLike[str]"]) -> None:
        """Writes the snapshot to one file."""
        answered = self._server.admin_bytes("GET", f"snapshots/export?name={quote(name)}")
        pathlib.Path(file).write_bytes(answered)

    def import_file(self, name: str, file: Union[str, "os.PathLike[str]"]) -> None:
        """Makes a snapshot of that name out of such a file."""
        self._server.admin("PUT", f"snapshots/import?name={quote(name)}", pathlib.Path(file).read_bytes())
