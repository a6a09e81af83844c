def exercise(stack):
    s3, bucket = stack.client("s3"), f"site-{stack.account}"
    page = s3.get_object(Bucket=bucket, Key="a b+c%/ü.html")
    assert page["Body"].read().decode() == "<h1>a b+c%/ü.html</h1>"
    assert (page["ContentType"], page["Metadata"]) == ("text/html", {"kind": "page"})
    assert {o["Key"] for o in s3.list_objects_v2(Bucket=bucket)["Contents"]} == {"index.html", "a b+c%/ü.html"}


def update(stack):
    stack.edit("main.tf", "<h1>${each.key}</h1>", "<h2>${each.key}</h2>")
    stack.edit("main.tf", "max_age_seconds = 60", "max_age_seconds = 90")
    stack.edit("main.tf", 'Site = "main"', 'Site = "second"')
    return {"aws_s3_bucket.site", "aws_s3_bucket_cors_configuration.site", 'aws_s3_object.page["index.html"]'}


def after_update(stack):
    s3, bucket = stack.client("s3"), f"site-{stack.account}"
    assert s3.get_object(Bucket=bucket, Key="index.html")["Body"].read() == b"<h2>index.html</h2>"
    versions = s3.list_object_versions(Bucket=bucket, Prefix="index.html")["Versions"]
    assert [v["IsLatest"] for v in versions] == [True, False]
    assert s3.get_bucket_tagging(Bucket=bucket)["TagSet"] == [{"Key": "Site", "Value": "second"}]
