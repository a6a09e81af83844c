"""An account of the emulator: its clients, its functions' log lines, its stacks."""

from __future__ import annotations

import os
import random
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from .faults import Faults
from .snapshots import Snapshots
from .stack import Stack

if TYPE_CHECKING:
    from .server import Millrace

_ids = random.SystemRandom()


def new_account_id() -> str:
    """Twelve digits that nobody else has drawn."""
    return str(_ids.randrange(100_000_000_000, 1_000_000_000_000))


class Account:
    def __init__(self, server: "Millrace", account_id: str, region: str):
        self.server = server
        self.id = account_id
        self.region = region
        self._clients: dict[Any, Any] = {}
        self._environment_taken = False

    @property
    def faults(self) -> Faults:
        """Rules for this account's calls and functions."""
        return Faults(self.server, self.id)

    @property
    def snapshots(self) -> Snapshots:
        """Saved states of this account alone."""
        return Snapshots(self.server, self.id)

    def drain(self, timeout: float = 30.0, *, table: str | None = None, function: str | None = None) -> None:
        """As the server's, of what concerns this account."""
        self.server.drain(timeout, account=self.id, table=table, function=function)

    def reset(self, service: str | None = None) -> None:
        """Empties the account, or of a service what it has."""
        self.server.reset(account=self.id, service=service)

    def trace_of(self, name: str | None = None) -> list[dict[str, Any]]:
        """What became of the records of this account's mappings: of all, or of a table, queue, function or mapping. Each
        with `source`, `function`, counts and `recent`: what, which record, why."""
        query = "?of=" + quote(name, safe="") if name else ""
        found = self.server.admin("GET", f"mappings{query}")["mappings"]
        return [one for one in found if f":{self.id}:" in one["function"]]

    def touch(self) -> None:
        """It is in use from now on: no stack takes its place."""
        self._environment_taken = True

    @property
    def is_untouched(self) -> bool:
        """No client of it has been made, nobody has asked for its environment."""
        return not self._clients and not self._environment_taken

    @property
    def environment(self) -> dict[str, str]:
        """What a program needs to use this account: Terraform, the AWS CLI, an SDK in any language."""
        self._environment_taken = True
        return {
            "AWS_ENDPOINT_URL": self.server.url,
            # The account's host name before the endpoint's, as one client or another writes it, needs no resolution.
            "HTTP_PROXY": self.server.url,
            "NO_PROXY": "127.0.0.1,localhost,::1",
            "AWS_ACCESS_KEY_ID": self.id,
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_REGION": self.region,
            "AWS_DEFAULT_REGION": self.region,
            "AWS_S3_USE_PATH_STYLE": "true",
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        }

    def client(self, service: str, region: str | None = None, **options: Any) -> Any:
        """A boto3 client of this account, made once per service, region and options."""
        key = (service, region, repr(sorted(options.items())))
        if key not in self._clients:
            self._clients[key] = self.session(region).client(service, endpoint_url=self.server.url, **self._defaults(options))
        return self._clients[key]

    def resource(self, service: str, region: str | None = None, **options: Any) -> Any:
        """A boto3 resource of this account."""
        self._environment_taken = True
        return self.session(region).resource(service, endpoint_url=self.server.url, **self._defaults(options))

    def session(self, region: str | None = None) -> Any:
        import boto3

        return boto3.session.Session(aws_access_key_id=self.id, aws_secret_access_key="test",
                                     region_name=region or self.region)

    @staticmethod
    def _defaults(options: dict[str, Any]) -> dict[str, Any]:
        from botocore.config import Config

        config = Config(s3={"addressing_style": "path"}, retries={"max_attempts": 1, "mode": "standard"})
        return {**options, "config": config.merge(options["config"]) if "config" in options else config}

    def logs_of(self, function: str, wait_for: str | None = None, timeout: float = 10.0) -> list[str]:
        """The lines of a function's log group, oldest first. With `wait_for` returns as soon as a line holds it;
        TimeoutError with the lines so far if none does in `timeout` seconds."""
        end = time.monotonic() + timeout
        while True:
            lines = self._lines(f"/aws/lambda/{function}")
            if wait_for is None or any(wait_for in line for line in lines):
                return lines
            if time.monotonic() >= end:
                raise TimeoutError(f"no line of {function}'s log holds {wait_for!r}:\n" + "\n".join(lines))
            time.sleep(0.02)

    def _lines(self, group: str) -> list[str]:
        logs = self.client("logs")
        lines: list[str] = []
        try:
            for page in logs.get_paginator("filter_log_events").paginate(logGroupName=group):
                lines += [event["message"].rstrip("\n") for event in page["events"]]
        except logs.exceptions.ResourceNotFoundException:
            pass
        return lines

    def log_groups(self) -> list[str]:
        names: list[str] = []
        for page in self.client("logs").get_paginator("describe_log_groups").paginate():
            names += [group["logGroupName"] for group in page["logGroups"]]
        return names

    def stack(self, folder: str | os.PathLike, variables: dict[str, str] | None = None, **options: Any) -> Stack:
        """A Terraform configuration, applied in this account by `with` or apply()."""
        return Stack(self, folder, variables or {}, **options)
