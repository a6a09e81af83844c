"""What functions are run with: wrappers, the packages that the runtime itself carries, vendors' layers, old labels."""

import io
import json
import re
import shutil
import zipfile

import pytest
from botocore.exceptions import ClientError
from harness.server import Server

needs_node = pytest.mark.skipif(not shutil.which("node"), reason="node isn't on the PATH")
VENDORS_LAYER = "arn:aws:lambda:us-east-1:017000801446:layer:Vendors-x86_64:7"
SDK = {"client-sns": "exports.which = 'the runtime';", "client-sqs": "exports.which = 'the runtime';"}


def zipped(files):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, text in files.items():
            entry = zipfile.ZipInfo(name, (2049, 1, 1, 0, 0, 0))
            entry.external_attr = 0o755 << 16
            archive.writestr(entry, text)
    return buffer.getvalue()


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runtimes")
    for name, source in SDK.items():
        package = folder / "node_modules" / "@aws-sdk" / name
        package.mkdir(parents=True)
        (package / "index.js").write_text(source)
    (folder / "layers").mkdir()
    (folder / "layers" / f"{VENDORS_LAYER}.zip").write_bytes(zipped({"python/vendors.py": "NAME = 'vendors'\n"}))
    (folder / "site" / "boto3").mkdir(parents=True)
    (folder / "site" / "boto3" / "__init__.py").write_text('__version__ = "99.1"\n')
    arguments = ["--retired-runtimes", "--layers", folder / "layers", "--node-modules", folder / "node_modules",
                 "--python-site", folder / "site"]
    with Server(folder / "server.log", arguments=[str(a) for a in arguments]) as running:
        yield running
        assert running.alive(), f"the server died during the tests:\n{running.log()}"


@pytest.fixture(scope="module")
def endpoint(server):
    return server.endpoint


@pytest.fixture
def run(client):
    return lambda name: json.loads(client("lambda").invoke(FunctionName=name)["Payload"].read())


def test_handlers_import_the_given_boto3(make_function, run, server):
    name = make_function("import boto3\ndef handler(event, context): return boto3.__version__\n")
    assert run(name) == "99.1"
    assert re.search(r"python +boto3 99\.1 of ", server.log())


def test_handlers_see_nothing_else_of_the_host(make_function, run):
    name = make_function("import botocore\ndef handler(event, context): return 1\n")
    assert run(name)["errorType"] == "Runtime.ImportModuleError"


# The wrapper gets the runtime's command line, may change the environment, and puts options before the last argument.
WRAPPER = "#!/bin/bash\nexport WRAPPED=\"by $0\"\nargs=(\"$@\")\nexec \"${args[@]:0:$#-1}\" %s \"${args[@]: -1}\"\n"


def test_the_runtime_is_started_through_a_wrapper(make_function, run):
    source = "import os\ndef handler(event, context):\n    print('seen')\n    return [os.environ['WRAPPED'], context.function_version]\n"
    name = make_function({}, Code={"ZipFile": zipped({"index.py": source, "wrap": WRAPPER % "-X importtime"})},
                         Environment={"Variables": {"AWS_LAMBDA_EXEC_WRAPPER": "/var/task/wrap"}})
    assert run(name) == ["by /var/task/wrap", "$LATEST"]
    assert run(name) == ["by /var/task/wrap", "$LATEST"]


def test_a_wrapper_of_a_layer_may_change_the_handler(client, make_function, run, unique):
    wrapper = "#!/bin/bash\nexport ORIGINAL=$_HANDLER\nexport _HANDLER=wrapping.handler\nexec \"$@\"\n"
    module = "import os\ndef handler(event, context): return os.environ['ORIGINAL']\n"
    layer = client("lambda").publish_layer_version(
        LayerName=unique("wrapper"), Content={"ZipFile": zipped({"wrap": wrapper, "python/wrapping.py": module})})["LayerVersionArn"]
    name = make_function("", Layers=[layer], Environment={"Variables": {"AWS_LAMBDA_EXEC_WRAPPER": "/opt/wrap"}})
    assert run(name) == "index.handler"


@needs_node
def test_node_is_started_through_a_wrapper(make_function, run):
    source = "exports.handler = async () => [process.env.WRAPPED, process.execArgv.includes('--no-deprecation')];\n"
    name = make_function({}, Runtime="nodejs20.x", Code={"ZipFile": zipped({"index.js": source, "wrap": WRAPPER % "--no-deprecation"})},
                         Environment={"Variables": {"AWS_LAMBDA_EXEC_WRAPPER": "/var/task/wrap"}})
    assert run(name) == ["by /var/task/wrap", True]


# In order: the package, the layers, the runtime's own folder. ES modules too, which know nothing of NODE_PATH.
REQUIRES = "exports.handler = async () => [%s].map((name) => require(name).which);\n" % "'@aws-sdk/client-sns', '@aws-sdk/client-sqs'"
IMPORTS = ("import { which as sns } from '@aws-sdk/client-sns';\nimport { which as sqs } from '@aws-sdk/client-sqs';\n"
           "export const handler = async () => [sns, sqs];\n")


@needs_node
@pytest.mark.parametrize("file, source", [("index.js", REQUIRES), ("index.mjs", IMPORTS)])
def test_node_finds_an_sdk(client, make_function, run, unique, file, source):
    assert run(make_function({file: source}, Runtime="nodejs20.x")) == ["the runtime", "the runtime"]
    layer = client("lambda").publish_layer_version(LayerName=unique("sdk"), Content={"ZipFile": zipped(
        {"nodejs/node_modules/@aws-sdk/client-sns/index.js": "exports.which = 'the layer';"})})["LayerVersionArn"]
    assert run(make_function({file: source}, Runtime="nodejs20.x", Layers=[layer])) == ["the layer", "the runtime"]
    own = {file: source, "node_modules/@aws-sdk/client-sqs/index.js": "exports.which = 'the package';"}
    assert run(make_function(own, Runtime="nodejs20.x", Layers=[layer])) == ["the layer", "the package"]


@needs_node
def test_a_missing_sdk_is_explained_in_the_log(client, make_function, run):
    name = make_function({"index.js": "require('@aws-sdk/client-iam'); exports.handler = async () => 1;\n"}, Runtime="nodejs20.x")
    assert run(name)["errorType"] == "Runtime.ImportModuleError"
    events = client("logs").filter_log_events(logGroupName=f"/aws/lambda/{name}")["events"]
    assert any("--node-modules DIR (or MILLRACE_NODE_MODULES)" in event["message"] for event in events)


def test_a_vendors_layer_comes_from_its_zip(client, make_function, run):
    name = make_function("import vendors\ndef handler(event, context): return vendors.NAME\n", Layers=[VENDORS_LAYER])
    assert run(name) == "vendors"
    assert client("lambda").get_layer_version_by_arn(Arn=VENDORS_LAYER)["Version"] == 7


def test_a_vendors_layer_that_isnt_here_says_what_to_do(client, make_function):
    other = VENDORS_LAYER.replace(":7", ":8")
    for call in (lambda: make_function("", Layers=[other]), lambda: client("lambda").get_layer_version_by_arn(Arn=other)):
        with pytest.raises(ClientError) as error:
            call()
        assert error.value.response["Error"]["Code"] == "AccessDeniedException"
        assert f"The layer {other} isn't on this machine: put its zip under " in error.value.response["Error"]["Message"]
        assert f"layers/{other}.zip, or into the folder of `millrace serve --layers DIR`" in error.value.response["Error"]["Message"]


def test_retired_runtimes_are_let_in(make_function, run):
    assert run(make_function("def handler(event, context): return 7\n", Runtime="python3.7")) == 7


@needs_node
def test_retired_node_runtimes_are_let_in(make_function, run):
    assert run(make_function({"index.js": "exports.handler = async () => 14;\n"}, Runtime="nodejs14.x")) == 14


# npm-based packagers make such zips; the last one counts, as with unzip.
def test_a_zip_that_holds_a_name_twice(make_function, run):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("index.py", "def handler(event, context): return 'first'\n")
        with pytest.warns(UserWarning):
            archive.writestr("index.py", "def handler(event, context): return 'second'\n")
    assert run(make_function("", Code={"ZipFile": buffer.getvalue()})) == "second"
