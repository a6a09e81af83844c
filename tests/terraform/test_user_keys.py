"""Terraform with an IAM user's keys: what his policies allow is made, and what they don't is refused as on AWS."""

import json

import pytest

from workspace import Workspace

MAIN = """
provider "aws" {
  region = "us-east-1"
}

resource "aws_iam_role" "worker" {
  name = "worker"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "lambda.amazonaws.com" } }]
  })
}

resource "aws_dynamodb_table" "jobs" {
  name         = "jobs"
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "pk"
  attribute {
    name = "pk"
    type = "S"
  }
}

resource "aws_s3_bucket" "files" {
  bucket_prefix = "files-"
}
"""

ROLES = {"Effect": "Allow", "Action": ["iam:*Role", "iam:List*"], "Resource": "*"}
TABLES = {"Effect": "Allow", "Action": "dynamodb:*", "Resource": "arn:aws:dynamodb:*:*:table/jobs"}
BUCKETS = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}


@pytest.fixture
def as_user(tmp_path, server, provider):
    """The stack with the keys of a user who holds one policy; and a way to give him another."""
    source = tmp_path / "source"
    source.mkdir()
    (source / "main.tf").write_text(MAIN)
    stack = Workspace(source, tmp_path / "work" / "stack", server, provider)
    iam = stack.client("iam")
    iam.create_user(UserName="deployer")
    key = iam.create_access_key(UserName="deployer")["AccessKey"]
    stack._environment.update(AWS_ACCESS_KEY_ID=key["AccessKeyId"], AWS_SECRET_ACCESS_KEY=key["SecretAccessKey"])

    def allow(*statements):
        document = {"Version": "2012-10-17", "Statement": list(statements)}
        iam.put_user_policy(UserName="deployer", PolicyName="deploy", PolicyDocument=json.dumps(document))

    stack.init()
    return stack, allow


def test_an_apply_is_held_to_the_policies_of_the_keys_owner(as_user):
    stack, allow = as_user
    allow(ROLES, BUCKETS)
    printed = stack.apply(codes=(1,))
    flat = " ".join(printed.replace("│", " ").split())
    user = f"arn:aws:iam::{stack.account}:user/deployer"
    table = f"arn:aws:dynamodb:us-east-1:{stack.account}:table/jobs"
    assert (
        f"User: {user} is not authorized to perform: dynamodb:CreateTable on resource: {table} because no "
        "identity-based policy allows the dynamodb:CreateTable action" in flat
    )
    allow(ROLES, BUCKETS, TABLES)
    stack.apply()
    stack.assert_no_drift()
    assert stack.client("dynamodb").list_tables()["TableNames"] == ["jobs"]
    last = stack.client("iam").get_access_key_last_used(AccessKeyId=stack._environment["AWS_ACCESS_KEY_ID"])
    assert last["UserName"] == "deployer" and last["AccessKeyLastUsed"]["Region"] == "us-east-1"
    stack.destroy()
