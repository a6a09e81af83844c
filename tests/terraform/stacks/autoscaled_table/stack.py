from harness import waiting


def capacity(stack):
    throughput = stack.client("dynamodb").describe_table(TableName="counters")["Table"]["ProvisionedThroughput"]
    return throughput["ReadCapacityUnits"], throughput["WriteCapacityUnits"]


def exercise(stack):
    waiting.until(lambda: capacity(stack) == (5, 2), "the least capacities")


def update(stack):
    stack.edit("main.tf", "min_capacity       = 5", "min_capacity       = 7")
    stack.edit("main.tf", "target_value = 70", "target_value = 60")
    stack.edit("main.tf", "max_capacity = 20", "max_capacity = 30")
    return {"aws_appautoscaling_target.read", "aws_appautoscaling_policy.read", "aws_appautoscaling_scheduled_action.weekend"}


def after_update(stack):
    waiting.until(lambda: capacity(stack) == (7, 2), "the new least capacity")
