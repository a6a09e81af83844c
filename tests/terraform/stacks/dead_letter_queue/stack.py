import json

from harness import waiting

MOSTLY_SLEEPS = True


def send(stack, payload):
    stack.client("lambda").invoke(FunctionName="fragile", InvocationType="Event", Payload=json.dumps(payload).encode())


def exercise(stack):
    send(stack, {"n": 1})
    url = stack.output("queue_url")
    assert waiting.until(lambda: stack.received(url), "the dead letter") == [{"n": 1}]


def update(stack):
    stack.edit("index.py", 'raise Exception("broken")', 'print("mended", event)')
    return {"module.fragile.aws_lambda_function.function"}


def after_update(stack):
    send(stack, {"n": 2})
    waiting.until(lambda: any("mended" in m for m in stack.log_messages("/aws/lambda/fragile")), "its line")
    assert stack.received(stack.output("queue_url")) == []
