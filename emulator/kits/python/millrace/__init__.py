"""The millrace server from Python: `with millrace.Millrace() as server: ...`, or the fixtures of its pytest plugin."""

from ._version import VERSION as __version__
from .account import Account
from .clock import Clock
from .faults import Fault, Faults
from .server import DidNotStart, Millrace, MillraceError, NotDrained
from .snapshots import Snapshots
from .stack import Stack, StackError

__all__ = ["Account", "Clock", "DidNotStart", "Fault", "Faults", "Millrace", "MillraceError", "NotDrained", "Snapshots",
           "Stack", "StackError", "__version__"]
