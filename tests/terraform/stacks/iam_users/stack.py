from botocore.exceptions import ClientError

from harness import aws


def as_ada(stack, service):
    key, secret = stack.output("key")
    return aws.make_client(stack.server.endpoint, service, key, secret=secret)


def may(call, **arguments):
    try:
        call(**arguments)
        return True
    except ClientError as error:
        assert "AccessDenied" in error.response["Error"]["Code"], error
        return False


KEY = {"pk": {"S": "a"}}


def exercise(stack):
    identity = as_ada(stack, "sts").get_caller_identity()
    assert identity["Arn"] == f"arn:aws:iam::{stack.account}:user/people/ada"
    notes = as_ada(stack, "dynamodb")
    assert may(notes.get_item, TableName="notes", Key=KEY)
    assert not may(notes.put_item, TableName="notes", Item=KEY)
    assert as_ada(stack, "iam").get_user(UserName="ada")["User"]["Path"] == "/people/"
    assert not may(as_ada(stack, "iam").list_users)


def update(stack):
    stack.edit("main.tf", '["dynamodb:GetItem"]', '["dynamodb:GetItem", "dynamodb:PutItem"]')
    stack.edit("main.tf", 'Team = "analysis"', 'Team = "engines"')
    return {"aws_iam_policy.read", "aws_iam_user.ada"}


def after_update(stack):
    assert may(as_ada(stack, "dynamodb").put_item, TableName="notes", Item=KEY)
    versions = stack.client("iam").list_policy_versions(PolicyArn=f"arn:aws:iam::{stack.account}:policy/read-notes")
    assert [v["VersionId"] for v in versions["Versions"] if v["IsDefaultVersion"]] == ["v2"]
