"""Bodies that are signed chunk by chunk (aws-chunked): every chunk's signature counts, and so does the trailers'."""

import base64
import hashlib
import hmac
import zlib

import botocore.auth
import botocore.awsrequest
import botocore.credentials
import pytest

from harness.s3 import error_document

CHUNK = 8192
DATA = bytes(range(256)) * 80  # two whole chunks and a part of one
TRAILER = "x-amz-checksum-crc32:" + base64.b64encode(zlib.crc32(DATA).to_bytes(4, "big")).decode() + "\n"


class Signer(botocore.auth.S3SigV4Auth):
    """Signs the head of a chunked request, and then its chunks."""

    def __init__(self, key, kind):
        super().__init__(botocore.credentials.Credentials(key["AccessKeyId"], key["SecretAccessKey"]), "s3", "us-east-1")
        self.kind, self.secret = kind, key["SecretAccessKey"]

    def payload(self, request):
        return self.kind

    def head(self, url, headers):
        request = botocore.awsrequest.AWSRequest(method="PUT", url=url, data=b"", headers=headers)
        self.add_auth(request)
        signed = dict(request.headers.items())
        self.previous = signed["Authorization"].split("Signature=")[1]
        self.timestamp, self.scope = request.context["timestamp"], self.credential_scope(request)
        return signed

    def sign(self, kind, *hashed):
        key = ("AWS4" + self.secret).encode()
        for part in self.scope.split("/"):
            key = hmac.digest(key, part.encode(), "sha256")
        hashes = "\n".join(hashlib.sha256(text).hexdigest() for text in hashed)
        text = f"AWS4-HMAC-SHA256-{kind}\n{self.timestamp}\n{self.scope}\n{self.previous}\n{hashes}"
        self.previous = hmac.new(key, text.encode(), "sha256").hexdigest()
        return self.previous

    def body(self, data, trailer):
        out = b""
        for piece in [data[i : i + CHUNK] for i in range(0, len(data), CHUNK)] + [b""]:
            out += f"{len(piece):x};chunk-signature={self.sign('PAYLOAD', b'', piece)}\r\n".encode() + piece + (b"\r\n" if piece else b"")
        if trailer:
            out += trailer.rstrip("\n").encode() + b"\r\nx-amz-trailer-signature:" + self.sign("TRAILER", trailer.encode()).encode() + b"\r\n"
        return out + b"\r\n"


@pytest.fixture
def send(client, endpoint, raw, bucket, unique):
    """send(change) -> the answer to a PUT of `k` by a user, its body changed after it was signed."""
    iam, user = client("iam"), unique("user")
    iam.create_user(UserName=user)
    iam.attach_user_policy(UserName=user, PolicyArn="arn:aws:iam::aws:policy/AmazonS3FullAccess")
    key = iam.create_access_key(UserName=user)["AccessKey"]

    def put(change=lambda body: body, trailer=""):
        signer = Signer(key, "STREAMING-AWS4-HMAC-SHA256-PAYLOAD" + ("-TRAILER" if trailer else ""))
        headers = {"Content-Encoding": "aws-chunked", "x-amz-decoded-content-length": str(len(DATA))}
        if trailer:
            headers["x-amz-trailer"] = trailer.split(":")[0]
        signed = signer.head(f"{endpoint}/{bucket}/k", headers)
        return raw("s3", "PUT", f"/{bucket}/k", body=change(signer.body(DATA, trailer)), headers=signed, sign=False)

    return put


@pytest.mark.parametrize("trailer", ["", TRAILER], ids=["plain", "trailer"])
def test_signed_chunks(s3, bucket, send, trailer):
    answer = send(trailer=trailer)
    assert answer.status == 200, answer
    got = s3.get_object(Bucket=bucket, Key="k", ChecksumMode="ENABLED")
    assert got["Body"].read() == DATA and "ContentEncoding" not in got
    assert not trailer or got["ChecksumCRC32"] == TRAILER.strip().split(":")[1]


CHANGES = {
    "a byte of the second chunk": lambda body: body[: CHUNK + 300] + b"!" + body[CHUNK + 301 :],
    "the first signature": lambda body: body.replace(body[body.index(b"=") + 1 :][:64], b"0" * 64, 1),
    "no signatures": lambda body: b"".join([b"5000\r\n", DATA, b"\r\n0\r\n\r\n"]),
    "the last chunk's signature": lambda body: body[:-68] + b"0" * 64 + body[-4:],
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_is_changed_on_the_way_is_refused(s3, bucket, send, change):
    assert error_document(send(CHANGES[change])) == (403, {
        "Code": "SignatureDoesNotMatch",
        "Message": "The request signature we calculated does not match the signature you provided. Check your key and signing method.",
    })
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 0


def test_trailers_are_signed_too(s3, bucket, send):
    forged = TRAILER.replace("=", "A")
    status, error = error_document(send(lambda body: body.replace(TRAILER.strip().encode(), forged.strip().encode()), TRAILER))
    assert (status, error["Code"]) == (403, "SignatureDoesNotMatch")
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 0
