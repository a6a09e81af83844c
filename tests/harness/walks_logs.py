"""The lists of CloudWatch Logs."""

import json
import time

from harness.walks import by, NAMES, walk


# --- Logs


@walk("logs", "DescribeLogGroups")
def log_groups(w):
    for name in NAMES:
        w.logs.create_log_group(logGroupName=name)
    return {}, by("logGroupName"), lambda name: w.logs.delete_log_group(logGroupName=name)


@walk("logs", "DescribeLogStreams")
def log_streams(w):
    w.logs.create_log_group(logGroupName="g")
    for name in NAMES:
        w.logs.create_log_stream(logGroupName="g", logStreamName=name)
    return {"logGroupName": "g"}, by("logStreamName"), lambda name: w.logs.delete_log_stream(
        logGroupName="g", logStreamName=name)


@walk("logs", "DescribeMetricFilters")
def metric_filters(w):
    w.logs.create_log_group(logGroupName="g")
    for name in NAMES:
        w.logs.put_metric_filter(logGroupName="g", filterName=name, filterPattern="x", metricTransformations=[
            {"metricName": "m", "metricNamespace": "n", "metricValue": "1"}])
    return {}, by("filterName"), lambda name: w.logs.delete_metric_filter(logGroupName="g", filterName=name)


@walk("logs", "DescribeSubscriptionFilters")
def subscription_filters(w):
    w.logs.create_log_group(logGroupName="g")
    w.function()
    arn = f"arn:aws:lambda:us-east-1:{w.account}:function:f"
    w.lambda_.add_permission(FunctionName="f", StatementId="s", Action="lambda:InvokeFunction",
                             Principal="logs.amazonaws.com")
    for name in NAMES[:2]:
        w.logs.put_subscription_filter(logGroupName="g", filterName=name, filterPattern="", destinationArn=arn)
    return {"logGroupName": "g"}, by("filterName"), lambda name: w.logs.delete_subscription_filter(
        logGroupName="g", filterName=name)


@walk("logs", "DescribeQueryDefinitions")
def query_definitions(w):
    for name in NAMES:
        w.logs.put_query_definition(name=name, queryString="fields @message")
    return {}, by("queryDefinitionId"), lambda i: w.logs.delete_query_definition(queryDefinitionId=i)


@walk("logs", "DescribeResourcePolicies")
def resource_policies(w):
    for name in NAMES:
        w.logs.put_resource_policy(policyName=name, policyDocument=json.dumps({
            "Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "es.amazonaws.com"},
                                                    "Action": "logs:PutLogEvents", "Resource": "*"}]}))
    return {}, by("policyName"), lambda name: w.logs.delete_resource_policy(policyName=name)


@walk("logs", "DescribeQueries")
def queries(w):
    w.logs.create_log_group(logGroupName="g")
    for number in range(5):
        w.logs.start_query(logGroupName="g", startTime=0, endTime=1, queryString=f"fields @message | limit {number + 1}")
    return {}, by("queryId"), None


@walk("logs", "FilterLogEvents")
def log_events(w):
    log_streams(w)
    now = int(time.time() * 1000)
    for name in NAMES:
        w.logs.put_log_events(logGroupName="g", logStreamName=name, logEvents=[{"timestamp": now, "message": name}])
    return {"logGroupName": "g"}, by("message"), lambda name: w.logs.delete_log_stream(
        logGroupName="g", logStreamName=name)
