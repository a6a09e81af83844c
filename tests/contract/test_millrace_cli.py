"""The program's own commands: status, clock, drain and explain filter, and that the README lists serve's options."""

import http.server
import json
import re
import socket
import subprocess
import threading
import time

import pytest

from harness import aws
from harness.server import ROOT, Server, binary, clean_environment, free_port
from harness.waiting import until


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
    assert json.loads(millrace("status", "--json", url=own_server))["status"] == "ok"


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
        return json.loads(millrace("clock", *arguments, "--json", url=own_server))

    frozen = clock("freeze")
    assert frozen["frozen"] and clock()["now_ms"] == frozen["now_ms"]
    assert clock("advance", "60000")["now_ms"] == frozen["now_ms"] + 60000
    assert clock("set", "2031-01-31T09:00:00Z")["now_ms"] == 1927616400000
    assert clock("resume")["frozen"] is False
    assert clock()["now_ms"] >= 1927616400000
    assert "yesterday is no time" in millrace("clock", "set", "yesterday", url=own_server, code=2)


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
    first_cells = " ".join(re.findall(r"^\| `--[^|]*\|", table, re.MULTILINE))
    assert set(re.findall(r"--[a-z][\w-]*", first_cells)) == offered


# -- the rest of the commands


@pytest.fixture
def ask(own_server, tmp_path):
    """ask("logs", "f", code=0) -> (standard output, standard error)."""

    def call(*arguments, code=0, stdin=""):
        done = subprocess.run(
            [str(binary()), *arguments], env=clean_environment(MILLRACE_URL=own_server), input=stdin, capture_output=True, text=True,
            timeout=60)
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout, done.stderr

    return call


def test_version():
    assert re.fullmatch(r"millrace \d+\.\d+\.\d+\n", millrace("--version"))


@pytest.mark.parametrize("line, meant", [
    (["statsu"], "status"), (["serv"], "serve"), (["clock", "advanse", "5"], "advance"), (["serve", "--ephemral"], "--ephemeral"),
    (["drain", "--timout", "5"], "--timeout"), (["explain", "filtre"], "filter"),
])
def test_did_you_mean(line, meant):
    assert f"Did you mean '{meant}'?" in millrace(*line, code=2)


@pytest.mark.parametrize("line", [["gibberish"], [], ["drain", "--timeout", "9999"], ["clock", "advance", "2 weeks"], ["completion", "tcsh"]])
def test_what_isnt_understood_is_2(line):
    assert "millrace: " in millrace(*line, code=2)


def test_what_people_read_is_no_document(own_server):
    """Every command that answers with what the server says: words by default, the document with --json."""
    for line, said in (
            (["clock"], r"^20\d\d-\S+Z, running"), (["clock", "freeze"], ", standing still"), (["clock", "advance", "2h"], "ahead of this machine's clock"),
            (["clock", "resume"], ", running"), (["clock", "set", "now"], ", running"), (["drain", "--timeout", "5"], "^everything is through$"),
            (["faults", "list"], "^no rules$"), (["snapshot", "save", "words"], r"^saved words in \d+ ms$"), (["snapshot", "list"], "^words  "),
            (["snapshot", "delete", "words"], "^deleted words$"), (["snapshot", "list"], "^no snapshots"),
            (["faults", "add", '{"kind": "throttle", "operation": "PutItem"}'], "throttle  .*operation PutItem.*hit 0 of 0"), (["faults", "clear"], "^removed 1$"),
            (["iam", "audit"], "^nothing was recorded"), (["reset", "--account", "999988887777"], "^reset")):
        words = millrace(*line, url=own_server)
        assert re.search(said, words, re.MULTILINE) and not re.search(r"[{}]", words), (line, words)
    for line in (["clock"], ["drain", "--timeout", "5"], ["faults", "list"], ["snapshot", "list"], ["status"]):
        json.loads(millrace(*line, "--json", url=own_server))


def test_what_is_wrong_is_said_without_a_document(own_server):
    for line, code, said in (
            (["invoke", "nobody"], 1, "ResourceNotFoundException: Function not found: arn:aws:lambda:us-east-1:"),
            (["logs", "nobody"], 1, "there is no such log group"),
            (["why", "stranger"], 1, "no rule, bus, schedule or alarm is called so"), (["trace", "stranger"], 1, "Nothing is known of stranger"),
            (["explain", "access", "nobody", "dynamodb:GetItem"], 1, "there is no role and no user called nobody"),
            (["iam", "policy", "nobody"], 1, "Nothing is known of nobody"), (["snapshot", "load", "nothing"], 1, "There is no snapshot nothing"),
            (["faults", "add", "throttle"], 1, "The rule isn't JSON."),
            (["serv"], 2, "there is no command 'serv'"), (["audit"], 2, "Did you mean 'iam audit'?"), ([], 2, "millrace needs a command: serve, status"),
            (["iam"], 2, "iam needs a command: audit, clear, policy"), (["serve", "--port", "99999"], 2, "65535"), (["trace"], 2, "NAME is required")):
        words = millrace(*line, url=own_server, code=code)
        assert said in words and not re.search(r"[{}]", words), (line, words)


def test_access_is_explained_by_name(own_server):
    iam = aws.make_client(own_server, "iam", "000000000000")
    iam.create_user(UserName="dev")
    said = millrace("explain", "access", "dev", "dynamodb:PutItem", "arn:aws:dynamodb:us-east-1:000000000000:table/t", url=own_server, code=1)
    assert said.startswith("denied: arn:aws:iam::000000000000:user/dev, dynamodb:PutItem") and "this would:" in said
    iam.delete_user(UserName="dev")


def test_durations_have_units(own_server):
    def now(*arguments):
        return json.loads(millrace("clock", *arguments, "--json", url=own_server))["now_ms"]

    before = now("freeze")
    for text, ms in (("1500", 1500), ("1500ms", 1500), ("90s", 90_000), ("5m", 300_000), ("2h", 7_200_000), ("1d", 86_400_000)):
        assert now("advance", text) == before + ms, text
        before += ms
    now("resume")
    assert abs(now("set", "now") - time.time() * 1000) < 5000


def test_status_says_whose_server_it_is(own_server):
    facts = json.loads(millrace("status", "--json", url=own_server))
    assert facts["status"] == "ok" and facts["ephemeral"] and facts["region"] == "us-east-1" and facts["iam"] == "on"
    assert facts["pid"] > 1 and facts["memoryBytes"] > 1 << 20 and facts["mappings"] == []
    aws.make_client(own_server, "dynamodb", "111122223333", region="eu-west-1").create_table(
        TableName="tab", BillingMode="PAY_PER_REQUEST", AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}])
    facts = json.loads(millrace("status", "--json", url=own_server))
    assert {"account": "111122223333", "region": "eu-west-1", "kind": "tables", "count": 1} in facts["resources"]
    table = millrace("status", url=own_server)
    assert re.search(rf"^server +{own_server}  millrace \S+, pid {facts['pid']}$", table, re.MULTILINE)
    assert re.search(r"^111122223333  eu-west-1 +1 table$", table, re.MULTILINE)


def test_wait(own_server):
    millrace("wait", url=own_server)
    assert "no answer" in millrace("wait", "--timeout", "0", url=f"http://127.0.0.1:{free_port()}", code=3)


def test_stop(tmp_path):
    server = Server(tmp_path / "server.log").start()
    millrace("stop", url=server.endpoint)
    assert server.process.wait(20) == 0
    server.stop()
    millrace("stop", url=server.endpoint, code=3)


def test_invoke_and_logs(own_server, ask, package):
    account = "000000000000"
    iam, functions = (aws.make_client(own_server, service, account) for service in ("iam", "lambda"))
    trust = {"Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "lambda.amazonaws.com"}}]}
    role = iam.create_role(RoleName="r", AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", **trust}))["Role"]["Arn"]
    iam.attach_role_policy(RoleName="r", PolicyArn="arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole")
    code = "def handler(event, context):\n    print('got', event)\n    return {'n': 1 / event['n']}\n"
    functions.create_function(FunctionName="f", Runtime="python3.12", Handler="index.handler", Role=role, Code={"ZipFile": package(code)})

    out, err = ask("invoke", "f", '{"n": 4}')
    assert json.loads(out) == {"n": 0.25} and "got {'n': 4}" in err and "REPORT RequestId" in err
    out, _ = ask("invoke", "f", "-", stdin='{"n": 2}')
    assert json.loads(out) == {"n": 0.5}
    out, _ = ask("invoke", "f", '{"n": 0}', code=1)
    assert json.loads(out)["errorType"] == "ZeroDivisionError"
    out, _ = ask("invoke", "f", '{"n": 1}', "--json")
    whole = json.loads(out)
    assert whole["payload"] == {"n": 1.0} and whole["status"] == 200 and "REPORT" in whole["log"]
    assert ask("invoke", "f", '{"n": 1}', "--event") == ("", "")
    assert "ResourceNotFoundException" in ask("invoke", "gone", code=1)[1] or "Function not found" in ask("invoke", "gone", code=1)[1]

    until(lambda: "got {'n': 4}" in ask("logs", "f")[0], "the log")
    assert re.search(r"^\S+Z  f  got \{'n': 4\}$", ask("logs")[0], re.MULTILINE)
    assert json.loads(ask("logs", "/aws/lambda/f", "--json")[0].splitlines()[0])["logGroupName"] == "/aws/lambda/f"

    following = subprocess.Popen([str(binary()), "logs", "-f", "f", "--since", "600"], env=clean_environment(MILLRACE_URL=own_server),
                                 stdout=subprocess.PIPE, text=True)
    try:
        # What is there already shows that it has begun; what comes then is what it follows.
        assert any("got {'n': 4}" in line for line in following.stdout), "what was there wasn't shown"
        ask("invoke", "f", '{"n": 77}')
        assert any("got {'n': 77}" in line for line in following.stdout), "the log wasn't followed"
    finally:
        following.kill()
        following.wait()
        following.stdout.close()


def test_explain_filter_says_why():
    event = json.dumps({"eventName": "MODIFY", "dynamodb": {"NewImage": {"Total": {"N": "250"}}}})
    pattern = json.dumps({"eventName": ["MODIFY"], "dynamodb": {"NewImage": {"Total": {"N": [{"numeric": [">", 100]}]}}}})
    said = millrace("explain", "filter", pattern, event, code=1)
    assert "  yes  eventName is \"MODIFY\"" in said and "  no   dynamodb.NewImage.Total.N is \"250\"" in said
    assert "numeric compares numbers" in said and said.endswith("does not match\n")
    assert "matches" in millrace("explain", "filter", '{"eventName":["MODIFY"]}', event)
    assert "AWS refuses this pattern" in millrace("explain", "filter", '{"eventName":"MODIFY"}', event, code=2)
    whole = json.loads(millrace("explain", "filter", "--json", '{"eventName":["MODIFY"]}', event))
    assert whole["matches"] and whole["fields"] == [{"path": "eventName", "wanted": '["MODIFY"]', "found": '"MODIFY"', "holds": True}]


def test_explain_access(own_server, ask):
    iam = aws.make_client(own_server, "iam", "000000000000")
    trust = {"Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "lambda.amazonaws.com"}}]}
    arn = iam.create_role(RoleName="reader", AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", **trust}))["Role"]["Arn"]
    iam.put_role_policy(RoleName="reader", PolicyName="p", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "dynamodb:Get*", "Resource": "*"}, {"Effect": "Deny", "Action": "*", "Resource": "arn:aws:s3:::secret"}]}))
    table = "arn:aws:dynamodb:us-east-1:000000000000:table/t"
    assert ask("explain", "access", arn, "dynamodb:GetItem", table)[0].startswith(f"allowed: {arn}, dynamodb:GetItem on {table}\n  a statement of role_reader_p")
    said = ask("explain", "access", "reader", "dynamodb:PutItem", table, code=1)[0]
    assert said.startswith(f"denied: {arn}") and f'{{"Effect":"Allow","Action":"dynamodb:PutItem","Resource":"{table}"}}' in said
    assert "a Deny wins" in ask("explain", "access", "reader", "s3:GetObject", "arn:aws:s3:::secret", code=1)[0]
    session = "arn:aws:sts::000000000000:assumed-role/reader/me"
    assert json.loads(ask("explain", "access", session, "dynamodb:GetItem", table, "--json")[0])["decision"] == "allowed"
    ask("explain", "access", arn + "-gone", "dynamodb:GetItem", code=1)


@pytest.mark.parametrize("shell, check", [("bash", ["bash", "-n"]), ("zsh", None), ("fish", None)])
def test_completion(shell, check, tmp_path):
    script = millrace("completion", shell)
    assert "status" in script and "ephemeral" in script and "advance" in script
    if check:
        (tmp_path / "script").write_text(script)
        subprocess.run([*check, str(tmp_path / "script")], check=True)


def test_bash_completes_commands_and_options(tmp_path):
    (tmp_path / "script").write_text(millrace("completion", "bash"))
    def complete(*words):
        line = f'. {tmp_path}/script; COMP_WORDS=(millrace {" ".join(words)} ""); COMP_CWORD={len(words) + 1}; _millrace; echo "${{COMPREPLY[@]}}"'
        return subprocess.run(["bash", "-c", line], capture_output=True, text=True, check=True).stdout.split()
    assert {"serve", "status", "clock", "--version"} <= set(complete())
    assert {"freeze", "advance", "set"} <= set(complete("clock"))
    assert {"--port", "--data-dir"} <= set(complete("serve"))


def test_the_manual_page_has_every_command_and_option():
    page = millrace("man")
    assert page.startswith(".TH MILLRACE 1") and ".SS clock advance" in page
    plain = page.replace("\\-", "-")
    for option in re.findall(r"^\s+(?:-\w,)?(--[\w-]+)", millrace("serve", "--help"), re.MULTILINE):
        assert option in plain or option == "--help", option
    assert "MILLRACE_DATA_DIR" in plain and "EXIT STATUS" in plain


def test_every_option_of_serve_has_a_variable():
    said = millrace("serve", "--help")
    for option in set(re.findall(r"^\s+(?:-\w,)?--([\w-]+)", said, re.MULTILINE)) - {"help"}:
        assert "MILLRACE_" + option.upper().replace("-", "_") in said, option


def agent(url, *messages, arguments=()):
    """What `millrace mcp` answers to these requests."""
    lines = "".join(json.dumps({"jsonrpc": "2.0", "id": number, **message}) + "\n" for number, message in enumerate(messages))
    answers = [json.loads(line) for line in millrace("mcp", *arguments, url=url, stdin=lines).splitlines()]
    assert [answer["id"] for answer in answers] == list(range(len(messages)))
    return [answer.get("result") or answer["error"] for answer in answers]


def call(name, **arguments):
    return {"method": "tools/call", "params": {"name": name, "arguments": arguments}}


def test_an_agent_reads(own_server):
    dynamodb = aws.make_client(own_server, "dynamodb", "000000000000")
    dynamodb.create_table(TableName="agents", BillingMode="PAY_PER_REQUEST", KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
                          AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}])
    dynamodb.put_item(TableName="agents", Item={"pk": {"S": "a"}})
    hello, tools, tables, items, gone, unknown, writes, odd = agent(
        own_server, {"method": "initialize", "params": {"protocolVersion": "2025-06-18"}}, {"method": "tools/list"}, call("list_tables"),
        call("query_items", table="agents", key_condition="pk = :p", values={":p": {"S": "a"}}), call("describe_table", table="gone"),
        call("why"), call("put_item", table="agents", item={}), {"method": "prompts/list"})
    assert hello["serverInfo"]["name"] == "millrace" and hello["protocolVersion"] == "2025-06-18"
    assert {"status", "logs", "why", "trace", "explain_filter", "drain"} <= {tool["name"] for tool in tools["tools"]}
    assert all(tool["annotations"]["readOnlyHint"] for tool in tools["tools"])
    assert "agents" in json.loads(tables["content"][0]["text"])["TableNames"] and not tables["isError"]
    assert json.loads(items["content"][0]["text"])["Items"] == [{"pk": {"S": "a"}}]
    assert gone["isError"] and "not found" in gone["content"][0]["text"]
    assert unknown["code"] == -32602 and "--allow-writes" in writes["message"] and odd["code"] == -32601


def test_an_agent_writes_only_if_it_may(own_server):
    tools, put, clock = agent(own_server, {"method": "tools/list"}, call("put_item", table="agents", item={"pk": {"S": "b"}}),
                              call("clock"), arguments=["--allow-writes"])
    assert "invoke" in {tool["name"] for tool in tools["tools"]}
    assert not put["isError"] and json.loads(clock["content"][0]["text"])["now_ms"] > 0
