"""S3 Control: the tags of buckets and the account's public access block, at hosts that begin with the account."""

import urllib.parse
import xml.etree.ElementTree as ElementTree

import pytest

from harness import aws
from harness.proxied import send
from harness.s3 import OPEN, code, policy

CONTROL = "{http://awss3control.amazonaws.com/doc/2018-08-20/}"


class Control:
    """As hashicorp/aws 6.x sends it."""

    def __init__(self, endpoint, account, secret=aws.SECRET, key=None):
        self.endpoint, self.account, self.secret, self.key = endpoint, account, secret, key or account

    def __call__(self, method, path, body="", owner=None, **options):
        owner = owner or self.account
        return send(self.endpoint, self.key, method, "/v20180820/" + path, body, label=f"{owner}.", secret=self.secret,
                    headers={"x-amz-account-id": owner}, **options)

    def tags(self, method, bucket, body="", query="", **options):
        arn = urllib.parse.quote(f"arn:aws:s3:::{bucket}", safe="")
        return self(method, f"tags/{arn}{query}", body, **options)


def document(*pairs):
    tags = "".join(f"<Tag><Key>{k}</Key><Value>{v}</Value></Tag>" for k, v in pairs)
    return f'<TagResourceRequest xmlns="http://awss3control.amazonaws.com/doc/2018-08-20/"><Tags>{tags}</Tags></TagResourceRequest>'


def shown(answer):
    assert answer.status == 200, answer
    root = ElementTree.fromstring(answer.text)
    assert root.tag == CONTROL + "ListTagsForResourceResult" and [child.tag for child in root] == [CONTROL + "Tags"]
    return {tag.findtext(CONTROL + "Key"): tag.findtext(CONTROL + "Value") for tag in root[0]}


def wrapped(answer):
    """(status, code, message) of an error as the Go client reads it."""
    root = ElementTree.fromstring(answer.text)
    assert root.tag == "ErrorResponse" and [child.tag for child in root] == ["Error", "RequestId", "HostId"], answer
    return answer.status, root.findtext("Error/Code"), root.findtext("Error/Message")


@pytest.fixture
def control(endpoint, account):
    return Control(endpoint, account)


def test_tags_are_the_buckets_own(control, s3, bucket):
    assert shown(control.tags("GET", bucket)) == {}
    assert control.tags("POST", bucket, document(("a", "1"), ("b", ""))).status == 204
    assert shown(control.tags("GET", bucket)) == {"a": "1", "b": ""}
    assert s3.get_bucket_tagging(Bucket=bucket)["TagSet"] == [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": ""}]
    assert control.tags("POST", bucket, document(("b", "2"), ("c d", "3"))).status == 204
    assert shown(control.tags("GET", bucket)) == {"a": "1", "b": "2", "c d": "3"}
    removed = control.tags("DELETE", bucket, query="?tagKeys=a&tagKeys=c%20d&tagKeys=never")
    assert (removed.status, removed.body) == (204, b"")
    s3.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": [{"Key": "z", "Value": "9"}]})
    assert shown(control.tags("GET", bucket)) == {"z": "9"}
    control.tags("DELETE", bucket, query="?tagKeys=z")
    assert code(s3.get_bucket_tagging, Bucket=bucket) == (404, "NoSuchTagSet")


@pytest.mark.parametrize("options", [{"absolute": False}, {"name": "localhost"}, {"name": "localhost", "absolute": False}])
def test_however_the_client_comes(control, bucket, options):
    assert control.tags("POST", bucket, document(("how", "so")), **options).status == 204
    assert shown(control.tags("GET", bucket, **options)) == {"how": "so"}


def test_the_arn_may_be_sent_as_it_is(control, bucket):
    assert shown(control("GET", f"tags/arn:aws:s3:::{bucket}")) == {}


def test_without_the_accounts_header_it_is_a_bucket(endpoint, account):
    answer = send(endpoint, account, "GET", "/v20180820/tags/x")
    assert answer.status == 404 and "<BucketName>v20180820</BucketName>" in answer.text


MALFORMED = "The XML you provided was not well-formed or did not validate against our published schema"
RESERVED = ('User-defined tag keys can\'t start with "aws:". This prefix is reserved for system tags. Remove "aws:" from '
            "your tag keys and try again.")
BAD = ("This request contains a tag key or value that isn't valid. Valid characters include the following: "
       "[a-zA-Z+-=._:/]. Tag keys can contain up to 128 characters. Tag values can contain up to 256 characters.")


@pytest.mark.parametrize("body, expected", [
    ("<TagResourceRequest><Tags><Tag><Key>a</Key></Tag></Tags></TagResourceRequest>", ("MalformedXML", MALFORMED)),
    ("<TagResourceRequest><Tags><Tag><Value>a</Value></Tag></Tags></TagResourceRequest>", ("MalformedXML", MALFORMED)),
    (document(("aws:x", "1")), ("InvalidTag", RESERVED)),
    (document(("a", "1"), ("a", "2")),
     ("InvalidTag", "There are duplicate tag keys in your request. Remove the duplicate tag keys and try again.")),
    (document(("a!", "1")), ("InvalidTag", BAD)),
    (document(("a", "?")), ("InvalidTag", BAD)),
    (document(("k" * 129, "1")), ("InvalidTag", BAD)),
])
def test_tags_that_are_refused(control, bucket, body, expected):
    assert wrapped(control.tags("POST", bucket, body)) == (400, *expected)
    assert shown(control.tags("GET", bucket)) == {}


def test_what_is_no_bucket_does_not_exist(control, unique, account, client):
    elsewhere = unique("b")
    client("s3", account=aws.new_account()).create_bucket(Bucket=elsewhere)
    gone = (404, "NoSuchResource", "The specified resource doesn't exist.")
    for name in (unique("gone"), elsewhere):
        assert wrapped(control.tags("GET", name)) == gone
        assert wrapped(control.tags("POST", name, document(("a", "b")))) == gone
        assert wrapped(control.tags("DELETE", name, query="?tagKeys=a")) == gone
    assert wrapped(control("GET", f"tags/arn%3Aaws%3As3%3Aus-east-1%3A{account}%3Aaccesspoint/mine")) == gone


def test_another_accounts_id_is_refused(control, bucket):
    assert wrapped(control.tags("GET", bucket, owner=aws.new_account())) == (403, "AccessDenied", "Access Denied")


@pytest.mark.parametrize("method, path, operation", [
    ("GET", "accesspoint", "ListAccessPoints"), ("PUT", "accesspoint/mine", "CreateAccessPoint"),
    ("POST", "jobs", "CreateJob"), ("GET", "jobs/1/tagging", "GetJobTagging"), ("GET", "storagelens", "ListStorageLensConfigurations"),
    ("GET", "mrap/instances/a", "GetMultiRegionAccessPoint"), ("GET", "mrap/instances/a/policy", "GetMultiRegionAccessPointPolicy"),
])
def test_the_rest_is_refused_by_its_name(control, method, path, operation):
    status, error, message = wrapped(control(method, path))
    assert (status, error) == (501, "NotImplemented") and operation in message.split()


def test_who_may(endpoint, account, client, s3, bucket, unique):
    iam, user = client("iam"), unique("user")
    iam.create_user(UserName=user)
    made = iam.create_access_key(UserName=user)["AccessKey"]
    mine = Control(endpoint, account, made["SecretAccessKey"], made["AccessKeyId"])
    calls = {"ListTagsForResource": lambda: mine.tags("GET", bucket),
             "TagResource": lambda: mine.tags("POST", bucket, document(("team", "red"))),
             "UntagResource": lambda: mine.tags("DELETE", bucket, query="?tagKeys=team")}
    for action, call in calls.items():
        assert wrapped(call()) == (403, "AccessDenied", (
            f'User: arn:aws:iam::{account}:user/{user} is not authorized to perform: s3:{action} on resource: '
            f'"arn:aws:s3:::{bucket}" because no identity-based policy allows the s3:{action} action'))
    only = {"StringEquals": {"aws:RequestTag/team": "red"}, "ForAllValues:StringEquals": {"aws:TagKeys": ["team"]}}
    iam.put_user_policy(UserName=user, PolicyName="p", PolicyDocument=policy(
        {"Effect": "Allow", "Action": ["s3:ListTagsForResource", "s3:UntagResource"], "Resource": f"arn:aws:s3:::{bucket}"},
        {"Effect": "Allow", "Action": ["s3:TagResource", "s3:CreateBucket"], "Resource": "*", "Condition": only}))
    assert [call().status for call in calls.values()] == [200, 204, 204]
    assert wrapped(mine.tags("POST", bucket, document(("team", "blue"))))[1] == "AccessDenied"
    assert wrapped(mine.tags("POST", bucket, document(("team", "red"), ("x", "y"))))[1] == "AccessDenied"
    create = lambda value: send(endpoint, made["AccessKeyId"], "PUT", "/" + unique("b"), created(("team", value)),  # noqa: E731
                                secret=made["SecretAccessKey"])
    assert create("red").status == 200 and create("blue").status == 403


def created(*pairs):
    tags = "".join(f"<Tag><Key>{k}</Key><Value>{v}</Value></Tag>" for k, v in pairs)
    return f'<CreateBucketConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Tags>{tags}</Tags></CreateBucketConfiguration>'


def test_tags_at_creation_need_a_permission_of_their_own(endpoint, client, unique):
    iam, user = client("iam"), unique("user")
    iam.create_user(UserName=user)
    key = iam.create_access_key(UserName=user)["AccessKey"]
    allow = {"Effect": "Allow", "Action": "s3:CreateBucket", "Resource": "*"}
    iam.put_user_policy(UserName=user, PolicyName="p", PolicyDocument=policy(allow))
    create = lambda body: send(endpoint, key["AccessKeyId"], "PUT", "/" + unique("b"), body,  # noqa: E731
                               secret=key["SecretAccessKey"])
    refused = create(created(("a", "b")))
    # Terraform begins again without tags where it reads this.
    assert refused.status == 403 and "is not authorized to perform: s3:TagResource" in refused.text
    assert create("<CreateBucketConfiguration><Tags/></CreateBucketConfiguration>").status == 200


def test_a_bucket_that_is_made_again(control, endpoint, account, unique):
    name = unique("b")
    create = lambda body: send(endpoint, account, "PUT", f"/{name}", body)  # noqa: E731
    made = create(created(("a", "1")))
    assert (made.status, made.headers["location"], made.headers["x-amz-bucket-arn"]) == (200, f"/{name}", f"arn:aws:s3:::{name}")
    assert shown(control.tags("GET", name)) == {"a": "1"}
    for body in ("", "<CreateBucketConfiguration/>", created()):
        assert create(body).status == 200
    for value in ("1", "2"):
        again = create(created(("a", value)))
        assert again.status == 409 and "<Code>BucketAlreadyOwnedByYou</Code>" in again.text
    assert shown(control.tags("GET", name)) == {"a": "1"}


@pytest.mark.parametrize("body, error, message", [
    ("<CreateBucketConfiguration><Tags><Tag><Key>a</Key></Tag></Tags></CreateBucketConfiguration>", "MalformedXML", MALFORMED),
    (created(("aws:a", "1")), "InvalidTag", RESERVED),
    (created(("a!", "1")), "InvalidTag", "The TagKey you have provided is invalid"),
    (created(("a", "!")), "InvalidTag", "The TagValue you have provided is invalid"),
    (created(("a", "1"), ("a", "1")), "InvalidTag", None),
])
def test_tags_at_creation_that_are_refused(endpoint, account, unique, body, error, message):
    answer = send(endpoint, account, "PUT", "/" + unique("b"), body)
    root = ElementTree.fromstring(answer.text)
    assert (answer.status, root.findtext("Code")) == (400, error)
    assert message in (None, root.findtext("Message"))
    if message and message.startswith("The Tag"):
        assert root.findtext("TagKey") == ("a!" if "TagKey" in message else "a")
        assert root.findtext("TagValue") == ("!" if "TagValue" in message else None)


def test_a_name_in_the_accounts_namespace(endpoint, account, unique):
    name = f"{unique('b')}-{account}-us-east-1-an"
    create = lambda bucket, **headers: send(endpoint, account, "PUT", f"/{bucket}", headers={  # noqa: E731
        "x-amz-bucket-namespace": headers["namespace"]} if headers else {})
    for refused in (create(name), create(name, namespace="global")):
        assert refused.status == 400 and "<Code>MissingNamespaceHeader</Code>" in refused.text
    assert create(name, namespace="account-regional").status == 200
    assert create(unique("b"), namespace="global").status == 200
    for bucket in (unique("b"), f"{unique('b')}-{aws.new_account()}-us-east-1-an", f"{unique('b')}-{account}-eu-west-1-an"):
        refused = create(bucket, namespace="account-regional")
        assert refused.status == 400 and "<Code>InvalidNamespaceHeader</Code>" in refused.text


def test_abac_is_kept(endpoint, account, bucket):
    read = lambda: send(endpoint, account, "GET", f"/{bucket}?abac").text  # noqa: E731
    assert "<AbacStatus" in read() and "<Status>Disabled</Status>" in read()
    for status in ("Enabled", "Disabled"):
        body = f'<AbacStatus xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Status>{status}</Status></AbacStatus>'
        assert send(endpoint, account, "PUT", f"/{bucket}?abac", body).status == 200
        assert f"<Status>{status}</Status>" in read()
    assert send(endpoint, account, "PUT", f"/{bucket}?abac", "<AbacStatus><Status>On</Status></AbacStatus>").status == 400
    assert send(endpoint, account, "GET", "/never-made-here?abac").status == 404


BLOCK = {"BlockPublicAcls": True, "IgnorePublicAcls": False, "BlockPublicPolicy": True, "RestrictPublicBuckets": False}


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost"])
def test_boto3_by_the_proxy(endpoint, client, name):
    account, port = aws.new_account(), endpoint.rpartition(":")[2]
    control = aws.make_client(f"http://{name}:{port}", "s3control", account, proxies={"http": endpoint})
    missing = code(control.get_public_access_block, AccountId=account)
    assert missing == (404, "NoSuchPublicAccessBlockConfiguration")
    control.put_public_access_block(AccountId=account, PublicAccessBlockConfiguration=BLOCK)
    assert control.get_public_access_block(AccountId=account)["PublicAccessBlockConfiguration"] == BLOCK
    s3, bucket = client("s3", account=account), f"open-{account}-{name.replace('.', '-')}"
    s3.create_bucket(Bucket=bucket)
    s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=OPEN)
    everybody = policy({"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{bucket}/*"})
    assert code(s3.put_bucket_policy, Bucket=bucket, Policy=everybody) == (403, "AccessDenied")
    assert control.delete_public_access_block(AccountId=account)["ResponseMetadata"]["HTTPStatusCode"] == 204
    assert code(control.get_public_access_block, AccountId=account)[0] == 404
    s3.put_bucket_policy(Bucket=bucket, Policy=everybody)
