import json

from harness import waiting

MOSTLY_SLEEPS = True


def send(stack, payload):
    answer = stack.client("lambda").invoke(
        FunctionName="task", InvocationType="Event", Payload=json.dumps(payload).encode()
    )
    assert answer["StatusCode"] == 202


def one(stack, outcome):
    url = stack.output("urls")[outcome]
    (message,) = waiting.until(lambda: stack.received(url), f"a message in {outcome}")
    return message


def exercise(stack):
    send(stack, {"n": 21})
    succeeded = one(stack, "succeeded")
    assert (succeeded["requestContext"]["condition"], succeeded["responsePayload"]) == ("Success", {"doubled": 42})
    assert succeeded["requestPayload"] == {"n": 21}
    send(stack, {"fail": True})
    failed = one(stack, "failed")
    assert failed["requestContext"]["condition"] == "RetriesExhausted"
    assert failed["requestContext"]["approximateInvokeCount"] == 1
    assert failed["responsePayload"]["errorMessage"] == "asked to"


def update(stack):
    stack.edit("main.tf", "maximum_event_age_in_seconds = 120", "maximum_event_age_in_seconds = 60")
    return {"aws_lambda_function_event_invoke_config.task"}


def after_update(stack):
    config = stack.client("lambda").get_function_event_invoke_config(FunctionName="task")
    assert config["MaximumEventAgeInSeconds"] == 60
    send(stack, {"n": 1})
    assert one(stack, "succeeded")["responsePayload"] == {"doubled": 2}
