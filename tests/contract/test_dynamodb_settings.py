"""What is attached to tables: policies, contributor insights, Kinesis destinations; replicas."""

import json
import time

from harness.tables import PK, fill, keys_of, refusal, until


# -- resource policies, contributor insights, Kinesis destinations


def test_a_resource_policy_has_revisions(call, dynamodb, make_table):
    name = make_table()
    arn = dynamodb.describe_table(TableName=name)["Table"]["TableArn"]
    statement = {"Effect": "Allow", "Principal": "*", "Action": "dynamodb:GetItem", "Resource": arn}
    policy = json.dumps({"Version": "2012-10-17", "Statement": statement})
    other = policy.replace("GetItem", "Query")
    compact = json.dumps(json.loads(policy), separators=(",", ":"))  # white space isn't kept
    none = call("GetResourcePolicy", {"ResourceArn": arn})
    assert none["__type"].endswith("#PolicyNotFoundException")
    assert none["message"] == f"Resource-based policy not found for the provided ResourceArn: {arn}"
    assert call("DeleteResourcePolicy", {"ResourceArn": arn}) == {}
    first = call("PutResourcePolicy", {"ResourceArn": arn, "Policy": policy})["RevisionId"]
    assert call("GetResourcePolicy", {"ResourceArn": arn}) == {"Policy": compact, "RevisionId": first}
    second = call("PutResourcePolicy", {"ResourceArn": arn, "Policy": other, "ExpectedRevisionId": first})["RevisionId"]
    assert int(second) > int(first)
    assert call("DeleteResourcePolicy", {"ResourceArn": arn})["RevisionId"] == second
    missing = call("GetResourcePolicy", {"ResourceArn": arn + "x"})
    assert missing["message"] == f"Requested resource not found: Table: {name}x not found"


def test_an_unchanged_policy_keeps_its_revision(call, dynamodb, make_table):
    arn = dynamodb.describe_table(TableName=make_table())["Table"]["TableArn"]
    statement = {"Effect": "Allow", "Principal": "*", "Action": "dynamodb:GetItem", "Resource": arn}
    policy = json.dumps({"Version": "2012-10-17", "Statement": statement})
    first = call("PutResourcePolicy", {"ResourceArn": arn, "Policy": policy})
    assert call("PutResourcePolicy", {"ResourceArn": arn, "Policy": policy}) == first
    assert call("PutResourcePolicy", {"ResourceArn": arn, "Policy": policy.replace(" ", "  ")}) == first


def test_conflicts_of_policy_revisions(call, dynamodb, make_table):
    name = make_table()
    arn = dynamodb.describe_table(TableName=name)["Table"]["TableArn"]
    statement = {"Effect": "Allow", "Principal": "*", "Action": "dynamodb:GetItem", "Resource": arn}
    policy = json.dumps({"Version": "2012-10-17", "Statement": statement})
    revision = call("PutResourcePolicy", {"ResourceArn": arn, "Policy": policy})["RevisionId"]
    head = "Resource-based policy not found for the provided ResourceArn: "
    for operation, more in (("PutResourcePolicy", {"Policy": policy}), ("DeleteResourcePolicy", {})):
        refused = call(operation, {"ResourceArn": arn, "ExpectedRevisionId": "1", **more})
        assert refused["message"] == (f"{head}Requested update for policy with revision id 1, but the policy associated to target "
                                      f"table {name} has revision id {revision}.")
        refused = call(operation, {"ResourceArn": arn, "ExpectedRevisionId": "NO_POLICY", **more})
        assert refused["message"] == (f"{head}Requested policy update expecting none to be present for table {name}, but a policy "
                                      f"exists with revision id {revision}.")


def test_contributor_insights_are_switched(dynamodb, make_table):
    name = make_table()
    assert dynamodb.describe_contributor_insights(TableName=name)["ContributorInsightsStatus"] == "DISABLED"
    dynamodb.update_contributor_insights(TableName=name, ContributorInsightsAction="ENABLE")
    described = dynamodb.describe_contributor_insights(TableName=name)
    assert described["ContributorInsightsStatus"] == "ENABLED" and len(described["ContributorInsightsRuleList"]) == 2
    listed = dynamodb.list_contributor_insights(TableName=name)["ContributorInsightsSummaries"]
    assert [(s["TableName"], s["ContributorInsightsStatus"]) for s in listed] == [(name, "ENABLED")]


def test_contributor_insights_that_are_settled_stay_as_they_are(call, make_table):
    name = make_table()
    disable = {"TableName": name, "ContributorInsightsAction": "DISABLE"}
    assert call("UpdateContributorInsights", disable)["ContributorInsightsStatus"] == "DISABLED"
    assert call("DescribeContributorInsights", {"TableName": name}) == {"TableName": name, "ContributorInsightsStatus": "DISABLED"}
    enable = {"TableName": name, "ContributorInsightsAction": "ENABLE"}
    assert call("UpdateContributorInsights", enable)["ContributorInsightsStatus"] == "ENABLING"
    assert call("UpdateContributorInsights", enable)["ContributorInsightsStatus"] == "ENABLED"
    assert call("UpdateContributorInsights", disable)["ContributorInsightsStatus"] == "DISABLING"
    assert call("ListContributorInsights", {"TableName": name}) == {"ContributorInsightsSummaries": []}


def test_kinesis_destinations_keep_their_state(dynamodb, make_table):
    name = make_table()
    arn = "arn:aws:kinesis:us-east-1:000000000000:stream/changes"
    enabled = dynamodb.enable_kinesis_streaming_destination(TableName=name, StreamArn=arn)
    assert enabled["DestinationStatus"] == "ENABLING"
    described = dynamodb.describe_kinesis_streaming_destination(TableName=name)["KinesisDataStreamDestinations"]
    assert described == [{"StreamArn": arn, "DestinationStatus": "ACTIVE"}]
    dynamodb.disable_kinesis_streaming_destination(TableName=name, StreamArn=arn)
    code, text = refusal(dynamodb.disable_kinesis_streaming_destination, TableName=name, StreamArn=arn)
    assert text.endswith("KinesisStreamingDestination must be ACTIVE to perform DISABLE operation.")


# -- replicas


def test_a_replica_has_all_items_and_all_writes(client, dynamodb, make_table, call):
    name = make_table()
    other = client("dynamodb", region="eu-west-1")
    fill(dynamodb, name, *(f"old-{i}" for i in range(150)))
    updated = dynamodb.update_table(TableName=name, ReplicaUpdates=[{"Create": {"RegionName": "eu-west-1"}}])["TableDescription"]
    assert updated["TableStatus"] == "UPDATING"

    def replicas():
        return [(r["RegionName"], r["ReplicaStatus"]) for r in dynamodb.describe_table(TableName=name)["Table"].get("Replicas", [])]

    until(lambda: replicas() == [("eu-west-1", "ACTIVE")])
    fill(dynamodb, name, "here")
    fill(other, name, "there")
    dynamodb.delete_item(TableName=name, Key={"pk": {"S": "old-0"}})
    other.delete_item(TableName=name, Key={"pk": {"S": "old-1"}})
    assert keys_of(dynamodb, name) == keys_of(other, name)
    assert len(keys_of(other, name)) == 150
    assert "eu-west-1" in other.describe_table(TableName=name)["Table"]["TableArn"]
    dynamodb.update_table(TableName=name, ReplicaUpdates=[{"Delete": {"RegionName": "eu-west-1"}}])
    assert replicas() == []
    assert refusal(other.describe_table, TableName=name)[0] == "ResourceNotFoundException"
    fill(dynamodb, name, "alone")


def test_replicas_share_what_aws_shares_and_keep_what_is_regional(client, dynamodb, make_table, call, raw):
    name = make_table()
    arn = dynamodb.describe_table(TableName=name)["Table"]["TableArn"]
    dynamodb.tag_resource(ResourceArn=arn, Tags=[{"Key": "here", "Value": "1"}])
    other = client("dynamodb", region="eu-west-1")
    dynamodb.update_table(TableName=name, ReplicaUpdates=[{"Create": {"RegionName": "eu-west-1"}}])

    def both(probe):
        return [probe(side) for side in (dynamodb, other)]

    until(lambda: both(lambda side: side.describe_table(TableName=name)["Table"]["Replicas"][0]["ReplicaStatus"]) == ["ACTIVE"] * 2)
    here = call("DescribeTable", {"TableName": name})["Table"]
    replica, = here["Replicas"]
    assert set(replica) == {"RegionName", "ReplicaStatus", "WarmThroughput", "GlobalTableSettingsReplicationMode"}
    assert here["GlobalTableVersion"] == "2019.11.21" and here["GlobalTableSettingsReplicationMode"] == "ENABLED_WITH_OVERRIDES"
    there = other.describe_table(TableName=name)["Table"]
    assert there["TableId"] != here["TableId"] and there["LatestStreamArn"] != here["LatestStreamArn"]
    assert here["StreamSpecification"] == there["StreamSpecification"]
    assert other.list_tags_of_resource(ResourceArn=there["TableArn"])["Tags"] == []
    # Time to live and indexes are the group's.
    other.update_time_to_live(TableName=name, TimeToLiveSpecification={"Enabled": True, "AttributeName": "ttl"})
    assert both(lambda side: side.describe_time_to_live(TableName=name)["TimeToLiveDescription"]["AttributeName"]) == ["ttl"] * 2
    index = {"IndexName": "by-g", "KeySchema": [{"AttributeName": "g", "KeyType": "HASH"}], "Projection": {"ProjectionType": "ALL"}}
    fill(dynamodb, name, "a", g={"S": "x"})
    dynamodb.update_table(TableName=name, AttributeDefinitions=[PK, {"AttributeName": "g", "AttributeType": "S"}],
                          GlobalSecondaryIndexUpdates=[{"Create": index}])
    until(lambda: both(lambda side: side.describe_table(TableName=name)["Table"]["GlobalSecondaryIndexes"][0]["IndexStatus"]) == ["ACTIVE"] * 2)
    assert both(lambda side: side.scan(TableName=name, IndexName="by-g")["Count"]) == [1, 1]
    assert refusal(dynamodb.update_table, TableName=name, StreamSpecification={"StreamEnabled": False})[1] == \
        "One or more parameter values were invalid: Disabling Stream is not allowed for a Global Table replica."
    # What one region deletes by its clock, every region loses; and each has a record of it.
    fill(other, name, "due", ttl={"N": str(int(time.time()) - 60)})
    until(lambda: both(lambda side: keys_of(side, name)) == [["a"]] * 2)
    assert refusal(dynamodb.delete_table, TableName=name)[1].startswith("Replica cannot be deleted because it has acted as a source region")
    dynamodb.update_table(TableName=name, ReplicaUpdates=[{"Update": {"RegionName": "eu-west-1", "TableClassOverride": "STANDARD_INFREQUENT_ACCESS"}}])
    assert other.describe_table(TableName=name)["Table"]["TableClassSummary"]["TableClass"] == "STANDARD_INFREQUENT_ACCESS"
    shown, = dynamodb.describe_table(TableName=name)["Table"]["Replicas"]
    assert shown["ReplicaTableClassSummary"]["TableClass"] == "STANDARD_INFREQUENT_ACCESS"
    scaling = dynamodb.describe_table_replica_auto_scaling(TableName=name)["TableAutoScalingDescription"]
    assert [r["RegionName"] for r in scaling["Replicas"]] == ["us-east-1", "eu-west-1"]
    other.delete_table(TableName=name)
    assert "Replicas" not in dynamodb.describe_table(TableName=name)["Table"]
    dynamodb.delete_table(TableName=name)


def test_a_strongly_consistent_group_is_made_and_dissolved_as_a_whole(client, call, make_table):
    name = make_table()
    create = [{"Create": {"RegionName": region}} for region in ("us-east-2", "us-west-2")]
    made = call("UpdateTable", {"TableName": name, "MultiRegionConsistency": "STRONG", "ReplicaUpdates": create})["TableDescription"]
    assert made["MultiRegionConsistency"] == "STRONG" and made["GlobalTableVersion"] == "2019.11.21"
    fill(client("dynamodb", region="us-west-2"), name, "a")
    assert keys_of(client("dynamodb"), name, ConsistentRead=True) == keys_of(client("dynamodb", region="us-east-2"), name) == ["a"]
    only_one = "Deletion of only one table replica is not supported for global tables with MultiRegionConsistency set to STRONG."
    assert call("UpdateTable", {"TableName": name, "ReplicaUpdates": [{"Delete": {"RegionName": "us-east-2"}}]})["message"] == only_one
    assert call("DeleteTable", {"TableName": name})["message"] == only_one
    erase = [{"Delete": {"RegionName": region}} for region in ("us-east-2", "us-west-2")]
    assert "MultiRegionConsistency" not in call("UpdateTable", {"TableName": name, "ReplicaUpdates": erase})["TableDescription"]
    call("DeleteTable", {"TableName": name})


def test_a_provisioned_table_has_replicas_once_its_writes_scale(client, dynamodb, make_table):
    units = {"ReadCapacityUnits": 2, "WriteCapacityUnits": 3}
    index = {"IndexName": "again", "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}], "Projection": {"ProjectionType": "ALL"}}
    name = make_table(GlobalSecondaryIndexes=[index])
    dynamodb.update_table(TableName=name, ReplicaUpdates=[{"Create": {"RegionName": "eu-west-1"}}])
    limits = {"MinimumUnits": 1, "MaximumUnits": 10}
    policy = {"TargetTrackingScalingPolicyConfiguration": {"TargetValue": 70.0}}
    assert refusal(dynamodb.update_table, TableName=name, ReplicaUpdates=[{"Delete": {"RegionName": "eu-west-3"}}])[1] == (
        "Update global table operation failed because one or more replicas were not part of the global table. Please retry the "
        "request without these replicas: [eu-west-3].")
    assert refusal(dynamodb.update_table_replica_auto_scaling, TableName=name, ReplicaUpdates=[
        {"RegionName": "eu-west-3", "ReplicaProvisionedReadCapacityAutoScalingUpdate": limits}])[0] == "ValidationException"
    answer = dynamodb.update_table_replica_auto_scaling(
        TableName=name,
        ProvisionedWriteCapacityAutoScalingUpdate={**limits, "ScalingPolicyUpdate": policy},
        GlobalSecondaryIndexUpdates=[{"IndexName": "again", "ProvisionedWriteCapacityAutoScalingUpdate": limits}],
        ReplicaUpdates=[{"RegionName": "eu-west-1", "ReplicaProvisionedReadCapacityAutoScalingUpdate": limits}],
    )["TableAutoScalingDescription"]
    assert answer == dynamodb.describe_table_replica_auto_scaling(TableName=name)["TableAutoScalingDescription"]
    here, there = answer["Replicas"]
    write = here["ReplicaProvisionedWriteCapacityAutoScalingSettings"]
    assert write == there["ReplicaProvisionedWriteCapacityAutoScalingSettings"]
    assert (write["MinimumUnits"], write["MaximumUnits"]) == (1, 10) and "AutoScalingDisabled" not in write
    assert write["ScalingPolicies"] == [{"PolicyName": f"DynamoDBWriteCapacityUtilization:table/{name}", **policy}]
    assert here["ReplicaProvisionedReadCapacityAutoScalingSettings"] == {"AutoScalingDisabled": True}
    assert there["ReplicaProvisionedReadCapacityAutoScalingSettings"]["MaximumUnits"] == 10
    assert there["GlobalSecondaryIndexes"][0]["ProvisionedWriteCapacityAutoScalingSettings"]["MinimumUnits"] == 1

    dynamodb.update_table(TableName=name, BillingMode="PROVISIONED", ProvisionedThroughput=units,
                          GlobalSecondaryIndexUpdates=[{"Update": {"IndexName": "again", "ProvisionedThroughput": units}}])
    override = {"ReadCapacityUnits": 7}
    dynamodb.update_table(TableName=name, ReplicaUpdates=[{"Create": {
        "RegionName": "eu-west-2", "ProvisionedThroughputOverride": override,
        "GlobalSecondaryIndexes": [{"IndexName": "again", "ProvisionedThroughputOverride": {"ReadCapacityUnits": 9}}]}}])
    replica = client("dynamodb", region="eu-west-2").describe_table(TableName=name)["Table"]
    assert replica["ProvisionedThroughput"]["ReadCapacityUnits"] == 7 and replica["ProvisionedThroughput"]["WriteCapacityUnits"] == 3
    assert replica["GlobalSecondaryIndexes"][0]["ProvisionedThroughput"]["ReadCapacityUnits"] == 9
    _, shown = dynamodb.describe_table(TableName=name)["Table"]["Replicas"]
    assert shown["ProvisionedThroughputOverride"] == override
    assert shown["GlobalSecondaryIndexes"][0]["ProvisionedThroughputOverride"] == {"ReadCapacityUnits": 9}
    # The writes no longer scale: no more replicas.
    dynamodb.update_table_replica_auto_scaling(TableName=name, ProvisionedWriteCapacityAutoScalingUpdate={"AutoScalingDisabled": True})
    assert refusal(dynamodb.update_table, TableName=name, ReplicaUpdates=[{"Create": {"RegionName": "us-west-2"}}])[1] == \
        "Table write capacity should either be Pay-Per-Request or AutoScaled."
