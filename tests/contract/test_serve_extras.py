"""What serve does beside serving: init scripts, a debugger's port, counters, what it says of refusals at the door."""

import json
import re
import socket
import subprocess
import threading
import urllib.error
import urllib.request

import pytest
from harness import aws, waiting
from harness.server import Server, binary, clean_environment

ACCOUNT = "000000000000"


def fetched(server, path, **headers):
    with urllib.request.urlopen(urllib.request.Request(server.endpoint + path, headers=headers), timeout=30) as answer:
        return answer.read().decode()


def test_init_scripts_are_run_in_their_order(tmp_path):
    folder = tmp_path / "init"
    folder.mkdir()
    (folder / "1-first.sh").write_text('echo "endpoint is $AWS_ENDPOINT_URL"\ntouch "$HERE/first"\n')
    (folder / "2-second.py").write_text(
        "import os, boto3\n"
        "assert os.path.exists(os.environ['HERE'] + '/first')\n"
        "boto3.client('sqs', endpoint_url=os.environ['AWS_ENDPOINT_URL']).create_queue(QueueName='made-at-start')\n")
    (folder / "3-third.sh").write_text("echo nothing good >&2; exit 7\n")
    (folder / "notes.txt").write_text("no script\n")
    with Server(tmp_path / "log", arguments=["--init", str(folder)], launcher=["env", f"HERE={tmp_path}"]) as server:
        def told():
            return json.loads(fetched(server, "/_localstack/init"))

        waiting.until(lambda: told()["completed"]["READY"], "the scripts are through")
        assert [(s["name"], s["state"]) for s in told()["scripts"]] == [
            ("1-first.sh", "SUCCESSFUL"), ("2-second.py", "SUCCESSFUL"), ("3-third.sh", "ERROR")]
        assert json.loads(fetched(server, "/_localstack/init/ready"))["completed"] is True
        assert aws.make_client(server.endpoint, "sqs", ACCOUNT).list_queues()["QueueUrls"]
        log = server.log()
        assert f"init 1-first.sh: endpoint is {server.endpoint}" in log and "init 3-third.sh: nothing good" in log
        assert "init 3-third.sh: failed, exit status 7" in log


def test_the_data_folders_own_init_scripts(tmp_path):
    ready = tmp_path / "data/init/ready.d"
    ready.mkdir(parents=True)
    (ready / "only.sh").write_text("sleep 60\n")
    with Server(tmp_path / "log", data_dir=tmp_path / "data") as server:
        def states():
            return [script["state"] for script in json.loads(fetched(server, "/_localstack/init"))["scripts"]]

        waiting.until(lambda: states() == ["RUNNING"], "it runs")
    # The server's end is the script's.
    assert not subprocess.run(["pgrep", "-f", str(ready / "only.sh")], capture_output=True).stdout


def test_requests_are_counted(tmp_path):
    with Server(tmp_path / "log") as server:
        dynamodb = aws.make_client(server.endpoint, "dynamodb", ACCOUNT)
        for _ in range(3):
            dynamodb.list_tables()
        with pytest.raises(dynamodb.exceptions.ClientError):
            dynamodb.describe_table(TableName="nobody")
        metrics = fetched(server, "/metrics")
        assert 'millrace_requests_total{service="dynamodb",operation="ListTables",outcome="success"} 3' in metrics
        assert 'millrace_requests_total{service="dynamodb",operation="DescribeTable",outcome="refused"} 1' in metrics


def test_who_is_refused_at_the_door_is_told(tmp_path):
    with Server(tmp_path / "log") as server:
        for _ in range(5):
            with pytest.raises(urllib.error.HTTPError):
                fetched(server, "/orders", Origin="https://example.com")
        told = [line for line in server.log().splitlines() if "refused at the door: GET /orders: " in line]
        assert len(told) == 1 and "https://example.com" in told[0]


def test_without_a_trace(tmp_path):
    with Server(tmp_path / "log", arguments=["--no-trace"]) as server:
        aws.make_client(server.endpoint, "dynamodb", ACCOUNT).list_tables()
        done = subprocess.run([str(binary()), "trace", "x"], env=clean_environment(MILLRACE_URL=server.endpoint), capture_output=True, text=True)
        assert done.returncode == 1 and "--no-trace: nothing is kept" in done.stderr


def test_breakpoints_can_be_set_in_a_handler(tmp_path, package):
    """--debug: a handler that takes longer than its timeout isn't ended, and an editor reaches debugpy."""
    with Server(tmp_path / "log", arguments=["--debug", "--log-requests"]) as server:
        iam, lam = (aws.make_client(server.endpoint, service, ACCOUNT) for service in ("iam", "lambda"))
        trust = {"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "lambda.amazonaws.com"}}]}
        role = iam.create_role(RoleName="r", AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
        code = package("import time\ndef handler(event, context):\n    time.sleep(1.5)\n    return context.get_remaining_time_in_millis()\n")
        lam.create_function(FunctionName="slow", Runtime="python3.12", Handler="index.handler", Role=role, Timeout=1, Code={"ZipFile": code})
        lam.get_waiter("function_active_v2").wait(FunctionName="slow")
        answers = []
        caller = threading.Thread(target=lambda: answers.append(lam.invoke(FunctionName="slow", Payload=b"{}")))
        caller.start()
        waiting.until(lambda: "--debug: " in server.log(), "the debugger's line")
        caller.join(60)
        assert "FunctionError" not in answers[0] and int(answers[0]["Payload"].read()) > 3_600_000
        log = server.log()
        if "has no debugpy" in log or "debugpy can't listen" in log:
            pytest.skip("debugpy isn't there or can't start here: " + log[-400:])
        port = int(re.search(r"debugpy listens on 127\.0\.0\.1:(\d+); /var/task", log).group(1))
        # The Debug Adapter Protocol's first message; the process isn't frozen between invocations.
        with socket.create_connection(("127.0.0.1", port), timeout=20) as editor:
            body = json.dumps({"seq": 1, "type": "request", "command": "initialize", "arguments": {"adapterID": "test"}}).encode()
            editor.sendall(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
            heard = b""
            while b'"initialize"' not in heard:
                piece = editor.recv(4096)
                assert piece, heard
                heard += piece


def test_breakpoints_can_be_set_in_a_node_handler(tmp_path, package):
    """The inspector's port is the one that launch.json of the README names, or the next free one; the terminal says which."""
    source = "exports.handler = async () => { await new Promise((done) => setTimeout(done, 1500)); return 'waited'; };\n"
    with Server(tmp_path / "log", arguments=["--debug", "--log-requests"]) as server:
        iam, lam = (aws.make_client(server.endpoint, service, ACCOUNT) for service in ("iam", "lambda"))
        role = iam.create_role(RoleName="r", AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "lambda.amazonaws.com"}}]}))["Role"]["Arn"]
        lam.create_function(FunctionName="slow", Runtime="nodejs20.x", Handler="index.handler", Role=role, Timeout=1,
                            Code={"ZipFile": package({"index.js": source})})
        lam.get_waiter("function_active_v2").wait(FunctionName="slow")
        answer = lam.invoke(FunctionName="slow", Payload=b"{}")
        assert "FunctionError" not in answer and answer["Payload"].read() == b'"waited"'
        waiting.until(lambda: "Debugger listening on ws://127.0.0.1:" in server.log(), "the inspector's line")
        port = int(re.search(r"Debugger listening on ws://127\.0\.0\.1:(\d+)/", server.log()).group(1))
        assert 9229 <= port < 9329
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/json/list", timeout=20) as inspected:
            (target,) = json.load(inspected)
        assert target["type"] == "node" and target["webSocketDebuggerUrl"].startswith(f"ws://127.0.0.1:{port}/")


def test_the_page_is_told(tmp_path):
    """One stream per page: what happens at once is one event."""
    with Server(tmp_path / "log") as server:
        with socket.create_connection(("127.0.0.1", server.port), timeout=20) as page:
            page.sendall(f"GET /_millrace/events HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\n\r\n".encode())
            heard = b""
            while heard.count(b"data: ") < 1:
                heard += page.recv(4096)
            assert b"text/event-stream" in heard
            sqs = aws.make_client(server.endpoint, "sqs", ACCOUNT)
            for n in range(40):
                sqs.create_queue(QueueName=f"q{n}")
            page.settimeout(3)
            try:
                while True:
                    heard += page.recv(4096)
            except TimeoutError:
                pass
            events = re.findall(rb"data: (\{.*?\})\n\n", heard)
            assert 2 <= len(events) < 12, events
            assert json.loads(events[-1])["frozen"] is False
