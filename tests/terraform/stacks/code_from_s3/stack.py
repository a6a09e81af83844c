def exercise(stack):
    assert stack.invoke("from-s3")[0] == "first"


def update(stack):
    stack.edit("code/package/main.py", "first", "second")
    return {"aws_s3_object.code", "aws_lambda_function.from_s3"}


def after_update(stack):
    assert stack.invoke("from-s3")[0] == "second"
    versions = stack.client("s3").list_object_versions(Bucket=f"artifacts-{stack.account}")["Versions"]
    assert len(versions) == 2
