import json

from harness import waiting

MOSTLY_SLEEPS = True


def send(stack, order, total):
    stack.client("sqs").send_message(QueueUrl=stack.output("queue_url"), MessageBody=json.dumps({"order": order, "total": total}))


def reached(stack, *expected):
    def came():
        stack.drain()
        return sorted((one["order"], one["tax"]) for one in stack.printed_json("/aws/lambda/pipe-target")) == sorted(expected)

    waiting.until(came, f"{expected} at the target")


def exercise(stack):
    send(stack, "small", 5)
    send(stack, "large", 500)
    reached(stack, ("large", 100))


def update(stack):
    stack.edit("main.tf", '[">=", 100]', '[">=", 50]')
    stack.edit("main.tf", 'description = "Large orders only"', 'description = "Larger orders only"')
    stack.edit("main.tf", "batch_size                         = 1", "batch_size                         = 10")
    return {"aws_pipes_pipe.this"}


def after_update(stack):
    send(stack, "middle", 60)
    reached(stack, ("large", 100), ("middle", 12))
