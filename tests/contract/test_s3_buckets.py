"""Buckets and their configurations, as Terraform and the SDKs use them."""

import pytest

from harness.s3 import PRIVATE, code, error_document, policy, refusal


def test_create_head_list_delete(s3, unique):
    name = unique("bucket")
    assert code(s3.head_bucket, Bucket=name) == (404, "404")
    created = s3.create_bucket(Bucket=name)
    assert created["Location"] == "/" + name
    headers = s3.head_bucket(Bucket=name)["ResponseMetadata"]["HTTPHeaders"]
    assert headers["x-amz-bucket-region"] == "us-east-1"
    assert headers["x-amz-bucket-arn"] == "arn:aws:s3:::" + name
    assert len(headers["x-amz-request-id"]) == 16 and headers["server"] == "AmazonS3"
    listed = s3.list_buckets()
    assert name in [b["Name"] for b in listed["Buckets"]]
    assert len(listed["Owner"]["ID"]) == 64
    s3.delete_bucket(Bucket=name)
    assert code(s3.delete_bucket, Bucket=name) == (404, "NoSuchBucket")
    assert name not in [b["Name"] for b in s3.list_buckets()["Buckets"]]


def test_error_document(s3, unique):
    name = unique("nobody")
    answer = refusal(s3.get_bucket_versioning, Bucket=name)
    assert answer["Error"]["Message"] == "The specified bucket does not exist"
    assert answer["Error"]["BucketName"] == name
    assert answer["ResponseMetadata"]["HTTPHeaders"]["content-type"] == "application/xml"


def test_what_a_fresh_bucket_answers(s3, bucket):
    rules = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"]
    assert rules == [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}, "BucketKeyEnabled": False}]
    assert s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"] == PRIVATE
    ownership = s3.get_bucket_ownership_controls(Bucket=bucket)["OwnershipControls"]
    assert ownership == {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    assert "Status" not in s3.get_bucket_versioning(Bucket=bucket)
    acl = s3.get_bucket_acl(Bucket=bucket)
    assert acl["Grants"] == [
        {"Grantee": {"ID": acl["Owner"]["ID"], "Type": "CanonicalUser"}, "Permission": "FULL_CONTROL"}
    ]
    assert "LoggingEnabled" not in s3.get_bucket_logging(Bucket=bucket)
    assert "Status" not in s3.get_bucket_accelerate_configuration(Bucket=bucket)
    assert s3.get_bucket_request_payment(Bucket=bucket)["Payer"] == "BucketOwner"
    assert s3.get_bucket_location(Bucket=bucket)["LocationConstraint"] is None
    notification = s3.get_bucket_notification_configuration(Bucket=bucket)
    assert set(notification) == {"ResponseMetadata"}


@pytest.mark.parametrize(
    "operation, expected, message",
    [
        ("get_bucket_policy", "NoSuchBucketPolicy", "The bucket policy does not exist"),
        ("get_bucket_policy_status", "NoSuchBucketPolicy", "The bucket policy does not exist"),
        ("get_bucket_cors", "NoSuchCORSConfiguration", "The CORS configuration does not exist"),
        (
            "get_bucket_website",
            "NoSuchWebsiteConfiguration",
            "The specified bucket does not have a website configuration",
        ),
        (
            "get_bucket_lifecycle_configuration",
            "NoSuchLifecycleConfiguration",
            "The lifecycle configuration does not exist",
        ),
        (
            "get_bucket_replication",
            "ReplicationConfigurationNotFoundError",
            "The replication configuration was not found",
        ),
        (
            "get_object_lock_configuration",
            "ObjectLockConfigurationNotFoundError",
            "Object Lock configuration does not exist for this bucket",
        ),
        ("get_bucket_tagging", "NoSuchTagSet", "The TagSet does not exist"),
    ],
)
def test_what_a_fresh_bucket_does_not_have(s3, bucket, operation, expected, message):
    answer = refusal(getattr(s3, operation), Bucket=bucket)
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 404
    assert answer["Error"]["Code"] == expected
    assert answer["Error"]["Message"] == message
    assert answer["Error"]["BucketName"] == bucket


@pytest.mark.parametrize(
    "name", ["ab", "Upper-Case", "under_score", "-dash", "a..b", "192.168.5.4", "xn--abc", "sthree-abc", "a-s3alias", "x" * 64]
)
def test_bad_bucket_names(raw, name):
    answer = raw("s3", "PUT", "/" + name)
    assert answer.status == 400
    assert "<Code>InvalidBucketName</Code>" in answer.text
    assert "<Message>The specified bucket is not valid.</Message>" in answer.text


def test_names_are_global(client, s3, bucket):
    from harness import aws

    other = client("s3", account=aws.new_account())
    assert code(other.create_bucket, Bucket=bucket) == (409, "BucketAlreadyExists")
    s3.create_bucket(Bucket=bucket)  # us-east-1: again is fine
    assert bucket not in [b["Name"] for b in other.list_buckets()["Buckets"]]


def test_locations(client, s3, unique):
    west = client("s3", region="eu-west-1")
    name = unique("west")
    assert code(west.create_bucket, Bucket=name) == (400, "IllegalLocationConstraintException")
    west.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    assert west.get_bucket_location(Bucket=name)["LocationConstraint"] == "eu-west-1"
    assert west.head_bucket(Bucket=name)["ResponseMetadata"]["HTTPHeaders"]["x-amz-bucket-region"] == "eu-west-1"
    configuration = {"LocationConstraint": "eu-west-1"}
    assert code(west.create_bucket, Bucket=name, CreateBucketConfiguration=configuration) == (
        409,
        "BucketAlreadyOwnedByYou",
    )
    for wrong in ("us-east-1", "mars-north-1"):
        configuration = {"LocationConstraint": wrong}
        assert code(s3.create_bucket, Bucket=unique("b"), CreateBucketConfiguration=configuration) == (
            400,
            "InvalidLocationConstraint",
        )


def test_a_bucket_with_objects_stays(s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    answer = refusal(s3.delete_bucket, Bucket=bucket)
    assert answer["Error"]["Code"] == "BucketNotEmpty"
    assert answer["Error"]["Message"] == "The bucket you tried to delete is not empty"
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    assert refusal(s3.delete_bucket, Bucket=bucket)["Error"]["Message"].endswith(
        "is not empty. You must delete all versions in the bucket."
    )


def test_tagging(raw, s3, bucket):
    put = s3.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": ""}]})
    assert put["ResponseMetadata"]["HTTPStatusCode"] == 204
    assert s3.get_bucket_tagging(Bucket=bucket)["TagSet"] == [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": ""}]
    twice = {"TagSet": [{"Key": "a", "Value": "1"}, {"Key": "a", "Value": "2"}]}
    answer = refusal(s3.put_bucket_tagging, Bucket=bucket, Tagging=twice)
    assert answer["Error"]["Code"] == "InvalidTag"
    assert answer["Error"]["Message"] == "Cannot provide multiple Tags with the same key"
    system = {"TagSet": [{"Key": "aws:x", "Value": "1"}]}
    assert refusal(s3.put_bucket_tagging, Bucket=bucket, Tagging=system)["Error"]["Message"].startswith("System tags")
    for body in ("<Tagging><TagSet/></Tagging>", "<Tagging><TagSet></TagSet></Tagging>"):
        assert raw("s3", "PUT", f"/{bucket}?tagging=", body=body).status == 204
        assert code(s3.get_bucket_tagging, Bucket=bucket) == (404, "NoSuchTagSet")
    assert s3.delete_bucket_tagging(Bucket=bucket)["ResponseMetadata"]["HTTPStatusCode"] == 204
    assert code(s3.get_bucket_tagging, Bucket=bucket) == (404, "NoSuchTagSet")


def test_lifecycle_round_trip(s3, bucket):
    rules = [
        {"ID": "all", "Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 30}, "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7}},
        {
            "ID": "some",
            "Status": "Disabled",
            "Filter": {"And": {"Prefix": "logs/", "Tags": [{"Key": "a", "Value": "b"}], "ObjectSizeGreaterThan": 5}},
            "Transitions": [{"Days": 30, "StorageClass": "STANDARD_IA"}],
            "NoncurrentVersionExpiration": {"NoncurrentDays": 3},
        },
    ]
    s3.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": rules})
    got = s3.get_bucket_lifecycle_configuration(Bucket=bucket)
    assert got["Rules"] == rules
    header = got["ResponseMetadata"]["HTTPHeaders"]["x-amz-transition-default-minimum-object-size"]
    assert header == "all_storage_classes_128K"
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    assert 'rule-id="all"' in s3.head_object(Bucket=bucket, Key="k")["Expiration"]
    for _ in range(2):
        assert s3.delete_bucket_lifecycle(Bucket=bucket)["ResponseMetadata"]["HTTPStatusCode"] == 204
    assert code(s3.get_bucket_lifecycle_configuration, Bucket=bucket)[1] == "NoSuchLifecycleConfiguration"
    no_action = [{"ID": "x", "Status": "Enabled", "Filter": {"Prefix": ""}}]
    assert code(s3.put_bucket_lifecycle_configuration, Bucket=bucket, LifecycleConfiguration={"Rules": no_action})[0] == 400


def test_public_access_block_and_ownership_after_delete(s3, bucket):
    wanted = {**PRIVATE, "BlockPublicPolicy": False}
    s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=wanted)
    assert s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"] == wanted
    s3.delete_public_access_block(Bucket=bucket)
    assert code(s3.get_public_access_block, Bucket=bucket) == (404, "NoSuchPublicAccessBlockConfiguration")
    s3.put_bucket_ownership_controls(
        Bucket=bucket, OwnershipControls={"Rules": [{"ObjectOwnership": "BucketOwnerPreferred"}]}
    )
    s3.delete_bucket_ownership_controls(Bucket=bucket)
    assert code(s3.get_bucket_ownership_controls, Bucket=bucket) == (404, "OwnershipControlsNotFoundError")


def test_encryption(client, s3, bucket):
    key = client("kms").create_key()["KeyMetadata"]
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key["KeyId"]}, "BucketKeyEnabled": True}
    s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": [rule]})
    assert s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"] == [rule]
    put = s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    assert put["ServerSideEncryption"] == "aws:kms" and put["SSEKMSKeyId"] == key["Arn"] and put["BucketKeyEnabled"]
    s3.delete_bucket_encryption(Bucket=bucket)
    assert s3.put_object(Bucket=bucket, Key="k", Body=b"x")["ServerSideEncryption"] == "AES256"
    managed = s3.put_object(Bucket=bucket, Key="k", Body=b"x", ServerSideEncryption="aws:kms")["SSEKMSKeyId"]
    described = client("kms").describe_key(KeyId="alias/aws/s3")["KeyMetadata"]
    assert managed == described["Arn"] == s3.head_object(Bucket=bucket, Key="k")["SSEKMSKeyId"]
    wrong = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256", "KMSMasterKeyID": "k"}}
    assert code(s3.put_bucket_encryption, Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": [wrong]}) == (
        400,
        "InvalidArgument",
    )


def test_acl(s3, bucket):
    assert code(s3.put_bucket_acl, Bucket=bucket, ACL="public-read") == (400, "AccessControlListNotSupported")
    s3.put_bucket_ownership_controls(
        Bucket=bucket, OwnershipControls={"Rules": [{"ObjectOwnership": "BucketOwnerPreferred"}]}
    )
    assert code(s3.put_bucket_acl, Bucket=bucket, ACL="public-read") == (403, "AccessDenied")
    s3.delete_public_access_block(Bucket=bucket)
    s3.put_public_access_block(
        Bucket=bucket,
        PublicAccessBlockConfiguration={k: False for k in PRIVATE},
    )
    s3.put_bucket_acl(Bucket=bucket, ACL="public-read")
    grants = s3.get_bucket_acl(Bucket=bucket)["Grants"]
    assert {g["Permission"] for g in grants} == {"FULL_CONTROL", "READ"}
    assert grants[1]["Grantee"]["URI"].endswith("/AllUsers")
    s3.put_bucket_acl(Bucket=bucket, ACL="private")
    assert len(s3.get_bucket_acl(Bucket=bucket)["Grants"]) == 1


def test_cors_and_its_answers(s3, raw, bucket):
    path = f"/{bucket}/k"
    preflight = {"Origin": "http://localhost:3000", "Access-Control-Request-Method": "PUT"}
    answer = raw("s3", "OPTIONS", path, headers=preflight, sign=False)
    assert answer.status == 403 and "CORSResponse: CORS is not enabled for this bucket." in answer.text
    rule = {
        "AllowedMethods": ["PUT"],
        "AllowedOrigins": ["http://localhost:*"],
        "AllowedHeaders": ["x-amz-*"],
        "ExposeHeaders": ["ETag"],
        "MaxAgeSeconds": 60,
    }
    s3.put_bucket_cors(Bucket=bucket, CORSConfiguration={"CORSRules": [rule]})
    assert s3.get_bucket_cors(Bucket=bucket)["CORSRules"] == [rule]
    answer = raw("s3", "OPTIONS", path, headers={**preflight, "Access-Control-Request-Headers": "X-Amz-Date"}, sign=False)
    assert answer.status == 200
    assert answer.headers["access-control-allow-origin"] == "http://localhost:3000"
    assert answer.headers["access-control-allow-methods"] == "PUT"
    assert answer.headers["access-control-allow-headers"] == "x-amz-date"
    several = {**preflight, "Access-Control-Request-Headers": "X-Amz-Date,x-amz-a ,  x-amz-b"}
    answer = raw("s3", "OPTIONS", path, headers=several, sign=False)
    assert answer.headers["access-control-allow-headers"] == "x-amz-date, x-amz-a, x-amz-b"
    assert answer.headers["access-control-max-age"] == "60"
    answer = raw("s3", "OPTIONS", path, headers={**preflight, "Access-Control-Request-Method": "DELETE"}, sign=False)
    assert answer.status == 403 and "<Code>AccessForbidden</Code>" in answer.text


def test_cors_of_plain_reads(s3, raw, open_bucket):
    allow = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{open_bucket}/*"}
    s3.put_bucket_policy(Bucket=open_bucket, Policy=policy(allow))
    s3.put_object(Bucket=open_bucket, Key="k", Body=b"x")

    def read(origin, **headers):
        headers = {"Origin": origin, **{name.replace("_", "-"): value for name, value in headers.items()}}
        answer = raw("s3", "GET", f"/{open_bucket}/k", headers=headers, sign=False)
        return answer.status, answer.headers.get("access-control-allow-origin"), answer.headers.get("access-control-allow-methods")

    assert read("https://a.example") == (200, None, None)  # no rules
    answer = raw("s3", "OPTIONS", f"/{open_bucket}/k", headers={"Origin": "https://a.example"}, sign=False)
    assert answer.status == 403 and "CORS is not enabled for this bucket" in answer.text
    rules = [{"AllowedMethods": ["GET"], "AllowedOrigins": ["https://a.example"]}, {"AllowedMethods": ["PUT"], "AllowedOrigins": ["*"]}]
    s3.put_bucket_cors(Bucket=open_bucket, CORSConfiguration={"CORSRules": rules})
    assert read("https://a.example") == (200, "https://a.example", "GET")
    assert read("https://b.example") == (200, None, None)  # no rule of that origin
    assert read("https://b.example", Access_Control_Request_Method="PUT") == (200, "*", "PUT")
    assert read("https://a.example", Access_Control_Request_Method="DELETE") == (200, None, None)
    answer = raw("s3", "OPTIONS", f"/{open_bucket}/k", headers={"Origin": "https://a.example"}, sign=False)
    assert answer.status == 400 and "Invalid Access-Control-Request-Method: null" in answer.text


def test_flags_that_are_left_out_are_off(s3, bucket):
    s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration={"IgnorePublicAcls": True})
    wanted = {**{name: False for name in PRIVATE}, "IgnorePublicAcls": True}
    assert s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"] == wanted


def test_what_logging_takes(raw, client, s3, bucket, unique):
    target, far = unique("logs"), unique("far")
    s3.create_bucket(Bucket=target)
    client("s3", region_name="eu-west-1").create_bucket(Bucket=far, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    grants = [{"Grantee": {"Type": "Group", "URI": "http://acs.amazonaws.com/groups/global/AllUsers"}, "Permission": "READ"}]
    wanted = {"LoggingEnabled": {"TargetBucket": target, "TargetPrefix": "", "TargetGrants": grants}}
    s3.put_bucket_logging(Bucket=bucket, BucketLoggingStatus=wanted)
    body = "<BucketLoggingStatus><LoggingEnabled><TargetBucket>{}</TargetBucket><TargetPrefix/>{}</LoggingEnabled></BucketLoggingStatus>"
    read_acp = "<TargetGrants><Grant><Grantee><ID>x</ID></Grantee><Permission>READ_ACP</Permission></Grant></TargetGrants>"
    assert raw("s3", "PUT", f"/{bucket}?logging=", body=body.format(target, read_acp)).status == 200
    assert error_document(raw("s3", "PUT", f"/{bucket}?logging=", body=body.format(far, ""))) == (403, {
        "Code": "CrossLocationLoggingProhibitted", "Message": "Cross S3 location logging not allowed. ",
        "TargetBucketLocation": "eu-west-1",
    })
    dotted = unique("a.b")
    s3.create_bucket(Bucket=dotted)
    assert code(s3.put_bucket_accelerate_configuration, Bucket=dotted, AccelerateConfiguration={"Status": "Enabled"}) == (400, "InvalidRequest")


@pytest.mark.parametrize("region, location, refused", [
    ("eu-west-1", "us-east-1", "IllegalLocationConstraintException"),
    ("eu-west-1", "eu-west-2", "IllegalLocationConstraintException"),
    ("eu-west-1", "bar", "IllegalLocationConstraintException"),
    ("eu-west-1", "aws-global", "IllegalLocationConstraintException"),
    ("eu-west-1", None, "IllegalLocationConstraintException"),
    ("us-east-1", "bar", "InvalidLocationConstraint"),
    ("us-east-1", "us-east-1", "InvalidLocationConstraint"),
    ("aws-global", "aws-global", "InvalidLocationConstraint"),
    ("us-east-1", "eu-west-2", None),
    ("eu-west-1", "EU", None),
    ("aws-global", None, None),
])  # fmt: skip
def test_where_a_bucket_may_be_made(raw, unique, region, location, refused):
    body = f"<CreateBucketConfiguration><LocationConstraint>{location}</LocationConstraint></CreateBucketConfiguration>" if location else ""
    answer = raw("s3", "PUT", f"/{unique('bucket')}", body=body, region=region)
    if not refused:
        assert answer.status == 200
        return
    status, error = error_document(answer)
    assert (status, error["Code"]) == (400, refused)
    if refused.startswith("Illegal"):
        assert error["Message"] == (
            f"The {location or 'unspecified'} location constraint is incompatible for the region specific endpoint this request was sent to.")


@pytest.mark.parametrize("ownership", ["", "Nobody"])
def test_an_ownership_that_isnt_one(raw, unique, ownership):
    answer = raw("s3", "PUT", f"/{unique('bucket')}", headers={"x-amz-object-ownership": ownership})
    assert error_document(answer) == (400, {
        "Code": "InvalidArgument", "Message": f"Invalid x-amz-object-ownership header: {ownership}",
        "ArgumentName": "x-amz-object-ownership", "ArgumentValue": ownership,
    })


def test_website_configuration(s3, bucket):
    website = {
        "IndexDocument": {"Suffix": "index.html"},
        "ErrorDocument": {"Key": "error.html"},
        "RoutingRules": [
            {"Condition": {"KeyPrefixEquals": "docs/"}, "Redirect": {"ReplaceKeyPrefixWith": "documents/"}}
        ],
    }
    s3.put_bucket_website(Bucket=bucket, WebsiteConfiguration=website)
    got = s3.get_bucket_website(Bucket=bucket)
    assert {k: got[k] for k in website} == website


@pytest.mark.parametrize("kind", ["metrics", "analytics", "intelligent_tiering", "inventory"])
def test_identified_configurations(s3, bucket, kind):
    name = "".join(part.title() for part in kind.split("_"))
    body = {
        "metrics": {"Id": "one", "Filter": {"Prefix": "p"}},
        "analytics": {"Id": "one", "StorageClassAnalysis": {}},
        "intelligent_tiering": {
            "Id": "one",
            "Status": "Enabled",
            "Tierings": [{"Days": 90, "AccessTier": "ARCHIVE_ACCESS"}],
        },
        "inventory": {
            "Id": "one",
            "IsEnabled": True,
            "Destination": {"S3BucketDestination": {"Bucket": "arn:aws:s3:::b", "Format": "CSV"}},
            "IncludedObjectVersions": "All",
            "Schedule": {"Frequency": "Daily"},
        },
    }[kind]
    get = getattr(s3, f"get_bucket_{kind}_configuration")
    assert code(get, Bucket=bucket, Id="one") == (404, "NoSuchConfiguration")
    put = getattr(s3, f"put_bucket_{kind}_configuration")(Bucket=bucket, Id="one", **{f"{name}Configuration": body})
    assert put["ResponseMetadata"]["HTTPStatusCode"] == 204
    assert get(Bucket=bucket, Id="one")[f"{name}Configuration"] == body
    listed = getattr(s3, f"list_bucket_{kind}_configurations")(Bucket=bucket)
    assert listed[f"{name}ConfigurationList"] == [body]
    getattr(s3, f"delete_bucket_{kind}_configuration")(Bucket=bucket, Id="one")
    assert code(get, Bucket=bucket, Id="one") == (404, "NoSuchConfiguration")


def test_xml_that_is_refused(raw, s3, bucket):
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><Tagging><TagSet><Tag><Key>&b;</Key><Value/></Tag></TagSet></Tagging>'
    for body in (bomb, "<Tagging>", "<Tagging><Other/></Tagging>", "<a>" * 100_000, "no xml"):
        answer = raw("s3", "PUT", f"/{bucket}?tagging=", body=body)
        assert answer.status == 400, body[:40]
        assert "<Code>MalformedXML</Code>" in answer.text
    assert code(s3.get_bucket_tagging, Bucket=bucket) == (404, "NoSuchTagSet")


def test_a_megabyte_of_headers_is_refused(raw, s3, bucket):
    try:
        answer = raw("s3", "PUT", f"/{bucket}/k", headers={"x-amz-meta-a": "x" * 1_000_000}, body=b"x")
        assert answer.status == 400
    except OSError:
        pass  # closed while we were still sending
    assert "Contents" not in s3.list_objects_v2(Bucket=bucket)


def test_expected_owner(s3, account, bucket):
    s3.get_bucket_versioning(Bucket=bucket, ExpectedBucketOwner=account)
    assert code(s3.get_bucket_versioning, Bucket=bucket, ExpectedBucketOwner="000011112222") == (403, "AccessDenied")
    assert code(s3.get_bucket_versioning, Bucket=bucket, ExpectedBucketOwner="me") == (
        400,
        "InvalidBucketOwnerAWSAccountID",
    )


def test_object_lock_configuration(s3, bucket, unique):
    lock = {"ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 1}}}
    assert code(s3.put_object_lock_configuration, Bucket=bucket, ObjectLockConfiguration=lock) == (409, "InvalidBucketState")
    locked = unique("locked")
    s3.create_bucket(Bucket=locked, ObjectLockEnabledForBucket=True)
    assert s3.get_bucket_versioning(Bucket=locked)["Status"] == "Enabled"
    assert s3.get_object_lock_configuration(Bucket=locked)["ObjectLockConfiguration"] == {"ObjectLockEnabled": "Enabled"}
    s3.put_object_lock_configuration(Bucket=locked, ObjectLockConfiguration=lock)
    assert s3.get_object_lock_configuration(Bucket=locked)["ObjectLockConfiguration"] == lock
    assert code(s3.put_bucket_versioning, Bucket=locked, VersioningConfiguration={"Status": "Suspended"}) == (
        409,
        "InvalidBucketState",
    )
