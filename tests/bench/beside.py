"""What the services beside the pipeline take: PutEvents to a function's first line, Encrypt, a day of metrics. Lines of bench.py; by
itself, with requests one after the other: `beside.py BINARY`."""

import datetime
import http.client
import json
import pathlib
import statistics
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from harness import aws, waiting  # noqa: E402

METRICS = 100
MINUTES = 1440


def timed(port, request, repeats):
    """Milliseconds from the request's last byte to the answer's, each, and the last answer."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.connect()
    taken, answer = [], b""
    for _ in range(repeats):
        started = time.perf_counter()
        connection.sock.sendall(request)
        response = http.client.HTTPResponse(connection.sock)
        response.begin()
        answer = response.read()
        taken.append((time.perf_counter() - started) * 1000)
        assert response.status == 200, answer[:300]
    connection.close()
    return taken, answer


class Beside:
    def __init__(self, server, account, signed, zipped, role):
        self._server, self._signed, self._zipped, self._role = server, signed, zipped, role
        self._client = lambda service: aws.make_client(server.endpoint, service, account)

    def _json(self, service, target, body, version="1.1"):
        headers = {"X-Amz-Target": target, "Content-Type": f"application/x-amz-json-{version}"}
        return self._signed(self._server.port, service, "POST", "/", headers, json.dumps(body).encode())

    def put_events_to_handler_ms(self, count=200):
        """Sorted milliseconds from an acknowledged PutEvents to the handler's first statement, one event at a time."""
        events, lam = self._client("events"), self._client("lambda")
        lam.create_function(
            FunctionName="heard", Runtime="python3.12", Handler="index.handler", Role=self._role, Timeout=30, Code={"ZipFile": self._zipped(
                "import time\ndef handler(event, context):\n    now = time.time_ns()\n    print('heard', event['detail']['n'], now)\n")})
        rule = events.put_rule(Name="heard", EventPattern='{"source":["bench"]}')["RuleArn"]
        lam.add_permission(FunctionName="heard", StatementId="rule", Action="lambda:InvokeFunction", Principal="events.amazonaws.com", SourceArn=rule)
        arn = lam.get_function(FunctionName="heard")["Configuration"]["FunctionArn"]
        events.put_targets(Rule="heard", Targets=[{"Id": "f", "Arn": arn}])
        sent = {}
        for number in range(count + 1):
            request = self._json("events", "AWSEvents.PutEvents", {
                "Entries": [{"Source": "bench", "DetailType": "t", "Detail": json.dumps({"n": number})}]})
            timed(self._server.port, request, 1)
            sent[str(number)] = time.time_ns()
            waiting.drain(self._server.endpoint, 30)
        del sent["0"]  # the cold start
        heard, logs, token = {}, self._client("logs"), {}
        while True:
            page = logs.filter_log_events(logGroupName="/aws/lambda/heard", filterPattern="heard", **token)
            for event in page["events"]:
                _, number, at_ns = event["message"].split()
                heard[number] = int(at_ns)
            if "nextToken" not in page:
                break
            token = {"nextToken": page["nextToken"]}
        return sorted((heard[number] - at) / 1e6 for number, at in sent.items())

    def encrypt_request(self):
        key = self._client("kms").create_key()["KeyMetadata"]["KeyId"]
        return self._json("kms", "TrentService.Encrypt", {"KeyId": key, "Plaintext": "QUFB" * 341})  # 1 KiB

    def day_of_metrics_ms(self, repeats=20):
        """Median milliseconds of a GetMetricData over a day of minute points of 100 metrics, a value per five minutes, and per minute."""
        watch = self._client("cloudwatch")
        now = int(time.time()) // 300 * 300
        for metric in range(METRICS):
            for begin in range(0, MINUTES, 500):
                watch.put_metric_data(Namespace="Bench", MetricData=[
                    {"MetricName": f"m{metric}", "Value": float(minute % 7),
                     "Timestamp": datetime.datetime.fromtimestamp(now - 86400 + minute * 60, datetime.timezone.utc)}
                    for minute in range(begin, min(begin + 500, MINUTES))])
        out = []
        for period, metrics in ((300, METRICS), (60, 70)):  # 70: an answer holds 100,800 points
            queries = [{"Id": f"q{m}", "MetricStat": {"Metric": {"Namespace": "Bench", "MetricName": f"m{m}"}, "Period": period, "Stat": "Average"}}
                       for m in range(metrics)]
            request = self._json("monitoring", "GraniteServiceVersion20100801.GetMetricData", {
                "MetricDataQueries": queries, "StartTime": now - 86400, "EndTime": now}, "1.0")
            taken, answer = timed(self._server.port, request, repeats)
            assert sum(len(r["Values"]) for r in json.loads(answer)["MetricDataResults"]) == metrics * 86400 // period
            out.append(statistics.median(taken))
        return out


def print_beside(beside, encrypt, ceiling):
    """`encrypt(request)`: the load's result at one connection; `ceiling`: the constant's requests a second there."""
    delays = beside.put_events_to_handler_ms()
    print(f"\nacknowledged PutEvents to the handler's first line: median {statistics.median(delays):.2f} ms, "
          f"p99 {delays[int(len(delays) * 0.99) - 1]:.2f} ms (warm)", flush=True)
    result = encrypt(beside.encrypt_request())
    print(f"Encrypt of 1 KiB, one connection: {result['per_second']:,.0f}/s, {result['per_second'] / ceiling:.2f} of the constant's", flush=True)
    by_five, by_one = beside.day_of_metrics_ms()
    print(f"GetMetricData over a day of minute points: {METRICS} metrics by five minutes {by_five:.1f} ms, 70 metrics by the minute {by_one:.1f} ms")


def main(binary):
    import tempfile

    from bench import ACCOUNT, Functions, first_answer_ms, resident_mb, signed, zipped
    from harness.server import Server

    with tempfile.TemporaryDirectory(prefix="millrace-beside-") as folder:
        folder = pathlib.Path(folder)
        print(f"exec to the first answer: {statistics.median(first_answer_ms(binary, folder / f'start-{n}') for n in range(5)):.1f} ms")
        with Server(folder / "server.log", data_dir=folder / "data", binary_path=binary) as server:
            time.sleep(1)
            print(f"idle resident memory: {resident_mb(server.process.pid):.1f} MB")
            Functions(server)  # makes the role
            role = aws.make_client(server.endpoint, "iam", ACCOUNT).get_role(RoleName="bench")["Role"]["Arn"]
            constant = f"GET /_millrace/constant HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\n\r\n".encode()

            def per_second(request):
                timed(server.port, request, 200)
                return 1000 / statistics.median(timed(server.port, request, 2000)[0])

            print_beside(Beside(server, ACCOUNT, signed, zipped, role), lambda request: {"per_second": per_second(request)}, per_second(constant))


if __name__ == "__main__":
    main(*sys.argv[1:])
