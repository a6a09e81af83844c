"""`--iam audit`: nobody is refused, and the admin API tells what would have been, and the policy that would fit."""

import json
import urllib.parse
import urllib.request

import pytest
from harness import aws
from harness.server import Server

ACCOUNT = "111122223333"


@pytest.fixture(scope="module")
def auditing(tmp_path_factory):
    with Server(tmp_path_factory.mktemp("audit") / "server.log", arguments=["--iam", "audit"]) as running:
        yield running


def admin(server, path):
    with urllib.request.urlopen(f"{server.endpoint}/_millrace/{path}", timeout=10) as answer:
        return json.load(answer)


def test_audit(auditing):
    iam = aws.make_client(auditing.endpoint, "iam", ACCOUNT)
    iam.create_user(UserName="alice")
    iam.put_user_policy(
        UserName="alice", PolicyName="p",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": "iam:ListUsers", "Resource": "*"}]}),
    )
    key = iam.create_access_key(UserName="alice")["AccessKey"]
    alice = aws.make_client(auditing.endpoint, "iam", key["AccessKeyId"], secret=key["SecretAccessKey"])
    alice.list_users()
    alice.list_groups()  # would be denied
    alice.get_user(UserName="alice")  # would be denied
    arn = f"arn:aws:iam::{ACCOUNT}:user/alice"
    principals = {p["principal"]: p for p in admin(auditing, "iam/audit")["principals"]}
    uses = {u["action"]: u for u in principals[arn]["actions"]}
    assert uses["iam:ListUsers"]["deniedCount"] == 0
    assert uses["iam:ListGroups"]["deniedCount"] == 1
    assert uses["iam:ListGroups"]["message"].endswith("because no identity-based policy allows the iam:ListGroups action")
    policy = admin(auditing, "iam/policy?principal=" + urllib.parse.quote(arn))
    assert policy == {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": ["iam:ListGroups", "iam:ListUsers"], "Resource": ["*"]},
        {"Effect": "Allow", "Action": ["iam:GetUser"], "Resource": [arn]},
    ]}
