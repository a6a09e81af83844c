MOSTLY_SLEEPS = True


def taken(stack):
    return [r["dynamodb"]["Keys"]["pk"]["S"] for r in stack.printed_records("/aws/lambda/worker")]


def exercise(stack):
    stack.put("jobs", {"pk": "a"}, {"pk": "poison-1"}, {"pk": "b"})
    stack.drain()
    failures = stack.received(stack.output("queue_url"))
    assert "b" in taken(stack)
    context = failures[-1]["requestContext"]
    assert context["condition"] == "RetryAttemptsExhausted"
    assert context["functionArn"] == f"arn:aws:lambda:us-east-1:{stack.account}:function:worker"
    assert failures[-1]["responseContext"] == {
        "statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled",
    }
    batch = failures[-1]["DDBStreamBatchInfo"]
    assert batch["streamArn"].startswith(f"arn:aws:dynamodb:us-east-1:{stack.account}:table/jobs/stream/")


def update(stack):
    stack.edit("main.tf", "retries = 0, batch_size = 10, bisect = true", "retries = 0, batch_size = 1, bisect = false")
    return {"module.mapping.aws_lambda_event_source_mapping.mapping"}


def after_update(stack):
    stack.put("jobs", {"pk": "poison-2"}, {"pk": "c"})
    stack.drain()
    (failure,) = stack.received(stack.output("queue_url"))
    assert failure["requestContext"]["approximateInvokeCount"] == 1
    assert failure["DDBStreamBatchInfo"]["batchSize"] == 1
    assert taken(stack)[-1] == "c"
