"""Measures millrace on this machine, prints a table. Ratios are to the same server answering a constant, in this run."""

import argparse
import http.client
import io
import json
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

import botocore.auth  # noqa: E402
import botocore.awsrequest  # noqa: E402
import botocore.credentials  # noqa: E402

from backlog import DROPS_ALL_BY_IMAGE, RECORDS, Backlog  # noqa: E402
from beside import Beside, print_beside  # noqa: E402
from harness import aws, waiting  # noqa: E402
from harness.server import Server, clean_environment, free_port  # noqa: E402

ACCOUNT = "123456789012"
ITEMS = 2000  # distinct items that the load goes round
CONNECTIONS = (1, 16, 64)


def signed(port, service, method, path, headers, body):
    """One request as the bytes that go over the wire."""
    request = botocore.awsrequest.AWSRequest(
        method=method, url=f"http://127.0.0.1:{port}{path}", data=body, headers=dict(headers)
    )
    credentials = botocore.credentials.Credentials(ACCOUNT, "test")
    botocore.auth.SigV4Auth(credentials, service, aws.REGION).add_auth(request)
    lines = [f"{method} {path} HTTP/1.1", f"Host: 127.0.0.1:{port}", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in request.headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body


def dynamodb(port, operation, parameters):
    headers = {"X-Amz-Target": f"DynamoDB_20120810.{operation}", "Content-Type": "application/x-amz-json-1.0"}
    return signed(port, "dynamodb", "POST", "/", headers, json.dumps(parameters).encode())


def item_key(number):
    return {"pk": {"S": f"user-{number // 10}"}, "sk": {"S": f"{number % 10}"}}


def workloads(port):
    """name -> requests. Items are about 500 bytes; the table has a stream with both images."""
    fill = {"name": {"S": "n" * 60}, "mail": {"S": "m" * 80}, "about": {"S": "a" * 250}, "visits": {"N": "17"}}
    numbers = range(ITEMS)
    update = {
        "UpdateExpression": "SET visits = visits + :one, mail = :mail",
        "ExpressionAttributeValues": {":one": {"N": "1"}, ":mail": {"S": "q" * 80}},
    }
    query = {"KeyConditionExpression": "pk = :pk", "TableName": "bench"}

    def put(number, table, stamp="0"):
        return {"TableName": table, "Item": {**item_key(number), **fill, "stamp": {"N": stamp}}}

    constant = f"GET /_millrace/constant HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode()
    return {
        "constant (the ceiling)": [constant],
        # Two rounds with different contents: a put of what is stored already writes no stream record.
        "PutItem + stream record": [dynamodb(port, "PutItem", put(n, "bench")) for n in numbers]
        + [dynamodb(port, "PutItem", put(n, "bench", str(ITEMS + n))) for n in numbers],
        "PutItem, no stream": [dynamodb(port, "PutItem", put(n, "plain")) for n in numbers],
        "GetItem": [dynamodb(port, "GetItem", {"TableName": "bench", "Key": item_key(n)}) for n in numbers],
        "UpdateItem + stream record": [
            dynamodb(port, "UpdateItem", {"TableName": "bench", "Key": item_key(n), **update}) for n in numbers
        ],
        "Query (10 items)": [
            dynamodb(port, "Query", {**query, "ExpressionAttributeValues": {":pk": item_key(n)["pk"]}})
            for n in range(0, ITEMS, 10)
        ],
    }


def load(program, port, connections, seconds, requests):
    wire = b"".join(str(len(request)).encode() + b"\n" + request for request in requests)
    done = subprocess.run(
        [program, str(port), str(connections), str(seconds)], input=wire, capture_output=True, timeout=seconds + 30
    )
    if done.returncode:
        raise SystemExit(done.stderr.decode())
    result = json.loads(done.stdout)
    if result["errors"]:
        print(done.stderr.decode()[:300], file=sys.stderr)
    return result


def send_each(port, requests):
    """Each request once, one after the other, so that what the load reads and updates is there."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.connect()
    for request in requests:
        connection.sock.sendall(request)
        answer = connection.sock.recv(65536)
        assert answer.startswith(b"HTTP/1.1 200"), answer
    connection.close()


def first_answer_ms(binary, folder):
    """From exec to the first answered ListTables."""
    port = free_port()
    request = dynamodb(port, "ListTables", {})
    started = time.perf_counter()
    process = subprocess.Popen(
        [binary, "serve", "--port", str(port), "--data-dir", str(folder)],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=clean_environment(),
    )
    try:
        while time.perf_counter() - started < 10:
            try:
                connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
                connection.connect()
                connection.sock.sendall(request)
                if connection.sock.recv(4096).startswith(b"HTTP/1.1 200"):
                    return (time.perf_counter() - started) * 1000
            except ConnectionRefusedError:
                time.sleep(0.0002)
            finally:
                connection.close()
        raise SystemExit("the server didn't answer ListTables within 10 s")
    finally:
        process.terminate()
        process.wait(20)


def resident_mb(pid):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return float("nan")


def create_tables(dynamodb_client):
    for name, stream in (("bench", True), ("plain", False), ("told", True)):
        options = {}
        if stream:
            options["StreamSpecification"] = {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
        dynamodb_client.create_table(
            TableName=name, BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[
                {"AttributeName": "pk", "AttributeType": "S"}, {"AttributeName": "sk", "AttributeType": "S"},
            ],
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
            **options,
        )


def zipped(source):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("index.py", source)
    return buffer.getvalue()


def create_role(iam):
    def document(**statement):
        return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **statement}]})

    trust = document(Action="sts:AssumeRole", Principal={"Service": "lambda.amazonaws.com"})
    arn = iam.create_role(RoleName="bench", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    iam.put_role_policy(RoleName="bench", PolicyName="all", PolicyDocument=document(Action="*", Resource="*"))
    return arn


class Functions:
    """What functions cost: a cold start, a warm invocation, and from an acknowledged write to the handler."""

    def __init__(self, server):
        self._server = server
        self._client = lambda service: aws.make_client(server.endpoint, service, ACCOUNT)
        self._role = create_role(self._client("iam"))

    def _create(self, name, source):
        self._client("lambda").create_function(
            FunctionName=name, Runtime="python3.12", Handler="index.handler", Role=self._role,
            Code={"ZipFile": zipped(source)}, Timeout=30,
        )

    def _invoke_request(self, name):
        return signed(
            self._server.port, "lambda", "POST", f"/2015-03-31/functions/{name}/invocations", {}, b"{}"
        )

    def cold_ms(self, name, source, count=10):
        """First Invoke of a new function, median."""
        taken = []
        for number in range(count):
            self._create(f"{name}-{number}", source)
            taken.append(self._timed_ms(self._invoke_request(f"{name}-{number}")))
        return statistics.median(taken)

    def warm(self, program, seconds):
        self._create("warm", "def handler(event, context):\n    return 1\n")
        request = self._invoke_request("warm")
        self._timed_ms(request)
        return load(program, self._server.port, 1, seconds, [request])

    def through_an_api(self, program, seconds):
        """GET through an HTTP API to the function that warm() made."""
        gateway, arn = self._client("apigatewayv2"), f"arn:aws:lambda:{aws.REGION}:{ACCOUNT}:function:warm"
        api = gateway.create_api(Name="bench", ProtocolType="HTTP", Target=arn)["ApiId"]
        self._client("lambda").add_permission(FunctionName="warm", StatementId="api", Action="lambda:InvokeFunction",
                                              Principal="apigateway.amazonaws.com")
        request = f"GET /_aws/execute-api/{api}/ HTTP/1.1\r\nHost: 127.0.0.1:{self._server.port}\r\n\r\n".encode()
        self._timed_ms(request)
        return load(program, self._server.port, 1, seconds, [request])

    def write_to_handler_ms(self, count=200):
        """Sorted milliseconds from an acknowledged PutItem to the handler's first statement, one write at a time."""
        self._create(
            "told",
            "import time\ndef handler(event, context):\n    now = time.time_ns()\n"
            "    for r in event['Records']:\n        print('told', r['dynamodb']['Keys']['pk']['S'], now)\n",
        )
        stream = self._client("dynamodb").describe_table(TableName="told")["Table"]["LatestStreamArn"]
        self._client("lambda").create_event_source_mapping(
            EventSourceArn=stream, FunctionName="told", StartingPosition="LATEST"
        )
        connection = http.client.HTTPConnection("127.0.0.1", self._server.port, timeout=30)
        connection.connect()
        acknowledged = {}
        for number in range(count + 1):
            item = {"pk": {"S": f"w{number}"}, "sk": {"S": "0"}}
            request = dynamodb(self._server.port, "PutItem", {"TableName": "told", "Item": item})
            connection.sock.sendall(request)
            answer = connection.sock.recv(65536)
            acknowledged[f"w{number}"] = time.time_ns()
            assert answer.startswith(b"HTTP/1.1 200"), answer
            waiting.drain(self._server.endpoint, 30)
        connection.close()
        del acknowledged["w0"]  # the cold start
        told = self._told()
        return sorted((told[key] - at) / 1e6 for key, at in acknowledged.items())

    def _told(self):
        logs, told = self._client("logs"), {}
        for stream in logs.describe_log_streams(logGroupName="/aws/lambda/told")["logStreams"]:
            token = {}
            while True:
                page = logs.get_log_events(
                    logGroupName="/aws/lambda/told", logStreamName=stream["logStreamName"], startFromHead=True, **token
                )
                for event in page["events"]:
                    if event["message"].startswith("told "):
                        _, key, at_ns = event["message"].split()
                        told[key] = int(at_ns)
                if token.get("nextToken") == page["nextForwardToken"]:
                    break
                token = {"nextToken": page["nextForwardToken"]}
        return told

    def _timed_ms(self, request):
        connection = http.client.HTTPConnection("127.0.0.1", self._server.port, timeout=60)
        connection.connect()
        started = time.perf_counter()
        connection.sock.sendall(request)
        answer = connection.sock.recv(65536)
        taken = (time.perf_counter() - started) * 1000
        connection.close()
        assert answer.startswith(b"HTTP/1.1 200"), answer
        return taken


def print_requests(program, server, seconds):
    print(f"\n{'requests':28}{'connections':>12}{'per second':>12}{'of ceiling':>12}{'p50 us':>10}{'p99 us':>10}{'errors':>8}")
    requests = workloads(server.port)
    send_each(server.port, requests["PutItem + stream record"][:ITEMS])
    ceiling = {}
    for name, wire in requests.items():
        for connections in CONNECTIONS:
            result = load(program, server.port, connections, seconds, wire)
            ceiling.setdefault(connections, result["per_second"])
            ratio = result["per_second"] / ceiling[connections] if ceiling[connections] else 0
            print(
                f"{name:28}{connections:12}{result['per_second']:12,.0f}{ratio:12.2f}"
                f"{result['p50_us']:10.0f}{result['p99_us']:10.0f}{result['errors']:8}",
                flush=True,
            )
    return ceiling


def print_functions(program, server, seconds):
    functions = Functions(server)
    handler = "def handler(event, context):\n    return 1\n"
    boto3 = "import boto3\nclient = boto3.client('dynamodb')\n" + handler
    print(f"\ncold start: {functions.cold_ms('cold', handler):.1f} ms (first Invoke of a new function, median)", flush=True)
    print(f"cold start with `import boto3` and a client: {functions.cold_ms('boto', boto3):.1f} ms", flush=True)
    warm = functions.warm(program, seconds)
    print(f"warm Invoke: p50 {warm['p50_us'] / 1000:.2f} ms, p99 {warm['p99_us'] / 1000:.2f} ms, {warm['per_second']:,.0f}/s")
    api = functions.through_an_api(program, seconds)
    print(f"HTTP API to the same function: p50 {api['p50_us'] / 1000:.2f} ms, p99 {api['p99_us'] / 1000:.2f} ms, "
          f"{(api['p50_us'] - warm['p50_us']) / 1000:.2f} ms beyond Invoke's")
    delays = functions.write_to_handler_ms()
    print(
        f"acknowledged write to the handler's first line: median {statistics.median(delays):.2f} ms, "
        f"p99 {delays[int(len(delays) * 0.99) - 1]:.2f} ms (warm)"
    )


def print_backlog(server, records):
    """The functions' role is there: print_functions() ran before."""
    backlog = Backlog(server, ACCOUNT, dynamodb, records)
    lam = aws.make_client(server.endpoint, "lambda", ACCOUNT)
    role = aws.make_client(server.endpoint, "iam", ACCOUNT).get_role(RoleName="bench")["Role"]["Arn"]
    lam.create_function(
        FunctionName="counts", Runtime="python3.12", Handler="index.handler", Role=role, Timeout=30,
        Code={"ZipFile": zipped("def handler(event, context):\n    return len(event['Records'])\n")},
    )
    dropped = max(backlog.per_second("counts", FilterCriteria=DROPS_ALL_BY_IMAGE) for _ in range(2))
    print(f"\nbacklog of {records:,} records, all dropped by a filter on the new image: {dropped:,.0f} records/s", flush=True)
    delivered = max(backlog.per_second("counts", BatchSize=1000) for _ in range(2))
    print(f"the same, delivered in batches of 1,000 to a trivial Python handler: {delivered:,.0f} records/s", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binary", required=True)
    parser.add_argument("--load", required=True, help="the built load generator")
    parser.add_argument("--seconds", type=float, default=3, help="for each line of the table")
    parser.add_argument("--records", type=int, default=RECORDS, help="of the backlog that mappings work off")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="millrace-bench-") as folder:
        folder = pathlib.Path(folder)
        taken = [first_answer_ms(arguments.binary, folder / f"start-{n}") for n in range(5)]
        print(f"exec to the first answered ListTables: {statistics.median(taken):.1f} ms (median of {len(taken)}, empty store)")
        with Server(folder / "server.log", data_dir=folder / "data", binary_path=arguments.binary) as server:
            time.sleep(1)  # idle: what start-up left to do in the background is done
            print(f"idle resident memory: {resident_mb(server.process.pid):.1f} MB")
            create_tables(aws.make_client(server.endpoint, "dynamodb", ACCOUNT))
            ceiling = print_requests(arguments.load, server, arguments.seconds)
            print_functions(arguments.load, server, arguments.seconds)
            role = aws.make_client(server.endpoint, "iam", ACCOUNT).get_role(RoleName="bench")["Role"]["Arn"]
            print_beside(Beside(server, ACCOUNT, signed, zipped, role),
                         lambda request: load(arguments.load, server.port, 1, arguments.seconds, [request]), ceiling[1])
            print_backlog(server, arguments.records)
            print(f"resident memory after all this: {resident_mb(server.process.pid):.1f} MB")


if __name__ == "__main__":
    main()
