"""S3's lines: objects of 8 MiB, in megabytes a second beside what HTTP alone takes and gives."""

import functools

from botocore.auth import S3SigV4Auth

from rounds import Aim, Line
from wire import ask_each, signed

OBJECT_BYTES = 8 << 20
CONNECTIONS = 4
BARE_ANSWER = 0
MB_OF_EACH = OBJECT_BYTES / 1e6
SECONDS_MIN = 0.5  # so that a round has some


class Objects:
    def __init__(self, stand):
        self._stand = stand

    @functools.cached_property
    def _port(self):
        port = self._stand.server("objects").port
        ask_each(port, [signed(port, "s3", "PUT", "/bench-objects", {}, b"")])
        return port

    @functools.cached_property
    def _puts(self):
        """Signed over their bytes, as SDKs do over http."""
        body = bytes(range(256)) * (OBJECT_BYTES // 256)
        return [signed(self._port, "s3", "PUT", f"/bench-objects/{n}", {}, body, S3SigV4Auth) for n in range(CONNECTIONS)]

    @functools.cached_property
    def _gets(self):
        ask_each(self._port, self._puts)
        return [signed(self._port, "s3", "GET", f"/bench-objects/{n}", {}, b"", S3SigV4Auth) for n in range(CONNECTIONS)]

    def put(self, _, bare=False):
        requests = self._puts
        return self._stand.load(self._stand.bare(BARE_ANSWER) if bare else self._port, CONNECTIONS, requests, MB_OF_EACH, SECONDS_MIN)

    def get(self, _, bare=False):
        requests = self._gets
        return self._stand.load(self._stand.bare(OBJECT_BYTES) if bare else self._port, CONNECTIONS, requests, MB_OF_EACH, SECONDS_MIN)


def lines(stand):
    objects = Objects(stand)
    return [Line(f"S3 {name} of 8 MiB", CONNECTIONS, "MB/s",
                 {"bare": functools.partial(measure, bare=True), "ours": measure}, aims=(Aim("share", 0.7),))
            for name, measure in (("GET", objects.get), ("PUT", objects.put))]
