MOSTLY_SLEEPS = True


def exercise(stack):
    assert stack.output("target") == stack.output("key_arn")
    assert stack.output("public_key").startswith("-----BEGIN PUBLIC KEY-----")
    result, answer = stack.invoke("encryptor", {"token": stack.output("token")})
    assert "FunctionError" not in answer, result
    assert result == {"plain": "s3cret", "without": "AccessDeniedException", "granted": 32, "signed": True}
    status = stack.client("kms").get_key_rotation_status(KeyId=stack.output("key_arn"))
    assert (status["KeyRotationEnabled"], status.get("RotationPeriodInDays", 180)) == (True, 180)


def update(stack):
    stack.edit("main.tf", 'values   = ["orders"]', 'values   = ["orders", "invoices"]')
    stack.edit("main.tf", 'description             = "Data of the app"', 'description             = "The app\'s data"')
    stack.edit("main.tf", "rotation_period_in_days = 180", "rotation_period_in_days = 365")
    stack.edit("main.tf", 'Owner = "security"', 'Owner = "platform"')
    return {"aws_kms_key.data", "aws_kms_key_policy.data"}


def after_update(stack):
    metadata = stack.client("kms").describe_key(KeyId="alias/app/data")["KeyMetadata"]
    assert metadata["Description"] == "The app's data"
    result, _ = stack.invoke("encryptor", {"token": stack.output("token")})
    assert result["plain"] == "s3cret"
