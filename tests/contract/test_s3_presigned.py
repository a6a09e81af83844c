"""Presigned URLs: what they can do, and what is refused, in full."""

import base64
import datetime
import hmac
import urllib.parse
import xml.etree.ElementTree

import pytest

from harness import aws
from harness.s3 import error_document, fetch, policy

PARAMETERS = (
    "Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, X-Amz-Date, "
    "X-Amz-SignedHeaders, and X-Amz-Expires parameters."
)


@pytest.fixture
def presign(client, bucket):
    def url(operation="get_object", key="k", expires_s=60, version="s3v4", **parameters):
        s3 = client("s3", signature_version=version)
        return s3.generate_presigned_url(operation, Params={"Bucket": bucket, "Key": key, **parameters}, ExpiresIn=expires_s)

    return url


def changed(url, **changes):
    """The URL with other query parameters; None leaves one out."""
    parts = urllib.parse.urlsplit(url)
    query = {**dict(urllib.parse.parse_qsl(parts.query)), **{name.replace("_", "-"): value for name, value in changes.items()}}
    query = {name: value for name, value in query.items() if value is not None}
    return parts._replace(query=urllib.parse.urlencode(query)).geturl()


def refusal(url, method="GET", headers=None):
    status, body, _ = fetch(url, method, headers=headers)
    root = xml.etree.ElementTree.fromstring(body)
    return status, {child.tag: child.text for child in root if child.tag not in ("RequestId", "HostId")}


@pytest.mark.parametrize("version", ["s3v4", "s3"], ids=["v4", "v2"])
def test_what_they_can_do(s3, bucket, presign, version):
    put = presign("put_object", version=version)
    assert fetch(put, "PUT", b"body", {"Content-Type": ""})[0] == 200
    status, body, headers = fetch(presign(version=version, ResponseContentType="text/x", ResponseContentDisposition="attachment"))
    assert (status, body, headers["content-type"], headers["content-disposition"]) == (200, b"body", "text/x", "attachment")
    assert fetch(presign("head_object", version=version), "HEAD")[0] == 200
    assert fetch(presign("delete_object", version=version), "DELETE")[0] == 204
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 0


def test_overrides_need_a_signature(endpoint, s3, open_bucket):
    s3.put_object(Bucket=open_bucket, Key="k", Body=b"x")
    allow = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{open_bucket}/*"}
    s3.put_bucket_policy(Bucket=open_bucket, Policy=policy(allow))
    assert fetch(f"{endpoint}/{open_bucket}/k")[0] == 200
    assert refusal(f"{endpoint}/{open_bucket}/k?response-content-type=text/x") == (400, {
        "Code": "InvalidRequest", "Message": "Request specific response headers cannot be used for anonymous GET requests.",
    })


def test_the_end(presign):
    old = changed(presign(), X_Amz_Date="20200101T000000Z")
    status, error = refusal(old)
    server_time = datetime.datetime.strptime(error.pop("ServerTime"), "%Y-%m-%dT%H:%M:%SZ")
    assert abs(server_time - datetime.datetime.utcnow()) < datetime.timedelta(minutes=10)
    assert (status, error) == (403, {
        "Code": "AccessDenied", "Message": "Request has expired", "X-Amz-Expires": "60", "Expires": "2020-01-01T00:01:00Z",
    })
    status, error = refusal(presign(version="s3", expires_s=-60))
    assert (status, error["Code"], error["Message"]) == (403, "AccessDenied", "Request has expired")


@pytest.mark.parametrize(
    "changes, message",
    [
        ({"X_Amz_SignedHeaders": None}, PARAMETERS),
        ({"X_Amz_Expires": None}, PARAMETERS),
        ({"X_Amz_Date": None}, PARAMETERS),
        ({"X_Amz_Signature": None}, PARAMETERS),
        ({"X_Amz_Expires": "604801"},
         "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than 604800 seconds"),
        ({"X_Amz_Expires": "-1"}, "X-Amz-Expires must be non-negative"),
        ({"X_Amz_Expires": "soon"}, "X-Amz-Expires should be a number"),
        ({"X_Amz_Date": "yesterday"}, "X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\""),
        ({"X_Amz_Algorithm": "AWS5"}, 'X-Amz-Algorithm only supports "AWS4-HMAC-SHA256 and AWS4-ECDSA-P256-SHA256"'),
        ({"X_Amz_Credential": "me"}, 'Error parsing the X-Amz-Credential parameter; the Credential is mal-formed; expecting '
         '"<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request".'),
    ],
)
def test_queries_that_are_refused(presign, changes, message):
    assert refusal(changed(presign(), **changes)) == (400, {"Code": "AuthorizationQueryParametersError", "Message": message})


def test_version_2_needs_its_three(presign):
    assert refusal(changed(presign(version="s3"), Expires=None)) == (403, {
        "Code": "AccessDenied", "Message": "Query-string authentication requires the Signature, Expires and AWSAccessKeyId parameters",
    })


def test_headers_that_were_not_signed(presign, s3, bucket):
    assert refusal(presign("put_object"), "PUT", {"x-amz-acl": "public-read", "x-amz-meta-a": "b"}) == (403, {
        "Code": "AccessDenied", "Message": "There were headers present in the request which were not signed",
        "HeadersNotSigned": "x-amz-acl, x-amz-meta-a",
    })
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 0


def test_a_users_url_is_good_for_one_request(client, endpoint, bucket, s3, unique):
    iam, user = client("iam"), unique("user")
    iam.create_user(UserName=user)
    iam.attach_user_policy(UserName=user, PolicyArn="arn:aws:iam::aws:policy/AmazonS3FullAccess")
    key = iam.create_access_key(UserName=user)["AccessKey"]
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    s3.put_object(Bucket=bucket, Key="other", Body=b"y")
    for version in ("s3v4", "s3"):
        mine = aws.make_client(endpoint, "s3", key["AccessKeyId"], secret=key["SecretAccessKey"], signature_version=version)
        url = mine.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "k"})
        assert fetch(url)[:2] == (200, b"x")
        for status, error in (refusal(url.replace("/k?", "/other?")), refusal(url, "DELETE"), refusal(url + "&versionId=null")):
            assert (status, error["Code"]) == (403, "SignatureDoesNotMatch")


@pytest.fixture
def issued(client, unique):
    """A user's key, whose signatures are checked; the user may do everything in S3."""
    iam, user = client("iam"), unique("user")
    iam.create_user(UserName=user)
    iam.attach_user_policy(UserName=user, PolicyArn="arn:aws:iam::aws:policy/AmazonS3FullAccess")
    return iam.create_access_key(UserName=user)["AccessKey"]


@pytest.mark.parametrize("version", ["s3v4"])
def test_query_parameters_are_headers(endpoint, issued, s3, bucket, version):
    mine = aws.make_client(endpoint, "s3", issued["AccessKeyId"], secret=issued["SecretAccessKey"], signature_version=version)

    def with_query(operation, parameters, **more):
        def add(request, **_):
            request.url += ("&" if "?" in request.url else "?") + urllib.parse.urlencode(more)

        mine.meta.events.register_first("before-sign.s3", add)
        try:
            return mine.generate_presigned_url(operation, Params={"Bucket": bucket, "Key": "k", **parameters})
        finally:
            mine.meta.events.unregister("before-sign.s3", add)

    assert fetch(with_query("put_object", {}, **{"x-amz-meta-foo": "bar", "X-Amz-Storage-Class": "ONEZONE_IA"}), "PUT", b"1", {"Content-Type": ""})[0] == 200
    head = s3.head_object(Bucket=bucket, Key="k")
    assert head["Metadata"] == {"foo": "bar"} and head["StorageClass"] == "ONEZONE_IA"
    if version == "s3v4":
        url = with_query("put_object", {}, **{"If-None-Match": "*"})
        status, error = refusal_of_put(url)
        assert (status, error["Code"], error["Condition"]) == (412, "PreconditionFailed", "If-None-Match")
    copied = with_query("put_object", {"Key": "copy"}, **{"x-amz-copy-source": f"{bucket}/k"})
    status, body, _ = fetch(copied, "PUT", b"", {"Content-Type": ""})
    assert status == 200 and b"CopyObjectResult" in body
    assert s3.get_object(Bucket=bucket, Key="copy")["Body"].read() == b"1"


def refusal_of_put(url):
    status, body, _ = fetch(url, "PUT", b"2", {"Content-Type": ""})
    root = xml.etree.ElementTree.fromstring(body)
    return status, {child.tag: child.text for child in root}


def test_version_2_on_virtual_hosts(raw, issued, endpoint, s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    mine = aws.make_client(
        endpoint, "s3", issued["AccessKeyId"], secret=issued["SecretAccessKey"], signature_version="s3",
    )
    url = mine.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "k", "ResponseContentType": "text/\u00e9 x"})
    parts = urllib.parse.urlsplit(url)
    path = parts.path.removeprefix(f"/{bucket}") + "?" + parts.query
    answer = raw("s3", "GET", path, headers={"Host": f"{bucket}.s3.amazonaws.com"}, sign=False)
    assert (answer.status, answer.body) == (200, b"x"), answer
    wrong = raw("s3", "GET", path.replace("/k?", "/other?"), headers={"Host": f"{bucket}.s3.amazonaws.com"}, sign=False)
    status, error = error_document(wrong)
    expires = dict(urllib.parse.parse_qsl(parts.query))["Expires"]
    to_sign = f"GET\n\n\n{expires}\n/{bucket}/other?response-content-type=text/\u00e9 x"
    assert (status, error["Code"], error["StringToSign"]) == (403, "SignatureDoesNotMatch", to_sign)
    assert bytes.fromhex(error["StringToSignBytes"]) == to_sign.encode() and error["SignatureProvided"] and error["AWSAccessKeyId"]


def test_metadata_of_version_2_may_be_text(issued, endpoint, s3, bucket):
    """In the URL it is UTF-8, and answered as an encoded word."""
    mine = aws.make_client(endpoint, "s3", issued["AccessKeyId"], secret=issued["SecretAccessKey"], signature_version="s3")
    expires = int(datetime.datetime.now(datetime.timezone.utc).timestamp()) + 60
    to_sign = f"PUT\n\n\n{expires}\nx-amz-meta-a:é\n/{bucket}/m"
    digest = hmac.new(issued["SecretAccessKey"].encode(), to_sign.encode(), "sha1").digest()
    query = {"AWSAccessKeyId": issued["AccessKeyId"], "Expires": expires, "x-amz-meta-a": "é"}

    def put(signature):
        url = f"{endpoint}/{bucket}/m?" + urllib.parse.urlencode({**query, "Signature": base64.b64encode(signature).decode()})
        return fetch(url, "PUT", b"x", {"Content-Type": ""})

    assert put(digest)[0] == 200
    assert mine.head_object(Bucket=bucket, Key="m")["Metadata"] == {"a": "=?UTF-8?B?w6k=?="}
    status, body, _ = put(b"wrong")
    root = xml.etree.ElementTree.fromstring(body)
    error = {child.tag: child.text for child in root}
    assert status == 403 and error["StringToSign"] == to_sign and error["SignatureProvided"] == base64.b64encode(b"wrong").decode()
    assert bytes.fromhex(error["StringToSignBytes"]) == to_sign.encode()


def test_version_2_in_a_header(raw, issued, bucket):
    text = f"PUT\n\n\n\nx-amz-date:Mon, 30 Nov 2026 00:00:00 GMT\nx-amz-meta-a:b\n/{bucket}/k"
    signature = base64.b64encode(hmac.digest(issued["SecretAccessKey"].encode(), text.encode(), "sha1")).decode()
    headers = {"x-amz-date": "Mon, 30 Nov 2026 00:00:00 GMT", "x-amz-meta-a": "b", "Content-Length": "1"}
    signed = {**headers, "Authorization": f"AWS {issued['AccessKeyId']}:{signature}"}
    assert raw("s3", "PUT", f"/{bucket}/k", b"x", headers=signed, sign=False).status == 200
    assert error_document(raw("s3", "PUT", f"/{bucket}/other", b"x", headers=signed, sign=False))[1]["Code"] == "SignatureDoesNotMatch"
