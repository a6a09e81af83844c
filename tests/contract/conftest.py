"""What contract tests use beside ../conftest.py's fixtures: handlers zipped in memory, roles, the emulator's clock."""

import io
import json
import urllib.error
import urllib.request
import zipfile

import pytest
from harness import aws


def zip_files(files):
    """A deployment package: {"index.py": "source", ...} as zip bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            entry = zipfile.ZipInfo(name, (2049, 1, 1, 0, 0, 0))
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, text)
    return buffer.getvalue()


@pytest.fixture(scope="session")
def package():
    """package("def handler(event, context): ...") or package({"index.py": ..., "lib.py": ...}): zip bytes."""
    return lambda source: zip_files({"index.py": source} if isinstance(source, str) else source)


@pytest.fixture
def make_role(client, unique):
    """make_role(*statements) -> ARN of a role that Lambda may assume; without statements it may do everything."""

    def make(*statements, service="lambda.amazonaws.com"):
        iam, name = client("iam"), unique("role")
        trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": service}}
        allowed = list(statements) or [{"Effect": "Allow", "Action": "*", "Resource": "*"}]
        role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=document(trust))["Role"]
        iam.put_role_policy(RoleName=name, PolicyName="allowed", PolicyDocument=document(*allowed))
        return role["Arn"]

    return make


def document(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


@pytest.fixture
def make_principal(client, server, unique, account):
    """make_principal(*statements) -> a user with these permissions; its .arn, and .client("kms")."""

    class Principal:
        def __init__(self, *statements):
            iam, name = client("iam"), unique("user")
            self.arn = iam.create_user(UserName=name)["User"]["Arn"]
            if statements:
                iam.put_user_policy(UserName=name, PolicyName="allowed", PolicyDocument=document(*statements))
            self.key = iam.create_access_key(UserName=name)["AccessKey"]

        def client(self, service, region=aws.REGION):
            return aws.make_client(server.endpoint, service, self.key["AccessKeyId"], region, self.key["SecretAccessKey"])

    return Principal


@pytest.fixture
def make_function(client, unique, package, make_role):
    """make_function(source, **settings) -> name of a python3.12 function; its role may do everything."""

    def make(source, **settings):
        options = {
            "FunctionName": unique("function"),
            "Runtime": "python3.12",
            "Handler": "index.handler",
            "Code": {"ZipFile": package(source)},
            **settings,
        }
        options.setdefault("Role", make_role())
        client("lambda").create_function(**options)
        return options["FunctionName"]

    return make


@pytest.fixture
def open_to_all(client, raw):
    """open_to_all(function) gives everybody both permissions that a public function URL needs."""

    def grant(name):
        client("lambda").add_permission(FunctionName=name, StatementId="FunctionURLAllowPublicAccess",
                                        Action="lambda:InvokeFunctionUrl", Principal="*", FunctionUrlAuthType="NONE")
        # boto3 of Debian 12 doesn't know InvokedViaFunctionUrl yet.
        added = raw("lambda", "POST", f"/2015-03-31/functions/{name}/policy", json.dumps({
            "StatementId": "FunctionURLAllowInvokeAction", "Action": "lambda:InvokeFunction", "Principal": "*",
            "InvokedViaFunctionUrl": True}))
        assert added.status == 201, added

    return grant


@pytest.fixture
def make_table(client, unique):
    """make_table(stream="NEW_AND_OLD_IMAGES", **settings) -> name of an ACTIVE table; its key is `pk` (S)."""

    def make(stream=None, **settings):
        options = {
            "TableName": unique("table"),
            "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
            "BillingMode": "PAY_PER_REQUEST",
            **settings,
        }
        if stream:
            options["StreamSpecification"] = {"StreamEnabled": True, "StreamViewType": stream}
        client("dynamodb").create_table(**options)
        return options["TableName"]

    return make


@pytest.fixture
def dynamodb(client):
    return client("dynamodb")


@pytest.fixture
def s3(client):
    return client("s3")


@pytest.fixture
def bucket(s3, unique):
    """The name of a new bucket."""
    name = unique("bucket")
    s3.create_bucket(Bucket=name)
    return name


@pytest.fixture
def versioned(s3, bucket):
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    return bucket


@pytest.fixture
def open_bucket(s3, bucket):
    """A bucket that public policies and ACLs may open."""
    s3.delete_public_access_block(Bucket=bucket)
    return bucket


@pytest.fixture
def call(raw):
    """call("CreateTable", {...}) -> DynamoDB's answer as a document, past boto3's own checks."""
    return lambda operation, body: raw.dynamodb(operation, json.dumps(body)).json()


class EmulatorClock:
    """/_millrace/clock. It is the whole server's: a test that sets it must own the server, or only advance it."""

    def __init__(self, endpoint):
        self._url = endpoint + "/_millrace/clock"

    def show(self):
        return self._call("GET", "")

    def advance(self, seconds):
        return self._call("POST", f"/advance?by={round(seconds * 1000)}")

    def freeze(self):
        return self._call("POST", "/freeze")

    def resume(self):
        return self._call("POST", "/resume")

    def _call(self, method, path):
        request = urllib.request.Request(self._url + path, method=method, data=b"" if method == "POST" else None)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            raise AssertionError(f"clock: {error.code} {error.read().decode(errors='replace')}") from None


@pytest.fixture
def emulator_clock(server, request):
    """Only in files that have a server of their own (harness/own_server.py): every other file's signatures and sessions
    would be judged by the moved clock."""
    assert hasattr(request.module, "server"), f"{request.module.__name__} moves a clock that other files share"
    return EmulatorClock(server.endpoint)
