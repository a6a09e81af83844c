"""Bodies that travel packed, both ways, for the services that speak JSON or query; and what isn't served at all."""

import gzip
import json
import time
import zlib

import pytest


def bare_deflate(data):
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


PACKERS = {"gzip": gzip.compress, "deflate": zlib.compress, "bare": bare_deflate}
FORM = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}


@pytest.mark.parametrize("how", PACKERS)
def test_packed_requests_are_unpacked(how, raw, client, unique):
    group = unique("group")
    logs = client("logs")
    logs.create_log_group(logGroupName=group)
    logs.create_log_stream(logGroupName=group, logStreamName="s")
    events = [{"timestamp": int(time.time() * 1000), "message": "packed"}]
    body = json.dumps({"logGroupName": group, "logStreamName": "s", "logEvents": events}).encode()
    headers = {"Content-Encoding": "deflate" if how == "bare" else how}
    answer = raw.logs("PutLogEvents", PACKERS[how](body), headers=headers)
    assert answer.status == 200, answer
    assert [e["message"] for e in logs.get_log_events(logGroupName=group, logStreamName="s")["events"]] == ["packed"]
    assert raw.dynamodb("ListTables", PACKERS[how](b"{}"), headers=headers).status == 200
    form = b"Action=GetCallerIdentity&Version=2011-06-15"
    assert raw("sts", body=PACKERS[how](form), headers={**FORM, **headers}).status == 200
    assert raw("sqs", body=PACKERS[how](b"{}"), headers={
        "X-Amz-Target": "AmazonSQS.ListQueues", "Content-Type": "application/x-amz-json-1.0", **headers}).status == 200


def test_unknown_encodings_are_ignored_and_bad_ones_are_no_json(raw):
    assert raw.dynamodb("ListTables", b"{}", headers={"Content-Encoding": "br"}).status == 200
    assert raw.dynamodb("ListTables", b"{}", headers={"Content-Encoding": "identity"}).status == 200
    answer = raw.dynamodb("ListTables", b"{}", headers={"Content-Encoding": "gzip"})
    assert answer.status in (200, 400) and "InternalFailure" not in answer.text
    answer = raw.dynamodb("ListTables", gzip.compress(b"{}")[:-9], headers={"Content-Encoding": "gzip"})
    assert (answer.status, "SerializationException" in answer.text) == (400, True)


def test_what_grows_beyond_the_limit_is_refused(raw):
    bomb = gzip.compress(b" " * (64 << 20))
    answer = raw.dynamodb("ListTables", bomb, headers={"Content-Encoding": "gzip"})
    assert answer.status in (400, 413), answer


def test_signatures_are_over_the_bytes_as_sent(server, client, unique):
    from harness import aws

    iam, name = client("iam"), unique("user")
    iam.create_user(UserName=name)
    iam.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=json.dumps({
        "Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}))
    key = iam.create_access_key(UserName=name)["AccessKey"]
    raw = aws.Raw(server.endpoint, key["AccessKeyId"])
    packed = gzip.compress(b"{}")
    assert raw.dynamodb("ListTables", packed, secret=key["SecretAccessKey"], headers={"Content-Encoding": "gzip"}).status == 200
    assert raw.dynamodb("ListTables", packed, secret="wrong", headers={"Content-Encoding": "gzip"}).status == 400


@pytest.fixture
def large_item(client, make_table):
    table = make_table()
    client("dynamodb").put_item(TableName=table, Item={"pk": {"S": "a"}, "text": {"S": "x" * 5000}})
    return json.dumps({"TableName": table, "Key": {"pk": {"S": "a"}}})


@pytest.mark.parametrize("accepts, encoding", [
    ("gzip", "gzip"), ("gzip, deflate", "gzip"), ("deflate", "deflate"), ("deflate;q=1, gzip;q=0", "deflate"),
    ("identity", None), ("br", None), ("gzip;q=0", None), (None, None),
])
def test_large_answers_are_packed_as_asked(accepts, encoding, raw, large_item):
    headers = {"Accept-Encoding": accepts} if accepts else {}
    answer = raw.dynamodb("GetItem", large_item, headers=headers)
    assert answer.headers.get("content-encoding") == encoding
    assert answer.headers["x-amz-crc32"] == str(zlib.crc32(answer.body)), "over the bytes as sent"
    body = {"gzip": gzip.decompress, "deflate": zlib.decompress, None: bytes}[encoding](answer.body)
    assert json.loads(body)["Item"]["text"]["S"] == "x" * 5000
    small = raw.dynamodb("DescribeLimits", "{}", headers=headers)
    assert len(small.body) < 1024 and "content-encoding" not in small.headers


def test_unserved_services_answer_in_their_own_protocol(raw):
    ec2 = raw.query("ec2", "DescribeVpcs", "2016-11-15")
    assert ec2.status == 501
    assert ec2.text.startswith("<Response><Errors><Error><Code>NotImplemented</Code><Message>The service ec2 is not implemented.")
    assert ec2.headers["x-amzn-requestid"] in ec2.text and "<RequestID>" in ec2.text
    rds = raw.query("rds", "DescribeDBInstances", "2014-10-31")
    assert rds.status == 501 and rds.text.startswith("<ErrorResponse><Error><Type>Sender</Type><Code>NotImplemented</Code>")
    for answer in (raw("eks", "GET", "/clusters"),
                   raw("ecs", headers={"X-Amz-Target": "X.ListClusters", "Content-Type": "application/x-amz-json-1.1"})):
        assert answer.status == 501 and answer.json()["__type"] == "NotImplemented"
        assert answer.headers["x-amzn-requestid"]
