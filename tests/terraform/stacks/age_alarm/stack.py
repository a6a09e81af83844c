from harness import waiting

MOSTLY_SLEEPS = True


def alarms(stack):
    return stack.client("cloudwatch").describe_alarms(AlarmNames=["aged-reader-behind"])["MetricAlarms"][0]


def exercise(stack):
    stack.client("dynamodb").put_item(TableName="aged-orders", Item={"id": {"S": "1"}})
    # The mapping gathers for three seconds. Alarms are evaluated when a minute is over; the server is shared, so its clock stays.
    waiting.until(lambda: alarms(stack)["StateValue"] == "ALARM", "the alarm", 100)
    (told,) = waiting.until(lambda: stack.received(stack.output("alarms")), "the alarm's message")
    assert (told["AlarmName"], told["Trigger"]["MetricName"], told["NewStateValue"]) == ("aged-reader-behind", "IteratorAge", "ALARM")


def update(stack):
    stack.edit("main.tf", "threshold           = 1500", "threshold           = 60000")
    return {"aws_cloudwatch_metric_alarm.age"}


def after_update(stack):
    assert alarms(stack)["Threshold"] == 60000.0
