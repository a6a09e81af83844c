"""Names that clients make of our address by labels before it, and requests to us as the proxy that spares resolving them."""

import json
import socket

import pytest

from harness import aws
from harness.proxied import plain, send


@pytest.mark.parametrize("absolute", [True, False])
@pytest.mark.parametrize("label, name", [
    ("@.", "127.0.0.1"), ("@.", "localhost"), ("@.s3.", "localhost"), ("@.s3.us-east-1.", "amazonaws.com"),
    ("@.s3-us-west-2.", "amazonaws.com"), ("@.", "localhost.localstack.cloud"), ("@.", "host.docker.internal"),
])
def test_a_buckets_label_leads_to_the_bucket(endpoint, account, s3, unique, label, name, absolute):
    bucket = unique("s3-files")  # a name that looks like an endpoint's
    s3.create_bucket(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    answer = send(endpoint, account, "GET", "/k", label=label.replace("@", bucket), name=name, absolute=absolute)
    assert (answer.status, answer.body) == (200, b"x")


@pytest.mark.parametrize("label", ["sync-", "streaming-", "data-", f"{'0' * 12}."])
@pytest.mark.parametrize("name", ["127.0.0.1", "localhost"])
def test_other_labels_lead_to_the_service_that_is_signed_for(endpoint, account, label, name):
    headers = {"X-Amz-Target": "DynamoDB_20120810.ListTables", "Content-Type": "application/x-amz-json-1.0"}
    answer = send(endpoint, account, "POST", "/", "{}", label=label, name=name, headers=headers, service="dynamodb")
    assert (answer.status, answer.json()) == (200, {"TableNames": []})


@pytest.mark.parametrize("label", ["", "sync-", f"{'0' * 12}."])
def test_labels_before_an_ipv6_address(endpoint, label):
    host = f"{label}[::1]:4566"  # Python's own parser refuses the name, so that nothing is signed
    assert plain(endpoint, "GET", f"http://{host}/_millrace/health", headers={"Host": host}).status == 200
    assert plain(endpoint, "GET", "/_millrace/health", headers={"Host": host}).status == 200


def test_absolute_form_keeps_path_and_query_as_they_are(endpoint, account, s3, bucket):
    s3.put_object(Bucket=bucket, Key="a b/c%2Fd//e", Body=b"x")
    path = f"/{bucket}/a%20b/c%252Fd//e?response-content-type=a%2Fb"
    answer = send(endpoint, account, "GET", path)
    assert (answer.status, answer.body, answer.headers["content-type"]) == (200, b"x", "a/b")
    assert plain(endpoint, "GET", endpoint.replace("http", "HTTP") + "/_millrace/health").json()["status"] == "ok"
    assert plain(endpoint, "GET", endpoint).text.startswith("healthy")


def test_the_authority_wins_over_host(endpoint):
    answer = plain(endpoint, "GET", endpoint + "/_millrace/health", headers={"Host": "evil.example.com"})
    assert answer.status == 200


def test_a_proxied_connection_is_kept(server, endpoint):
    request = f"GET {endpoint}/_millrace/health HTTP/1.1\r\nHost: a\r\nProxy-Connection: keep-alive\r\n\r\n".encode()
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        for _ in range(2):
            connection.sendall(request)
            head = connection.recv(65536)
            assert head.startswith(b"HTTP/1.1 200") and b"Connection: close" not in head


@pytest.fixture
def listener():
    """A socket of somebody else's, on which nobody may knock."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        listening.setblocking(False)
        yield listening
        with pytest.raises(BlockingIOError):
            listening.accept()


@pytest.mark.parametrize("scheme", ["http", "https", "HTTP"])
def test_nobody_is_reached_through_us(endpoint, listener, scheme):
    port = listener.getsockname()[1]
    stranger = f"stranger.example.com:{port}"
    answer = plain(endpoint, "GET", f"{scheme}://{stranger}/a", headers={"Host": stranger})
    assert answer.status == 421
    assert f"does not forward to {stranger}; unset HTTP_PROXY or add stranger.example.com to NO_PROXY" in answer.text
    assert "<ErrorResponse><Error>" in answer.text and "<Code>MisdirectedRequest</Code>" in answer.text
    # An address of this machine is ours on every port: it is answered here, and goes nowhere else.
    assert plain(endpoint, "GET", f"{scheme}://127.0.0.1:{port}/_millrace/health").json()["status"] == "ok"
    own = plain(endpoint, "GET", f"{scheme}://user:pw@{stranger}@127.0.0.1:{port}/_millrace/health", headers={"Host": "127.0.0.1"})
    assert own.status == 200


def test_sdks_read_the_refusal_in_their_own_form(endpoint, account):
    headers = {"X-Amz-Target": "DynamoDB_20120810.ListTables"}
    answer = send(endpoint, account, "POST", "/", "{}", name="stranger.example.com", headers=headers, service="dynamodb")
    assert answer.status == 421 and json.loads(answer.body)["__type"] == "MisdirectedRequest"
    foreign = aws.make_client("http://stranger.example.com", "s3control", account, proxies={"http": endpoint})
    with pytest.raises(foreign.exceptions.ClientError) as refused:
        foreign.get_public_access_block(AccountId=account)
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 421
    assert "does not forward to" in refused.value.response["Error"]["Message"]


def test_there_is_no_tunnel(endpoint, listener):
    answer = plain(endpoint, "CONNECT", f"127.0.0.1:{listener.getsockname()[1]}", headers={"Host": "x"})
    assert (answer.status, answer.reason) == (405, "millrace does not tunnel HTTPS, unset HTTPS_PROXY")
    assert answer.headers["connection"] == "close"


@pytest.mark.parametrize("host", [
    "evil.example.com", "127.0.0.1.evil.com", "localhost.evil.com", "evil-localhost", "notlocalhost", "evilamazonaws.com",
    "a127.0.0.1", "127.0.0.1.nip.io",
])
def test_strangers_names_stay_outside(endpoint, host):
    assert plain(endpoint, "GET", "/", headers={"Host": host}).status == 403
    assert plain(endpoint, "GET", f"http://{host}/", headers={"Host": host}).status == 421
