def exercise(stack):
    assert stack.invoke("writer", {"key": "incoming/a"})[0] == "written"
    assert stack.invoke("writer", {"key": "elsewhere/a"})[0] == "AccessDenied"
    listed = stack.client("s3", account=stack.other_account).list_objects_v2(Bucket=f"lake-of-{stack.other_account}")
    assert [o["Key"] for o in listed["Contents"]] == ["incoming/a"]


def update(stack):
    stack.edit("main.tf", "/incoming/*", "/elsewhere/*")
    return {"aws_s3_bucket_policy.lake"}


def after_update(stack):
    assert stack.invoke("writer", {"key": "incoming/b"})[0] == "AccessDenied"
    assert stack.invoke("writer", {"key": "elsewhere/b"})[0] == "written"
