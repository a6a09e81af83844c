"""Clients that don't wait for `Ready.`: they are refused or answered, never cut off."""

import socket
import subprocess
import time

from harness.server import binary, clean_environment, free_port

STARTS = 12
HEALTH = b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"


def connect_until_answered(port, seconds=20):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
                connection.sendall(HEALTH)
                return connection.recv(4096)
        except ConnectionRefusedError:
            continue
    raise AssertionError("the server didn't answer")


def serve(port, folder):
    return subprocess.Popen(
        [binary(), "serve", "--port", str(port), "--data-dir", str(folder)],
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=clean_environment(), text=True,
    )


def test_who_connects_during_the_start_is_answered(tmp_path):
    for number in range(STARTS):
        port = free_port()
        process = serve(port, tmp_path / str(number))
        try:
            assert connect_until_answered(port).startswith(b"HTTP/1.1 ")
        finally:
            process.kill()
            process.communicate()


def test_a_port_that_another_program_listens_on_is_named(tmp_path):
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        process = serve(port, tmp_path / "data")
        try:
            _, errors = process.communicate(timeout=20)
        finally:
            process.kill()
        assert process.returncode == 1
        assert f"Port {port} on 127.0.0.1 can't be listened on: Address already in use" in errors
