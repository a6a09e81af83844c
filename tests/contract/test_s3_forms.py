"""POST forms with their policies, and website endpoints: what a browser sends and gets."""

import base64
import hashlib
import xml.etree.ElementTree

import pytest

from harness import aws
from harness.s3 import b64, error_document, form_body, policy


@pytest.fixture
def form(client, bucket):
    """form(key, fields, *conditions) -> the signed fields of a form for that key."""
    v4 = client("s3", signature_version="s3v4")

    def sign(key="k", fields=None, conditions=(), **options):
        return v4.generate_presigned_post(bucket, key, Fields=fields, Conditions=list(conditions), **options)["fields"]

    return sign


@pytest.fixture
def post(raw, bucket):
    def send(fields, file=b"content", **options):
        content_type, body = form_body(fields, file, **options)
        return raw("s3", "POST", f"/{bucket}", body=body, headers={"Content-Type": content_type}, sign=False)

    return send


def denied(reason):
    return 403, {"Code": "AccessDenied", "Message": f"Invalid according to Policy: {reason}"}


def test_a_form(s3, bucket, form, post):
    fields = form(
        "in/${filename}", {"success_action_status": "201", "x-amz-meta-a": "b", "Content-Type": "text/x", "x-amz-storage-class": "ONEZONE_IA"},
        [{"success_action_status": "201"}, ["starts-with", "$x-amz-meta-a", ""], ["starts-with", "$Content-Type", "text/"],
         ["eq", "$x-amz-storage-class", "ONEZONE_IA"], {"bucket": bucket}],
    )  # fmt: skip
    answer = post(fields, b"x\r\n--not the end")
    assert answer.status == 201, answer
    root = xml.etree.ElementTree.fromstring(answer.text)
    etag = '"' + hashlib.md5(b"x\r\n--not the end").hexdigest() + '"'
    assert {child.tag: child.text for child in root} == {
        "Location": answer.headers["location"], "Bucket": bucket, "Key": "in/f.txt", "ETag": etag,
    }
    assert answer.headers["etag"] == etag and answer.headers["location"].endswith(f"/{bucket}/in/f.txt")
    got = s3.get_object(Bucket=bucket, Key="in/f.txt")
    assert got["Body"].read() == b"x\r\n--not the end" and got["Metadata"] == {"a": "b"}
    assert got["ContentType"] == "text/x" and got["StorageClass"] == "ONEZONE_IA"


def test_what_a_form_answers(form, post, bucket):
    assert post(form()).status == 204
    assert post(form("k", {"success_action_status": "200"}, [{"success_action_status": "200"}])).status == 200
    assert post(form("k", {"success_action_status": "404"}, [{"success_action_status": "404"}])).status == 204
    to = "http://localhost:1/done?a=b"
    answer = post(form("a b", {"success_action_redirect": to}, [{"success_action_redirect": to}]))
    assert answer.status == 303
    assert answer.headers["location"] == f"{to}&bucket={bucket}&key=a%20b&etag=%22{hashlib.md5(b'content').hexdigest()}%22"


@pytest.mark.parametrize("to", ["somewhere", "/done", "ftp://localhost/", "http://"])
def test_a_redirect_that_leads_nowhere_is_left_out(form, post, to):
    answer = post(form("k", {"success_action_redirect": to}, [{"success_action_redirect": to}]))
    assert answer.status == 204 and answer.headers["location"].endswith("/k")


def test_a_file_that_comes_as_text_has_no_name(s3, form, post, bucket):
    assert post(form("a-${filename}"), file_name=None).status == 204
    assert [o["Key"] for o in s3.list_objects_v2(Bucket=bucket)["Contents"]] == ["a-${filename}"]


def test_tags_of_another_shape_are_none(s3, form, post, bucket):
    for tags in ("<Tagging/>", "<TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet>"):
        assert post(form("k", {"tagging": tags}, [{"tagging": tags}])).status == 204, tags
        assert s3.get_object_tagging(Bucket=bucket, Key="k")["TagSet"] == []
    assert error_document(post(form("k", {"tagging": "a=b"}, [{"tagging": "a=b"}])))[1]["Code"] == "MalformedXML"


def test_metadata_of_a_form_is_text(raw, form, post, bucket):
    field = {"x-amz-meta-name": "Zoë"}
    assert post(form("k", field, [field])).status == 204
    assert raw("s3", "HEAD", f"/{bucket}/k").headers["x-amz-meta-name"] == "=?UTF-8?Q?Zo=C3=AB?="


def test_tags_acls_and_checksums_of_a_form(s3, form, post, bucket):
    tags = "<Tagging><TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet></Tagging>"
    checksum = {"x-amz-checksum-sha256": b64(hashlib.sha256(b"content").digest())}
    assert post(form("k", {"tagging": tags, **checksum}, [{"tagging": tags}, checksum])).status == 204
    assert s3.get_object_tagging(Bucket=bucket, Key="k")["TagSet"] == [{"Key": "a", "Value": "b"}]
    assert s3.head_object(Bucket=bucket, Key="k", ChecksumMode="ENABLED")["ChecksumSHA256"] == checksum["x-amz-checksum-sha256"]
    answer = post(form("other", checksum, [checksum]), b"changed")
    assert error_document(answer) == (400, {
        "Code": "BadDigest", "Message": "The SHA256 you specified did not match the calculated checksum.",
    })
    assert post(form("other", {"acl": "public-read"}, [{"acl": "public-read"}])).status == 400
    assert [o["Key"] for o in s3.list_objects_v2(Bucket=bucket)["Contents"]] == ["k"]


@pytest.mark.parametrize(
    "conditions, changes, shown",
    [
        ([], {"key": "elsewhere"}, '["eq", "$key", "k"]'),
        ([["eq", "$x-amz-meta-a", "b"]], {"x-amz-meta-a": "c"}, '["eq", "$x-amz-meta-a", "b"]'),
        ([["eq", "$x-amz-meta-a", "b"]], {}, '["eq", "$x-amz-meta-a", "b"]'),
        ([{"acl": "private"}], {"acl": "public-read"}, '["eq", "$acl", "private"]'),
        ([["starts-with", "$Content-Type", "image/"]], {"Content-Type": "text/plain"}, '["starts-with", "$content-type", "image/"]'),
        ([{"bucket": "another"}], {}, '["eq", "$bucket", "another"]'),
        ([["starts-with", "key", "k"]], {}, '["starts-with", "key", "k"]'),
    ],
)
def test_conditions_that_are_not_met(s3, form, post, bucket, conditions, changes, shown):
    assert error_document(post({**form("k", None, conditions), **changes})) == denied(f"Policy Condition failed: {shown}")
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 0


def test_fields_that_the_policy_does_not_name(form, post):
    assert error_document(post({**form(), "x-amz-meta-z": "1"})) == denied("Extra input fields: x-amz-meta-z")
    assert post({**form(), "x-ignore-me": "1"}).status == 204


def test_sizes(form, post):
    assert post(form("k", None, [["content-length-range", "2", "10"]]), b"x").status == 400
    fields = form("k", None, [["content-length-range", 2, 10]])
    assert post(fields, b"x" * 10).status == 204
    assert error_document(post(fields, b"x" * 11)) == (400, {
        "Code": "EntityTooLarge", "Message": "Your proposed upload exceeds the maximum allowed size",
        "ProposedSize": "11", "MaxSizeAllowed": "10",
    })
    assert error_document(post(fields, b"x")) == (400, {
        "Code": "EntityTooSmall", "Message": "Your proposed upload is smaller than the minimum allowed size",
        "ProposedSize": "1", "MinSizeAllowed": "2",
    })


def test_forms_that_are_refused(raw, form, post, bucket):
    assert error_document(post(form("k", ExpiresIn=-10))) == denied("Policy expired.")
    assert error_document(post({"acl": "private"})) == (400, {
        "Code": "InvalidArgument",
        "Message": "Bucket POST must contain a field named 'key'.  If it is specified, please check the order of the fields.",
        "ArgumentName": "key", "ArgumentValue": "",
    })
    assert error_document(post(form(), file=None)) == (400, {
        "Code": "InvalidArgument", "Message": "POST requires exactly one file upload per request.",
        "ArgumentName": "file", "ArgumentValue": "0",
    })
    for missing in ("X-Amz-Signature", "X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Date"):
        status, error = error_document(post({name: value for name, value in form().items() if name != missing.lower()}))
        assert (status, error["Code"], error["ArgumentName"]) == (400, "InvalidArgument", missing)
        assert f"must contain a field named '{missing}'." in error["Message"]
    unsigned = {name: value for name, value in form().items() if not name.startswith("x-amz-")}
    assert error_document(post(unsigned)) == (403, {"Code": "AccessDenied", "Message": "Access Denied"})
    assert post(form("../../out")).status == 400
    for document in ("no base64", base64.b64encode(b"[]").decode(), base64.b64encode(b'{"expiration": "2099-01-01T00:00:00Z"}').decode()):
        status, error = error_document(post({**form(), "policy": document}))
        assert status == 400 and error["Code"] == "InvalidPolicyDocument", document
    answer = raw("s3", "POST", f"/{bucket}", body=b"key=k", headers={"Content-Type": "application/x-www-form-urlencoded"}, sign=False)
    assert error_document(answer) == (412, {
        "Code": "PreconditionFailed", "Message": "At least one of the pre-conditions you specified did not hold",
        "Condition": "Bucket POST must be of the enclosure-type multipart/form-data",
    })
    answer = raw("s3", "POST", f"/{bucket}", body=b"no form", headers={"Content-Type": "multipart/form-data; boundary=b"}, sign=False)
    assert error_document(answer) == (400, {
        "Code": "MalformedPOSTRequest", "Message": "The body of your POST request is not well-formed multipart/form-data.",
    })
    assert error_document(post({**form(), "x-ignore-long": "x" * 30_000})) == (400, {
        "Code": "MaxPostPreDataLengthExceededError", "Message": "Your POST request fields preceding the upload file was too large.",
        "MaxPostPreDataLengthBytes": "20480",
    })


@pytest.mark.parametrize("version", ["s3v4", "s3"], ids=["v4", "v2"])
def test_a_users_form_is_held_to_his_key_and_policies(client, endpoint, s3, post, bucket, unique, version):
    iam, user = client("iam"), unique("user")
    iam.create_user(UserName=user)
    allow = {"Effect": "Allow", "Action": "s3:PutObject", "Resource": f"arn:aws:s3:::{bucket}/mine/*"}
    iam.put_user_policy(UserName=user, PolicyName="p", PolicyDocument=policy(allow))
    key = iam.create_access_key(UserName=user)["AccessKey"]

    def signed(name, secret=key["SecretAccessKey"]):
        v4 = aws.make_client(endpoint, "s3", key["AccessKeyId"], secret=secret, signature_version=version)
        return v4.generate_presigned_post(bucket, name)["fields"]

    assert post(signed("mine/k")).status == 204
    status, error = error_document(post(signed("his/k")))
    assert status == 403 and "is not authorized to perform: s3:PutObject" in error["Message"]
    wrong = signed("mine/k", "wrong")
    status, error = error_document(post(wrong))
    assert (status, error["Code"], error["AWSAccessKeyId"]) == (403, "SignatureDoesNotMatch", key["AccessKeyId"])
    assert error["StringToSign"] == wrong["policy"] and error["SignatureProvided"]
    for missing in ("Signature", "AWSAccessKeyId") if version == "s3" else ():
        fields = {name: value for name, value in signed("mine/k").items() if name.lower() != missing.lower()}
        assert error_document(post(fields))[1]["ArgumentName"] == missing
    status, error = error_document(post({**signed("mine/k"), "policy": signed("mine/other")["policy"]}))
    assert (status, error["Code"]) == (403, "SignatureDoesNotMatch")
    assert [o["Key"] for o in s3.list_objects_v2(Bucket=bucket)["Contents"]] == ["mine/k"]


def test_anonymous_forms_need_a_policy(s3, post, open_bucket):
    assert post({"key": "k"}).status == 403
    allow = {"Effect": "Allow", "Principal": "*", "Action": "s3:PutObject", "Resource": f"arn:aws:s3:::{open_bucket}/*"}
    s3.put_bucket_policy(Bucket=open_bucket, Policy=policy(allow))
    assert post({"key": "k"}).status == 204


# -- websites


@pytest.fixture
def site(s3, open_bucket):
    allow = {
        "Effect": "Allow", "Principal": "*", "Action": ["s3:GetObject", "s3:ListBucket"],
        "Resource": [f"arn:aws:s3:::{open_bucket}", f"arn:aws:s3:::{open_bucket}/*"],
    }
    s3.put_bucket_policy(Bucket=open_bucket, Policy=policy(allow))
    put_site(s3, open_bucket, ErrorDocument={"Key": "error.html"})
    for key in ("index.html", "docs/index.html", "error.html", "page é"):
        s3.put_object(Bucket=open_bucket, Key=key, Body=key.encode(), ContentType="text/html")
    return open_bucket


def put_site(s3, bucket, **configuration):
    if "RedirectAllRequestsTo" not in configuration:
        configuration["IndexDocument"] = {"Suffix": "index.html"}
    s3.put_bucket_website(Bucket=bucket, WebsiteConfiguration=configuration)


@pytest.fixture
def page(raw):
    def get(bucket, path, method="GET", form=".s3-website-us-east-1.amazonaws.com", **headers):
        return raw("s3", method, path, headers={"Host": bucket + form, **headers}, sign=False)

    return get


def test_pages(page, site):
    assert page(site, "/").body == b"index.html" and page(site, "/").headers["content-type"] == "text/html"
    assert page(site, "/", form=".s3-website.localhost:4566").body == b"index.html"
    assert page(site, "/docs/").body == b"docs/index.html"
    moved = page(site, "/docs")
    assert (moved.status, moved.headers["location"]) == (302, "/docs/")
    assert page(site, "/page%20%C3%A9").body == "page é".encode()
    missing = page(site, "/missing")
    assert (missing.status, missing.body) == (404, b"error.html")
    head = page(site, "/", method="HEAD")
    assert (head.status, head.body, head.headers["content-length"]) == (200, b"", "10")
    etag = page(site, "/").headers["etag"]
    assert page(site, "/", **{"If-None-Match": etag}).status == 304


def test_error_pages(page, s3, site, unique):
    put_site(s3, site)  # no error document
    missing = page(site, "/missing")
    assert missing.status == 404 and missing.headers["content-type"].startswith("text/html")
    assert "<h1>404 Not Found</h1>" in missing.text and "<li>Code: NoSuchKey</li>" in missing.text
    assert "<li>Message: The specified key does not exist.</li>" in missing.text and "<li>Key: missing</li>" in missing.text
    nobody = page(unique("nobody"), "/")
    assert nobody.status == 404 and "<li>Code: NoSuchBucket</li>" in nobody.text
    s3.delete_bucket_website(Bucket=site)
    assert "<li>Code: NoSuchWebsiteConfiguration</li>" in page(site, "/").text
    put_site(s3, site)
    assert missing.text.count("<ul>") == 1
    assert f"<li>RequestId: {missing.headers['x-amz-request-id']}</li>\n<li>HostId: {missing.headers['x-amz-id-2']}</li>" in missing.text
    put_site(s3, site, ErrorDocument={"Key": "no/such.html"})
    both = page(site, "/missing").text
    first, second = both.split("<h3>An Error Occurred While Attempting to Retrieve a Custom Error Document</h3>")
    assert "<li>Key: missing</li>" in first and "<li>RequestId: " in first
    assert "<li>Code: NoSuchKey</li>" in second and "<li>Key: no/such.html</li>" in second and "RequestId" not in second
    s3.put_object(Bucket=site, Key="error.html", Body=b"", WebsiteRedirectLocation="https://elsewhere.example/")
    put_site(s3, site, ErrorDocument={"Key": "error.html"})
    moved = page(site, "/missing")
    assert (moved.status, moved.headers["location"]) == (301, "https://elsewhere.example/")
    put_site(s3, site)
    s3.delete_bucket_policy(Bucket=site)
    refused = page(site, "/")
    assert refused.status == 403 and "<h1>403 Forbidden</h1>" in refused.text
    assert page(site, "/", method="PUT").status == 405
    assert "<li>Code: MethodNotAllowed</li>" in page(site, "/", method="DELETE").text


def test_redirects(page, s3, site):
    rules = [
        {"Condition": {"KeyPrefixEquals": "old/"}, "Redirect": {"ReplaceKeyPrefixWith": "new/"}},
        {"Condition": {"KeyPrefixEquals": "one"}, "Redirect": {"ReplaceKeyWith": "other page", "HttpRedirectCode": "302", "Protocol": "https"}},
        {"Condition": {"HttpErrorCodeReturnedEquals": "404"}, "Redirect": {"HostName": "elsewhere.example", "ReplaceKeyPrefixWith": "report/"}},
    ]
    put_site(s3, site, RoutingRules=rules)
    host = f"{site}.s3-website-us-east-1.amazonaws.com"
    moved = page(site, "/old/page")
    assert (moved.status, moved.headers["location"]) == (301, f"http://{host}/new/page")
    moved = page(site, "/one")
    assert (moved.status, moved.headers["location"]) == (302, f"https://{host}/other%20page")
    moved = page(site, "/missing")
    assert (moved.status, moved.headers["location"]) == (301, "http://elsewhere.example/report/missing")
    assert page(site, "/").body == b"index.html"
    s3.put_object(Bucket=site, Key="moved", Body=b"", WebsiteRedirectLocation="/docs/")
    moved = page(site, "/moved")
    assert (moved.status, moved.headers["location"]) == (301, "/docs/")
    put_site(s3, site, RedirectAllRequestsTo={"HostName": "elsewhere.example", "Protocol": "https"})
    moved = page(site, "/a/b")
    assert (moved.status, moved.headers["location"]) == (301, "https://elsewhere.example/a/b")


@pytest.mark.parametrize(
    "body, code, message",
    [
        ("<RedirectAllRequestsTo><HostName>h</HostName></RedirectAllRequestsTo><IndexDocument><Suffix>i</Suffix></IndexDocument>",
         "InvalidArgument", "RedirectAllRequestsTo cannot be provided in conjunction with other Routing Rules."),
        ("<ErrorDocument><Key>e</Key></ErrorDocument>", "InvalidArgument",
         "A value for IndexDocument Suffix must be provided if RedirectAllRequestsTo is empty"),
        ("<IndexDocument><Suffix>a/b</Suffix></IndexDocument>", "InvalidArgument", "The IndexDocument Suffix is not well formed"),
        ("<IndexDocument/>", "MalformedXML", "The XML you provided was not well-formed or did not validate against our published schema"),
    ],
)
def test_website_configurations_that_are_refused(raw, bucket, body, code, message):
    answer = raw("s3", "PUT", f"/{bucket}?website=", body=f"<WebsiteConfiguration>{body}</WebsiteConfiguration>")
    status, error = error_document(answer)
    assert (status, error["Code"], error["Message"]) == (400, code, message)
