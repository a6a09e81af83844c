"""Starts and stops `millrace serve` for tests: a free port, a folder of its own, a log that is kept."""

import os
import pathlib
import re
import select
import signal
import socket
import subprocess
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]

# What a developer's own environment may hold and a test must not see.
_FOREIGN_PREFIXES = ("AWS_", "TF_", "MILLRACE_", "HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy")


def clean_environment(**extra):
    """The environment without AWS, Terraform, proxy or millrace settings, plus `extra`."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith(_FOREIGN_PREFIXES)}
    environment.update(extra)
    return environment


def binary():
    """The server under test: $MILLRACE_BINARY, or build/millrace."""
    return pathlib.Path(os.environ.get("MILLRACE_BINARY") or ROOT / "build" / "millrace").resolve()


def is_sanitized():
    """Built with a sanitizer, whose own memory is many times the server's."""
    cache = binary().parent / "CMakeCache.txt"
    return cache.exists() and re.search(r"^MILLRACE_SANITIZE:STRING=\w", cache.read_text(), re.MULTILINE) is not None


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class DidNotStart(Exception):
    def __init__(self, code, output):
        super().__init__(f"millrace exited with {code} before it was ready:\n{output}")
        self.code = code
        self.output = output


class Server:
    """One `millrace serve` process. `data_dir=None` serves from a temporary store (--ephemeral); `launcher` is a
    command that runs it, `cwd` the folder that it starts in."""

    def __init__(self, log_path, data_dir=None, port=None, arguments=(), binary_path=None, launcher=(), cwd=None):
        self.log_path = pathlib.Path(log_path)
        self.data_dir = data_dir
        self.port = port or free_port()
        self._port_is_ours = port is None
        self.arguments = list(arguments)
        self.binary_path = binary_path or binary()
        self.launcher = list(launcher)
        self.cwd = cwd
        self.process = None

    @property
    def endpoint(self):
        # An address, not a name: SDKs then keep to path-style S3.
        return f"http://127.0.0.1:{self.port}"

    def command(self):
        store = ["--ephemeral"] if self.data_dir is None else ["--data-dir", str(self.data_dir)]
        host = [] if "--host" in self.arguments else ["--host", "127.0.0.1"]
        return [*self.launcher, str(self.binary_path), "serve", "--port", str(self.port), *host, *store, *self.arguments]

    def start(self, timeout_s=60):
        """Returns when the server has printed `Ready.`; raises DidNotStart with its output when it exits instead. A port
        that this object chose, and that somebody else took before the server could, is replaced by another."""
        for _ in range(5):
            try:
                return self._start_once(timeout_s)
            except DidNotStart as refused:
                if not (self._port_is_ours and f"Port {self.port} on" in refused.output.rsplit("millrace:", 1)[-1]):
                    raise
                self.port = free_port()
        return self._start_once(timeout_s)

    def _start_once(self, timeout_s):
        log = open(self.log_path, "ab")
        self.process = subprocess.Popen(
            self.command(), stdout=subprocess.PIPE, stderr=log, stdin=subprocess.DEVNULL, cwd=self.cwd,
            # A temporary store lies beside the log: what a killed server leaves goes with the test's own folder.
            env=clean_environment(TMPDIR=str(self.log_path.parent.resolve())),
        )
        log.close()
        deadline = time.monotonic() + timeout_s
        seen = b""
        while b"Ready.\n" not in seen:
            readable, _, _ = select.select([self.process.stdout], [], [], max(0, deadline - time.monotonic()))
            chunk = os.read(self.process.stdout.fileno(), 4096) if readable else b""
            seen += chunk
            if readable and not chunk:
                code = self.process.wait()
                self.process.stdout.close()
                self.process = None
                raise DidNotStart(code, seen.decode() + self.log())
            if not readable:
                self.kill()
                raise DidNotStart("no answer", seen.decode() + self.log())
        return self

    def stop(self, timeout_s=60):
        """SIGTERM, as a user's Ctrl-C would; returns the exit code."""
        return self._end(signal.SIGTERM, timeout_s)

    def kill(self):
        """SIGKILL: nothing is flushed."""
        return self._end(signal.SIGKILL, 60)

    def _end(self, number, timeout_s):
        if self.process is None:
            return None
        if self.process.poll() is None:
            self.process.send_signal(number)
        try:
            code = self.process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError(f"millrace did not end within {timeout_s} s of signal {number}\n{self.log()}")
        finally:
            self.process.stdout.close()
            self.process = None
        return code

    def cpu_seconds(self):
        """What it has used of the processors: the same on a busy machine."""
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def alive(self):
        return self.process is not None and self.process.poll() is None

    def log(self, characters=8000):
        try:
            return self.log_path.read_text(errors="replace")[-characters:]
        except FileNotFoundError:
            return ""

    def __enter__(self):
        return self.start()

    def __exit__(self, kind, *_):
        """Ends it as a user would, so that a temporary store goes with it, and sees that it ends well."""
        if self.process is None:
            return
        code = self.process.poll()
        if code is None:
            code = self.stop()
        else:
            self._end(signal.SIGKILL, 60)
        if kind is None:
            assert code == 0, f"millrace ended with {code}:\n{self.log(30000)}"
