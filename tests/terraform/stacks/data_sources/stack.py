def exercise(stack):
    found = stack.output("found")
    assert found.pop("stream").startswith(f"arn:aws:dynamodb:us-east-1:{stack.account}:table/lookups/stream/")
    assert found == {
        "account": stack.account,
        "region": "us-east-1",
        "runtime": "python3.12",
        "role": f"arn:aws:iam::{stack.account}:role/reader-role",
        "bucket": f"arn:aws:s3:::found-{stack.account}",
        "group": 7,
        "managed": "AWSLambdaDynamoDBExecutionRole",
        "greeting": "hello",
    }


def update(stack):
    stack.edit("main.tf", 'text = { S = "hello" }', 'text = { S = "welcome" }')
    return {"aws_dynamodb_table_item.greeting"}


def after_update(stack):
    assert stack.invoke("reader", {"key": "greeting"})[0] == "welcome"
