"""Who may what: anonymous callers, other accounts, users, and what a bucket's policy may say."""

import pytest
from botocore.exceptions import ClientError

from harness import aws
from harness.s3 import OPEN, PRIVATE, code, error_document, fetch, fill, policy, refusal


def test_anonymous_access_needs_a_policy(endpoint, s3, bucket):
    fill(s3, bucket, ["public/x", "private/x"])
    status, body, _ = fetch(f"{endpoint}/{bucket}/public/x")
    assert status == 403 and b"<Code>AccessDenied</Code><Message>Access Denied</Message>" in body
    s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=OPEN)
    allow = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{bucket}/public/*"}
    s3.put_bucket_policy(Bucket=bucket, Policy=policy(allow))
    assert fetch(f"{endpoint}/{bucket}/public/x")[:2] == (200, b"x")
    assert fetch(f"{endpoint}/{bucket}/private/x")[0] == 403
    assert fetch(f"{endpoint}/{bucket}/public/missing")[0] == 403  # may not list, so it isn't told
    s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration={**OPEN, "RestrictPublicBuckets": True})
    assert fetch(f"{endpoint}/{bucket}/public/x")[0] == 403


def test_who_may_list_is_told_what_is_missing(endpoint, s3, open_bucket):
    missing = f"{endpoint}/{open_bucket}/missing"
    allow = {"Effect": "Allow", "Principal": "*", "Action": "s3:ListBucket", "Resource": f"arn:aws:s3:::{open_bucket}"}
    assert fetch(missing)[0] == 403
    s3.put_bucket_policy(Bucket=open_bucket, Policy=policy(allow))
    assert fetch(missing)[0] == fetch(missing, "HEAD")[0] == 404
    s3.delete_bucket_policy(Bucket=open_bucket)
    s3.put_bucket_ownership_controls(Bucket=open_bucket, OwnershipControls={"Rules": [{"ObjectOwnership": "ObjectWriter"}]})
    s3.put_object(Bucket=open_bucket, Key="k", Body=b"x")
    s3.put_bucket_acl(Bucket=open_bucket, ACL="public-read")
    assert b"<Code>NoSuchKey</Code>" in fetch(missing)[1]
    assert fetch(f"{endpoint}/{open_bucket}/k")[0] == 403


def test_other_accounts_need_a_policy(client, s3, bucket):
    other_account = aws.new_account()
    other = client("s3", account=other_account)
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    assert code(other.get_object, Bucket=bucket, Key="k") == (403, "AccessDenied")
    assert code(other.list_objects_v2, Bucket=bucket) == (403, "AccessDenied")
    allow = {
        "Effect": "Allow",
        "Principal": {"AWS": other_account},
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{bucket}/*",
    }
    s3.put_bucket_policy(Bucket=bucket, Policy=policy(allow))
    assert other.get_object(Bucket=bucket, Key="k")["Body"].read() == b"x"
    assert code(other.put_object, Bucket=bucket, Key="k", Body=b"y") == (403, "AccessDenied")


def test_a_user_is_held_to_his_policies(client, endpoint, s3, bucket, unique):
    iam, user = client("iam"), unique("user")
    iam.create_user(UserName=user)
    allow = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{bucket}/mine/*"}
    iam.put_user_policy(
        UserName=user, PolicyName="p", PolicyDocument=policy(allow)
    )
    key = iam.create_access_key(UserName=user)["AccessKey"]
    mine = aws.make_client(endpoint, "s3", key["AccessKeyId"], secret=key["SecretAccessKey"])
    s3.put_object(Bucket=bucket, Key="mine/k", Body=b"x")
    assert mine.get_object(Bucket=bucket, Key="mine/k")["Body"].read() == b"x"
    url = mine.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "mine/k"})
    assert fetch(url)[:2] == (200, b"x")
    assert fetch(url.replace("mine", "his"))[0] == 403
    with pytest.raises(ClientError) as error:
        mine.put_object(Bucket=bucket, Key="mine/k", Body=b"y")
    assert error.value.response["Error"]["Code"] == "AccessDenied"
    message = error.value.response["Error"]["Message"]
    assert f'is not authorized to perform: s3:PutObject on resource: "arn:aws:s3:::{bucket}/mine/k"' in message
    assert message.endswith("because no identity-based policy allows the s3:PutObject action")
    assert code(mine.get_object, Bucket=bucket, Key="mine/missing") == (403, "AccessDenied")
    answer = mine.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": "mine/k"}]})
    assert answer["Errors"][0]["Code"] == "AccessDenied"
    wrong = aws.make_client(endpoint, "s3", key["AccessKeyId"], secret="wrong")
    assert code(wrong.get_object, Bucket=bucket, Key="mine/k") == (403, "SignatureDoesNotMatch")


def test_tags_and_acls_are_actions_of_their_own(client, endpoint, s3, owned, unique):
    iam, user = client("iam"), unique("user")
    iam.create_user(UserName=user)
    allow = {"Effect": "Allow", "Action": ["s3:PutObject", "s3:GetObject"], "Resource": f"arn:aws:s3:::{owned}/*"}
    iam.put_user_policy(UserName=user, PolicyName="p", PolicyDocument=policy(allow))
    key = iam.create_access_key(UserName=user)["AccessKey"]
    mine = aws.make_client(endpoint, "s3", key["AccessKeyId"], secret=key["SecretAccessKey"])
    for call, more in ((mine.put_object, {}), (mine.create_multipart_upload, {}), (mine.copy_object, {"CopySource": f"{owned}/k"})):
        call(Bucket=owned, Key="mine", **more)
        for extra, action in (({"Tagging": "a=b"}, "s3:PutObjectTagging"), ({"ACL": "bucket-owner-read"}, "s3:PutObjectAcl")):
            answer = refusal(call, Bucket=owned, Key="mine", **more, **extra)
            assert answer["Error"]["Code"] == "AccessDenied" and f"not authorized to perform: {action}" in answer["Error"]["Message"]


def test_a_deny_binds_the_root_but_not_from_its_policy(s3, bucket):
    deny = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"]}
    s3.put_bucket_policy(Bucket=bucket, Policy=policy(deny))
    assert code(s3.put_object, Bucket=bucket, Key="k", Body=b"x") == (403, "AccessDenied")
    s3.delete_bucket_policy(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")


# -- ACLs


@pytest.fixture
def owned(s3, open_bucket):
    """A bucket whose ACLs count, and may be public."""
    s3.put_bucket_ownership_controls(Bucket=open_bucket, OwnershipControls={"Rules": [{"ObjectOwnership": "ObjectWriter"}]})
    fill(s3, open_bucket, ["k"])
    return open_bucket


def test_canned_acls(s3, endpoint, owned):
    url, folder = f"{endpoint}/{owned}/k", f"{endpoint}/{owned}"
    assert fetch(url)[0] == 403
    s3.put_object_acl(Bucket=owned, Key="k", ACL="public-read")
    assert fetch(url)[:2] == (200, b"x")
    assert fetch(folder)[0] == 403
    s3.put_bucket_acl(Bucket=owned, ACL="public-read-write")
    assert fetch(folder)[0] == 200
    assert fetch(f"{folder}/theirs", "PUT", b"y")[0] == 200
    assert fetch(url, "DELETE")[0] == 403
    s3.put_object_acl(Bucket=owned, Key="k", ACL="private")
    assert fetch(url)[0] == 403
    grants = s3.get_bucket_acl(Bucket=owned)["Grants"]
    assert {(g["Grantee"].get("URI", "owner").rsplit("/")[-1], g["Permission"]) for g in grants} == {
        ("owner", "FULL_CONTROL"), ("AllUsers", "READ"), ("AllUsers", "WRITE"),
    }


def test_grants_to_another_account(client, s3, owned):
    other_account = aws.new_account()
    other = client("s3", account=other_account)
    their_id = other.list_buckets()["Owner"]["ID"]
    assert code(other.get_object, Bucket=owned, Key="k") == (403, "AccessDenied")
    s3.put_object_acl(Bucket=owned, Key="k", GrantRead=f'id="{their_id}"')
    assert other.get_object(Bucket=owned, Key="k")["Body"].read() == b"x"
    assert code(other.get_object_acl, Bucket=owned, Key="k") == (403, "AccessDenied")
    s3.put_bucket_acl(Bucket=owned, GrantWrite=f"id={their_id}", GrantReadACP=f"id={their_id}")
    other.put_object(Bucket=owned, Key="theirs", Body=b"y")
    assert len(other.get_bucket_acl(Bucket=owned)["Grants"]) == 2
    assert code(other.list_objects_v2, Bucket=owned) == (403, "AccessDenied")
    assert s3.get_object_acl(Bucket=owned, Key="theirs")["Owner"]["ID"] == their_id


def test_public_access_block_and_acls(s3, endpoint, owned):
    s3.put_object_acl(Bucket=owned, Key="k", ACL="public-read")
    block = {"Bucket": owned, "PublicAccessBlockConfiguration": {**OPEN, "IgnorePublicAcls": True}}
    s3.put_public_access_block(**block)
    assert fetch(f"{endpoint}/{owned}/k")[0] == 403
    s3.put_public_access_block(Bucket=owned, PublicAccessBlockConfiguration={**OPEN, "BlockPublicAcls": True})
    assert fetch(f"{endpoint}/{owned}/k")[0] == 200  # what is public stays so
    public = {"Bucket": owned, "Key": "k", "ACL": "public-read"}
    assert code(s3.put_object_acl, **public) == code(s3.put_object, Body=b"y", **public) == (403, "AccessDenied")
    assert code(s3.put_bucket_acl, Bucket=owned, ACL="authenticated-read") == (403, "AccessDenied")


def test_who_owns_what_another_account_writes(client, s3, bucket):
    other_account = aws.new_account()
    other = client("s3", account=other_account)
    mine, theirs = s3.list_buckets()["Owner"]["ID"], other.list_buckets()["Owner"]["ID"]
    allow = {"Effect": "Allow", "Principal": {"AWS": other_account}, "Action": "s3:PutObject*", "Resource": f"arn:aws:s3:::{bucket}/*"}
    s3.put_bucket_policy(Bucket=bucket, Policy=policy(allow))
    for ownership, acl, owner in (
        ("BucketOwnerEnforced", {}, mine),
        ("BucketOwnerEnforced", {"ACL": "bucket-owner-full-control"}, mine),
        ("BucketOwnerPreferred", {"ACL": "bucket-owner-full-control"}, mine),
        ("BucketOwnerPreferred", {}, theirs),
        ("ObjectWriter", {"ACL": "bucket-owner-full-control"}, theirs),
    ):
        s3.put_bucket_ownership_controls(Bucket=bucket, OwnershipControls={"Rules": [{"ObjectOwnership": ownership}]})
        other.put_object(Bucket=bucket, Key="k", Body=b"x", **acl)
        assert s3.list_objects(Bucket=bucket)["Contents"][0]["Owner"]["ID"] == owner, (ownership, acl)


@pytest.mark.parametrize(
    "headers, code, message",
    [
        ({"x-amz-acl": "private", "x-amz-grant-read": 'id="1"'}, "InvalidRequest", "Specifying both Canned ACLs and Header Grants is not allowed"),
        ({"x-amz-grant-read": 'id="1"'}, "InvalidArgument", "Invalid id"),
        ({"x-amz-grant-read": 'uri="http://acs.amazonaws.com/groups/global/Nobody"'}, "InvalidArgument", "Invalid group uri"),
        ({"x-amz-grant-read": 'emailAddress="a@b.c"'}, "UnresolvableGrantByEmailAddress", "The e-mail address you provided does not match any account on record."),
        ({}, "MissingSecurityHeader", "Your request was missing a required header"),
    ],
)
def test_acls_that_are_refused(raw, owned, headers, code, message):
    status, error = error_document(raw("s3", "PUT", f"/{owned}?acl=", headers=headers))
    assert (status, error["Code"], error["Message"]) == (400, code, message)


# -- what a policy may say


def test_policy_round_trip(s3, bucket):
    deny = {
        "Sid": "x", "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": f"arn:aws:s3:::{bucket}/private/*",
        "Condition": {"Bool": {"aws:SecureTransport": "maybe"}},
    }
    text = policy(deny)
    assert s3.put_bucket_policy(Bucket=bucket, Policy=text)["ResponseMetadata"]["HTTPStatusCode"] == 204
    assert s3.get_bucket_policy(Bucket=bucket)["Policy"] == text
    assert s3.get_bucket_policy_status(Bucket=bucket)["PolicyStatus"] == {"IsPublic": False}
    s3.delete_bucket_policy(Bucket=bucket)
    assert code(s3.get_bucket_policy, Bucket=bucket) == (404, "NoSuchBucketPolicy")


def test_a_public_policy_is_blocked_by_default(s3, bucket):
    text = policy({"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{bucket}/*"})
    assert code(s3.put_bucket_policy, Bucket=bucket, Policy=text) == (403, "AccessDenied")
    s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration={**PRIVATE, "BlockPublicPolicy": False})
    s3.put_bucket_policy(Bucket=bucket, Policy=text)
    assert s3.get_bucket_policy_status(Bucket=bucket)["PolicyStatus"] == {"IsPublic": True}


WHOLE = ["arn:aws:s3:::BUCKET", "arn:aws:s3:::BUCKET/*"]


@pytest.mark.parametrize(
    "change, message",
    [
        ({"Effect": "Permit"}, "Invalid effect: Permit"),
        ({"Effect": None}, "Missing required field Effect"),
        ({"Principal": None}, "Missing required field Principal"),
        ({"Action": None}, "Missing required field Action"),
        ({"Resource": None}, "Missing required field Resource"),
        ({"Resorce": "x"}, "Unknown field Resorce"),
        ({"Action": "s3:GetObjects"}, "Policy has invalid action"),
        ({"Action": "sqs:SendMessage"}, "Policy has invalid action"),
        ({"Action": ["s3:GetObject", "s3:Fetch*"]}, "Policy has invalid action"),
        ({"Resource": "*"}, "Policy has invalid resource"),
        ({"Resource": "arn:aws:s3:::another/*"}, "Policy has invalid resource"),
        ({"Resource": [*WHOLE, "arn:aws:s3:::BUCKET-2/*"]}, "Policy has invalid resource"),
        ({"Action": "s3:GetObject", "Resource": WHOLE[0]}, "Action does not apply to any resource(s) in statement"),
        ({"Action": "s3:ListBucket", "Resource": WHOLE[1]}, "Action does not apply to any resource(s) in statement"),
        ({"Action": ["s3:GetObject", "s3:ListBucket"], "Resource": WHOLE[1]}, "Action does not apply to any resource(s) in statement"),
        ({"Condition": {"StringIs": {"aws:SourceArn": "x"}}}, "Invalid Condition type : StringIs"),
        ({"Condition": {"StringEquals": {"s3:x-acl": "private"}}}, "Policy has an invalid condition key"),
        ({"Principal": "everybody"}, "Invalid policy syntax."),
    ],
)
def test_statements_that_are_refused(raw, s3, bucket, change, message):
    statement = {"Effect": "Allow", "Principal": {"AWS": "123456789012"}, "Action": "s3:*", "Resource": WHOLE, **change}
    statement = {name: value for name, value in statement.items() if value is not None}
    answer = raw("s3", "PUT", f"/{bucket}?policy=", body=policy(statement).replace("BUCKET", bucket))
    assert error_document(answer) == (400, {"Code": "MalformedPolicy", "Message": message})
    assert code(s3.get_bucket_policy, Bucket=bucket) == (404, "NoSuchBucketPolicy")


@pytest.mark.parametrize(
    "text, message",
    [
        ("[]", "Policies must be valid JSON and the first byte must be '{'"),
        ("", "Policies must be valid JSON and the first byte must be '{'"),
        ("{", "This policy contains invalid Json"),
        ('{"Version": "2012-10-17"}', "Missing required field Statement"),
        ('{"Version": "2012-10-17", "Statement": []}', "Could not parse the policy: Statement is empty!"),
        ('{"Version": "2012-10-18", "Statement": [{}]}', "The policy must contain a valid version string"),
        ('{"Version": "2012-10-17", "Statement": ["x"]}', "Invalid policy syntax."),
    ],
)
def test_documents_that_are_refused(raw, bucket, text, message):
    answer = raw("s3", "PUT", f"/{bucket}?policy=", body=text)
    assert error_document(answer) == (400, {"Code": "MalformedPolicy", "Message": message})


@pytest.mark.parametrize(
    "principal",
    [
        {"AWS": "arn:aws:iam::ACCOUNT:role/nobody"},
        {"AWS": "arn:aws:iam::ACCOUNT:user/nobody"},
        {"AWS": "nobody"},
        {"Service": "nobody"},
    ],
)
def test_principals_that_do_not_exist(raw, account, bucket, principal):
    (kind, value), = principal.items()
    value = value.replace("ACCOUNT", account)
    statement = {"Effect": "Allow", "Principal": {kind: value}, "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{bucket}/*"}
    answer = raw("s3", "PUT", f"/{bucket}?policy=", body=policy(statement))
    assert error_document(answer) == (400, {
        "Code": "MalformedPolicy", "Message": "Invalid principal in policy", "Detail": f'"{kind}" : "{value}"',
    })


def test_principals_that_do(s3, account, bucket, make_role):
    """An account's own that are there; other accounts' are taken as they are, for the emulator may not know them."""
    statement = {
        "Effect": "Allow", "Action": ["s3:Get*", "s3:ListBucket"],
        "Resource": [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/${{aws:username}}/*"],
        "Principal": {
            "AWS": [
                account, f"arn:aws:iam::{account}:root", make_role(), "arn:aws:iam::123456789012:role/theirs",
                "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E1",
            ],
            "Service": ["logging.s3.amazonaws.com", "delivery.logs.amazonaws.com"],
        },
        "Condition": {"StringEquals": {"s3:ExistingObjectTag/a": "b", "aws:SourceAccount": account}},
    }
    s3.put_bucket_policy(Bucket=bucket, Policy=policy(statement))
    everybody_but = {"Effect": "Deny", "Action": "s3:*", "NotResource": f"arn:aws:s3:::{bucket}/x", "NotPrincipal": {"AWS": account}}
    s3.put_bucket_policy(Bucket=bucket, Policy=policy(everybody_but))
