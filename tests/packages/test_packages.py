"""Each package is built, installed where nothing of the project is, and used as its reader would."""

import contextlib
import json
import os
import pathlib
import shutil
import subprocess
import sys
import time

import pytest
from botocore.exceptions import EndpointConnectionError

from harness import aws, waiting
from harness.server import ROOT, binary, clean_environment, free_port

pytestmark = pytest.mark.slow

EXAMPLES = ROOT / "tests/examples"
STACK = ROOT / "python_handler/users_stream"
FIRST_TEST_SECONDS = 60
IMAGE_BYTES_MAX = 90_000_000  # compressed, without node


def run(*command, seconds=300, **options):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=seconds, **options)
    assert done.returncode == 0, f"{command}:\n{done.stdout[-4000:]}{done.stderr[-4000:]}"
    return done.stdout


@pytest.fixture(scope="session")
def packages(tmp_path_factory):
    folder = tmp_path_factory.mktemp("packages")
    print(run(ROOT / "docker/package", "--build", binary().parent, "--out", folder))
    return folder


def only(folder, pattern):
    found = list(folder.glob(pattern))
    assert len(found) == 1, found
    return found[0]


def terraform_settings(folder):
    sys.path.insert(0, str(ROOT / "tests/terraform"))
    import providers

    configuration = folder / "terraform.rc"
    configuration.write_text(providers.cli_configuration(providers.aws_mirror()))
    return {"TF_CLI_CONFIG_FILE": str(configuration), "CHECKPOINT_DISABLE": "1"}


def test_a_wheel_to_a_passing_test_of_ones_own(packages, tmp_path):
    started = time.monotonic()
    # boto3 and pytest are this machine's; millrace is nowhere but in the wheel.
    run(sys.executable, "-m", "venv", "--system-site-packages", tmp_path / "venv")
    python = tmp_path / "venv/bin/python"
    run(python, "-m", "pip", "install", "--no-index", "--no-deps", "--quiet", only(packages, "*.whl"))
    project = tmp_path / "project"
    shutil.copytree(EXAMPLES / "pytest", project)
    shutil.copytree(STACK, project / "users_stream")
    environment = clean_environment(**terraform_settings(tmp_path))
    said = run(python, "-m", "pytest", "-q", "-p", "no:cacheprovider", ".", cwd=project, env=environment)
    assert "3 passed" in said
    assert time.monotonic() - started < FIRST_TEST_SECONDS
    version = (ROOT / "emulator/setup/VERSION").read_text().strip()
    assert run(python, "-c", "import millrace; print(millrace.__version__)", cwd=tmp_path).strip() == version
    assert "serve" in run(tmp_path / "venv/bin/millrace", "--help")


def test_a_failing_test_shows_what_its_functions_logged(packages, tmp_path):
    run(sys.executable, "-m", "venv", "--system-site-packages", tmp_path / "venv")
    python = tmp_path / "venv/bin/python"
    run(python, "-m", "pip", "install", "--no-index", "--no-deps", "--quiet", only(packages, "*.whl"))
    (tmp_path / "test_it.py").write_text(
        "def test_it(aws_account):\n"
        "    logs = aws_account.client('logs')\n"
        "    logs.create_log_group(logGroupName='/aws/lambda/f')\n"
        "    logs.create_log_stream(logGroupName='/aws/lambda/f', logStreamName='s')\n"
        "    import time\n"
        "    event = {'timestamp': int(time.time() * 1000), 'message': 'the telling line'}\n"
        "    logs.put_log_events(logGroupName='/aws/lambda/f', logStreamName='s', logEvents=[event])\n"
        "    assert False\n")
    done = subprocess.run([python, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_it.py"], cwd=tmp_path,
                          env=clean_environment(), capture_output=True, text=True, timeout=120)
    assert done.returncode == 1
    assert "log group /aws/lambda/f of account" in done.stdout and "the telling line" in done.stdout


def test_npm_packages_to_a_passing_test_of_ones_own(packages, tmp_path):
    if not shutil.which("npm"):
        pytest.skip("npm isn't on the PATH")
    started = time.monotonic()
    (tmp_path / "package.json").write_text('{"name": "project", "type": "module"}')
    run("npm", "install", "--offline", "--no-audit", "--no-fund", "--no-optional",
        only(packages, "millrace-linux-x64-*.tgz"), only(packages, "millrace-[0-9]*.tgz"), cwd=tmp_path,
        env=clean_environment(npm_config_cache=str(tmp_path / "cache")))
    shutil.copy(EXAMPLES / "node/users.test.js", tmp_path)
    run("node", "--test", "users.test.js", cwd=tmp_path, env=clean_environment())
    assert time.monotonic() - started < FIRST_TEST_SECONDS
    assert "serve" in run(tmp_path / "node_modules/.bin/millrace", "--help")


HANDLER = (
    "import boto3, ssl, sqlite3, sys\n"
    "def handler(event, context):\n"
    "    return [event, boto3.__file__, sys.prefix, boto3.client('sts').get_caller_identity()['Account']]\n"
)


def serve_and_invoke(command, where, tmp_path):
    """A function that needs boto3 and modules of C, by a server that `command` starts."""
    port = free_port()
    with open(tmp_path / "server.log", "wb") as log:
        server = subprocess.Popen([*map(str, command), "serve", "--port", str(port), "--data-dir", where],
                                  stdout=log, stderr=log, env={"PATH": "/usr/bin:/bin", "HOME": "/"})
    try:
        account = aws.new_account()

        def client(service):
            return aws.make_client(f"http://127.0.0.1:{port}", service, account)

        def answers():
            with contextlib.suppress(EndpointConnectionError):
                return client("sts").get_caller_identity()["Account"] == account

        waiting.until(answers, "the server answers", 30)
        trust = ('{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole",'
                 ' "Principal": {"Service": "lambda.amazonaws.com"}}]}')
        role = client("iam").create_role(RoleName="r", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
        client("lambda").create_function(FunctionName="f", Runtime="python3.11", Handler="index.handler", Role=role,
                                         Code={"ZipFile": zipped(HANDLER)}, Timeout=30)
        client("lambda").get_waiter("function_active_v2").wait(FunctionName="f")
        answer = client("lambda").invoke(FunctionName="f", Payload=b'{"a": 1}')
        return answer["Payload"].read().decode(), account
    except Exception as error:
        raise AssertionError((tmp_path / "server.log").read_text()) from error
    finally:
        server.terminate()
        server.wait(30)


def zipped(source):
    import io
    import zipfile

    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("index.py", source)
    return buffer.getvalue()


def test_the_folder_runs_wherever_it_is_unpacked(packages, tmp_path):
    run("tar", "--zstd", "-xf", only(packages, "*.tar.zst"), "-C", tmp_path)
    root = only(tmp_path, "millrace-*-linux-x86_64")
    answered, account = serve_and_invoke([root / "bin/millrace"], tmp_path / "data", tmp_path)
    assert '{"a": 1}' in answered and account in answered
    assert str(root) in answered, f"the handler's Python or boto3 isn't the folder's: {answered}"
    assert "its owner's to choose" in (root / "share/millrace/licences/README.txt").read_text()
    for name in ("librocksdb", "libssl3", "libpython3.11"):
        assert list((root / "share/millrace/licences").glob(f"{name}*")) or name == "librocksdb"


def test_start_uses_a_package_that_is_unpacked_beside_it(packages, tmp_path):
    """On a machine that has no compiler and no build: seconds. `millrace` is nowhere but in the package."""
    project = tmp_path / "project"
    shutil.copytree(ROOT / "emulator/setup", project / "emulator/setup")
    shutil.copy(ROOT / "emulator/start", project / "emulator/start")
    run("tar", "--zstd", "-xf", only(packages, "*.tar.zst"), "-C", tmp_path)
    started, port = time.monotonic(), free_port()
    with open(tmp_path / "log", "wb") as log:
        server = subprocess.Popen([project / "emulator/start", "--port", str(port), "--ephemeral"], stdout=log, stderr=log,
                                  env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path)})
    try:
        def ready():
            assert server.poll() is None, (tmp_path / "log").read_text()
            return "Ready." in (tmp_path / "log").read_text()

        waiting.until(ready, "the packaged server is ready", FIRST_TEST_SECONDS)
        assert time.monotonic() - started < FIRST_TEST_SECONDS / 2
        assert aws.make_client(f"http://127.0.0.1:{port}", "sqs", aws.new_account()).list_queues()
    finally:
        server.terminate()
        server.wait(30)
    assert "Using " in (tmp_path / "log").read_text() and not (project / "build").exists()


@contextlib.contextmanager
def bare_system(suite, folder):
    """A Debian with nothing installed, which a root user makes in a minute where its archive can be reached. With
    MILLRACE_BARE_BOOKWORM (or _TRIXIE) a copy of that folder, which debootstrap has made before."""
    if made_before := os.environ.get(f"MILLRACE_BARE_{suite.upper()}"):
        run("cp", "-a", "--reflink=auto", made_before, folder)
    else:
        if os.geteuid() != 0 or not shutil.which("debootstrap"):
            pytest.skip("needs root and debootstrap")
        made = subprocess.run(["debootstrap", "--variant=minbase", suite, folder], capture_output=True, text=True, timeout=600)
        if made.returncode:
            pytest.skip(f"no {suite} can be made here: {made.stdout[-300:]}")
    run("mount", "-t", "proc", "proc", folder / "proc")
    try:
        yield folder
    finally:
        run("umount", "-l", folder / "proc")
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def bare_debian(tmp_path_factory):
    with bare_system("bookworm", tmp_path_factory.mktemp("bookworm") / "root") as folder:
        yield folder


def test_the_folder_in_a_bare_trixie(packages, tmp_path):
    """Another glibc, and nothing that the folder could borrow."""
    with bare_system("trixie", tmp_path / "root") as folder:
        (folder / "opt/millrace").mkdir(parents=True)
        run("tar", "--zstd", "-xf", only(packages, "*.tar.zst"), "-C", folder / "opt/millrace", "--strip-components=1")
        answered, account = serve_and_invoke([shutil.which("chroot"), folder, "/opt/millrace/bin/millrace"], "/var/lib/data", tmp_path)
        assert "/opt/millrace" in answered and account in answered


def test_the_deb_in_a_bare_debian(packages, bare_debian, tmp_path):
    shutil.copy(only(packages, "*.deb"), bare_debian / "tmp/millrace.deb")
    run("chroot", bare_debian, "dpkg", "-i", "/tmp/millrace.deb")
    assert not (bare_debian / "usr/lib/python3.11").exists(), "the bare system has a Python of its own"
    answered, account = serve_and_invoke([shutil.which("chroot"), bare_debian, "/usr/bin/millrace"], "/var/lib/millrace", tmp_path)
    assert "/usr/lib/millrace" in answered and account in answered
    unit = pathlib.Path(bare_debian / "lib/systemd/system/millrace.service").read_text()
    assert "DynamicUser=yes" in unit and "--data-dir /var/lib/millrace" in unit
    run("chroot", bare_debian, "dpkg", "-r", "millrace")
    assert not (bare_debian / "usr/lib/millrace/bin/millrace").exists()
    # The image is built on the same system.
    (bare_debian / "tmp/millrace.deb").unlink()
    shutil.rmtree(bare_debian / "var/lib/millrace", ignore_errors=True)


@pytest.fixture(scope="module")
def image(packages, bare_debian, tmp_path_factory):
    """docker/Dockerfile.packaged on the bare Debian, by buildah, without a network."""
    if not shutil.which("buildah") or not shutil.which("podman"):
        pytest.skip("needs buildah and podman")
    folder = tmp_path_factory.mktemp("image")
    # As debian:bookworm-slim is: without what apt has fetched, and without documentation.
    left_out = ("proc/*", "var/cache/apt/archives/*.deb", "var/lib/apt/lists/*", "usr/share/doc/*", "usr/share/man/*", "usr/share/locale/*")
    run("tar", *(f"--exclude=./{pattern}" for pattern in left_out), "-C", bare_debian, "-cf", folder / "root.tar", ".")
    run("podman", "import", folder / "root.tar", "debian:bookworm-slim")
    (folder / "context").mkdir()
    run("tar", "--zstd", "-xf", only(packages, "*.tar.zst"), "-C", folder / "context")
    run("buildah", "bud", "--isolation", "chroot", "--format", "docker", "--pull-never", "-t", "millrace-test",
        "-f", ROOT / "docker/Dockerfile.packaged", folder / "context", seconds=600)
    yield "millrace-test"
    run("podman", "rmi", "-f", "millrace-test", "debian:bookworm-slim")


def test_the_image_serves_as_nobodys_user_and_tells_its_health(image, tmp_path):
    described = json.loads(run("podman", "inspect", image))[0]
    assert described["User"] == "millrace" and "HEALTHCHECK" in json.dumps(described).upper()
    compressed = int(run("sh", "-c", f"podman save {image} | gzip -6 | wc -c"))
    print(f"the image, compressed: {compressed / 1e6:.1f} MB")
    assert compressed < IMAGE_BYTES_MAX
    assert described["Config"]["StopSignal"] == "SIGTERM" and "/var/lib/millrace" in described["Config"]["Volumes"]
    port = free_port()
    run("podman", "run", "-d", "--name", "millrace-test", "--runtime", "runc", "--cgroup-manager", "cgroupfs", "--network",
        "host", "--ulimit", "nofile=20000:20000", "--ulimit", "nproc=4096:4096", image, "--port", port)
    try:
        client = aws.make_client(f"http://127.0.0.1:{port}", "sqs", aws.new_account())

        def answers():
            with contextlib.suppress(EndpointConnectionError):
                return client.create_queue(QueueName="q")

        try:
            waiting.until(answers, "the server in the container answers", 60)
        except AssertionError as late:
            raise AssertionError(run("sh", "-c", "podman logs millrace-test 2>&1; podman ps -a")) from late
        assert run("podman", "exec", "millrace-test", "id", "-un").strip() == "millrace"
        run("podman", "exec", "-e", f"MILLRACE_URL=http://127.0.0.1:{port}", "millrace-test", "millrace", "wait", "--timeout", "2")
        started = time.monotonic()
        run("podman", "stop", "-t", "20", "millrace-test")
        assert time.monotonic() - started < 15, "PID 1 doesn't end by SIGTERM"
    finally:
        run("podman", "rm", "-f", "millrace-test")
