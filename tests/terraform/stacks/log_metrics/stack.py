import json
import time


def exercise(stack):
    logs = stack.client("logs")
    now = int(time.time() * 1000)
    events = [{"timestamp": now + n, "message": json.dumps({"level": "ERROR", "ms": n})} for n in (50, 150)]
    logs.put_log_events(logGroupName="/services/api", logStreamName="main", logEvents=events)
    got = logs.get_log_events(logGroupName="/services/api", logStreamName="main", startFromHead=True)["events"]
    assert [e["message"] for e in got] == [e["message"] for e in events]
    found = logs.filter_log_events(logGroupName="/services/api", filterPattern='{ $.level = "ERROR" && $.ms > 100 }')
    assert [json.loads(e["message"])["ms"] for e in found["events"]] == [150]


def update(stack):
    stack.edit("main.tf", "batch = 30", "batch = 60")
    stack.edit("main.tf", "$.ms > 100", "$.ms > 40")
    stack.edit("main.tf", "{ Service = each.key }", "{ Service = each.key, Cost = \"low\" }")
    return {'aws_cloudwatch_log_group.group["batch"]', "aws_cloudwatch_log_metric_filter.errors"}


def after_update(stack):
    groups = stack.client("logs").describe_log_groups(logGroupNamePrefix="/services/")["logGroups"]
    assert {g["logGroupName"]: g["retentionInDays"] for g in groups} == {"/services/api": 7, "/services/batch": 60}
