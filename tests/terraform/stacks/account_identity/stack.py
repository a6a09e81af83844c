def exercise(stack):
    assert stack.output("may_send") is True
    assert stack.output("members") == ["ada"]
    assert stack.output("alias") == f"millrace-{stack.account}"
    profile = stack.client("iam").get_login_profile(UserName="ada")["LoginProfile"]
    assert profile["PasswordResetRequired"] is False


def update(stack):
    stack.edit("main.tf", "minimum_password_length        = 12", "minimum_password_length        = 14")
    stack.edit("main.tf", 'Use = "deploy"', 'Use = "release"')
    stack.edit("main.tf", '["sts.amazonaws.com"]', '["sts.amazonaws.com", "other"]')
    return {"aws_iam_account_password_policy.this", "aws_iam_openid_connect_provider.github"}


def after_update(stack):
    policy = stack.client("iam").get_account_password_policy()["PasswordPolicy"]
    assert policy["MinimumPasswordLength"] == 14
