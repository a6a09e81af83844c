def exercise(stack):
    dev = stack.output("dev")
    assert sorted(dev) == ["/shop/dev/db/host", "/shop/dev/db/password", "/shop/dev/db/port", "/shop/dev/feature/search"]
    assert len(dev["/shop/dev/db/password"]) == 24
    prod, answer = stack.invoke("settings-reader")
    assert "FunctionError" not in answer, prod
    assert prod["/shop/prod/db/host"] == "db.prod.internal" and prod["/shop/prod/db/password"] != dev["/shop/dev/db/password"]
    ssm = stack.client("ssm")
    ssm.put_parameter(Name="/shop/release", Value="v7", Overwrite=True)
    stack.assert_no_drift()
    secret = ssm.get_parameter(Name="/shop/dev/db/password")["Parameter"]
    assert secret["Type"] == "SecureString" and secret["Value"] != dev["/shop/dev/db/password"]


def update(stack):
    stack.edit("main.tf", '"feature/search" = "on"', '"feature/search" = "off"')
    stack.edit("main.tf", 'prod = { "db/host" = "db.prod.internal", "db/port" = "5432" }', 'prod = { "db/host" = "db2.prod.internal", "db/port" = "5432", "cache" = "redis" }')
    stack.edit("main.tf", 'description = "Password of the', 'description = "The password of the')
    stack.edit("main.tf", '["a", "b", "c"]', '["a", "b"]')
    return {'aws_ssm_parameter.plain["/shop/dev/feature/search"]', 'aws_ssm_parameter.plain["/shop/prod/cache"]',
            'aws_ssm_parameter.secret["dev"]', "aws_ssm_parameter.zones", "module.app.aws_lambda_function.function"}


def after_update(stack):
    prod, _ = stack.invoke("settings-reader")
    assert (prod["/shop/prod/db/host"], prod["/shop/prod/cache"]) == ("db2.prod.internal", "redis")
    assert stack.output("dev")["/shop/dev/feature/search"] == "off"
