"""Handlers that try what they shouldn't: the developer's keys, the server, another function, the whole machine."""

import json
import os
import pathlib
import re
import socket
import textwrap

import pytest

from harness.server import Server

SECRET = "a-real-key-of-the-developers-shell"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """Started from a shell that holds keys, as a developer's does."""
    launcher = ["env", f"AWS_SECRET_ACCESS_KEY={SECRET}", f"GITHUB_TOKEN={SECRET}"]
    with Server(tmp_path_factory.mktemp("handlers") / "server.log", launcher=launcher) as running:
        yield running
        assert running.alive(), f"the server died during the tests:\n{running.log()}"


@pytest.fixture(scope="module")
def endpoint(server):
    return server.endpoint


@pytest.fixture
def run(client, make_function):
    """run(source of handler's body, event={}, **settings) -> what the handler returned; its last line returns it."""

    def invoke(body, event=None, **settings):
        source = ("import ctypes, http.client, json, os, socket, subprocess, sys, threading, time, urllib.error, urllib.request\n"
                  "libc = ctypes.CDLL(None, use_errno=True)\n"
                  "def handler(event, context):\n" + textwrap.indent(textwrap.dedent(body), "    "))
        name = make_function(source, Timeout=20, **settings)
        answer = client("lambda").invoke(FunctionName=name, Payload=json.dumps(event or {}))
        text = answer["Payload"].read()
        assert "FunctionError" not in answer, text
        return json.loads(text)

    return invoke


def mounted(server):
    return "are mounted" in server.log()


def test_no_process_shows_the_developer_s_environment(run):
    found = run("""
        seen, read = [], 0
        for pid in filter(str.isdigit, os.listdir('/proc')):
            try:
                with open(f'/proc/{pid}/environ', 'rb') as file:
                    text = file.read()
                read += 1
                if event['secret'].encode() in text:
                    seen.append(pid)
            except OSError:
                pass
        return [seen, read]""", {"secret": SECRET})
    assert found[0] == [] and found[1] >= 1  # its own, at least


def test_a_handler_has_no_rights(run):
    status = run("return open('/proc/self/status').read()")
    for kind in ("Inh", "Prm", "Eff", "Bnd", "Amb"):
        assert re.search(rf"Cap{kind}:\s+0{{16}}\b", status), status
    assert re.search(r"NoNewPrivs:\s+1", status)


def test_nothing_can_be_mounted_anew(run, server):
    answer = run("""
        MS_REMOUNT, MS_BIND = 32, 4096
        tried = {}
        for name, arguments in {
            'remount': (b'none', b'/var/task', None, MS_REMOUNT | MS_BIND, None),
            'root': (b'none', b'/', None, MS_REMOUNT | MS_BIND, None),
            'bind': (b'/tmp', b'/opt', None, MS_BIND, None),
            'tmpfs': (b'none', b'/tmp', b'tmpfs', 0, None),
        }.items():
            tried[name] = libc.mount(*arguments)
        tried['umount'] = libc.umount2(b'/var/task', 2)
        libc.unshare(0x10000000 | 0x00020000)  # a user namespace, where one is root again
        tried['remount as its root'] = libc.mount(b'none', b'/', None, MS_REMOUNT | MS_BIND, None)
        try:
            open('/var/task/index.py', 'a').close()
            tried['write'] = 0
        except OSError:
            tried['write'] = -1
        return tried""")
    if not mounted(server):
        answer.pop("write")  # the folder is the user's
    assert set(answer.values()) == {-1}, answer


def test_nobody_else_can_be_traced_or_read(run, server):
    if not mounted(server):
        pytest.skip("handlers see all of the machine's processes, which aren't to be tried")
    answer = run("""
        PTRACE_ATTACH, PTRACE_SEIZE = 16, 0x4206
        tried = {}
        for pid in filter(str.isdigit, os.listdir('/proc')):
            if int(pid) in (os.getpid(), threading.get_native_id()):
                continue
            for name, number in (('attach', PTRACE_ATTACH), ('seize', PTRACE_SEIZE)):
                tried[f'{name} {pid}'] = libc.ptrace(number, int(pid), None, None)
            for name in ('mem', 'environ', 'maps'):
                try:
                    open(f'/proc/{pid}/{name}', 'rb').close()
                    tried[f'{name} {pid}'] = 0
                except OSError:
                    tried[f'{name} {pid}'] = -1
        return tried""")
    assert any(name.startswith("attach 1") for name in answer)
    assert set(answer.values()) == {-1}, answer
    assert run("return 'new functions still start'") == "new functions still start"


@pytest.mark.skipif(os.geteuid() != 0, reason="environments have users of their own only under root")
def test_nobody_else_can_be_signalled(run):
    answer = run("""
        killed = []
        for pid in filter(str.isdigit, os.listdir('/proc')):
            if int(pid) == os.getpid():
                continue
            try:
                os.kill(int(pid), 0)
                killed.append(pid)
            except PermissionError:
                pass
        return killed""")
    assert answer == []


@pytest.mark.skipif(os.geteuid() != 0, reason="a user's processes count together")
def test_processes_have_a_limit(run):
    started = run("""
        processes = []
        try:
            for _ in range(3000):
                pid = os.fork()
                if pid == 0:
                    time.sleep(60)
                    os._exit(0)
                processes.append(pid)
        except OSError as error:
            pass
        for pid in processes:
            os.kill(pid, 9)
        for pid in processes:
            os.waitpid(pid, 0)
        return len(processes)""", MemorySize=1024)
    assert 100 < started <= 1024


def test_a_handler_s_files_are_its_own(run):
    answer = run("""
        with open('/tmp/a', 'w') as file:
            file.write('x')
        print('to the log', file=open('/dev/stdout', 'w'))
        os.rename('/tmp/a', '/tmp/b')
        os.makedirs('/tmp/c')
        os.rename('/tmp/b', '/tmp/c/b')
        done = subprocess.run(['/bin/sh', '-c', 'echo $$; umask'], capture_output=True, text=True, check=True)
        return [open('/tmp/c/b').read(), done.stdout.split()[1]]""")
    assert answer == ["x", "0022"]


def test_no_way_to_another_function_s_events(client, make_function, run):
    """A stranger asks for the victim's events and answers for it, while the victim is idle."""
    lam = client("lambda")
    victim = make_function(
        "import os\ndef handler(event, context): return [event['secret'], os.environ['AWS_LAMBDA_RUNTIME_API']]")

    def secret(number):
        return json.loads(lam.invoke(FunctionName=victim, Payload=json.dumps({"secret": number}))["Payload"].read())

    number, api = secret(1)
    got = run("""
        got = []
        for method, path in (('GET', 'invocation/next'), ('POST', 'invocation/0/response'), ('POST', 'init/error')):
            request = urllib.request.Request(f"http://{event['api']}/2018-06-01/runtime/{path}", method=method,
                                             data=b'{}' if method == 'POST' else None)
            try:
                with urllib.request.urlopen(request, timeout=2) as reply:
                    got.append([path, reply.status])
            except urllib.error.HTTPError as error:
                got.append([path, error.code])
            except TimeoutError:
                got.append([path, 'waits for events'])
            except (OSError, http.client.HTTPException):  # closed without a word
                pass
        return got""", {"api": api})
    assert number == 1 and got == []
    assert secret(2) == [2, api]


PROGRAM = """
import os, sys, urllib.request
try:
    urllib.request.urlopen(urllib.request.Request(sys.argv[1], data=b"{}"), timeout=10)
except urllib.error.HTTPError as error:
    print(error.code, file=open("/tmp/status.new", "w"))
os.rename("/tmp/status.new", "/tmp/status")
"""


@pytest.mark.parametrize("how", ["a child", "a daemon"])
def test_a_function_s_own_programs_reach_its_api(run, how):
    """Those of a custom runtime, too, that have left the process that the runtime is."""
    status = run("""
        url = f"http://{os.environ['AWS_LAMBDA_RUNTIME_API']}/2018-06-01/runtime/none"
        command = ['/usr/bin/python3', '-c', event['program'], url]
        if event['how'] == 'a child':
            subprocess.run(command, check=True)
        elif os.fork() == 0:
            os.setsid()
            if os.fork() == 0:
                os.execv(command[0], command)
            os._exit(0)
        for _ in range(1000):
            if os.path.exists('/tmp/status'):
                return open('/tmp/status').read().strip()
            time.sleep(0.01)""", {"how": how, "program": PROGRAM})
    assert status == "404"


# -- descriptors


def listening_inode(port):
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        for line in pathlib.Path(table).read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and int(fields[1].split(":")[1], 16) == port:
                yield fields[9]


def descendants(pid):
    for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text().split():
            yield int(child)
            yield from descendants(int(child))


def test_no_descriptor_of_the_server_s_goes_on(run, server):
    """A handler's daemon that outlives the server mustn't hold its port, nor its store's lock."""
    pid = server.process.pid
    while pathlib.Path(f"/proc/{pid}/comm").read_text().strip() != "millrace":
        pid = next(descendants(pid))
    inodes = set(listening_inode(server.port))
    assert inodes
    assert run("return len(os.listdir('/proc/self/fd'))") < 10
    children = list(descendants(pid))
    assert children
    for child in children:
        for descriptor in pathlib.Path(f"/proc/{child}/fd").iterdir():
            target = os.readlink(descriptor)
            assert target.removeprefix("socket:[").rstrip("]") not in inodes, (child, target)
            assert "/store/" not in target, (child, target)


def test_the_port_is_free_after_kill_9(tmp_path, account):
    from harness import aws

    with Server(tmp_path / "server.log", data_dir=tmp_path / "data") as server:
        lam = aws.make_client(server.endpoint, "lambda", account)
        iam = aws.make_client(server.endpoint, "iam", account)
        from contract.conftest import document, zip_files
        role = iam.create_role(RoleName="r", AssumeRolePolicyDocument=document(
            {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "lambda.amazonaws.com"}}))["Role"]["Arn"]
        source = textwrap.dedent("""
            import os, time
            def handler(event, context):
                if os.fork() == 0:
                    os.setsid()
                    if os.fork():
                        os._exit(0)
                    time.sleep(5)
                    os._exit(0)
                return 1""")
        lam.create_function(FunctionName="f", Runtime="python3.12", Handler="index.handler", Role=role,
                            Code={"ZipFile": zip_files({"index.py": source})})
        assert json.loads(lam.invoke(FunctionName="f")["Payload"].read()) == 1
        server.kill()
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", server.port))
            probe.listen()
        server.start()
        assert json.loads(lam.invoke(FunctionName="f")["Payload"].read()) == 1
