from harness import waiting


def provisioned(stack):
    config = stack.client("lambda").get_provisioned_concurrency_config(FunctionName="warm-api", Qualifier="live")
    return config["RequestedProvisionedConcurrentExecutions"]


def capacities(stack):
    table = stack.client("dynamodb").describe_table(TableName="events")["Table"]
    index = table["GlobalSecondaryIndexes"][0]["ProvisionedThroughput"]
    return table["ProvisionedThroughput"]["ReadCapacityUnits"], table["ProvisionedThroughput"]["WriteCapacityUnits"], index["ReadCapacityUnits"]


def exercise(stack):
    waiting.until(lambda: provisioned(stack) == 2, "the least concurrency")
    waiting.until(lambda: capacities(stack) == (3, 3, 3), "the least capacities")
    result, _ = stack.invoke("warm-api", Qualifier="live")
    assert result == {"version": "1"}


def update(stack):
    stack.edit("main.tf", "min_capacity       = 2", "min_capacity       = 3")
    stack.edit("main.tf", "target_value = 0.7", "target_value = 0.5")
    stack.edit("main.tf", "min = 4, max = 10", "min = 3, max = 8")
    stack.edit("main.tf", "scale_in_cooldown  = 60", "scale_in_cooldown  = 120")
    return {"aws_appautoscaling_target.live", "aws_appautoscaling_policy.live", 'aws_appautoscaling_scheduled_action.live["morning"]',
            'aws_appautoscaling_policy.events["index-read"]'}


def after_update(stack):
    waiting.until(lambda: provisioned(stack) == 3, "the new least concurrency")
