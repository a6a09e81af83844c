"""What is small on the wire and large unpacked, or large in a handler, costs the server little memory and little time."""

import gzip
import io
import json

import pytest

from harness.server import Server, is_sanitized
from harness.waiting import until

MIB = 1 << 20
pytestmark = pytest.mark.skipif(is_sanitized(), reason="a sanitizer's own memory isn't the server's")


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with Server(tmp_path_factory.mktemp("memory") / "server.log") as running:
        yield running
        assert running.alive(), f"the server died during the tests:\n{running.log()}"


@pytest.fixture(scope="module")
def endpoint(server):
    return server.endpoint


@pytest.fixture
def more_memory(server):
    """more_memory(call) -> what it returned, and by how many MiB the server grew meanwhile at most."""

    def status_mib(field):
        with open(f"/proc/{server.process.pid}/status") as status:
            return next(int(line.split()[1]) // 1024 for line in status if line.startswith(field + ":"))

    def measure(call):
        with open(f"/proc/{server.process.pid}/clear_refs", "w") as control:
            control.write("5")
        before = status_mib("VmRSS")
        result = call()
        return result, status_mib("VmHWM") - before

    return measure


def packed(*parts):
    """gzip of (bytes, how often) pairs, never held unpacked."""
    out = io.BytesIO()
    with gzip.GzipFile(fileobj=out, mode="wb", compresslevel=1) as file:
        for piece, count in parts:
            block = piece * max(1, min(count, MIB // len(piece)))
            whole, rest = divmod(count * len(piece), len(block))
            for _ in range(whole):
                file.write(block)
            file.write(block[:rest])
    return out.getvalue()


ITEM = b'{"Item":{"pk":{"S":"a"}}}\n'
BOMBS = {
    # what is in the file, its format, how many items it has, and how many of its records are errors
    "blanks": ("DYNAMODB_JSON", [(b" ", 160 * MIB), (ITEM, 1)], 1, 0),
    "one text without an end": ("DYNAMODB_JSON", [(ITEM, 1), (b'{"Item":{"pk":{"S":"', 1), (b"x", 160 * MIB)], 1, 1),
    "lists in a list": ("DYNAMODB_JSON", [(b'{"Item":{"pk":{"L":[', 1), (b"[],", 40 * MIB), (b"[]]}}}", 1), (ITEM, 1)], 1, 1),
    "open brackets": ("DYNAMODB_JSON", [(b'{"Item":', 1), (b"[", 100 * MIB)], 0, 1),
    "deep lists": ("DYNAMODB_JSON", [(b'{"Item":', 1), (b"[", 3 * MIB)], 0, 1),
    "maps in maps": ("ION", [(b"{Item:{pk:\"a\"}}\n{Item:", 1), (b"{a:", 30 * MIB)], 1, 1),
    "a list of lists in Ion": ("ION", [(b"{Item:{pk:[", 1), (b"[],", 40 * MIB), (b"]}}", 1)], 0, 1),
    "a header of commas": ("CSV", [(b",", 200 * MIB), (b"\na,b\n", 1)], 0, 1),
    "a record of commas": ("CSV", [(b"pk,x\na,b\n", 1), (b",", 200 * MIB), (b"\nc,d\n", 1)], 2, 1),
    "a field without an end": ("CSV", [(b"pk,x\na,b\n", 1), (b'c,"', 1), (b"x", 160 * MIB)], 1, 1),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", BOMBS)
def test_an_import_bomb(client, unique, more_memory, name):
    form, parts, items, errors = BOMBS[name]
    s3, dynamodb, bucket = client("s3"), client("dynamodb"), unique("bucket")
    s3.create_bucket(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key="bomb", Body=packed(*parts))

    def run():
        arn = dynamodb.import_table(
            S3BucketSource={"S3Bucket": bucket}, InputFormat=form, InputCompressionType="GZIP",
            TableCreationParameters={
                "TableName": unique("t"), "BillingMode": "PAY_PER_REQUEST",
                "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
                "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}]})["ImportTableDescription"]["ImportArn"]

        def ended():
            described = dynamodb.describe_import(ImportArn=arn)["ImportTableDescription"]
            return described if described["ImportStatus"] != "IN_PROGRESS" else None

        return until(ended, "the import ends", timeout_s=60)

    done, grown = more_memory(run)
    assert (done["ImportedItemCount"], done["ErrorCount"]) == (items, errors), done
    assert grown <= 100, f"{grown} MiB"


@pytest.mark.slow
def test_a_large_file_is_imported_in_pieces(client, unique, more_memory):
    """As it is, without packing."""
    s3, dynamodb, bucket = client("s3"), client("dynamodb"), unique("bucket")
    s3.create_bucket(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key="large", Body=b"pk,x\n" + b"\n" * (150 * MIB) + b"a,b\n")

    def run():
        arn = dynamodb.import_table(
            S3BucketSource={"S3Bucket": bucket}, InputFormat="CSV",
            TableCreationParameters={
                "TableName": unique("t"), "BillingMode": "PAY_PER_REQUEST",
                "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
                "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}]})["ImportTableDescription"]["ImportArn"]

        def ended():
            described = dynamodb.describe_import(ImportArn=arn)["ImportTableDescription"]
            return described if described["ImportStatus"] != "IN_PROGRESS" else None

        return until(ended, "the import ends", timeout_s=60)

    done, grown = more_memory(run)
    assert (done["ImportStatus"], done["ImportedItemCount"]) == ("COMPLETED", 1), done
    assert done["ProcessedSizeBytes"] == 150 * MIB + 9
    assert grown <= 64, f"{grown} MiB"


def test_a_response_of_100_megabytes(client, make_function, more_memory):
    lam = client("lambda")
    name = make_function("def handler(event, context): return 'x' * event['size']", MemorySize=1024, Timeout=30)
    assert json.loads(lam.invoke(FunctionName=name, Payload=b'{"size": 1}')["Payload"].read()) == "x"
    answer, grown = more_memory(lambda: lam.invoke(FunctionName=name, Payload=b'{"size": 100000000}'))
    assert json.loads(answer["Payload"].read()) == {
        "errorMessage": "Response payload size exceeded maximum allowed payload size (6291556 bytes).",
        "errorType": "Function.ResponseSizeTooLarge"}
    assert grown <= 32, f"{grown} MiB"
    # The environment goes on.
    assert json.loads(lam.invoke(FunctionName=name, Payload=b'{"size": 2}')["Payload"].read()) == "xx"


def test_code_that_is_too_large_isn_t_read(client, make_role, unique, more_memory):
    s3, lam, bucket = client("s3"), client("lambda"), unique("bucket")
    s3.create_bucket(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key="code.zip", Body=bytes(262_144_001))
    role = make_role()

    def create():
        with pytest.raises(lam.exceptions.InvalidParameterValueException) as refused:
            lam.create_function(FunctionName=unique("f"), Runtime="python3.12", Handler="index.handler", Role=role,
                                Code={"S3Bucket": bucket, "S3Key": "code.zip"})
        return refused.value.response["Error"]["Message"]

    message, grown = more_memory(create)
    assert message == "Unzipped size must be smaller than 262144000 bytes"
    assert grown <= 16, f"{grown} MiB"
