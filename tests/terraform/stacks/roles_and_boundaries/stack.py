import pytest
from botocore.exceptions import ClientError

from harness import aws


def assumed(stack, service):
    keys = stack.client("sts").assume_role(
        RoleArn=f"arn:aws:iam::{stack.account}:role/operator", RoleSessionName="night", ExternalId="secret-word"
    )["Credentials"]
    return aws.make_client(
        stack.server.endpoint, service, keys["AccessKeyId"], secret=keys["SecretAccessKey"], token=keys["SessionToken"]
    )


def exercise(stack):
    arn = assumed(stack, "sts").get_caller_identity()["Arn"]
    assert arn == f"arn:aws:sts::{stack.account}:assumed-role/operator/night"
    assert assumed(stack, "s3").list_buckets()["Buckets"] == []
    # Allowed by its policy, not by its boundary.
    with pytest.raises(ClientError) as refused:
        assumed(stack, "dynamodb").list_tables()
    assert refused.value.response["Error"]["Code"] == "AccessDeniedException"
    assert "because no permissions boundary allows the dynamodb:ListTables action" in str(refused.value)


def update(stack):
    stack.edit("main.tf", '["s3:ListAllMyBuckets", "sqs:*"]', '["s3:ListAllMyBuckets", "dynamodb:List*"]')
    stack.edit("main.tf", "max_session_duration = 7200", "max_session_duration = 3600")
    return {"aws_iam_policy.fence", "aws_iam_role.operator"}


def after_update(stack):
    assert assumed(stack, "dynamodb").list_tables()["TableNames"] == []
    role = stack.client("iam").get_role(RoleName="operator")["Role"]
    assert (role["MaxSessionDuration"], role["Description"]) == (3600, "For people on call")
