from harness import waiting


def capacities(stack):
    table = stack.client("dynamodb").describe_table(TableName="visits")["Table"]
    return [one["ProvisionedThroughput"]["WriteCapacityUnits"] for one in (table, table["GlobalSecondaryIndexes"][0])]


def high_alarms(stack):
    alarms = stack.client("cloudwatch").describe_alarms(AlarmNamePrefix="TargetTracking-table/visits")["MetricAlarms"]
    return {len(alarm["Dimensions"]): alarm["Threshold"] for alarm in alarms if "AlarmHigh" in alarm["AlarmName"]}


def exercise(stack):
    waiting.until(lambda: capacities(stack) == [5, 4], "the index within its bounds")
    waiting.until(lambda: high_alarms(stack) == {1: 180.0, 2: 144.0}, "alarms at 60 % of the capacity of a minute")


def update(stack):
    stack.edit("main.tf", "min_capacity       = 2", 'min_capacity       = each.key == "index" ? 2 : 10')
    stack.edit("main.tf", "target_value       = 60", "target_value       = 80")
    return {'aws_appautoscaling_target.write["table"]', 'aws_appautoscaling_policy.write["index"]'}


def after_update(stack):
    waiting.until(lambda: capacities(stack) == [10, 4], "the table's new least capacity")
    waiting.until(lambda: high_alarms(stack) == {1: 480.0, 2: 192.0}, "the alarms' new thresholds")
