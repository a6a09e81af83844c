"""`--iam audit`: nobody is refused, and the admin API tells what would have been, and the policy that would fit."""

import json
import subprocess
import urllib.parse
import urllib.request

import pytest
from harness import aws
from harness.server import Server, binary, clean_environment

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


def test_audit_of_roles_and_by_the_command_line(auditing):
    iam, sts = (aws.make_client(auditing.endpoint, service, ACCOUNT) for service in ("iam", "sts"))
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": ACCOUNT}}
    role = iam.create_role(
        RoleName="worker", AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    )["Role"]["Arn"]
    keys = sts.assume_role(RoleArn=role, RoleSessionName="night")["Credentials"]
    worker = {
        service: aws.make_client(
            auditing.endpoint, service, keys["AccessKeyId"], secret=keys["SecretAccessKey"], token=keys["SessionToken"]
        )
        for service in ("s3", "dynamodb")
    }
    worker["s3"].create_bucket(Bucket="audited")
    for n in range(12):  # so many objects become bucket/*
        worker["s3"].put_object(Bucket="audited", Key=f"k{n}", Body=b"x")
    worker["dynamodb"].list_tables()

    def millrace(*arguments, code=0):
        done = subprocess.run(
            [str(binary()), "iam", *arguments], env=clean_environment(MILLRACE_URL=auditing.endpoint),
            capture_output=True, text=True, timeout=30,
        )
        assert done.returncode == code, done.stderr
        as_json = "--json" in arguments or (code == 0 and arguments[0] == "policy")
        return json.loads(done.stdout) if as_json else done.stdout + done.stderr

    # Sessions are put together under their role.
    principals = {p["principal"]: p for p in millrace("audit", "--json")["principals"]}
    denied = {use["action"]: use for use in principals[role]["actions"] if use["deniedCount"]}
    assert set(denied) == {"s3:CreateBucket", "s3:PutObject", "dynamodb:ListTables"}
    session = f"arn:aws:sts::{ACCOUNT}:assumed-role/worker/night"
    assert denied["dynamodb:ListTables"]["message"].startswith(
        f"User: {session} is not authorized to perform: dynamodb:ListTables on resource: "
    )
    table = millrace("audit")
    assert f"\n{role}  " in "\n" + table and "denied" in table and "is not authorized to perform: dynamodb:ListTables" in table
    # The four actions on a stream are one permission to a mapping: one that was seen brings the others.
    stream = f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/t/stream/2026-01-01T00:00:00.000"
    streams = aws.make_client(auditing.endpoint, "dynamodbstreams", keys["AccessKeyId"], secret=keys["SecretAccessKey"],
                              token=keys["SessionToken"])
    with pytest.raises(streams.exceptions.ResourceNotFoundException):
        streams.describe_stream(StreamArn=stream)
    wanted = {"Effect": "Allow", "Resource": [f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/t/stream/*"], "Action": [
        "dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:ListStreams"]}
    assert wanted in millrace("policy", role)["Statement"]
    assert "Nothing is known of arn:aws:iam::1:role/nobody" in millrace("policy", "arn:aws:iam::1:role/nobody", code=1)
    policy = millrace("policy", role)
    assert {"Effect": "Allow", "Action": ["s3:PutObject"], "Resource": ["arn:aws:s3:::audited/*"]} in policy["Statement"]
    # With that policy the same role would be refused nothing.
    iam.put_role_policy(RoleName="worker", PolicyName="fits", PolicyDocument=json.dumps(policy))
    millrace("clear")
    worker["s3"].put_object(Bucket="audited", Key="k0", Body=b"x")
    worker["dynamodb"].list_tables()
    uses = {p["principal"]: p for p in millrace("audit", "--json")["principals"]}[role]["actions"]
    assert [use["deniedCount"] for use in uses] == [0, 0]


def test_what_is_refused_counts_with_iam_on(endpoint, client, unique, account):
    """The page and `iam audit` tell what was refused where policies are enforced."""
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": account}}
    role = client("iam").create_role(RoleName=unique("role"), AssumeRolePolicyDocument=json.dumps(
        {"Version": "2012-10-17", "Statement": [trust]}))["Role"]["Arn"]
    keys = client("sts").assume_role(RoleArn=role, RoleSessionName="night")["Credentials"]
    refused = aws.make_client(endpoint, "dynamodb", keys["AccessKeyId"], secret=keys["SecretAccessKey"], token=keys["SessionToken"])
    with pytest.raises(refused.exceptions.ClientError):
        refused.list_tables()
    with urllib.request.urlopen(f"{endpoint}/_millrace/iam/audit", timeout=10) as answer:
        principals = {p["principal"]: p for p in json.load(answer)["principals"]}
    (use,) = principals[role]["actions"]
    assert (use["action"], use["deniedCount"]) == ("dynamodb:ListTables", 1)
