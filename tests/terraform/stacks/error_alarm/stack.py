import json

from harness import waiting

MOSTLY_SLEEPS = True


def state(stack, kind, name):
    alarms = stack.client("cloudwatch").describe_alarms(AlarmNames=[name], AlarmTypes=[kind + "Alarm"])
    return alarms[kind + "Alarms"][0]["StateValue"]


def exercise(stack):
    stack.client("lambda").invoke(FunctionName="worker", Payload=json.dumps({"fail": True}))
    # Alarms are evaluated when a minute is over; the server is shared, so its clock stays.
    waiting.until(lambda: state(stack, "Metric", "worker-errors") == "ALARM", "the alarm", 100)
    stack.drain()
    assert stack.printed_json("/aws/lambda/pager")[0] == {"alarm": "worker-errors", "state": "ALARM"}
    assert state(stack, "Composite", "worker-any") == "ALARM"
    assert state(stack, "Metric", "worker-error-rate") == "ALARM"


def update(stack):
    stack.edit("main.tf", "threshold           = 0", "threshold           = 3")
    return {"aws_cloudwatch_metric_alarm.errors"}


def after_update(stack):
    (alarm,) = stack.client("cloudwatch").describe_alarms(AlarmNames=["worker-errors"])["MetricAlarms"]
    assert alarm["Threshold"] == 3.0
