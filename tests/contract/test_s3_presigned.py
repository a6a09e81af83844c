"""Presigned URLs: what they can do, and what is refused, in full."""

import datetime
import urllib.parse
import xml.etree.ElementTree

import pytest

from harness import aws
from harness.s3 import fetch, policy

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
