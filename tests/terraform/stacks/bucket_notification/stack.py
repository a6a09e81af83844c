from harness import waiting


def indexed(stack):
    items = stack.client("dynamodb").scan(TableName="files")["Items"]
    return {i["pk"]["S"]: (i["event"]["S"], int(i["size"]["N"])) for i in items}


def drop(stack, key, body):
    stack.client("s3").put_object(Bucket=f"inbox-{stack.account}", Key=key, Body=body)


def exercise(stack):
    drop(stack, "readme.txt", b"no")
    drop(stack, "a b/ü.csv", b"1,2")
    waiting.until(lambda: indexed(stack) == {"a b/ü.csv": ("ObjectCreated:Put", 3)}, "the item")


def update(stack):
    stack.edit("main.tf", 'filter_suffix       = ".csv"', 'filter_prefix       = "in/"')
    return {"aws_s3_bucket_notification.inbox"}


def after_update(stack):
    drop(stack, "other.csv", b"no")
    drop(stack, "in/x.txt", b"12345")
    waiting.until(lambda: indexed(stack).get("in/x.txt") == ("ObjectCreated:Put", 5), "the second item")
    assert set(indexed(stack)) == {"a b/ü.csv", "in/x.txt"}
