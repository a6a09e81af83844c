"""The millrace server from Python: `with millrace.Millrace() as server: ...`, or the fixtures of its pytest plugin."""

from ._version import VERSION as __version__
from .account import Account
from .clock import Clock
from .server import DidNotStart, Millrace, MillraceError
from .stack import Stack, StackError

__all__ = ["Account", "Clock", "DidNotStart", "Millrace", "MillraceError", "Stack", "StackError", "__version__"]
