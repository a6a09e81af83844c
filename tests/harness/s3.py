"""What the S3 tests share beside the fixtures: refusals as data, error documents in full, POST forms."""

import base64
import json
import urllib.error
import urllib.request
import uuid
import xml.etree.ElementTree

import pytest
from botocore.exceptions import ClientError

MIB = 1 << 20

# A public access block that blocks everything, as a new bucket has it, and one that blocks nothing.
PRIVATE = {"BlockPublicAcls": True, "IgnorePublicAcls": True, "BlockPublicPolicy": True, "RestrictPublicBuckets": True}
OPEN = {name: False for name in PRIVATE}


def refusal(call, **parameters):
    """boto3's answer to a call that must fail."""
    with pytest.raises(ClientError) as error:
        call(**parameters)
    return error.value.response


def code(call, **parameters):
    answer = refusal(call, **parameters)
    return answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Code"]


def headers_of(answer):
    return answer["ResponseMetadata"]["HTTPHeaders"]


def b64(data):
    return base64.b64encode(data).decode()


def error_document(answer):
    """(status, {"Code": ..., "Message": ..., what else it has}) of a raw answer. The ids at its end must be there."""
    assert answer.headers["content-type"] == "application/xml", answer
    root = xml.etree.ElementTree.fromstring(answer.text)
    assert root.tag == "Error", answer.text
    members = {child.tag: child.text or "" for child in root}
    assert len(members) == len(root), f"a member stands twice: {answer.text}"
    assert list(members)[:2] == ["Code", "Message"] and list(members)[-2:] == ["RequestId", "HostId"], answer.text
    assert members.pop("RequestId") == answer.headers["x-amz-request-id"]
    assert members.pop("HostId") == answer.headers["x-amz-id-2"]
    return answer.status, members


def policy(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def fill(s3, bucket, keys, body=b"x"):
    for key in keys:
        s3.put_object(Bucket=bucket, Key=key, Body=body)


def keys_of(page):
    return [entry["Key"] for entry in page.get("Contents", [])]


def fetch(url, method="GET", data=None, headers=None):
    """(status, body, headers) without credentials but the URL's own."""
    request = urllib.request.Request(url, method=method, data=data, headers=headers or {})
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, answer.read(), dict(answer.headers)
    except urllib.error.HTTPError as error:
        return error.code, error.read(), dict(error.headers)


def unsigned(account, body_hash="UNSIGNED-PAYLOAD"):
    """Headers of the account's root whose signature nobody checks: for bodies and hosts that can't be signed."""
    return {
        "Authorization": f"AWS4-HMAC-SHA256 Credential={account}/20260101/us-east-1/s3/aws4_request, "
        f"SignedHeaders=host, Signature={'0' * 64}",
        "x-amz-content-sha256": body_hash,
    }


def form_body(fields, file=b"content", file_name="f.txt"):
    """(content type, bytes) of a browser's multipart/form-data; `file=None` leaves the file out, `file_name=None` its name."""
    boundary = uuid.uuid4().hex
    body = b"".join(
        f'--{boundary}\r\nContent-Disposition: form-data; name="{k}"\r\n\r\n{v}\r\n'.encode() for k, v in fields.items()
    )
    if file is not None:
        name = f'; filename="{file_name}"' if file_name else ""
        body += f'--{boundary}\r\nContent-Disposition: form-data; name="file"{name}\r\n'.encode()
        body += b"Content-Type: text/plain\r\n\r\n" + file + b"\r\n"
    return f"multipart/form-data; boundary={boundary}", body + f"--{boundary}--\r\n".encode()
