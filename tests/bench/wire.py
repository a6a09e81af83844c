"""Requests as the bytes that go over the wire, one by one or by the load generator. `at` is a port on this machine or
"host:port"."""

import http.client
import json
import pathlib
import socket
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

import botocore.auth  # noqa: E402
import botocore.awsrequest  # noqa: E402
import botocore.credentials  # noqa: E402

from harness import aws  # noqa: E402

ACCOUNT = "123456789012"


def host_of(at):
    return f"127.0.0.1:{at}" if isinstance(at, int) else at


def signed(at, service, method, path, headers, body, signer=botocore.auth.SigV4Auth):
    """One request as the bytes that go over the wire; S3SigV4Auth adds the digest of the body, as SDKs do for S3 over http."""
    request = botocore.awsrequest.AWSRequest(method=method, url=f"http://{host_of(at)}{path}", data=body, headers=dict(headers))
    signer(botocore.credentials.Credentials(ACCOUNT, "test"), service, aws.REGION).add_auth(request)
    return plain(at, method, path, request.headers, body)


def plain(at, method, path, headers=None, body=b""):
    lines = [f"{method} {path} HTTP/1.1", f"Host: {host_of(at)}", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body


def dynamodb(at, operation, parameters):
    headers = {"X-Amz-Target": f"DynamoDB_20120810.{operation}", "Content-Type": "application/x-amz-json-1.0"}
    return signed(at, "dynamodb", "POST", "/", headers, json.dumps(parameters).encode())


class Caller:
    """One keep-alive connection."""

    def __init__(self, at, timeout=120):
        host, port = host_of(at).rsplit(":", 1)
        self._socket = socket.create_connection((host, int(port)), timeout=timeout)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._socket.close()

    def ask(self, request):
        """The answer's body; only a 2xx is one."""
        self._socket.sendall(request)
        answer = http.client.HTTPResponse(self._socket)
        answer.begin()
        body = answer.read()
        assert 200 <= answer.status < 300, f"{request[:200]!r} was answered by {answer.status} {body[:600]!r}"
        return body

    def ask_ms(self, request):
        started = time.perf_counter()
        self.ask(request)
        return (time.perf_counter() - started) * 1000


def ask_each(at, requests):
    """Each request once, one after the other; the last one's answer."""
    with Caller(at) as caller:
        for request in requests:
            body = caller.ask(request)
    return body


def load(program, at, connections, seconds, requests, begin=0):
    """What `program` (load.cc) says of going round the requests with so many connections for so long, from `begin` on."""
    wire = b"".join(str(len(request)).encode() + b"\n" + request for request in requests)
    done = subprocess.run([program, host_of(at), str(connections), str(seconds), str(begin)], input=wire, capture_output=True,
                          timeout=seconds + 60)
    if done.returncode:
        raise SystemExit(done.stderr.decode())
    result = json.loads(done.stdout)
    if result["errors"]:
        print(done.stderr.decode()[:600], file=sys.stderr)
    return result
