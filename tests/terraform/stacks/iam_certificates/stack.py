def exercise(stack):
    found = stack.output("found")
    assert found == {
        "certificate": f"arn:aws:iam::{stack.account}:server-certificate/cloudfront/api",
        "keys": 1,
        "roles": ["worker"],
        "users": ["signer"],
        "profile": "worker",
        "profiles": ["worker"],
    }
    assert stack.client("iam").get_account_summary()["SummaryMap"]["GlobalEndpointTokenVersion"] == 2


def update(stack):
    stack.edit("main.tf", 'status = "Active"', 'status = "Inactive"')
    stack.edit("main.tf", 'Use = "api"', 'Use = "edge"')
    stack.edit("main.tf", "sqs:ReceiveMessage", "sqs:DeleteMessage")
    stack.edit("main.tf", 'Use = "worker"', 'Use = "night"')
    return {
        "aws_iam_access_key.signer",
        "aws_iam_server_certificate.api",
        "aws_iam_policy.shared",
        "aws_iam_instance_profile.worker",
    }


def after_update(stack):
    iam = stack.client("iam")
    assert iam.list_access_keys(UserName="signer")["AccessKeyMetadata"][0]["Status"] == "Inactive"
    attached = iam.list_entities_for_policy(PolicyArn=f"arn:aws:iam::{stack.account}:policy/jobs/shared")
    assert [e["RoleName"] for e in attached["PolicyRoles"]] + [e["UserName"] for e in attached["PolicyUsers"]] == ["worker", "signer"]
