"""Error documents in full: status, Code, Message and every member of its own, as AWS answers them."""

import hashlib
import http.client
import socket
import urllib.parse

import pytest

from harness import aws
from harness.s3 import b64, error_document, fill, unsigned

MALFORMED = {
    "Code": "MalformedXML",
    "Message": "The XML you provided was not well-formed or did not validate against our published schema",
}
NOT_HELD = {"Code": "PreconditionFailed", "Message": "At least one of the pre-conditions you specified did not hold"}
HEADER = {"Code": "NotImplemented", "Message": "A header you provided implies functionality that is not implemented"}
ACL_REFUSED = {"Code": "AccessControlListNotSupported", "Message": "The bucket does not allow ACLs"}
NO_ACL = {"Code": "MissingSecurityHeader", "Message": "Your request was missing a required header", "MissingHeaderName": "x-amz-acl"}
MALFORMED_ACL = {**MALFORMED, "Code": "MalformedACLError"}
NO_BODY = {"Code": "MissingRequestBodyError", "Message": "Request Body is empty"}
UNKNOWN_ALGORITHM = (
    "Checksum algorithm provided is unsupported. Please try again with any of the valid types: "
    "[CRC32, CRC32C, CRC64NVME, SHA1, SHA256]"
)
NO_VERSION = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"


def argument(message, name, value):
    return {"Code": "InvalidArgument", "Message": message, "ArgumentName": name, "ArgumentValue": value}


def named(message, name):
    """Where AWS names the argument but doesn't repeat its value."""
    return {"Code": "InvalidArgument", "Message": message, "ArgumentName": name}


def invalid(message):
    return {"Code": "InvalidRequest", "Message": message}


# (method, path behind the bucket, headers, body, status, document). The bucket holds k = "0123456789".
CASES = {
    "missing key": ("GET", "/a%20b", {}, "", 404, {"Code": "NoSuchKey", "Message": "The specified key does not exist.", "Key": "a b"}),
    "missing version": ("GET", f"/k?versionId={NO_VERSION}", {}, "", 404, {
        "Code": "NoSuchVersion", "Message": "The specified version does not exist.", "Key": "k", "VersionId": NO_VERSION}),
    "bad version": ("GET", "/k?versionId=x", {}, "", 400, argument("Invalid version id specified", "versionId", "x")),
    "empty version": ("DELETE", "/k?versionId=", {}, "", 400, argument("Version id cannot be the empty string", "versionId", "")),
    "range": ("GET", "/k", {"Range": "bytes=10-"}, "", 416, {
        "Code": "InvalidRange", "Message": "The requested range is not satisfiable", "RangeRequested": "bytes=10-", "ActualObjectSize": "10"}),
    "range and part": ("GET", "/k?partNumber=1", {"Range": "bytes=0-1"}, "", 400,
                       invalid("Cannot specify both Range header and partNumber query parameter")),
    "part": ("GET", "/k?partNumber=2", {}, "", 416, {
        "Code": "InvalidPartNumber", "Message": "The requested partnumber is not satisfiable", "PartNumberRequested": "2", "ActualPartCount": "1"}),
    "part zero": ("GET", "/k?partNumber=0", {}, "", 400,
                  argument("Part number must be an integer between 1 and 10000, inclusive", "partNumber", "0")),
    "if-match": ("GET", "/k", {"If-Match": '"x"'}, "", 412, {**NOT_HELD, "Condition": "If-Match"}),
    "if-unmodified-since": ("GET", "/k", {"If-Unmodified-Since": "Wed, 01 Jan 2020 00:00:00 GMT"}, "", 412,
                            {**NOT_HELD, "Condition": "If-Unmodified-Since"}),
    "put if-none-match": ("PUT", "/k", {"If-None-Match": "*"}, "x", 412, {**NOT_HELD, "Condition": "If-None-Match"}),
    "put if-none-match etag": ("PUT", "/k", {"If-None-Match": '"x"'}, "x", 501, {
        **HEADER, "Header": "If-None-Match", "additionalMessage": "We don't accept the provided value of If-None-Match header for this API"}),
    "put if-match any": ("PUT", "/k", {"If-Match": "*"}, "x", 501, {
        **HEADER, "Header": "If-Match", "additionalMessage": "We don't accept the provided value of If-Match header for this API"}),
    "put if-match": ("PUT", "/k", {"If-Match": '"x"'}, "x", 412, {**NOT_HELD, "Condition": "If-Match"}),
    "put both": ("PUT", "/k", {"If-Match": '"x"', "If-None-Match": "*"}, "x", 501, {
        **HEADER, "Header": "If-Match,If-None-Match", "additionalMessage": "Multiple conditional request headers present in the request"}),
    "md5": ("PUT", "/k", {"Content-MD5": "x"}, "x", 400, {
        "Code": "InvalidDigest", "Message": "The Content-MD5 you specified was invalid.", "Content-MD5": "x"}),
    "other md5": ("PUT", "/k", {"Content-MD5": b64(hashlib.md5(b"y").digest())}, "x", 400, {
        "Code": "BadDigest", "Message": "The Content-MD5 you specified did not match what we received.",
        "ExpectedDigest": hashlib.md5(b"y").hexdigest(), "CalculatedDigest": b64(hashlib.md5(b"x").digest())}),
    "checksum": ("PUT", "/k", {"x-amz-checksum-crc32": "AAAAAA=="}, "x", 400, {
        "Code": "BadDigest", "Message": "The CRC32 you specified did not match the calculated checksum."}),
    "checksum of a document": ("PUT", "?tagging=", {"x-amz-checksum-sha1": b64(b"0" * 20)}, "<Tagging><TagSet/></Tagging>", 400, {
        "Code": "BadDigest", "Message": "The SHA1 you specified did not match the calculated checksum."}),
    "checksum's form": ("PUT", "/k", {"x-amz-checksum-sha256": "x"}, "x", 400, invalid("Value for x-amz-checksum-sha256 header is invalid.")),
    "checksum's kind": ("PUT", "/k", {"x-amz-checksum-md5": "x"}, "x", 400,
                        invalid("The algorithm type you specified in x-amz-checksum- header is invalid.")),
    "two checksums": ("PUT", "/k", {"x-amz-checksum-crc32": "AAAAAA==", "x-amz-checksum-crc32c": "AAAAAA=="}, "x", 400,
                      invalid("Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.")),
    "sdk's algorithm": ("PUT", "/k", {"x-amz-sdk-checksum-algorithm": "MD4"}, "x", 400, invalid(UNKNOWN_ALGORITHM)),
    "sdk's algorithm alone": ("PUT", "/k", {"x-amz-sdk-checksum-algorithm": "CRC32"}, "x", 400, invalid(
        "x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or x-amz-trailer headers were found.")),
    "storage class": ("PUT", "/k", {"x-amz-storage-class": "SHELF"}, "x", 400, {
        "Code": "InvalidStorageClass", "Message": "The storage class you specified is not valid", "StorageClassRequested": "SHELF"}),
    "encryption": ("PUT", "/k", {"x-amz-server-side-encryption": "ROT13"}, "x", 400,
                   argument("The encryption method specified is not supported", "x-amz-server-side-encryption", "ROT13")),
    "acl": ("PUT", "/k", {"x-amz-acl": "public-read"}, "x", 400, ACL_REFUSED),
    "acl's name": ("PUT", "/k?acl=", {"x-amz-acl": "secret"}, "", 400, argument("", "x-amz-acl", "secret")),
    "bucket's acl": ("PUT", "?acl=", {"x-amz-acl": "public-read"}, "", 400, ACL_REFUSED),
    "tags twice": ("PUT", "/k", {"x-amz-tagging": "a=1&a=2"}, "x", 400, argument(
        "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without tag name duplicates.",
        "x-amz-tagging", "a=1&a=2")),
    "eleven tags": ("PUT", "/k", {"x-amz-tagging": "&".join(f"{n}=x" for n in range(11))}, "x", 400,
                    {"Code": "BadRequest", "Message": "Object tags cannot be greater than 10"}),
    "system tag": ("PUT", "/k?tagging=", {}, "<Tagging><TagSet><Tag><Key>aws:x</Key><Value/></Tag></TagSet></Tagging>", 400, {
        "Code": "InvalidTag", "Message": "Your TagKey cannot be prefixed with aws:", "TagKey": "aws:x"}),
    "long tag": ("PUT", "/k?tagging=", {}, f"<Tagging><TagSet><Tag><Key>{'k' * 129}</Key><Value/></Tag></TagSet></Tagging>", 400, {
        "Code": "InvalidTag", "Message": "The TagKey you have provided is invalid", "TagKey": "k" * 129}),
    "long tag value": ("PUT", "/k?tagging=", {}, f"<Tagging><TagSet><Tag><Key>k</Key><Value>{'v' * 257}</Value></Tag></TagSet></Tagging>", 400, {
        "Code": "InvalidTag", "Message": "The TagValue you have provided is invalid", "TagKey": "k", "TagValue": "v" * 257}),
    "tags with a comma": ("PUT", "/k", {"x-amz-tagging": "a=b,c=d"}, "x", 400, argument(
        "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without tag name duplicates.",
        "x-amz-tagging", "a=b,c=d")),
    "a tag's value in a header": ("PUT", "/k", {"x-amz-tagging": "a=b%2C"}, "x", 400, {
        "Code": "InvalidTag", "Message": "The TagValue you have provided is invalid", "TagKey": "a", "TagValue": "b,"}),
    "bucket's system tag": ("PUT", "?tagging=", {}, "<Tagging><TagSet><Tag><Key>aws:x</Key><Value/></Tag></TagSet></Tagging>", 400, {
        "Code": "InvalidTag", "Message": "System tags cannot be added/updated by requester", "TagKey": "aws:x"}),
    "metadata": ("PUT", "/k", {"x-amz-meta-a": "x" * 2048}, "x", 400, {
        "Code": "MetadataTooLarge", "Message": "Your metadata headers exceed the maximum allowed metadata size",
        "Size": "2049", "MaxSizeAllowed": "2048"}),
    "long key": ("PUT", "/" + "k" * 1025, {}, "x", 400, {
        "Code": "KeyTooLongError", "Message": "Your key is too long", "Size": "1025", "MaxSizeAllowed": "1024"}),
    "lock": ("PUT", "/k", {"x-amz-object-lock-legal-hold": "ON"}, "x", 400, invalid("Bucket is missing Object Lock Configuration")),
    "copy without key": ("PUT", "/c", {"x-amz-copy-source": "bucket"}, "", 400,
                         argument("Invalid copy source object key", "x-amz-copy-source", "bucket")),
    "copy of a bucket": ("PUT", "/c", {"x-amz-copy-source": "/BUCKET/"}, "", 400,
                         argument("Invalid copy source object key", "x-amz-copy-source", "/BUCKET/")),
    "copy of no bucket": ("PUT", "/c", {"x-amz-copy-source": "//k"}, "", 400,
                          argument("Invalid copy source bucket name", "x-amz-copy-source", "//k")),
    "part copy of nothing": ("PUT", "/c?partNumber=1&uploadId=x", {"x-amz-copy-source": ""}, "", 400,
                             argument("Invalid copy source bucket name", "x-amz-copy-source", "")),
    "copy of nothing": ("PUT", "/c", {"x-amz-copy-source": "/BUCKET/none"}, "", 404, {
        "Code": "NoSuchKey", "Message": "The specified key does not exist.", "Key": "none"}),
    "copy onto itself": ("PUT", "/k", {"x-amz-copy-source": "/BUCKET/k"}, "", 400, invalid(
        "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, "
        "storage class, website redirect location or encryption attributes.")),
    "copy's directive": ("PUT", "/c", {"x-amz-copy-source": "/BUCKET/k", "x-amz-metadata-directive": "MERGE"}, "", 400,
                         argument("Unknown metadata directive.", "x-amz-metadata-directive", "MERGE")),
    "copy's condition": ("PUT", "/c", {"x-amz-copy-source": "/BUCKET/k", "x-amz-copy-source-if-match": "x"}, "", 412,
                         {**NOT_HELD, "Condition": "x-amz-copy-source-If-Match"}),
    "copy if-none-match": ("PUT", "/k", {"x-amz-copy-source": "/BUCKET/k", "x-amz-metadata-directive": "REPLACE", "If-None-Match": "*"}, "",
                           412, {**NOT_HELD, "Condition": "If-None-Match"}),
    "delete's digest": ("POST", "?delete=", {}, "<Delete><Object><Key>k</Key></Object></Delete>", 400,
                        invalid("Missing required header for this request: Content-MD5 OR x-amz-checksum-*")),
    "empty batch": ("POST", "?delete=", {"Content-MD5": b64(hashlib.md5(b"<Delete/>").digest())}, "<Delete/>", 400, MALFORMED),
    "delete if-match": ("DELETE", "/k", {"If-Match": '"x"'}, "", 412, {**NOT_HELD, "Condition": "If-Match"}),
    "list type": ("GET", "?list-type=3", {}, "", 400, argument("Invalid List Type specified in Request", "list-type", "3")),
    "encoding": ("GET", "?list-type=2&encoding-type=gzip", {}, "", 400,
                 argument("Invalid Encoding Method specified in Request", "encoding-type", "gzip")),
    "token": ("GET", "?list-type=2&continuation-token=x", {}, "", 400, named("The continuation token provided is incorrect", "continuation-token")),
    "configurations' token": ("GET", "?inventory=&continuation-token=!", {}, "", 400,
                              named("The continuation token provided is incorrect", "continuation-token")),
    "max-keys": ("GET", "?max-keys=many", {}, "", 400, argument("Provided max-keys not an integer or within integer range", "max-keys", "many")),
    "version marker": ("GET", f"?versions=&version-id-marker={NO_VERSION}", {}, "", 400,
                       argument("A version-id marker cannot be specified without a key marker.", "version-id-marker", NO_VERSION)),
    "upload": ("GET", "/k?uploadId=x", {}, "", 404, {
        "Code": "NoSuchUpload", "UploadId": "x",
        "Message": "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed."}),
    "part number": ("PUT", "/k?uploadId=x&partNumber=10001", {}, "x", 400,
                    argument("Part number must be an integer between 1 and 10000, inclusive", "partNumber", "10001")),
    "parts of no upload": ("POST", "/k?uploadId=x", {}, "", 404, {
        "Code": "NoSuchUpload", "UploadId": "x",
        "Message": "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed."}),
    "part number zero": ("POST", "/k?uploadId=x", {}, "<CompleteMultipartUpload><Part><PartNumber>0</PartNumber><ETag>e</ETag></Part>"
                         "</CompleteMultipartUpload>", 400, argument("PartNumber must be >= 1", "PartNumber", "0")),
    "size in words": ("POST", "/k?uploadId=x", {"x-amz-mp-object-size": "size"}, "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber>"
                      "<ETag>e</ETag></Part></CompleteMultipartUpload>", 400,
                      invalid("Value for x-amz-mp-object-size header is invalid: 'size'")),
    "upload's marker": ("GET", "?uploads=&key-marker=k&upload-id-marker=x", {}, "", 400,
                        argument("Invalid uploadId marker", "upload-id-marker", "x")),
    "bypass without lock": ("DELETE", "/k", {"x-amz-bypass-governance-retention": "true"}, "", 400, named(
        "x-amz-bypass-governance-retention is only applicable to Object Lock enabled buckets.", "x-amz-bypass-governance-retention")),
    "version of nobody": ("DELETE", f"/k?versionId={NO_VERSION}", {}, "", 400,
                          argument("Invalid version id specified", "versionId", NO_VERSION)),
    "object's acl of nothing": ("PUT", "/k?acl=", {}, "", 400, NO_ACL),
    "bucket's acl of nothing": ("PUT", "?acl=", {}, "", 400, NO_ACL),
    "acl without owner": ("PUT", "?acl=", {}, "<AccessControlPolicy><AccessControlList/></AccessControlPolicy>", 400, MALFORMED_ACL),
    "acl without grants": ("PUT", "/k?acl=", {}, "<AccessControlPolicy><Owner><ID>x</ID></Owner></AccessControlPolicy>", 400, MALFORMED_ACL),
    "acl's permission": ("PUT", "/k?acl=", {}, "<AccessControlPolicy><Owner><ID>x</ID></Owner><AccessControlList><Grant><Grantee><ID>x</ID>"
                         "</Grantee><Permission>ALL</Permission></Grant></AccessControlList></AccessControlPolicy>", 400, MALFORMED_ACL),
    "acl twice": ("PUT", "/k?acl=", {"x-amz-acl": "private"}, "<AccessControlPolicy/>", 400, {
        "Code": "UnexpectedContent", "Message": "This request does not support content"}),
    "upload's algorithm": ("POST", "/k?uploads=", {"x-amz-checksum-algorithm": "MD5"}, "", 400, invalid(UNKNOWN_ALGORITHM)),
    "attributes": ("GET", "/k?attributes=", {"x-amz-object-attributes": "Colour"}, "", 400,
                   argument("Invalid attribute name specified.", "x-amz-object-attributes", "Colour")),
    "no attributes": ("GET", "/k?attributes=", {}, "", 400, invalid(
        "The x-amz-object-attributes header specifying the attributes to be retrieved is either missing or empty")),
    "retention without lock": ("GET", "/k?retention=", {}, "", 400, invalid("Bucket is missing Object Lock Configuration")),
    "restore": ("POST", "/k?restore=", {}, "<RestoreRequest><Days>1</Days></RestoreRequest>", 403, {
        "Code": "InvalidObjectState", "Message": "Restore is not allowed for the object's current storage class"}),
    "versioning": ("PUT", "?versioning=", {}, "<VersioningConfiguration><Status>On</Status></VersioningConfiguration>", 400, MALFORMED),
    "no versioning": ("PUT", "?versioning=", {}, "<VersioningConfiguration/>", 400, {
        "Code": "IllegalVersioningConfigurationException", "Message": "The Versioning element must be specified"}),
    "another document": ("PUT", "?cors=", {}, "<Tagging/>", 400, MALFORMED),
    **{f"no {kind}": ("PUT", f"?{kind}=", {}, "", 400, NO_BODY) for kind in (
        "cors", "object-lock", "tagging", "lifecycle", "encryption", "versioning", "website", "inventory", "notification")},
    "no object tags": ("PUT", "/k?tagging=", {}, "", 400, NO_BODY),
    "empty noncurrent expiration": ("PUT", "?lifecycle=", {}, "<LifecycleConfiguration><Rule><Status>Enabled</Status><Filter/>"
                                    "<NoncurrentVersionExpiration/></Rule></LifecycleConfiguration>", 400, MALFORMED),
    "smallest to move": ("PUT", "?lifecycle=", {"x-amz-transition-default-minimum-object-size": "1K"}, "<LifecycleConfiguration><Rule>"
                         "<Status>Enabled</Status><Filter/><Expiration><Days>1</Days></Expiration></Rule></LifecycleConfiguration>", 400,
                         invalid("Invalid TransitionDefaultMinimumObjectSize found: 1K")),
    "analytics' id": ("PUT", "?analytics=&id=a", {}, "<AnalyticsConfiguration><Id>b</Id><StorageClassAnalysis/></AnalyticsConfiguration>", 400, MALFORMED),
    "tiering's id": ("PUT", "?intelligent-tiering=&id=a", {}, "<IntelligentTieringConfiguration><Id>b</Id><Status>Enabled</Status><Tiering>"
                     "<Days>90</Days><AccessTier>ARCHIVE_ACCESS</AccessTier></Tiering></IntelligentTieringConfiguration>", 400, MALFORMED),
    "inventory's destination": ("PUT", "?inventory=&id=a", {}, "<InventoryConfiguration><Id>a</Id><IsEnabled>true</IsEnabled><Destination>"
                                "<S3BucketDestination><Bucket>b</Bucket><Format>CSV</Format></S3BucketDestination></Destination>"
                                "<IncludedObjectVersions>All</IncludedObjectVersions><Schedule><Frequency>Daily</Frequency></Schedule>"
                                "</InventoryConfiguration>", 400, {"Code": "InvalidS3DestinationBucket", "Message": "Invalid bucket ARN."}),
    "condition of nothing": ("PUT", "?website=", {}, "<WebsiteConfiguration><IndexDocument><Suffix>i</Suffix></IndexDocument><RoutingRules>"
                             "<RoutingRule><Condition/><Redirect><HostName>h</HostName></Redirect></RoutingRule></RoutingRules>"
                             "</WebsiteConfiguration>", 400, invalid(
        "Condition cannot be empty. To redirect all requests without a condition, the condition element shouldn't be present.")),
    "topic's arn": ("PUT", "?notification=", {}, "<NotificationConfiguration><TopicConfiguration><Topic>t</Topic><Event>s3:ObjectCreated:*</Event>"
                    "</TopicConfiguration></NotificationConfiguration>", 400, argument("The ARN could not be parsed", "TopicArn", "t")),
    "filter's name": ("PUT", "?notification=", {}, "<NotificationConfiguration><QueueConfiguration><Queue>arn:aws:sqs:us-east-1:123456789012:q</Queue>"
                      "<Event>s3:ObjectCreated:*</Event><Filter><S3Key><FilterRule><Name>infix</Name><Value>x</Value></FilterRule></S3Key></Filter>"
                      "</QueueConfiguration></NotificationConfiguration>", 400,
                      argument("filter rule name must be either prefix or suffix", "FilterRule.Name", "infix")),
    "kms key alone": ("PUT", "/k", {"x-amz-server-side-encryption-aws-kms-key-id": "k"}, "x", 400, named(
        "Server Side Encryption with KMS managed key requires HTTP header x-amz-server-side-encryption : aws:kms",
        "x-amz-server-side-encryption")),
    "customer's key alone": ("PUT", "/k", {"x-amz-server-side-encryption-customer-algorithm": "AES256"}, "x", 400, named(
        "Requests specifying Server Side Encryption with Customer provided keys must provide an appropriate secret key.",
        "x-amz-server-side-encryption")),
    "cors method": ("PUT", "?cors=", {}, "<CORSConfiguration><CORSRule><AllowedMethod>PATCH</AllowedMethod><AllowedOrigin>*</AllowedOrigin>"
                    "</CORSRule></CORSConfiguration>", 400,
                    invalid("Found unsupported HTTP method in CORS config. Unsupported method is PATCH")),
    "logging": ("PUT", "?logging=", {}, "<BucketLoggingStatus><LoggingEnabled><TargetBucket>nobody-1</TargetBucket><TargetPrefix/>"
                "</LoggingEnabled></BucketLoggingStatus>", 400, {
        "Code": "InvalidTargetBucketForLogging", "Message": "The target bucket for logging does not exist", "TargetBucket": "nobody-1"}),
    "payer": ("PUT", "?requestPayment=", {}, "<RequestPaymentConfiguration><Payer>Me</Payer></RequestPaymentConfiguration>", 400, MALFORMED),
    "encryption's key": ("PUT", "?encryption=", {}, "<ServerSideEncryptionConfiguration><Rule><ApplyServerSideEncryptionByDefault>"
                         "<SSEAlgorithm>AES256</SSEAlgorithm><KMSMasterKeyID>k</KMSMasterKeyID></ApplyServerSideEncryptionByDefault></Rule>"
                         "</ServerSideEncryptionConfiguration>", 400, named(
        "a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms or aws:kms:dsse",
        "ApplyServerSideEncryptionByDefault")),
    "owner's form": ("GET", "?versioning=", {"x-amz-expected-bucket-owner": "me"}, "", 400, {
        "Code": "InvalidBucketOwnerAWSAccountID", "Message": "The value of the expected bucket owner parameter must be an AWS Account ID... [me]"}),
    "owner": ("GET", "?versioning=", {"x-amz-expected-bucket-owner": "000011112222"}, "", 403,
              {"Code": "AccessDenied", "Message": "Access Denied"}),
    "not empty": ("DELETE", "", {}, "", 409, {
        "Code": "BucketNotEmpty", "Message": "The bucket you tried to delete is not empty", "BucketName": "BUCKET"}),
    "method": ("POST", "/k", {}, "", 405, {
        "Code": "MethodNotAllowed", "Message": "The specified method is not allowed against this resource.", "Method": "POST",
        "ResourceType": "OBJECT"}),
    "torrent": ("GET", "/k?torrent=", {}, "", 501, {
        "Code": "NotImplemented", "Message": "The operation GetObjectTorrent is not implemented."}),
    "append": ("PUT", "/k", {"x-amz-write-offset-bytes": "10"}, "x", 501, {**HEADER, "Header": "x-amz-write-offset-bytes"}),
    "origin": ("OPTIONS", "/k", {}, "", 400, {"Code": "BadRequest", "Message": "Insufficient information. Origin request header needed."}),
    "preflight": ("OPTIONS", "/k", {"Origin": "http://a", "Access-Control-Request-Method": "PUT"}, "", 403, {
        "Code": "AccessForbidden", "Message": "CORSResponse: CORS is not enabled for this bucket.", "Method": "PUT", "ResourceType": "OBJECT"}),
    "no inventory": ("GET", "?inventory=&id=x", {}, "", 404, {
        "Code": "NoSuchConfiguration", "Message": "The specified configuration does not exist."}),
}  # fmt: skip


@pytest.fixture(scope="module")
def kept(client):
    """One bucket for all cases: none of them may change it."""
    s3, name = client("s3"), f"kept-{aws.new_account()}"
    s3.create_bucket(Bucket=name)
    s3.put_object(Bucket=name, Key="k", Body=b"0123456789")
    yield name
    assert [o["Key"] for o in s3.list_objects_v2(Bucket=name)["Contents"]] == ["k"]
    assert s3.get_object(Bucket=name, Key="k")["Body"].read() == b"0123456789"
    assert "Uploads" not in s3.list_multipart_uploads(Bucket=name)


@pytest.mark.parametrize("case", CASES)
def test_error(raw, kept, case):
    method, path, headers, body, status, document = CASES[case]
    headers = {name: value.replace("BUCKET", kept) for name, value in headers.items()}
    answer = raw("s3", method, f"/{kept}{path}", body=body, headers=headers)
    assert error_document(answer) == (status, {name: value.replace("BUCKET", kept) for name, value in document.items()})


@pytest.mark.parametrize("path, status", [("/none", 404), ("/k?versionId=x", 400), ("/k?partNumber=2", 416)])
def test_head_has_no_body(raw, kept, path, status):
    answer = raw("s3", "HEAD", f"/{kept}{path}")
    assert (answer.status, answer.body) == (status, b"")
    assert raw("s3", "HEAD", f"/{kept}/k", headers={"If-Match": '"x"'}).status == 412
    assert raw("s3", "HEAD", "/" + aws.new_account()).status == 404


def test_buckets_of_others(raw, client, bucket):
    other = raw("s3", "PUT", f"/{bucket}", account=aws.new_account())
    assert error_document(other) == (409, {
        "Code": "BucketAlreadyExists", "BucketName": bucket,
        "Message": "The requested bucket name is not available. The bucket namespace is shared by all users of the system. "
        "Please select a different name and try again.",
    })
    tags = "<CreateBucketConfiguration><Tags><Tag><Key>a</Key><Value>b</Value></Tag></Tags></CreateBucketConfiguration>"
    assert error_document(raw("s3", "PUT", f"/{bucket}", body=tags)) == (409, {
        "Code": "BucketAlreadyOwnedByYou", "BucketName": bucket,
        "Message": "Your previous request to create the named bucket succeeded and you already own it.",
    })
    assert error_document(raw("s3", "GET", f"/{bucket}", account=aws.new_account())) == (
        403, {"Code": "AccessDenied", "Message": "Access Denied"})


def test_versions_that_are_delete_markers(raw, s3, versioned):
    s3.put_object(Bucket=versioned, Key="k", Body=b"x")
    marker = s3.delete_object(Bucket=versioned, Key="k")["VersionId"]
    answer = raw("s3", "GET", f"/{versioned}/k")
    assert error_document(answer) == (404, {"Code": "NoSuchKey", "Message": "The specified key does not exist.", "Key": "k"})
    assert answer.headers["x-amz-delete-marker"] == "true" and answer.headers["x-amz-version-id"] == marker
    answer = raw("s3", "GET", f"/{versioned}/k?versionId={marker}")
    assert error_document(answer) == (405, {
        "Code": "MethodNotAllowed", "Message": "The specified method is not allowed against this resource.",
        "Method": "GET", "ResourceType": "DeleteMarker",
    })
    assert answer.headers["allow"] == "DELETE" and answer.headers["x-amz-delete-marker"] == "true"
    copy = raw("s3", "PUT", f"/{versioned}/c", headers={"x-amz-copy-source": f"/{versioned}/k?versionId={marker}"})
    assert error_document(copy) == (400, invalid("The source of a copy request may not specifically refer to a delete marker by version id."))


def test_what_complete_refuses(raw, s3, bucket):
    upload = s3.create_multipart_upload(Bucket=bucket, Key="k")["UploadId"]
    etags = [s3.upload_part(Bucket=bucket, Key="k", UploadId=upload, PartNumber=n, Body=b"part")["ETag"].strip('"') for n in (1, 2)]

    def complete(*parts, key="k"):
        xml = "".join(f"<Part><PartNumber>{n}</PartNumber><ETag>{etag}</ETag></Part>" for n, etag in parts)
        body = f"<CompleteMultipartUpload>{xml}</CompleteMultipartUpload>"
        return error_document(raw("s3", "POST", f"/{bucket}/{key}?uploadId={upload}", body=body))

    one, two = (1, etags[0]), (2, etags[1])
    assert complete(one, two) == (400, {
        "Code": "EntityTooSmall", "Message": "Your proposed upload is smaller than the minimum allowed size",
        "ETag": etags[0], "MinSizeAllowed": "5242880", "PartNumber": "1", "ProposedSize": "4",
    })
    assert complete(two, one) == (400, {
        "Code": "InvalidPartOrder", "UploadId": upload,
        "Message": "The list of parts was not in ascending order. Parts must be ordered by part number.",
    })
    missing = {
        "Code": "InvalidPart", "UploadId": upload,
        "Message": "One or more of the specified parts could not be found.  The part may not have been uploaded, or the specified "
        "entity tag may not match the part's entity tag.",
    }
    assert complete((1, "0" * 32)) == (400, {**missing, "PartNumber": "1", "ETag": "0" * 32})
    assert complete(one, (3, etags[0])) == (400, {**missing, "PartNumber": "3", "ETag": etags[0]})
    assert complete() == (400, MALFORMED)
    assert complete(one, key="other")[1]["Code"] == "NoSuchUpload"
    s3.abort_multipart_upload(Bucket=bucket, Key="k", UploadId=upload)
    assert complete(one)[1]["Code"] == "NoSuchUpload"


def test_batch_deletes_tell_each_key(raw, s3, unique):
    bucket = unique("locked")
    s3.create_bucket(Bucket=bucket, ObjectLockEnabledForBucket=True)
    held = s3.put_object(Bucket=bucket, Key="held", Body=b"x", ObjectLockLegalHoldStatus="ON", ChecksumAlgorithm="SHA256")["VersionId"]
    fill(s3, bucket, ["a"])
    gone = s3.put_object(Bucket=bucket, Key="none", Body=b"x", ChecksumAlgorithm="SHA256")["VersionId"]
    s3.delete_object(Bucket=bucket, Key="none", VersionId=gone)
    assert raw("s3", "DELETE", f"/{bucket}/none?versionId={gone}").status == 204  # it was there once
    etag = '"0"'
    body = (
        f"<Delete><Quiet>QUIET</Quiet><Object><Key>held</Key><VersionId>{held}</VersionId></Object><Object><Key>a</Key><ETag>{etag}</ETag></Object>"
        f"<Object><Key>a</Key><VersionId>x</VersionId></Object><Object><Key>none</Key><VersionId>{NO_VERSION}</VersionId></Object>"
        f"<Object><Key>none</Key><VersionId>{gone}</VersionId></Object></Delete>"
    )
    errors = (
        f"<Error><Key>held</Key><VersionId>{held}</VersionId><Code>AccessDenied</Code>"
        "<Message>Access Denied because object protected by object lock.</Message></Error>"
        "<Error><Key>a</Key><Code>PreconditionFailed</Code>"
        "<Message>At least one of the pre-conditions you specified did not hold</Message></Error>"
        "<Error><Key>a</Key><VersionId>x</VersionId><Code>NoSuchVersion</Code><Message>The specified version does not exist.</Message></Error>"
        f"<Error><Key>none</Key><VersionId>{NO_VERSION}</VersionId><Code>NoSuchVersion</Code>"
        "<Message>The specified version does not exist.</Message></Error>"
    )
    for quiet, deleted in (("false", f"<Deleted><Key>none</Key><VersionId>{gone}</VersionId></Deleted>"), ("true", "")):
        text = body.replace("QUIET", quiet)
        answer = raw("s3", "POST", f"/{bucket}?delete=", body=text, headers={"Content-MD5": b64(hashlib.md5(text.encode()).digest())})
        assert answer.status == 200
        assert answer.text.split("2006-03-01/\">")[1] == errors + deleted + "</DeleteResult>"


def test_a_wrong_signature_shows_what_should_have_been_signed(client, raw, bucket, unique):
    iam, user = client("iam"), unique("user")
    iam.create_user(UserName=user)
    key = iam.create_access_key(UserName=user)["AccessKey"]
    answer = raw("s3", "GET", f"/{bucket}/k?versionId=null", account=key["AccessKeyId"], secret="wrong")
    status, error = error_document(answer)
    assert (status, error["Code"], error["AWSAccessKeyId"]) == (403, "SignatureDoesNotMatch", key["AccessKeyId"])
    assert error["Message"] == (
        "The request signature we calculated does not match the signature you provided. Check your key and signing method."
    )
    assert set(error) == {
        "Code", "Message", "AWSAccessKeyId", "StringToSign", "SignatureProvided", "StringToSignBytes", "CanonicalRequest",
        "CanonicalRequestBytes",
    }
    lines = error["CanonicalRequest"].split("\n")
    assert lines[:3] == ["GET", f"/{bucket}/k", "versionId=null"] and lines[-1] == hashlib.sha256(b"").hexdigest()
    algorithm, _, scope, digest = error["StringToSign"].split("\n")
    assert algorithm == "AWS4-HMAC-SHA256" and scope.endswith("/us-east-1/s3/aws4_request")
    assert digest == hashlib.sha256(error["CanonicalRequest"].encode()).hexdigest()
    assert bytes.fromhex(error["StringToSignBytes"]).decode() == error["StringToSign"]
    assert bytes.fromhex(error["CanonicalRequestBytes"]).decode() == error["CanonicalRequest"]


def test_a_payload_hash_that_lies(raw, account, kept):
    lie = hashlib.sha256(b"signed").hexdigest()
    for path, body in (("/k", b"changed"), ("?tagging=", b"<Tagging><TagSet/></Tagging>")):
        answer = raw("s3", "PUT", f"/{kept}{path}", body=body, headers=unsigned(account, lie), sign=False)
        assert error_document(answer) == (400, {
            "Code": "XAmzContentSHA256Mismatch",
            "Message": "The provided 'x-amz-content-sha256' header does not match what was computed.",
            "ClientComputedContentSHA256": lie, "S3ComputedContentSHA256": hashlib.sha256(body).hexdigest(),
        })


# -- lengths


class Wire:
    """One connection, for requests that http.client can't send."""

    def __init__(self, endpoint):
        host = urllib.parse.urlsplit(endpoint)
        self.socket = socket.create_connection((host.hostname, host.port), timeout=30)

    def send(self, method, path, headers, body=b""):
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        self.socket.sendall(f"{method} {path} HTTP/1.1\r\nHost: localhost\r\n{lines}\r\n".encode() + body)

    def answer(self):
        answer = http.client.HTTPResponse(self.socket)
        answer.begin()
        return aws.RawResponse(answer.status, answer.getheaders(), answer.read())


def test_lengths(endpoint, account, kept):
    wire = Wire(endpoint)
    wire.send("PUT", f"/{kept}/k", unsigned(account))
    assert error_document(wire.answer()) == (411, {
        "Code": "MissingContentLength", "Message": "You must provide the Content-Length HTTP header."})
    wire = Wire(endpoint)
    wire.send("PUT", f"/{kept}/k", {**unsigned(account), "Transfer-Encoding": "chunked"}, b"1\r\nx\r\n0\r\n\r\n")
    assert error_document(wire.answer()) == (501, {**HEADER, "Header": "Transfer-Encoding"})
    wire = Wire(endpoint)
    wire.send("PUT", f"/{kept}/k", {**unsigned(account), "Content-Length": str((5 << 30) + 1)})
    assert error_document(wire.answer()) == (400, {
        "Code": "EntityTooLarge", "Message": "Your proposed upload exceeds the maximum allowed size",
        "ProposedSize": str((5 << 30) + 1), "MaxSizeAllowed": str(5 << 30),
    })


def test_expect_100_continue(endpoint, account, s3, bucket):
    wire = Wire(endpoint)
    wire.send("PUT", f"/{bucket}/k", {**unsigned(account), "Content-Length": "4", "Expect": "100-continue"})
    said = b""
    while not said.endswith(b"\r\n\r\n"):
        said += wire.socket.recv(1)
    assert said == b"HTTP/1.1 100 Continue\r\n\r\n"
    wire.socket.sendall(b"body")
    assert wire.answer().status == 200
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"body"
