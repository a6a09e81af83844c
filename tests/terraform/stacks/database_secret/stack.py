# A version of a secret is what it is: another value is another version.
MAY_REPLACE = ("aws_secretsmanager_secret_version.database",)


def exercise(stack):
    secret, answer = stack.invoke("database-reader")
    assert "FunctionError" not in answer, secret
    assert secret["password"] == stack.output("password") and len(secret["password"]) == 20 and secret["port"] == 5432
    assert stack.output("username") == "master"
    manager = stack.client("secretsmanager")
    manager.put_secret_value(SecretId=stack.output("stripe"), SecretString="sk_live")
    stack.assert_no_drift()
    versions = manager.list_secret_version_ids(SecretId=stack.output("stripe"))["Versions"]
    assert sorted(stage for one in versions for stage in one["VersionStages"]) == ["AWSCURRENT", "AWSPREVIOUS", "INITIAL"]


def update(stack):
    stack.edit("main.tf", 'host     = "db.internal"', 'host     = "db2.internal"')
    stack.edit("main.tf", '"Master user of the database"', '"The database\'s master user"')
    stack.edit("main.tf", '"secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret"', '"secretsmanager:GetSecretValue"')
    return {"aws_secretsmanager_secret.database", "aws_secretsmanager_secret_version.database", "aws_secretsmanager_secret_policy.database"}


def after_update(stack):
    secret, _ = stack.invoke("database-reader")
    assert secret["host"] == "db2.internal"
