"""Service-last-accessed reports, the policies that grant a service, and what needs an organization."""

import json

import pytest
from botocore.exceptions import ClientError


@pytest.fixture
def iam(client):
    return client("iam")


@pytest.fixture
def user(iam, unique):
    """A user whose group may use DynamoDB and SQS; S3 by AWS's policy. -> (name, group)"""
    name, group = unique("user"), unique("group")
    iam.create_user(UserName=name)
    iam.create_group(GroupName=group)
    iam.add_user_to_group(GroupName=group, UserName=name)
    iam.attach_user_policy(UserName=name, PolicyArn="arn:aws:iam::aws:policy/AmazonS3FullAccess")
    statement = {"Effect": "Allow", "Action": ["dynamodb:List*", "sqs:*"], "Resource": "*"}
    iam.put_group_policy(GroupName=group, PolicyName="some", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
    return name, group


def report(iam, arn, **more):
    job = iam.generate_service_last_accessed_details(Arn=arn, **more)["JobId"]
    return job, iam.get_service_last_accessed_details(JobId=job)


def test_which_services_were_used_and_by_whom(iam, client, account, user):
    name, group = user
    arn = f"arn:aws:iam::{account}:user/{name}"
    _, before = report(iam, arn)
    assert before["JobStatus"] == "COMPLETED" and before["JobType"] == "SERVICE_LEVEL" and before["IsTruncated"] is False
    assert [(s["ServiceNamespace"], s["TotalAuthenticatedEntities"]) for s in before["ServicesLastAccessed"]] == [("dynamodb", 0), ("s3", 0), ("sqs", 0)]
    assert "LastAuthenticated" not in before["ServicesLastAccessed"][0]

    key = iam.create_access_key(UserName=name)["AccessKey"]
    client("dynamodb", region="eu-west-1", account=key["AccessKeyId"], secret=key["SecretAccessKey"]).list_tables()
    job, after = report(iam, arn)
    used = after["ServicesLastAccessed"][0]
    assert (used["ServiceName"], used["LastAuthenticatedEntity"], used["LastAuthenticatedRegion"]) == ("Amazon DynamoDB", arn, "eu-west-1")
    assert used["TotalAuthenticatedEntities"] == 1 and used["LastAuthenticated"] <= after["JobCompletionDate"]
    [entity] = iam.get_service_last_accessed_details_with_entities(JobId=job, ServiceNamespace="dynamodb")["EntityDetailsList"]
    assert (entity["EntityInfo"]["Arn"], entity["EntityInfo"]["Type"]) == (arn, "USER")
    # The group's report is of its members; the managed policy's of whom it is attached to.
    _, of_group = report(iam, f"arn:aws:iam::{account}:group/{group}", Granularity="ACTION_LEVEL")
    assert of_group["JobType"] == "ACTION_LEVEL"
    assert [(s["ServiceNamespace"], s["TotalAuthenticatedEntities"]) for s in of_group["ServicesLastAccessed"]] == [("dynamodb", 1), ("sqs", 0)]
    _, of_policy = report(iam, "arn:aws:iam::aws:policy/AmazonS3FullAccess")
    assert [s["ServiceNamespace"] for s in of_policy["ServicesLastAccessed"]] == ["s3"]


def test_a_users_uses_go_with_it(iam, client, account, unique):
    name = unique("user")
    for _ in range(2):
        iam.create_user(UserName=name)
        iam.attach_user_policy(UserName=name, PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
        _, fresh = report(iam, f"arn:aws:iam::{account}:user/{name}")
        assert all(s["TotalAuthenticatedEntities"] == 0 for s in fresh["ServicesLastAccessed"])
        key = iam.create_access_key(UserName=name)["AccessKey"]
        client("sqs", account=key["AccessKeyId"], secret=key["SecretAccessKey"]).list_queues()
        _, used = report(iam, f"arn:aws:iam::{account}:user/{name}")
        assert [s["ServiceNamespace"] for s in used["ServicesLastAccessed"] if s["TotalAuthenticatedEntities"]] == ["sqs"]
        iam.delete_access_key(UserName=name, AccessKeyId=key["AccessKeyId"])
        iam.detach_user_policy(UserName=name, PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
        iam.delete_user(UserName=name)


def test_policies_that_grant_a_service(iam, account, user):
    name, group = user
    granting = iam.list_policies_granting_service_access(Arn=f"arn:aws:iam::{account}:user/{name}", ServiceNamespaces=["s3", "sqs", "ec2"])
    assert granting["PoliciesGrantingServiceAccess"] == [
        {"ServiceNamespace": "s3", "Policies": [{"PolicyName": "AmazonS3FullAccess", "PolicyType": "MANAGED", "PolicyArn": "arn:aws:iam::aws:policy/AmazonS3FullAccess"}]},
        {"ServiceNamespace": "sqs", "Policies": [{"PolicyName": "some", "PolicyType": "INLINE", "EntityType": "GROUP", "EntityName": group}]},
        {"ServiceNamespace": "ec2", "Policies": []}]


def test_jobs_and_arns_that_are_none(iam, account):
    for call, arguments, code in (
            (iam.get_service_last_accessed_details, {"JobId": "8f5a1b2c-0000-4000-8000-000000000001"}, "NoSuchEntity"),
            (iam.generate_service_last_accessed_details, {"Arn": f"arn:aws:iam::{account}:user/nobody"}, "NoSuchEntity"),
            (iam.generate_service_last_accessed_details, {"Arn": f"arn:aws:s3:::{account}-bucket"}, "InvalidInput")):
        with pytest.raises(ClientError) as caught:
            call(**arguments)
        assert caught.value.response["Error"]["Code"] == code


def test_no_account_is_in_an_organization(raw):
    answer = raw.query("iam", "ListOrganizationsFeatures", "2010-05-08")
    assert answer.status == 400 and "<Code>OrganizationNotFoundException</Code>" in answer.text
