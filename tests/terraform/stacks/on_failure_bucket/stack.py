import json


def failures(stack):
    s3, bucket = stack.client("s3"), f"failed-inputs-{stack.account}"
    keys = [o["Key"] for o in s3.list_objects_v2(Bucket=bucket).get("Contents", [])]
    return {key: json.loads(s3.get_object(Bucket=bucket, Key=key)["Body"].read()) for key in keys}


def exercise(stack):
    stack.put("inputs", {"pk": "a"})
    stack.drain()
    ((key, failure),) = failures(stack).items()
    assert key.startswith("aws/lambda/") and "/shardId-" in key
    assert failure["requestContext"]["condition"] == "RetryAttemptsExhausted"
    assert json.loads(failure["payload"])["Records"][0]["dynamodb"]["Keys"] == {"pk": {"S": "a"}}


def update(stack):
    stack.edit("index.py", 'raise ValueError("never good enough")', "return None")
    return {"module.picky.aws_lambda_function.function"}


def after_update(stack):
    stack.put("inputs", {"pk": "b"})
    stack.drain()
    assert len(failures(stack)) == 1
