MOSTLY_SLEEPS = True


def exercise(stack):
    s3, bucket = stack.client("s3"), f"aging-{stack.account}"
    assert stack.output("policy")["Statement"][0]["Sid"] == "OnlyTls"
    s3.put_object(Bucket=bucket, Key="logs/a", Body=b"x", Tagging="Keep=no")
    assert 'rule-id="logs"' in s3.head_object(Bucket=bucket, Key="logs/a")["Expiration"]
    s3.put_object(Bucket=bucket, Key="other/a", Body=b"x")
    assert "Expiration" not in s3.head_object(Bucket=bucket, Key="other/a")


def update(stack):
    stack.edit("main.tf", "days = 30", "days = 60")
    stack.edit("main.tf", "OnlyTls", "TlsOnly")
    return {"aws_s3_bucket_lifecycle_configuration.aging", "aws_s3_bucket_policy.aging"}


def after_update(stack):
    rules = stack.client("s3").get_bucket_lifecycle_configuration(Bucket=f"aging-{stack.account}")["Rules"]
    assert [rule.get("Expiration", {}).get("Days") for rule in rules] == [60, None, None]
