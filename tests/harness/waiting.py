"""Waiting for what happens after an answer: by the server's own word where it can give it."""

import time
import urllib.error
import urllib.request


def drain(endpoint, timeout_s=30):
    """Returns when every committed record has been through every mapping, retry and destination."""
    request = urllib.request.Request(f"{endpoint}/_millrace/drain?timeout={timeout_s}", method="POST", data=b"")
    try:
        with urllib.request.urlopen(request, timeout=timeout_s + 10) as answer:
            answer.read()
    except urllib.error.HTTPError as error:
        raise AssertionError(f"drain: {error.code} {error.read().decode(errors='replace')}") from None


def until(condition, what, timeout_s=20):
    """Calls `condition` until it returns something true, and returns that. For processes that can't be asked."""
    deadline = time.monotonic() + timeout_s
    pause_s = 0.005
    while True:
        result = condition()
        if result:
            return result
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {timeout_s} s: {what}; last seen: {result!r}")
        time.sleep(pause_s)
        pause_s = min(pause_s * 2, 0.2)
