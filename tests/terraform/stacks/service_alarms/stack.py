import json
import time

from harness import waiting

MOSTLY_SLEEPS = True


def set_state(stack, name, state):
    stack.client("cloudwatch").set_alarm_state(AlarmName=name, StateValue=state, StateReason="test")


def paged(stack):
    stack.drain()
    return [(page["AlarmName"], page["NewStateValue"]) for page in stack.received(stack.output("pages"))]


def exercise(stack):
    watch = stack.client("cloudwatch")
    alarms = {alarm["AlarmName"]: alarm for alarm in watch.describe_alarms(AlarmNamePrefix="checkout-")["MetricAlarms"]}
    assert len(alarms) == 7 and alarms["checkout-orders-latency"]["ExtendedStatistic"] == "p99"
    got = []

    def came(*expected):
        got.extend(paged(stack))
        return all(page in got for page in expected)

    set_state(stack, "checkout-orders-throttles", "ALARM")
    waiting.until(lambda: came(("checkout-orders-throttles", "ALARM"), ("checkout-pager", "ALARM")), "the pages")
    logs = stack.client("logs")
    logs.create_log_stream(logGroupName="/checkout/app", logStreamName="one")
    logs.put_log_events(logGroupName="/checkout/app", logStreamName="one", logEvents=[
        {"timestamp": int(time.time() * 1000), "message": json.dumps({"level": "ERROR", "code": "402"})}])
    waiting.until(lambda: watch.list_metrics(Namespace="Checkout", MetricName="DeclinedPayments")["Metrics"], "the log's metric")
    dashboard = json.loads(watch.get_dashboard(DashboardName="checkout")["DashboardBody"])
    assert [widget["type"] for widget in dashboard["widgets"]] == ["metric", "metric", "text"]


def update(stack):
    stack.edit("main.tf", 'metric = "ThrottledRequests", threshold = 5', 'metric = "ThrottledRequests", threshold = 50')
    stack.edit("main.tf", 'expression  = "m2/m1*100"', 'expression  = "IF(m1 > 0, m2/m1*100, 0)"')
    stack.edit("main.tf", '    "ALARM(${aws_cloudwatch_metric_alarm.table["orders-throttles"].alarm_name})",\n', "")
    stack.edit("main.tf", "# ${local.service}", "## ${local.service}")
    return {'aws_cloudwatch_metric_alarm.table["orders-throttles"]', "aws_cloudwatch_metric_alarm.error_rate",
            "aws_cloudwatch_composite_alarm.pager", "aws_cloudwatch_dashboard.service"}


def after_update(stack):
    set_state(stack, "checkout-backlog", "ALARM")
    set_state(stack, "checkout-error-rate", "ALARM")
    (pager,) = waiting.until(lambda: [alarm for alarm in stack.client("cloudwatch").describe_alarms(AlarmTypes=["CompositeAlarm"])["CompositeAlarms"]
                                      if alarm["StateValue"] == "ALARM"], "the composite alarm")
    assert pager["AlarmName"] == "checkout-pager"
    stack.received(stack.output("pages"))
