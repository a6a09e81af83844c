def current(stack):
    return stack.client("secretsmanager").get_secret_value(SecretId="rotated")


def exercise(stack):
    stack.drain()
    assert len(current(stack)["SecretString"]) == 20
    described = stack.client("secretsmanager").describe_secret(SecretId="rotated")
    assert sorted(map(tuple, described["VersionIdsToStages"].values())) == [("AWSCURRENT",), ("AWSPREVIOUS",)]
    steps = [line.split()[0] for line in stack.log_messages("/aws/lambda/rotator") if " True" in line]
    assert steps == ["createSecret", "setSecret", "testSecret", "finishSecret"]


def update(stack):
    stack.before = current(stack)["VersionId"]
    stack.edit("main.tf", "automatically_after_days = 30", "automatically_after_days = 7")
    return {"aws_secretsmanager_secret_rotation.password"}


def after_update(stack):
    stack.drain()
    assert current(stack)["VersionId"] != stack.before
    assert stack.client("secretsmanager").describe_secret(SecretId="rotated")["RotationRules"] == {"AutomaticallyAfterDays": 7}
