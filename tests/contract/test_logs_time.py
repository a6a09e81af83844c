"""CloudWatch Logs by the emulator's clock: events older than their group's retention go."""

import json
import time
import urllib.request

from harness.own_server import endpoint, server  # noqa: F401

DAY_S = 86_400


def test_retention_erases_what_is_older(client, emulator_clock, until):
    logs = client("logs")
    for name, days in (("short", 1), ("long", 30), ("ever", None)):
        logs.create_log_group(logGroupName=name)
        logs.create_log_stream(logGroupName=name, logStreamName="s")
        if days:
            logs.put_retention_policy(logGroupName=name, retentionInDays=days)
        t = int(time.time() * 1000)
        logs.put_log_events(logGroupName=name, logStreamName="s", logEvents=[{"timestamp": t, "message": "old"}])

    def stored():
        return {g["logGroupName"]: g["storedBytes"] for g in logs.describe_log_groups()["logGroups"]}

    assert stored() == {"short": 3, "long": 3, "ever": 3}
    emulator_clock.advance(12 * 3600)
    assert [e["message"] for e in logs.filter_log_events(logGroupName="short")["events"]] == ["old"]
    now = emulator_clock.show()["now_ms"]
    for name in ("short", "long", "ever"):
        logs.put_log_events(logGroupName=name, logStreamName="s", logEvents=[{"timestamp": now, "message": "young"}])
    emulator_clock.advance(13 * 3600)
    assert [e["message"] for e in logs.filter_log_events(logGroupName="short")["events"]] == ["young"]
    until(lambda: stored() == {"short": 5, "long": 8, "ever": 8}, "the erasure")
    assert [e["message"] for e in logs.get_log_events(logGroupName="short", logStreamName="s")["events"]] == ["young"]
    [stream] = logs.describe_log_streams(logGroupName="short")["logStreams"]
    assert stream["firstEventTimestamp"] == stream["lastEventTimestamp"] == now

    emulator_clock.advance(40 * DAY_S)
    until(lambda: stored() == {"short": 0, "long": 0, "ever": 8}, "the second erasure")
    assert [e["message"] for e in logs.filter_log_events(logGroupName="ever")["events"]] == ["old", "young"]
    logs.put_retention_policy(logGroupName="ever", retentionInDays=7)
    assert logs.filter_log_events(logGroupName="ever")["events"] == []
    emulator_clock.advance(3600)
    until(lambda: stored()["ever"] == 0, "the third erasure")


def test_metric_points_go_after_fifteen_days(client, server, account, emulator_clock, until):
    logs = client("logs")
    logs.create_log_group(logGroupName="counted")
    logs.create_log_stream(logGroupName="counted", logStreamName="s")
    transformation = {"metricName": "m", "metricNamespace": "n", "metricValue": "1"}
    logs.put_metric_filter(logGroupName="counted", filterName="f", filterPattern="", metricTransformations=[transformation])
    logs.put_log_events(logGroupName="counted", logStreamName="s", logEvents=[{"timestamp": emulator_clock.show()["now_ms"], "message": "x"}])

    def metrics():
        with urllib.request.urlopen(f"{server.endpoint}/_millrace/log-metrics?account={account}", timeout=10) as answer:
            return json.load(answer)["metrics"]

    until(metrics, "the count")
    emulator_clock.advance(16 * DAY_S)
    until(lambda: not metrics(), "the points' end")
