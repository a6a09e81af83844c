"""Wrong input gives AWS's error in each protocol's form, and the server goes on."""

import http.client
import re
import socket
import urllib.parse
import zlib

import pytest
from botocore.exceptions import ClientError


def code(error):
    return error.value.response["Error"]["Code"]


def message(error):
    return error.value.response["Error"]["Message"]


def json_code(answer):
    return answer.json()["__type"].split("#")[-1]


# -- an operation that isn't built: 501, naming itself; never 500 to 504, which SDKs retry for minutes


@pytest.mark.parametrize(
    "service, target, version",
    [
        ("logs", "Logs_20140328.CreateScheduledQuery", "1.1"),
        ("logs", "Logs_20140328.PutDeliverySource", "1.1"),
        ("logs", "Logs_20140328.ListAnomalies", "1.1"),
        ("kms", "TrentService.CreateCustomKeyStore", "1.1"),
    ],
)
def test_operation_not_built_json(raw, service, target, version):
    headers = {"X-Amz-Target": target, "Content-Type": f"application/x-amz-json-{version}"}
    answer = raw(service, headers=headers, body="{}")
    assert answer.status == 501
    assert json_code(answer) == "NotImplemented"
    assert target.split(".")[1] in answer.text


@pytest.mark.parametrize("target", ["DynamoDB_20120810.FrobnicateTable", "DynamoDBStreams_20120810.GetItem",
                                    "Foo_20120810.GetItem", "DynamoDB_20120810.", "GetItem"])
def test_an_operation_that_dynamodb_does_not_have(raw, target):
    answer = raw("dynamodb", headers={"X-Amz-Target": target, "Content-Type": "application/x-amz-json-1.0"}, body="{}")
    assert answer.status == 400
    assert answer.json() == {"__type": "com.amazon.coral.service#UnknownOperationException"}


@pytest.mark.parametrize("service, prefix", [("logs", "Logs_20140328"), ("kms", "TrentService"), ("events", "AWSEvents"),
    ("ssm", "AmazonSSM"), ("secretsmanager", "secretsmanager"), ("application-autoscaling", "AnyScaleFrontendService"),
    ("sqs", "AmazonSQS"), ("monitoring", "GraniteServiceVersion20100801")])
def test_a_name_that_a_json_service_has_never_had(raw, service, prefix):
    for name in ("Frobnicate", "", "putRule"):
        answer = raw(service, headers={"X-Amz-Target": f"{prefix}.{name}", "Content-Type": "application/x-amz-json-1.1"}, body="{}")
        assert (answer.status, json_code(answer)) == (400, "UnknownOperationException"), name
        assert list(answer.json()) == ["__type"]


@pytest.mark.parametrize("service, version", [("iam", "2010-05-08"), ("sts", "2011-06-15"), ("sns", "2010-03-31"),
                                              ("monitoring", "2010-08-01"), ("sqs", "2012-11-05")])
def test_an_action_that_a_query_service_has_never_had(raw, service, version):
    def error(name):
        answer = raw.query(service, name, version)
        return answer.status, *re.findall("<(?:Type|Code|Message)>([^<]*)<", answer.text)

    words = "The action Frobnicate is not valid for this endpoint." if service == "sqs" else (
        f"Could not find operation Frobnicate for version {version}")
    assert error("Frobnicate") == (400, "Sender", "InvalidAction", words)
    assert error("") == (400, "Sender", "MissingAction", "The request must contain the parameter Action.")


@pytest.mark.parametrize("method, content_type", [("PUT", "application/x-amz-json-1.0"), ("POST", "text/plain")])
def test_what_is_no_call_of_dynamodb(raw, method, content_type):
    headers = {"X-Amz-Target": "DynamoDB_20120810.ListTables", "Content-Type": content_type}
    answer = raw("dynamodb", method, headers=headers, body="{}")
    assert (answer.status, answer.text) == (404, "<UnknownOperationException/>\n")


def test_dynamodb_is_healthy(raw):
    assert raw("dynamodb", "GET").text == "healthy: dynamodb.us-east-1.amazonaws.com "


def test_dynamodbs_request_ids(raw):
    answer = raw.dynamodb("ListTables", {})
    assert re.fullmatch("[A-Z0-9]{52}", answer.headers["x-amzn-requestid"])


def test_operation_not_built_query(raw):
    answer = raw.query("iam", "GenerateOrganizationsAccessReport", "2010-05-08")
    assert answer.status == 501
    assert "<Code>NotImplemented</Code>" in answer.text and "<ErrorResponse" in answer.text
    assert "GenerateOrganizationsAccessReport" in answer.text


def test_operation_not_built_rest(raw):
    answer = raw("lambda", "GET", "/2025-12-01/durable-executions/of-none/history")
    assert answer.status == 501
    assert answer.headers["x-amzn-errortype"].split(":")[0] == "NotImplemented"


def test_service_not_emulated(raw):
    answer = raw(
        "kinesis", headers={"X-Amz-Target": "Kinesis_20131202.ListStreams", "Content-Type": "application/x-amz-json-1.1"},
        body="{}",
    )
    assert answer.status == 501
    assert json_code(answer) == "NotImplemented"
    assert "ListStreams" in answer.text or "kinesis" in answer.text.lower()


DYNAMODB = {"X-Amz-Target": "DynamoDB_20120810.ListTables", "Content-Type": "application/x-amz-json-1.0"}


def test_dynamodbs_answers_carry_their_checksum(raw):
    answers = [raw.dynamodb("ListTables", {}, headers={"Accept-Encoding": "gzip"}), raw.dynamodb("ListTables", {"Limit": 0}),
               raw.dynamodb("Frobnicate", {}), raw("dynamodb", "PUT", headers=DYNAMODB)]
    for answer in answers:
        assert int(answer.headers["x-amz-crc32"]) == zlib.crc32(answer.body)
        assert answer.headers["server"] == "Server" and answer.headers["x-amzn-requestid"]


@pytest.mark.parametrize("content_type", ["application/x-amz-json-1.0; charset=utf-8", "application/json", "application/x-amz-json-1.1"])
def test_dynamodb_takes_json_by_other_names(raw, content_type):
    answer = raw("dynamodb", headers={**DYNAMODB, "Content-Type": content_type}, body="{}")
    assert (answer.status, answer.json()) == (200, {"TableNames": []})


def test_a_page_on_this_machine_may_ask_dynamodb(raw):
    page = {"Origin": "http://localhost:3000"}
    asked = raw("dynamodb", "OPTIONS", sign=False, headers={
        **page, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization, x-amz-target"})
    assert (asked.status, asked.text) == (200, "")
    assert asked.headers["access-control-allow-origin"] == "*" and asked.headers["access-control-max-age"] == "172800"
    assert asked.headers["access-control-allow-methods"] == "POST"
    assert asked.headers["access-control-allow-headers"] == "authorization, x-amz-target"
    answer = raw("dynamodb", headers={**DYNAMODB, **page}, body="{}")
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "x-amzn-RequestId" in answer.headers["access-control-expose-headers"]


# -- bodies that can't be read


@pytest.mark.parametrize("body", ["{", "", "[]x", '{"TableName": "x"', '"text"', "\x00", "{'a': 1}"])
def test_malformed_json_body(raw, body):
    answer = raw.dynamodb("DescribeTable", body)
    assert answer.status == 400
    assert json_code(answer) in ("SerializationException", "ValidationException")


def test_json_nested_too_deep(raw):
    depth = 100_000
    answer = raw.dynamodb("PutItem", '{"TableName":"x","Item":' + '{"M":' * depth + "{}" + "}" * depth + "}")
    assert answer.status == 400


@pytest.mark.parametrize(
    "body, expected",
    [
        ('{"TableName": 5}', "NUMBER_VALUE cannot be converted to String"),
        ('{"TableName": true}', "TRUE_VALUE cannot be converted to String"),
        ('{"Limit": "five"}', "STRING_VALUE cannot be converted to Integer"),
        ('{"Limit": "5"}', "STRING_VALUE cannot be converted to Integer"),
        ('{"TableName": []}', "Unrecognized collection type class java.lang.String"),
        ('{"TableName": {}}', "Start of structure or map found where not expected"),
        ('{"KeySchema": "pk"}', "Unexpected field type"),
        ('{"KeySchema": {}}', "Start of structure or map found where not expected"),
        ('{"KeySchema": ["pk"]}', "Unexpected value type in payload"),
        ('{"KeySchema": [[]]}', "Unrecognized collection type class com.amazonaws.dynamodb.v20120810.KeySchemaElement"),
        ('{"ProvisionedThroughput": 1}', "Unexpected field type"),
        ('{"ProvisionedThroughput": []}', "Unrecognized collection type class com.amazonaws.dynamodb.v20120810.ProvisionedThroughput"),
        ('{"ProvisionedThroughput": {"ReadCapacityUnits": "1"}}', "STRING_VALUE cannot be converted to Long"),
        ('{"ProvisionedThroughput": {"ReadCapacityUnits": []}}', "Unrecognized collection type class java.lang.Long"),
        ('{"DeletionProtectionEnabled": "maybe"}', "Unexpected token received from parser"),
        ('{"DeletionProtectionEnabled": {}}', "Start of structure or map found where not expected"),
    ],
)
def test_wrong_json_type(raw, body, expected):
    operation = "ListTables" if "Limit" in body else "CreateTable"
    answer = raw.dynamodb(operation, body)
    assert answer.status == 400
    assert json_code(answer) == "SerializationException"
    assert answer.json()["Message"] == expected


def test_malformed_lambda_body(raw):
    answer = raw("lambda", "POST", "/2015-03-31/functions", body="{not json")
    assert answer.status == 400
    assert answer.headers.get("x-amzn-errortype", "").split(":")[0] in (
        "SerializationException", "InvalidRequestContentException",
    )


def test_malformed_xml_body(raw, client, unique):
    bucket = unique("bucket")
    client("s3").create_bucket(Bucket=bucket)
    answer = raw("s3", "PUT", f"/{bucket}?tagging", body="<Tagging><TagSet>")
    assert answer.status == 400
    assert "<Code>MalformedXML</Code>" in answer.text


# -- what isn't there


def test_missing_table(client):
    dynamodb = client("dynamodb")
    with pytest.raises(dynamodb.exceptions.ResourceNotFoundException) as error:
        dynamodb.describe_table(TableName="missing")
    assert message(error) == "Requested resource not found: Table: missing not found"
    with pytest.raises(dynamodb.exceptions.ResourceNotFoundException) as error:
        dynamodb.put_item(TableName="missing", Item={"pk": {"S": "a"}})
    assert message(error) == "Requested resource not found"


def test_missing_function(client, account):
    functions = client("lambda")
    with pytest.raises(functions.exceptions.ResourceNotFoundException) as error:
        functions.get_function(FunctionName="missing")
    assert message(error) == f"Function not found: arn:aws:lambda:us-east-1:{account}:function:missing"


def test_missing_role(client):
    iam = client("iam")
    with pytest.raises(iam.exceptions.NoSuchEntityException) as error:
        iam.get_role(RoleName="missing")
    assert message(error) == "The role with name missing cannot be found."


def test_missing_bucket_and_key(client, unique):
    s3 = client("s3")
    with pytest.raises(s3.exceptions.NoSuchBucket) as error:
        s3.list_objects_v2(Bucket=unique("missing"))
    assert message(error) == "The specified bucket does not exist"
    bucket = unique("bucket")
    s3.create_bucket(Bucket=bucket)
    with pytest.raises(s3.exceptions.NoSuchKey) as error:
        s3.get_object(Bucket=bucket, Key="missing")
    assert message(error) == "The specified key does not exist."
    with pytest.raises(ClientError) as error:
        s3.head_object(Bucket=bucket, Key="missing")
    assert code(error) == "404"


def test_missing_log_group(client):
    logs = client("logs")
    with pytest.raises(logs.exceptions.ResourceNotFoundException) as error:
        logs.describe_log_streams(logGroupName="missing")
    assert message(error) == "The specified log group does not exist."


def test_constraint_violation_has_awss_words(raw):
    answer = raw.dynamodb("DescribeTable", {"TableName": "a"})
    assert answer.status == 400
    assert json_code(answer) == "ValidationException"
    assert "Member must have length greater than or equal to 3" in answer.json()["message"] or (
        "at least 3 characters long" in answer.json()["message"]
    )


# -- who asks


def test_no_signature(raw):
    answer = raw(
        "dynamodb", headers={"X-Amz-Target": "DynamoDB_20120810.ListTables", "Content-Type": "application/x-amz-json-1.0"},
        body="{}", sign=False,
    )
    assert answer.status == 400
    assert json_code(answer) == "MissingAuthenticationTokenException"


@pytest.mark.parametrize("header, code, text", [
    ("Basic abc", "MissingAuthenticationTokenException", "Request is missing Authentication Token"),
    ("AWS4-HMAC-SHA256 Signature=a, SignedHeaders=host", "IncompleteSignatureException",
     "Authorization header requires 'Credential' parameter. Authorization header requires existence of either a 'X-Amz-Date' or a "
     "'Date' header. Authorization=AWS4-HMAC-SHA256 Signature=a, SignedHeaders=host"),
    ("AWS4-HMAC-SHA256", "IncompleteSignatureException",
     "Authorization header requires 'Credential' parameter. Authorization header requires 'Signature' parameter. Authorization header "
     "requires 'SignedHeaders' parameter. Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. "
     "Authorization=AWS4-HMAC-SHA256"),
])
def test_a_signature_that_lacks_parts(raw, header, code, text):
    answer = raw("dynamodb", headers={**DYNAMODB, "Authorization": header}, body="{}", sign=False)
    assert answer.status == 400
    assert (json_code(answer), answer.json()["message"]) == (code, text)


def test_an_authorization_header_may_have_blanks_for_commas(raw):
    signed = {}

    def sign(header):
        signed["Authorization"] = header.replace(",", "")
        return signed["Authorization"]

    answer = raw("dynamodb", headers=DYNAMODB, body="{}", rewrite_authorization=sign)
    assert answer.status == 200, answer
    assert "," not in signed["Authorization"]


def test_two_signatures_are_one_too_many(raw):
    answer = raw("dynamodb", path="/?X-Amz-Algorithm=AWS4-HMAC-SHA256", headers=DYNAMODB, body="{}")
    assert answer.json() == {
        "__type": "com.amazon.coral.service#InvalidSignatureException",
        "message": "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header."}


def test_foreign_origin_and_host_are_refused(raw):
    headers = {"X-Amz-Target": "DynamoDB_20120810.ListTables", "Content-Type": "application/x-amz-json-1.0"}
    assert raw("dynamodb", body="{}", headers={**headers, "Origin": "https://example.com"}).status == 403
    assert raw("dynamodb", body="{}", headers={**headers, "Host": "example.com"}, sign=False).status in (400, 403, 421)


# -- bytes that are no HTTP, and connections that break off


@pytest.mark.parametrize(
    "sent",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET / HTTP/9.9\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: -5\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1000\r\n\r\n{",
        b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\n" + b"X-Filler: " + b"a" * (1 << 20) + b"\r\n\r\n",
    ],
    ids=["TLS hello", "HTTP 9.9", "negative length", "cut off", "1 MB header"],
)
def test_garbage_does_not_stop_the_server(server, client, sent):
    with socket.create_connection(("127.0.0.1", server.port), timeout=5) as connection:
        try:
            connection.sendall(sent)
            connection.shutdown(socket.SHUT_WR)
            answer = connection.recv(65536)
        except (ConnectionResetError, BrokenPipeError):
            answer = b""
    assert answer == b"" or answer.startswith(b"HTTP/1.1 4") or answer.startswith(b"HTTP/1.1 5")
    assert "TableNames" in client("dynamodb").list_tables()


def test_body_over_the_limit(server, client):
    # 17 MB announced; DynamoDB takes 16.
    host = urllib.parse.urlsplit(server.endpoint)
    connection = http.client.HTTPConnection(host.hostname, host.port, timeout=20)
    headers = {
        "X-Amz-Target": "DynamoDB_20120810.PutItem",
        "Content-Type": "application/x-amz-json-1.0",
        "Authorization": "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0",
    }
    try:
        connection.request("POST", "/", body=b" " * (17 << 20), headers=headers)
        assert connection.getresponse().status == 413
    except (ConnectionResetError, BrokenPipeError):
        pass  # refused before all was read, which is as good
    finally:
        connection.close()
    assert "TableNames" in client("dynamodb").list_tables()
