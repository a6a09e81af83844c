import json

from harness import waiting

GROUP = "/aws/lambda/ex-registry-style-lambda"
# Permissions of the version that was current go with it.
MAY_REPLACE = tuple(f'module.lambda_function.aws_lambda_permission.current_version_triggers["{name}"]' for name in ("OneRule", "Schedules")) + (
    'module.lambda_function.aws_lambda_function_event_invoke_config.this["current_version"]', "null_resource.packaged")


def order(stack, number):
    entry = {"EventBusName": stack.output("bus"), "Source": "myapp.orders", "DetailType": "order", "Detail": json.dumps({"order_id": number})}
    assert stack.client("events").put_events(Entries=[entry])["FailedEntryCount"] == 0


def exercise(stack):
    assert stack.output("nothing") == ""
    order(stack, 7)
    stack.put(stack.output("table"), {"id": 1, "title": "a", "age": 1})
    stack.put(stack.output("table"), {"id": 1, "title": "a", "age": 41})
    stack.put(stack.output("table"), {"id": 1, "title": "a", "age": 42})

    def seen():
        stack.drain()
        said = stack.printed_json(GROUP)
        return {"event": {"id": 7}} in said and {"event": {"job": "cron-by-rate"}} in said and [one["stream"] for one in said if "stream" in one] == ["INSERT", "MODIFY"]

    waiting.until(seen, "the rule, the schedule and the stream at the function")


def update(stack):
    stack.edit("main.tf", 'Hello = "World"', 'Hello = "Serverless"')
    stack.edit("main.tf", "batch_size        = 5", "batch_size        = 10")
    stack.edit("main.tf", '"myapp.orders"]', '"myapp.orders", "theirs"]')
    stack.edit("main.tf", 'GithubRepo = "none"', 'GithubRepo = "some"')
    return {"module.lambda_function.aws_lambda_function.this[0]", 'module.lambda_function.aws_lambda_event_source_mapping.this["dynamodb"]',
            'module.eventbridge.aws_cloudwatch_event_rule.this["orders"]', "aws_dynamodb_table.this"}


def after_update(stack):
    order(stack, 8)

    def seen():
        stack.drain()
        return {"event": {"id": 8}} in stack.printed_json(GROUP)

    waiting.until(seen, "the event at the changed function")
    assert stack.client("lambda").get_function_configuration(FunctionName=stack.output("function"))["Environment"]["Variables"] == {"Hello": "Serverless"}
