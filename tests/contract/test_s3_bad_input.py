"""What must be refused by S3 with nothing stored and nothing told: bombs, paths that lead out, lying lengths, keys of others."""

import base64
import hashlib
import http.client
import socket
import urllib.parse

import pytest
from botocore.exceptions import ClientError

from harness import aws


@pytest.fixture
def bucket(s3, unique):
    name = unique("bucket")
    s3.create_bucket(Bucket=name)
    s3.put_object(Bucket=name, Key="there", Body=b"kept")
    return name


@pytest.fixture
def untouched(s3, bucket):
    """After the test the bucket is as it was."""
    yield bucket
    assert [o["Key"] for o in s3.list_objects_v2(Bucket=bucket)["Contents"]] == ["there"]
    assert s3.get_object(Bucket=bucket, Key="there")["Body"].read() == b"kept"
    assert "Uploads" not in s3.list_multipart_uploads(Bucket=bucket)


ENTITIES = "".join(f'<!ENTITY e{n} "{"&e" + str(n - 1) + ";" if n else "lol"}{"&e" + str(n - 1) + ";" if n else "lol"}">' for n in range(30))
BOMB = f'<?xml version="1.0"?><!DOCTYPE x [{ENTITIES}]>'
OUTSIDE = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]>'

DOCUMENTS = {
    "tagging": "<Tagging><TagSet><Tag><Key>{}</Key><Value>v</Value></Tag></TagSet></Tagging>",
    "versioning": "<VersioningConfiguration><Status>{}</Status></VersioningConfiguration>",
    "website": "<WebsiteConfiguration><IndexDocument><Suffix>{}</Suffix></IndexDocument></WebsiteConfiguration>",
    "cors": "<CORSConfiguration><CORSRule><AllowedMethod>GET</AllowedMethod><AllowedOrigin>{}</AllowedOrigin></CORSRule></CORSConfiguration>",
    "lifecycle": "<LifecycleConfiguration><Rule><ID>{}</ID><Status>Enabled</Status></Rule></LifecycleConfiguration>",
    "delete": "<Delete><Object><Key>{}</Key></Object></Delete>",
}


@pytest.mark.parametrize("kind", DOCUMENTS)
@pytest.mark.parametrize("head, entity", [(BOMB, "&e29;"), (OUTSIDE, "&f;")], ids=["bomb", "outside"])
def test_entities(raw, untouched, kind, head, entity):
    body = (head + DOCUMENTS[kind].format(entity)).encode()
    headers = {"Content-MD5": base64.b64encode(hashlib.md5(body).digest()).decode()}
    answer = raw("s3", "POST" if kind == "delete" else "PUT", f"/{untouched}?{kind}=", body=body, headers=headers)
    assert answer.status == 400 and "<Code>MalformedXML</Code>" in answer.text
    assert "root:" not in answer.text and "lollol" not in answer.text


@pytest.mark.parametrize("path", ["/../..", "/../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/a/../../b", "/..%2f..%2fx"])
@pytest.mark.parametrize("method", ["PUT", "GET", "DELETE"])
def test_paths_that_lead_out(raw, untouched, method, path):
    answer = raw("s3", method, f"/{untouched}{path}", body=b"x" if method == "PUT" else b"")
    assert answer.status == 400 and "<Code>InvalidURI</Code>" in answer.text
    assert "root:" not in answer.text


@pytest.mark.parametrize("host_path", ["/../", "/..", "/%2e%2e", "/./there"])
def test_bucket_names_that_are_paths(raw, untouched, host_path):
    answer = raw("s3", "GET", host_path)
    assert answer.status in (400, 404), answer


def send(endpoint, head, body):
    host = urllib.parse.urlsplit(endpoint)
    with socket.create_connection((host.hostname, host.port), timeout=10) as connection:
        connection.sendall(head.encode() + body)
        connection.shutdown(socket.SHUT_WR)
        answer = http.client.HTTPResponse(connection)
        try:
            answer.begin()
            return answer.status, answer.read().decode()
        except http.client.HTTPException:
            return None, ""


def head(endpoint, account, path, **headers):
    lines = {
        "Host": urllib.parse.urlsplit(endpoint).netloc,
        "Authorization": f"AWS4-HMAC-SHA256 Credential={account}/20260101/us-east-1/s3/aws4_request, "
        f"SignedHeaders=host, Signature={'0' * 64}",
        "x-amz-content-sha256": "UNSIGNED-PAYLOAD",
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    return f"PUT {path} HTTP/1.1\r\n" + "".join(f"{k}: {v}\r\n" for k, v in lines.items()) + "\r\n"


@pytest.mark.parametrize(
    "headers",
    [
        {"Content_Length": "1000"},  # more than is sent
        {"Content_Length": "-1"},
        {"Content_Length": "1e3"},
        {"Content_Length": "99999999999999999999"},
        {"Content_Length": "4", "Transfer_Encoding": "chunked"},
        {"Content_Length": "5368709121"},  # beyond 5 GiB
    ],
)
def test_lengths_that_lie(endpoint, account, untouched, headers):
    status, text = send(endpoint, head(endpoint, account, f"/{untouched}/there", **headers), b"more")
    assert status is None or 400 <= status <= 501, text


@pytest.mark.parametrize("stated, sent", [(3, b"4\r\nmore\r\n0\r\n\r\n"), (9, b"4\r\nmore\r\n0\r\n\r\n"), (4, b"4\r\nmo"), (4, b"zz\r\nmore\r\n")])
def test_decoded_lengths_that_lie(endpoint, account, untouched, stated, sent):
    text = head(
        endpoint, account, f"/{untouched}/there", Content_Length=str(len(sent)), Content_Encoding="aws-chunked",
        x_amz_decoded_content_length=str(stated),
    ).replace("UNSIGNED-PAYLOAD", "STREAMING-UNSIGNED-PAYLOAD-TRAILER")
    status, answer = send(endpoint, text, sent)
    assert status == 400 and "<Code>IncompleteBody</Code>" in answer


def test_two_lengths(endpoint, account, untouched):
    text = head(endpoint, account, f"/{untouched}/there", Content_Length="4").replace("\r\n\r\n", "\r\nContent-Length: 5\r\n\r\n")
    status, _ = send(endpoint, text, b"more!")
    assert status is None or status == 400


def make_user(client, unique):
    iam, name = client("iam"), unique("user")
    iam.create_user(UserName=name)
    return iam.create_access_key(UserName=name)["AccessKey"]


def test_signatures_of_another_key(client, endpoint, raw, untouched, unique):
    mine, other = make_user(client, unique), make_user(client, unique)
    forged = aws.make_client(endpoint, "s3", mine["AccessKeyId"], secret=other["SecretAccessKey"])
    for call, arguments in (
        (forged.put_object, {"Key": "there", "Body": b"changed"}),
        (forged.delete_object, {"Key": "there"}),
        (forged.get_object, {"Key": "there"}),
        (forged.create_multipart_upload, {"Key": "new"}),
    ):
        with pytest.raises(ClientError) as refused:
            call(Bucket=untouched, **arguments)
        error = refused.value.response["Error"]
        assert error["Code"] == "SignatureDoesNotMatch" and error["AWSAccessKeyId"] == mine["AccessKeyId"]
        assert other["SecretAccessKey"] not in str(refused.value.response)
        assert mine["SecretAccessKey"] not in str(refused.value.response)


def test_a_signature_is_of_one_request(client, endpoint, untouched, unique):
    """A header, path or body that differs from what was signed is another request."""
    import botocore.auth
    import botocore.awsrequest
    import botocore.credentials

    key = make_user(client, unique)
    credentials = botocore.credentials.Credentials(key["AccessKeyId"], key["SecretAccessKey"])
    request = botocore.awsrequest.AWSRequest(
        method="PUT", url=f"{endpoint}/{untouched}/signed", data=b"signed", headers={"x-amz-acl": "private"}
    )
    botocore.auth.S3SigV4Auth(credentials, "s3", "us-east-1").add_auth(request)
    signed = dict(request.headers.items())
    host = urllib.parse.urlsplit(endpoint)
    for path, changes in (("there", {}), ("signed", {"x-amz-acl": "public-read"}), ("signed?acl=", {})):
        connection = http.client.HTTPConnection(host.hostname, host.port, timeout=10)
        connection.request("PUT", f"/{untouched}/{path}", body=b"signed", headers={**signed, **changes})
        answer = connection.getresponse()
        assert answer.status == 403 and b"SignatureDoesNotMatch" in answer.read()
        connection.close()
