"""Signatures of keys that this emulator issued, which are right but not of now, not for this service, or one too many."""

import datetime
import json
import stat
import types

import botocore.auth
import botocore.awsrequest
import botocore.credentials
import pytest

from harness import aws
from harness.server import Server

DYNAMODB = {"X-Amz-Target": "DynamoDB_20120810.ListTables", "Content-Type": "application/x-amz-json-1.0"}
LOGS = {"X-Amz-Target": "Logs_20140328.DescribeLogGroups", "Content-Type": "application/x-amz-json-1.1"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
MINUTE = 60


@pytest.fixture(scope="module")
def key(client):
    iam = client("iam")
    iam.create_user(UserName="signer")
    everything = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}
    iam.put_user_policy(UserName="signer", PolicyName="all", PolicyDocument=json.dumps(everything))
    made = iam.create_access_key(UserName="signer")["AccessKey"]
    return botocore.credentials.Credentials(made["AccessKeyId"], made["SecretAccessKey"])


@pytest.fixture
def at(monkeypatch):
    """at(seconds): from here on signatures are dated so much later than now."""

    def shift(seconds):
        class Shifted(datetime.datetime):
            @classmethod
            def utcnow(cls):
                return datetime.datetime.utcnow() + datetime.timedelta(seconds=seconds)

        monkeypatch.setattr(botocore.auth, "datetime", types.SimpleNamespace(datetime=Shifted))

    return shift


@pytest.fixture
def send(server, key):
    """send(scope's service, ...): signed with the user's key, in the head or (expires=) in the query."""

    def request(service, method="POST", path="/", body=b"", headers=None, expires=None, also=None):
        wanted = botocore.awsrequest.AWSRequest(method=method, url=server.endpoint + path, data=body, headers=dict(headers or {}))
        if expires is not None:
            signer = botocore.auth.S3SigV4QueryAuth if service == "s3" else botocore.auth.SigV4QueryAuth
            signer(key, service, aws.REGION, expires=expires).add_auth(wanted)
        else:
            signer = botocore.auth.S3SigV4Auth if service == "s3" else botocore.auth.SigV4Auth
            signer(key, service, aws.REGION).add_auth(wanted)
        target = wanted.prepare().url.removeprefix(server.endpoint)
        return aws.Raw(server.endpoint, "")(service, method, target, body, {**dict(wanted.headers.items()), **(also or {})}, sign=False)

    return request


REQUESTS = {
    "dynamodb": ({"headers": DYNAMODB, "body": b"{}"}, 400, "InvalidSignatureException"),
    "logs": ({"headers": LOGS, "body": b"{}"}, 400, "InvalidSignatureException"),
    "iam": ({"headers": FORM, "body": b"Action=ListUsers&Version=2010-05-08"}, 403, "SignatureDoesNotMatch"),
    "sts": ({"headers": FORM, "body": b"Action=GetCallerIdentity&Version=2011-06-15"}, 403, "SignatureDoesNotMatch"),
    "lambda": ({"method": "GET", "path": "/2015-03-31/functions/"}, 403, "InvalidSignatureException"),
    "s3": ({"method": "GET"}, 403, "RequestTimeTooSkewed"),
}


@pytest.mark.parametrize("service", REQUESTS)
def test_a_signature_ages(send, at, service):
    request, status, code = REQUESTS[service]
    for seconds in (0, -14 * MINUTE, 14 * MINUTE):
        at(seconds)
        assert send(service, **request).status == 200
    for seconds, words in ((-16 * MINUTE, "Signature expired: "), (16 * MINUTE, "Signature not yet current: ")):
        at(seconds)
        answer = send(service, **request)
        assert (answer.status, code in answer.text + str(answer.headers)) == (status, True), answer
        assert ("The difference between the request time" if service == "s3" else words) in answer.text
        assert service == "s3" or " 15 min.)" in answer.text


@pytest.mark.parametrize("service", REQUESTS)
@pytest.mark.parametrize("scope", ["s3", "sts", "dynamodb", "lambda"])
def test_a_signature_is_for_one_service(send, service, scope):
    if scope == service or (scope, service) == ("dynamodb", "s3"):
        pytest.skip("its own; GET / of DynamoDB's is answered as healthy")
    request, *_ = REQUESTS[service]
    if service in ("lambda", "s3", "iam", "sts"):
        # The scope says which service is meant: what it gets isn't one of its requests.
        assert send(scope, **request).status != 200
    else:
        answer = send(scope, **request)
        assert answer.status == 400 and "InvalidSignatureException" in answer.text
        assert f"Credential should be scoped to correct service: '{service}'." in answer.text


def test_a_scope_of_another_day(send, key, server):
    wanted = botocore.awsrequest.AWSRequest(method="POST", url=server.endpoint, data=b"{}", headers=dict(DYNAMODB))
    signer = botocore.auth.SigV4Auth(key, "dynamodb", aws.REGION)
    signer.scope = lambda request: f"{key.access_key}/20260101/{aws.REGION}/dynamodb/aws4_request"
    signer.credential_scope = lambda request: f"20260101/{aws.REGION}/dynamodb/aws4_request"
    real = signer.signature

    def of_that_day(text, request):
        request.context["timestamp"], kept = "20260101T000000Z", request.context["timestamp"]
        try:
            return real(text, request)
        finally:
            request.context["timestamp"] = kept

    signer.signature = of_that_day
    signer.add_auth(wanted)
    answer = aws.Raw(server.endpoint, "")("dynamodb", body=b"{}", headers=dict(wanted.headers.items()), sign=False)
    assert answer.status == 400 and "Date in Credential scope does not match YYYYMMDD" in answer.text


def test_presigned_from_its_date_on(send, at, client, unique):
    bucket = unique("bucket")
    client("s3").create_bucket(Bucket=bucket)
    client("s3").put_object(Bucket=bucket, Key="k", Body=b"x")
    get = {"method": "GET", "path": f"/{bucket}/k"}
    at(-60 * MINUTE)
    assert send("s3", expires=7200, **get).status == 200
    assert "Request has expired" in send("s3", expires=60, **get).text
    at(60 * MINUTE)
    answer = send("s3", expires=7200, **get)
    assert (answer.status, "Request is not valid yet" in answer.text) == (403, True)


@pytest.mark.parametrize("service", REQUESTS)
@pytest.mark.parametrize("query", ["X-Amz-Algorithm=AWS4-HMAC-SHA256", "X-Amz-Signature=0", "X-Amz-Credential=test"])
def test_two_mechanisms_at_once(send, service, query):
    request, *_ = REQUESTS[service]
    path = request.get("path", "/") + "?" + query
    answer = send(service, **{**request, "path": path})
    if service == "s3":
        assert (answer.status, "InvalidArgument" in answer.text) == (400, True), answer.text
        assert "Only one auth mechanism allowed" in answer.text
    else:
        assert answer.status in (400, 403) and "as a query-string param and 'Authorization' as HTTP header." in answer.text


# -- what lies on the disk


def test_the_data_folder_is_its_owner_s(tmp_path):
    data = tmp_path / "data"
    with Server(tmp_path / "server.log", data_dir=data) as server:
        account = aws.new_account()
        aws.make_client(server.endpoint, "s3", account).create_bucket(Bucket="of-mine-and-nobody-else")
    data.chmod(0o755)  # as an earlier version left it
    for file in (data / "store").iterdir():
        file.chmod(0o644)
    with Server(tmp_path / "server.log", data_dir=data) as server:
        aws.make_client(server.endpoint, "s3", account).put_object(Bucket="of-mine-and-nobody-else", Key="k", Body=b"x")
        assert stat.S_IMODE(data.stat().st_mode) == 0o700
        modes = {file.name: oct(stat.S_IMODE(file.stat().st_mode)) for file in (data / "store").iterdir() if file.is_file()}
        assert modes and set(modes.values()) == {"0o600"}, modes
