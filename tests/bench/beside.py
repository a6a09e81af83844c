"""What the services beside the pipeline take: PutEvents to a function's first line, Encrypt, a day of metrics. Nothing is aimed at."""

import datetime
import functools
import json
import time

from functions import printed
from harness import waiting
from rounds import Line, Sample
from wire import Caller, signed

METRICS = 100
MINUTES = 1440
EVENTS = 50  # a round
ANSWERS = 5  # of GetMetricData a round
HEARD = "import time\ndef handler(event, context):\n    now = time.time_ns()\n    print('heard', event['detail']['n'], now)\n"


class Beside:
    """On the server of the functions."""

    def __init__(self, functions):
        self._functions = functions

    @property
    def _port(self):
        return self._functions.server.port

    def _json(self, service, target, body, version="1.1"):
        headers = {"X-Amz-Target": target, "Content-Type": f"application/x-amz-json-{version}"}
        return signed(self._port, service, "POST", "/", headers, json.dumps(body).encode())

    @functools.cached_property
    def _heard(self):
        """A connection; the function hears what PutEvents says, and has begun."""
        arn = self._functions.create("heard", HEARD)
        events = self._functions.client("events")
        rule = events.put_rule(Name="heard", EventPattern='{"source":["bench"]}')["RuleArn"]
        self._functions.client("lambda").add_permission(
            FunctionName="heard", StatementId="rule", Action="lambda:InvokeFunction", Principal="events.amazonaws.com", SourceArn=rule)
        events.put_targets(Rule="heard", Targets=[{"Id": "f", "Arn": arn}])
        caller = Caller(self._port)
        self._put_event(caller, "first")
        return caller

    def _put_event(self, caller, key):
        caller.ask(self._json("events", "AWSEvents.PutEvents", {
            "Entries": [{"Source": "bench", "DetailType": "t", "Detail": json.dumps({"n": key})}]}))
        acknowledged = time.time_ns()
        waiting.drain(self._functions.server.endpoint, 30)
        return acknowledged

    def event_to_handler(self, number):
        """From an acknowledged PutEvents to the handler's first statement, one event at a time."""
        caller = self._heard
        acknowledged = {f"e{number}-{n}": self._put_event(caller, f"e{number}-{n}") for n in range(EVENTS)}
        heard = printed(self._functions.client("logs"), "heard")
        return Sample.of_times((heard[key] - at) / 1e6 for key, at in acknowledged.items())

    @functools.cached_property
    def _encrypt(self):
        key = self._functions.client("kms").create_key()["KeyMetadata"]["KeyId"]
        return [self._json("kms", "TrentService.Encrypt", {"KeyId": key, "Plaintext": "QUFB" * 341})]  # 1 KiB

    def encrypt(self, _):
        requests = self._encrypt
        return self._functions.stand.load(self._port, 1, requests)

    def bare_encrypt(self, _):
        stand = self._functions.stand
        return stand.load(stand.bare(2), 1, self._encrypt)

    @functools.cached_property
    def _end_of_metrics(self):
        """A day of minute points of METRICS metrics is there; its end in seconds."""
        watch = self._functions.client("cloudwatch")
        end = int(time.time()) // 300 * 300
        for metric in range(METRICS):
            for begin in range(0, MINUTES, 500):
                watch.put_metric_data(Namespace="Bench", MetricData=[
                    {"MetricName": f"m{metric}", "Value": float(minute % 7),
                     "Timestamp": datetime.datetime.fromtimestamp(end - 86400 + minute * 60, datetime.timezone.utc)}
                    for minute in range(begin, min(begin + 500, MINUTES))])
        return end

    def day_of_metrics(self, _, period, metrics):
        """A GetMetricData over that day, a value of each metric per period."""
        end = self._end_of_metrics
        queries = [{"Id": f"q{m}", "MetricStat": {"Metric": {"Namespace": "Bench", "MetricName": f"m{m}"}, "Period": period, "Stat": "Average"}}
                   for m in range(metrics)]
        request = self._json("monitoring", "GraniteServiceVersion20100801.GetMetricData", {
            "MetricDataQueries": queries, "StartTime": end - 86400, "EndTime": end}, "1.0")
        with Caller(self._port) as caller:
            answer = json.loads(caller.ask(request))
            assert sum(len(r["Values"]) for r in answer["MetricDataResults"]) == metrics * 86400 // period
            return Sample.of_times(caller.ask_ms(request) for _ in range(ANSWERS))


def lines(functions, quick):
    beside = Beside(functions)
    out = [
        Line("acknowledged PutEvents to the handler's first line", None, "ms", {"ours": beside.event_to_handler}),
        Line("KMS Encrypt of 1 KiB", 1, "/s", {"bare": beside.bare_encrypt, "ours": beside.encrypt}),
    ]
    if quick:
        return out
    # 70: an answer holds 100,800 points
    return out + [Line(f"GetMetricData over a day of {metrics} metrics, by {name}", None, "ms",
                       {"ours": functools.partial(beside.day_of_metrics, period=period, metrics=metrics)})
                  for name, period, metrics in (("five minutes", 300, METRICS), ("the minute", 60, 70))]
