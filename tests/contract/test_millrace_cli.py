"""The program's own commands: status, clock, drain and explain filter, and that the README lists serve's options."""

import http.server
import json
import re
import socket
import subprocess
import threading

import pytest

from harness.server import ROOT, Server, binary, clean_environment, free_port


def millrace(*arguments, url="", stdin="", code=0):
    done = subprocess.run(
        [str(binary()), *arguments], env=clean_environment(MILLRACE_URL=url), input=stdin, capture_output=True,
        text=True, timeout=60,
    )
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout if code == 0 else done.stdout + done.stderr


@pytest.fixture(scope="module")
def own_server(tmp_path_factory):
    """Its clock is moved about, which no other test must notice."""
    with Server(tmp_path_factory.mktemp("own") / "server.log") as running:
        yield running.endpoint


def test_status(own_server):
    assert json.loads(millrace("status", url=own_server))["status"] == "ok"


def test_status_without_a_server():
    url = f"http://127.0.0.1:{free_port()}"
    assert url in millrace("status", url=url, code=3)


def test_env_is_what_a_shell_needs():
    lines = millrace("env", url="http://127.0.0.1:4999").splitlines()
    exports = dict(line.removeprefix("export ").split("=", 1) for line in lines if line.startswith("export "))
    assert all(line.startswith(("export ", "#")) for line in lines)
    assert exports == {"AWS_ENDPOINT_URL": "http://127.0.0.1:4999", "HTTP_PROXY": "http://127.0.0.1:4999", "AWS_ACCESS_KEY_ID": "test",
                       "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": "us-east-1", "AWS_REGION": "us-east-1"}


def doctor(url, code=0, **variables):
    done = subprocess.run([str(binary()), "doctor", "--json"], env=clean_environment(MILLRACE_URL=url, **variables),
                          capture_output=True, text=True, timeout=60)
    return {one["subject"]: (one["level"], one["sentence"]) for one in json.loads(done.stdout)["findings"]}


def test_doctor_tries_the_names_with_labels(own_server):
    found = doctor(own_server, AWS_ENDPOINT_URL=own_server, HTTP_PROXY=own_server)
    assert found["server"] == ("fine", f"answers at {own_server}")
    assert found["AWS_ENDPOINT_URL"][0] == "fine"
    assert found["HTTP_PROXY"] == ("fine", "leads 000000000000.127.0.0.1 here")
    # No resolver knows a label before an address (unless /etc/hosts does).
    assert found["000000000000.127.0.0.1"][0] in ("note", "fine")
    for name in ("000000000000.localhost", "my-bucket.localhost", "abc123.lambda-url.us-east-1.localhost"):
        try:
            socket.getaddrinfo(name, 80)
            expected = "fine"
        except OSError:
            expected = "note"
        assert found[name][0] == expected, found[name]


def test_doctor_says_what_is_missing():
    found = doctor(f"http://127.0.0.1:{free_port()}")
    assert found["server"][0] == "note" and found["AWS_ENDPOINT_URL"][0] == "trouble" and found["HTTP_PROXY"][0] == "note"


def test_doctor_sees_a_stranger_on_the_port(own_server):
    with http.server.HTTPServer(("127.0.0.1", 0), http.server.SimpleHTTPRequestHandler) as stranger:
        threading.Thread(target=stranger.handle_request, daemon=True).start()
        found = doctor(f"http://127.0.0.1:{stranger.server_port}")
    assert found["server"][0] == "trouble" and "isn't millrace" in found["server"][1]


def test_drain(own_server):
    millrace("drain", "--timeout", "5", url=own_server)


def test_the_clock_stands_jumps_and_runs_again(own_server):
    def clock(*arguments):
        return json.loads(millrace("clock", *arguments, url=own_server))

    frozen = clock("freeze")
    assert frozen["frozen"] and clock()["now_ms"] == frozen["now_ms"]
    assert clock("advance", "60000")["now_ms"] == frozen["now_ms"] + 60000
    assert clock("set", "2031-01-31T09:00:00Z")["now_ms"] == 1927616400000
    assert clock("resume")["frozen"] is False
    assert clock()["now_ms"] >= 1927616400000
    millrace("clock", "set", "yesterday", url=own_server, code=1)


def test_explain_filter():
    cases = [
        ({"a": ["x"]}, {"a": "x"}, "true"),
        ({"a": [{"prefix": "x"}]}, {"a": "y"}, "false"),
        ({"a": "x"}, {"a": "x"}, "invalid"),
    ]
    lines = [json.dumps({"pattern": json.dumps(p), "event": json.dumps(e)}) for p, e, _ in cases]
    said = millrace("explain", "filter", "--lines", stdin="\n".join(lines) + "\n")
    assert said.split() == [expected for _, _, expected in cases]


def test_the_readme_lists_the_options_of_serve():
    offered = set(re.findall(r"^\s+(?:-\w,)?(--[\w-]+)", millrace("serve", "--help"), re.MULTILINE)) - {"--help"}
    table = (ROOT / "README.md").read_text().split("## Options")[1].split("\n## ")[0]
    first_cells = " ".join(re.findall(r"^\|[^|]*\|", table, re.MULTILINE))
    assert set(re.findall(r"--[a-z][\w-]*", first_cells)) == offered
