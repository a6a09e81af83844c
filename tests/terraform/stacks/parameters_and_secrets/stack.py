def exercise(stack):
    result, answer = stack.invoke("reader")
    assert "FunctionError" not in answer, result
    assert result == {
        "settings": {"/app/hosts": "a.example,b.example", "/app/level": "info", "/app/other": "0123", "/app/token": "t0ken"},
        "password": "s3cret", "level": "info"}
    assert sorted(stack.output("names")) == ["/app/hosts", "/app/level", "/app/other", "/app/token"]
    stack.client("kms").disable_key(KeyId=stack.output("key_arn"))
    result, answer = stack.invoke("reader")
    assert answer["FunctionError"] == "Unhandled" and "is disabled" in result["errorMessage"]
    stack.client("kms").enable_key(KeyId=stack.output("key_arn"))


def update(stack):
    stack.edit("main.tf", '"a.example,b.example"', '"c.example"')
    stack.edit("main.tf", 'password = "s3cret"', 'password = "n3w"')
    stack.edit("main.tf", 'description             = "settings"', 'description             = "settings of the app"\n  enable_key_rotation     = true')
    stack.edit("main.tf", 'description             = "of the database"', 'description             = "of the new database"')
    return {"aws_ssm_parameter.hosts", "aws_kms_key.settings", "aws_secretsmanager_secret.password",
            "aws_secretsmanager_secret_version.password"}


# A version of a secret is what it is: another value is another version.
MAY_REPLACE = ("aws_secretsmanager_secret_version.password",)


def after_update(stack):
    result, answer = stack.invoke("reader")
    assert (result["password"], result["settings"]["/app/hosts"]) == ("n3w", "c.example")
    assert len(stack.client("ssm").get_parameter_history(Name="/app/hosts")["Parameters"]) == 2
