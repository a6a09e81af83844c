"""The admin API is the developer's: from handlers, from other machines and beside verified signatures it wants the token
that lies in the data folder."""

import json
import os
import pathlib
import re
import stat
import subprocess
import textwrap
import urllib.error
import urllib.request

import pytest

from harness.server import Server, binary, clean_environment
from contract.conftest import EmulatorClock


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    folder = tmp_path_factory.mktemp("admin")
    with Server(folder / "server.log", data_dir=folder / "data") as running:
        yield running
        assert running.alive(), f"the server died during the tests:\n{running.log()}"


@pytest.fixture(scope="module")
def endpoint(server):
    return server.endpoint


def ask(endpoint, path, method="GET", token=None, timeout_s=20):
    headers = {"Authorization": token} if token else {}
    request = urllib.request.Request(endpoint + "/_millrace/" + path, method=method, headers=headers,
                                     data=b"" if method == "POST" else None)
    try:
        with urllib.request.urlopen(request, timeout=timeout_s) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def token_of(server):
    return (pathlib.Path(server.data_dir) / "admin-token").read_text().strip()


ROUTES = [("GET", "clock"), ("POST", "clock/freeze"), ("POST", "clock/advance?by=1"), ("POST", "drain?timeout=1"),
          ("GET", "mappings"), ("GET", "iam/audit"), ("GET", "log-metrics?account=000000000000"), ("GET", "no-such-route"),
          ("GET", "status"), ("GET", "metrics"), ("GET", "openapi.json"), ("POST", "stop")]

PROBE = """
    got = {}
    for method, path in event['routes']:
        request = urllib.request.Request(event['endpoint'] + '/_millrace/' + path, method=method,
                                         data=b'' if method == 'POST' else None, headers=event.get('headers', {}))
        try:
            with urllib.request.urlopen(request, timeout=10) as reply:
                got[path] = reply.status
        except urllib.error.HTTPError as error:
            got[path] = error.code
    return got"""


@pytest.fixture
def invoke(client, make_function, server):
    def call(body, **event):
        source = ("import json, os, socket, subprocess, sys, time, urllib.error, urllib.request\n"
                  "def handler(event, context):\n" + textwrap.indent(textwrap.dedent(body), "    "))
        name = make_function(source, Timeout=20)
        event = {"endpoint": server.endpoint, "routes": ROUTES, **event}
        answer = client("lambda").invoke(FunctionName=name, Payload=json.dumps(event))
        text = answer["Payload"].read()
        assert "FunctionError" not in answer, text
        return json.loads(text)

    return call


def test_the_developer_needs_no_token_on_his_own_machine(server):
    clock = EmulatorClock(server.endpoint)
    assert clock.show()["frozen"] is False
    assert ask(server.endpoint, "drain?timeout=5", "POST")[0] == 200


def test_a_handler_needs_the_token(server, invoke):
    answers = invoke(PROBE)
    assert answers == {path: 401 for _, path in ROUTES}
    assert EmulatorClock(server.endpoint).show()["frozen"] is False


def test_a_handler_with_a_wrong_token_learns_nothing(server, invoke):
    wrong = {"Authorization": "Bearer " + "0" * 32}
    assert invoke(PROBE, headers=wrong) == {path: 401 for _, path in ROUTES}
    assert invoke(PROBE, headers={"Authorization": "Bearer "}, routes=[("GET", "clock")]) == {"clock": 401}


def test_a_handler_that_was_given_the_token_may(server, invoke):
    right = {"Authorization": "Bearer " + token_of(server)}
    assert invoke(PROBE, headers=right, routes=[("GET", "clock")]) == {"clock": 200}


def test_a_handler_hears_that_the_server_lives(invoke):
    assert invoke(PROBE, routes=[("GET", "health")]) == {"health": 200}


def test_a_handler_doesn_t_find_the_token(server, invoke):
    found = invoke("""
        found = []
        for folder, _, names in os.walk('/'):
            if folder.startswith(('/proc', '/sys')):
                continue
            for name in names:
                if name.startswith('admin-token'):
                    try:
                        found.append(open(os.path.join(folder, name)).read())
                    except OSError:
                        pass
        try:
            found.append(open(event['file']).read())
        except OSError:
            pass
        return found""", file=str(pathlib.Path(server.data_dir) / "admin-token"))
    assert token_of(server) not in [text.strip() for text in found]


SEND = """
    port = int(event['endpoint'].rsplit(':', 1)[1])
    text = b'POST /_millrace/clock/freeze HTTP/1.1\\r\\nHost: 127.0.0.1\\r\\nContent-Length: 0\\r\\n\\r\\n'
    connect = lambda: socket.create_connection(('127.0.0.1', port), timeout=5)
    def send():
        connection = connect()
        connection.sendall(text)
        connection.recv(4096)
"""
TRICKS = {
    "a child": """
    pid = os.fork()
    if pid == 0:
        send()
        os._exit(0)
    return os.waitpid(pid, 0)[1]""",
    "a daemon that has left its parents": """
    read, write = os.pipe()
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            os.close(read)
            send()
        os._exit(0)
    os.close(write)
    os.read(read, 1)""",
    "a socket that is closed before the answer": """
    for _ in range(50):
        connection = connect()
        connection.sendall(text)
        connection.close()
    time.sleep(0.2)""",
    "a socket that goes from process to process": """
    for _ in range(20):
        connection = connect()
        if os.fork() == 0:
            connection.sendall(text)
            for _ in range(40):  # each child goes on and its parent goes away
                if os.fork():
                    os._exit(0)
            os._exit(0)
        connection.close()
        os.wait()
    time.sleep(0.2)""",
}


@pytest.mark.parametrize("trick", TRICKS)
def test_no_trick_hides_whose_a_request_is(server, invoke, trick):
    invoke(SEND + TRICKS[trick])
    assert EmulatorClock(server.endpoint).show()["frozen"] is False


# -- the file and who needs it


def test_the_token_is_the_server_s_user_s_alone(server):
    file = pathlib.Path(server.data_dir) / "admin-token"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert re.fullmatch(r"[0-9a-f]{32}\n", file.read_text())
    assert f"{token_of(server)} (in {file}), for the admin API" in server.log()


def cli(server, *arguments, **environment):
    return subprocess.run([str(binary()), *arguments], capture_output=True, text=True, timeout=60,
                          cwd=pathlib.Path(server.data_dir).parent,
                          env=clean_environment(MILLRACE_URL=server.endpoint, **environment))


@pytest.mark.parametrize("arguments", [["--verify-signatures"], ["--host", "0.0.0.0"]])
def test_where_others_may_come_everybody_needs_it(tmp_path, arguments):
    with Server(tmp_path / "server.log", data_dir=tmp_path / "data", arguments=arguments) as server:
        token = token_of(server)
        assert {path: ask(server.endpoint, path, method)[0] for method, path in ROUTES} == {path: 401 for _, path in ROUTES}
        assert token not in ask(server.endpoint, "clock")[1]
        assert ask(server.endpoint, "health")[0] == 200
        assert ask(server.endpoint, "clock", token=f"Bearer {token}")[0] == 200
        for wrong in (f"Bearer {token[:-1]}", f"Bearer {token}0", f"Basic {token}", token, "Bearer", "Bearer ", f"Bearer {'0' * 32}"):
            assert ask(server.endpoint, "clock", token=wrong)[0] == 401, wrong
        # The command line takes it from the environment or from the data folder.
        refused = cli(server, "clock")
        assert refused.returncode == 1 and "wants its token" in refused.stderr
        assert cli(server, "clock", MILLRACE_ADMIN_TOKEN=token).returncode == 0
        assert cli(server, "clock", MILLRACE_DATA_DIR=str(server.data_dir)).returncode == 0
        # Health is everybody's.
        health = cli(server, "status")
        assert health.returncode == 0 and re.search(r"^health +ok$", health.stdout, re.MULTILINE)
        assert "wants its token" in health.stderr and str(server.data_dir) not in health.stdout
        assert str(server.data_dir) in cli(server, "status", MILLRACE_ADMIN_TOKEN=token).stdout
        os.symlink(server.data_dir, tmp_path / ".millrace")
        assert cli(server, "clock").returncode == 0


def test_the_token_stays_and_a_damaged_one_is_made_anew(tmp_path):
    with Server(tmp_path / "server.log", data_dir=tmp_path / "data") as server:
        file, first = pathlib.Path(server.data_dir) / "admin-token", token_of(server)
        server.kill()
        file.chmod(0o644)
        server.start()
        assert token_of(server) == first and stat.S_IMODE(file.stat().st_mode) == 0o600
        server.kill()
        file.write_text(first[:7])
        server.start()
        assert token_of(server) != first and re.fullmatch(r"[0-9a-f]{32}\n", file.read_text())
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
