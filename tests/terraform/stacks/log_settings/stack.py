import json
import time

from harness import waiting


def put(stack, *events):
    now = int(time.time() * 1000)
    stack.client("logs").put_log_events(
        logGroupName="/audit/main", logStreamName="main", logEvents=[{"timestamp": now, "message": json.dumps(e)} for e in events]
    )


def seen(stack):
    return [json.loads(m.strip()[5:]) for m in stack.log_messages("/aws/lambda/settings-watcher") if m.startswith("seen ")]


def run_saved_query(stack):
    logs = stack.client("logs")
    [saved] = logs.describe_query_definitions(queryDefinitionNamePrefix="audit/")["queryDefinitions"]
    now = int(time.time())
    started = logs.start_query(
        logGroupNames=saved["logGroupNames"], startTime=now - 600, endTime=now + 60, queryString=saved["queryString"]
    )

    def done():
        answer = logs.get_query_results(**{"queryId": started["queryId"]})
        return answer if answer["status"] == "Complete" else None

    rows = waiting.until(done, "the query's end")["results"]
    return {row[0]["value"]: row[1]["value"] for row in rows}


def exercise(stack):
    put(stack, {"route": "/a", "ms": 50}, {"route": "/a", "ms": 150}, {"route": "/b", "ms": 250})
    waiting.until(lambda: len(seen(stack)) >= 3, "the watcher's lines")
    assert run_saved_query(stack)["/b"] in ("1", "2")


def update(stack):
    stack.edit("main.tf", "default = 14", "default = 30")
    stack.edit("main.tf", "filter ms > 100", "filter ms > 200")
    stack.edit("main.tf", "value      = \"$.ms\"", "value      = \"1\"")
    stack.edit("main.tf", "[\"route\"]", "[\"route\", \"ms\"]")
    stack.edit("main.tf", "TEN_MIN", "ONE_HOUR")
    stack.edit("main.tf", "route53.amazonaws.com", "es.amazonaws.com")
    return {
        "aws_cloudwatch_log_group.audit",
        "aws_cloudwatch_query_definition.slow",
        "aws_cloudwatch_log_metric_filter.latency",
        "aws_cloudwatch_log_index_policy.fields",
        "aws_cloudwatch_log_anomaly_detector.odd",
        "aws_cloudwatch_log_resource_policy.delivery",
    }


def after_update(stack):
    assert set(run_saved_query(stack)) == {"/b"}
    groups = stack.client("logs").describe_log_groups(logGroupNamePrefix="/audit/")["logGroups"]
    assert {g["logGroupName"]: g.get("retentionInDays") for g in groups} == {"/audit/archive": None, "/audit/main": 30}
