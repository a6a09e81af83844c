"""Response streaming: each piece reaches the client when the function has written it, not at the end."""

import http.client
import json
import pathlib
import shutil
import struct
import urllib.parse
import uuid
import zlib

import botocore.auth
import botocore.awsrequest
import botocore.credentials
import pytest

needs_node = pytest.mark.skipif(not shutil.which("node"), reason="node isn't on the PATH")

# Waits for a file between its two pieces: the test makes it when it has seen the first one.
GATED = """
const fs = require('fs');
exports.handler = awslambda.streamifyResponse(async (event, stream, context) => {
  %s
  stream.write('first');
  while (!fs.existsSync(process.env.GATE)) await new Promise((r) => setTimeout(r, 5));
  if (event.fail || event.rawPath === '/fail') throw new TypeError('in the middle');
  stream.write('second');
  stream.end();
});
"""


@pytest.fixture
def gate():
    """A file that functions see under the same name: /tmp is their own, /dev/shm isn't."""
    path = pathlib.Path("/dev/shm") / f"millrace-gate-{uuid.uuid4().hex}"
    yield path
    path.unlink(missing_ok=True)


@pytest.fixture
def gated(make_function, package, gate):
    def make(prelude="", **settings):
        return make_function(
            "", Runtime="nodejs20.x", Handler="index.handler", Code={"ZipFile": package({"index.js": GATED % prelude})},
            Environment={"Variables": {"GATE": str(gate)}}, Timeout=20, **settings)

    return make


class Connection:
    def __init__(self, endpoint):
        self._host = urllib.parse.urlsplit(endpoint).netloc
        self._connection = http.client.HTTPConnection(self._host, timeout=20)

    def invoke(self, account, name, body=b"{}"):
        """InvokeWithResponseStream; Debian's botocore doesn't know it."""
        url = f"http://{self._host}/2021-11-15/functions/{name}/response-streaming-invocations"
        request = botocore.awsrequest.AWSRequest("POST", url, data=body)
        botocore.auth.SigV4Auth(botocore.credentials.Credentials(account, "test"), "lambda", "us-east-1").add_auth(request)
        return self.get(urllib.parse.urlsplit(url).path, "POST", body, dict(request.headers))

    def get(self, path, method="GET", body=None, headers=()):
        self._connection.request(method, path, body, dict(headers))
        return self._connection.getresponse()


@pytest.fixture
def connection(server):
    return Connection(server.endpoint)


def read_event(answer):
    """One message of application/vnd.amazon.eventstream: (event type, payload); its checksums are checked."""
    head = answer.read(12)
    total, headers_length, head_crc = struct.unpack(">III", head)
    assert zlib.crc32(head[:8]) == head_crc
    rest = answer.read(total - 12)
    assert zlib.crc32(head + rest[:-4]) == struct.unpack(">I", rest[-4:])[0]
    headers, at = {}, 0
    while at < headers_length:
        size = rest[at]
        name = rest[at + 1 : at + 1 + size].decode()
        at += 1 + size + 1
        (length,) = struct.unpack(">H", rest[at : at + 2])
        headers[name] = rest[at + 2 : at + 2 + length].decode()
        at += 2 + length
    assert headers[":message-type"] == "event"
    return headers[":event-type"], rest[headers_length:-4]


@needs_node
def test_pieces_arrive_as_they_are_written(connection, gated, gate, account):
    answer = connection.invoke(account, gated())
    assert answer.status == 200 and answer.getheader("Content-Type") == "application/vnd.amazon.eventstream"
    assert answer.getheader("X-Amz-Executed-Version") == "$LATEST"
    assert read_event(answer) == ("PayloadChunk", b"first")
    gate.touch()  # only now may the function go on
    assert read_event(answer) == ("PayloadChunk", b"second")
    assert read_event(answer) == ("InvokeComplete", b"{}")
    assert answer.read() == b""


@needs_node
def test_an_error_in_the_middle(connection, gated, gate, account):
    answer = connection.invoke(account, gated(), b'{"fail": true}')
    assert read_event(answer) == ("PayloadChunk", b"first")
    gate.touch()
    kind, payload = read_event(answer)
    complete = json.loads(payload)
    assert (kind, complete["ErrorCode"]) == ("InvokeComplete", "Unhandled")
    assert json.loads(complete["ErrorDetails"])["errorMessage"] == "in the middle"


@needs_node
def test_a_streaming_handler_invoked_whole(client, gated, gate):
    gate.touch()
    answer = client("lambda").invoke(FunctionName=gated())
    assert answer["Payload"].read() == b"firstsecond" and "FunctionError" not in answer


def test_a_runtime_that_doesnt_stream(connection, make_function, account):
    answer = connection.invoke(account, make_function("def handler(event, context): return {'a': event}\n"), b'{"b": 1}')
    assert read_event(answer) == ("PayloadChunk", b'{"a": {"b": 1}}')
    assert read_event(answer) == ("InvokeComplete", b"{}")
    failed = Connection(f"http://{connection._host}").invoke(account, make_function("def handler(event, context): 1 / 0\n"))
    kind, payload = read_event(failed)
    assert (kind, json.loads(payload)["ErrorCode"]) == ("InvokeComplete", "Unhandled")


def test_a_missing_function(connection, account):
    assert connection.invoke(account, "nobody").status == 404


@pytest.fixture
def open_url(raw, client, open_to_all):
    """The path of a function's URL that streams; Debian's botocore doesn't know InvokeMode."""

    def make(name):
        settings = json.dumps({"AuthType": "NONE", "InvokeMode": "RESPONSE_STREAM"})
        created = raw("lambda", "POST", f"/2021-10-31/functions/{name}/url", settings).json()
        assert created["InvokeMode"] == "RESPONSE_STREAM"
        open_to_all(name)
        return "/_lambda-url/" + created["FunctionUrl"].split("//")[1].split(".")[0]

    return make


@needs_node
def test_function_url_with_a_prelude(open_url, connection, gated, gate):
    path = open_url(gated(
        "stream = awslambda.HttpResponseStream.from(stream, {statusCode: 201, headers: {'X-Tea': 'pot'}, cookies: ['c=1']});"))
    answer = connection.get(path + "/")
    assert (answer.status, answer.getheader("X-Tea"), answer.getheader("Set-Cookie")) == (201, "pot", "c=1")
    assert answer.read(5) == b"first"
    gate.touch()
    assert answer.read() == b"second"


@needs_node
def test_function_url_is_cut_off_by_an_error(open_url, connection, gated, gate):
    path = open_url(gated("stream.setContentType('text/plain');"))
    answer = connection.get(path + "/fail")
    assert (answer.status, answer.getheader("Content-Type"), answer.read(5)) == (200, "text/plain", b"first")
    gate.touch()
    with pytest.raises((http.client.IncompleteRead, ConnectionError)):
        answer.read()
