"""Keys that the emulator issued are held to their policies; everybody else is their account's root."""

import json

import pytest
from botocore.exceptions import ClientError
from harness import aws


def document(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(action, resource="*", **more):
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


@pytest.fixture
def iam(client):
    return client("iam")


@pytest.fixture
def make_user(server, iam, unique, account):
    """make_user(statements...) -> (user name, client factory that signs with the user's key)."""

    def make(*statements):
        name = unique("user")
        iam.create_user(UserName=name)
        if statements:
            iam.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=document(*statements))
        key = iam.create_access_key(UserName=name)["AccessKey"]
        return name, lambda service: aws.make_client(
            server.endpoint, service, key["AccessKeyId"], secret=key["SecretAccessKey"]
        )

    return make


def refusal(call, *args, **kwargs):
    with pytest.raises(ClientError) as caught:
        call(*args, **kwargs)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def test_a_user_without_policies_may_do_nothing(make_user, account):
    name, as_user = make_user()
    arn = f"arn:aws:iam::{account}:user/{name}"
    assert as_user("sts").get_caller_identity()["Arn"] == arn
    assert refusal(as_user("iam").list_users) == (
        "AccessDenied",
        f"User: {arn} is not authorized to perform: iam:ListUsers on resource: * because no identity-based policy allows "
        "the iam:ListUsers action",
    )


def test_policies_take_effect_at_once(iam, make_user):
    name, as_user = make_user(allow("iam:ListUsers"))
    as_user("iam").list_users()
    iam.put_user_policy(UserName=name, PolicyName="q", PolicyDocument=document({**allow("iam:*"), "Effect": "Deny"}))
    code, message = refusal(as_user("iam").list_users)
    assert code == "AccessDenied" and message.endswith("with an explicit deny in an identity-based policy")
    iam.delete_user_policy(UserName=name, PolicyName="q")
    as_user("iam").list_users()


def test_a_group_gives_its_policies(iam, make_user, unique):
    name, as_user = make_user()
    group = unique("group")
    iam.create_group(GroupName=group)
    iam.put_group_policy(GroupName=group, PolicyName="p", PolicyDocument=document(allow("iam:ListUsers")))
    iam.add_user_to_group(GroupName=group, UserName=name)
    as_user("iam").list_users()
    iam.remove_user_from_group(GroupName=group, UserName=name)
    assert refusal(as_user("iam").list_users)[0] == "AccessDenied"


def test_the_denying_managed_policy_is_named(iam, make_user, unique):
    name, as_user = make_user(allow("*"))
    policy = iam.create_policy(
        PolicyName=unique("deny"), PolicyDocument=document({**allow("iam:ListUsers"), "Effect": "Deny"})
    )["Policy"]["Arn"]
    iam.attach_user_policy(UserName=name, PolicyArn=policy)
    assert refusal(as_user("iam").list_users)[1].endswith(f"with an explicit deny in an identity-based policy: {policy}")


def test_a_boundary_limits(iam, make_user, unique):
    name, as_user = make_user(allow("*"))
    boundary = iam.create_policy(PolicyName=unique("bound"), PolicyDocument=document(allow("sqs:*")))["Policy"]["Arn"]
    iam.put_user_permissions_boundary(UserName=name, PermissionsBoundary=boundary)
    assert refusal(as_user("iam").list_users)[1].endswith(
        "because no permissions boundary allows the iam:ListUsers action"
    )


def test_resource_and_variables(iam, make_user):
    own = allow("iam:GetUser", "arn:aws:iam::*:user/${aws:username}")
    name, as_user = make_user(own)
    other, _ = make_user()
    assert as_user("iam").get_user()["User"]["UserName"] == name
    assert as_user("iam").get_user(UserName=name)["User"]["UserName"] == name
    assert refusal(as_user("iam").get_user, UserName=other)[0] == "AccessDenied"


def test_an_inactive_key_is_invalid(iam, make_user):
    name, as_user = make_user(allow("*"))
    key = iam.list_access_keys(UserName=name)["AccessKeyMetadata"][0]["AccessKeyId"]
    iam.update_access_key(UserName=name, AccessKeyId=key, Status="Inactive")
    assert refusal(as_user("sts").get_caller_identity) == (
        "InvalidClientTokenId",
        "The security token included in the request is invalid.",
    )


def test_a_wrong_secret_is_refused(server, iam, make_user):
    name, _ = make_user(allow("*"))
    key = iam.list_access_keys(UserName=name)["AccessKeyMetadata"][0]["AccessKeyId"]
    wrong = aws.make_client(server.endpoint, "iam", key, secret="wrong")
    assert refusal(wrong.list_users)[0] == "SignatureDoesNotMatch"


def test_other_services_ask_too(make_user, account):
    name, as_user = make_user(allow("dynamodb:ListTables"))
    as_user("dynamodb").list_tables()
    code, message = refusal(as_user("dynamodb").describe_table, TableName="missing")
    assert code == "AccessDeniedException"
    assert message == (
        f"User: arn:aws:iam::{account}:user/{name} is not authorized to perform: dynamodb:DescribeTable on resource: "
        f"arn:aws:dynamodb:us-east-1:{account}:table/missing because no identity-based policy allows the "
        "dynamodb:DescribeTable action"
    )
