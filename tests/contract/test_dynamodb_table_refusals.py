"""What DynamoDB's table operations refuse, and in which words: (operation, request, code, message), sent past boto3's checks.

`T` in a request is an on-demand table with a global index `gsi` and a local one `lsi`, `P` a provisioned one; messages may name
them as {T} and {P}, their ARNs as {TA}. A message that ends in "..." is a beginning."""

import json

import pytest

from harness.tables import KEY, PK, minimal

V, NOT_FOUND, LIMIT = "ValidationException", "ResourceNotFoundException", "LimitExceededException"
P = "One or more parameter values were invalid: "
ONE = "1 validation error detected: "
UNITS = {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1}
SK = {"AttributeName": "sk", "AttributeType": "N"}
RANGE = [{"AttributeName": "sk", "KeyType": "RANGE"}]
GSI = {"IndexName": "index", "KeySchema": KEY, "Projection": {"ProjectionType": "ALL"}}
LETTERS = "abcdefghi"


def create(code, message, **change):
    return ("CreateTable", minimal("NEW", **change), code, message)


def update(message, code=V, table="T", **change):
    return ("UpdateTable", {"TableName": table, **change}, code, message)


def gsi(*elements):
    return {"GlobalSecondaryIndexUpdates": list(elements)}


def multi(hashes, ranges):
    """A definition with a global index of those key attributes."""
    names = sorted(set(hashes + ranges))
    schema = [{"AttributeName": n, "KeyType": "HASH"} for n in hashes] + [{"AttributeName": n, "KeyType": "RANGE"} for n in ranges]
    return {"AttributeDefinitions": [PK] + [{"AttributeName": n, "AttributeType": "S"} for n in names],
            "GlobalSecondaryIndexes": [dict(GSI, KeySchema=schema)]}


def null(*paths):
    return "; ".join(f"Value null at '{path}' failed to satisfy constraint: Member must not be null" for path in paths)


def at(value, path, constraint):
    return f"Value '{value}' at '{path}' failed to satisfy constraint: {constraint}"


NAME_PATTERN = "Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+"
AT_LEAST_3 = "Member must have length greater than or equal to 3"

CASES = [
    # -- CreateTable
    ("CreateTable", {}, V, "The parameter 'TableName' is required but was not present in the request"),
    ("CreateTable", {"TableName": "abc;"}, V, "3 validation errors detected: " + null("attributeDefinitions") + "; "
     + at("abc;", "tableName", NAME_PATTERN) + "; " + null("keySchema")),
    create(V, ONE + at("[]", "keySchema", "Member must have length greater than or equal to 1"), KeySchema=[]),
    create(V, "2 validation errors detected: " + null("keySchema.1.member.attributeName", "keySchema.1.member.keyType"), KeySchema=[{}]),
    create(V, "2 validation errors detected: "
           + at("0", "provisionedThroughput.writeCapacityUnits", "Member must have value greater than or equal to 1") + "; "
           + at("-1", "provisionedThroughput.readCapacityUnits", "Member must have value greater than or equal to 1"),
           ProvisionedThroughput={"ReadCapacityUnits": -1, "WriteCapacityUnits": 0}),
    create(V, "Given value 1000000000001 for ReadCapacityUnits is out of bounds", BillingMode="PROVISIONED",
           ProvisionedThroughput={"ReadCapacityUnits": 1000000000001, "WriteCapacityUnits": 1}),
    create(LIMIT, "The requested WriteCapacityUnits, 40001, is above the per table maximum for the account in us-east-1. Per table "
           "maximum: 40000. Refer to the Amazon DynamoDB Developer Guide for current limits and how to request higher limits.",
           BillingMode="PROVISIONED", ProvisionedThroughput={"ReadCapacityUnits": 1, "WriteCapacityUnits": 40001}),
    create(V, "Attribute Name is duplicated: pk", AttributeDefinitions=[PK, PK]),
    create(V, "Invalid table-class parameter provided. Please try again with a valid table-class value: "
              "[STANDARD, STANDARD_INFREQUENT_ACCESS].", TableClass="GLACIER"),
    create(V, ONE + at("", "streamSpecification.streamViewType",
                       "Member must satisfy enum value set: [OLD_IMAGE, KEYS_ONLY, NEW_AND_OLD_IMAGES, NEW_IMAGE]"),
           StreamSpecification={"StreamEnabled": True, "StreamViewType": ""}),
    create(V, P + "SSEType can not be specified if Enabled is false", SSESpecification={"Enabled": False, "SSEType": "KMS"}),
    create(V, P + "KMSMasterKeyId can not be specified if Enabled is false", SSESpecification={"KMSMasterKeyId": "k"}),
    create(V, P + "SSEType KMS is required if KMSMasterKeyId is specified", SSESpecification={"Enabled": True, "KMSMasterKeyId": "k"}),
    create(V, P + "SSEType AES256 is not supported", SSESpecification={"Enabled": True, "SSEType": "AES256"}),
    create(V, ONE + at("", "sSESpecification.kMSMasterKeyId", "Member must have length greater than or equal to 1"),
           SSESpecification={"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": ""}),
    create(V, P + "Requested MaxReadRequestUnits for OnDemandThroughput for table is outside of valid range",
           OnDemandThroughput={"MaxReadRequestUnits": 0, "MaxWriteRequestUnits": 0}),
    create(V, P + "MaxReadRequestUnits for OnDemandThroughput cannot be specified when the table BillingMode is PROVISIONED",
           BillingMode="PROVISIONED", ProvisionedThroughput=UNITS, OnDemandThroughput={"MaxReadRequestUnits": 5}),
    create(V, P + "Requested ReadUnitsPerSecond for WarmThroughput for table is lower than initial throughput for OnDemand. See: "
           "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/on-demand-capacity-mode.html#on-demand-cap...",
           WarmThroughput={"ReadUnitsPerSecond": -1, "WriteUnitsPerSecond": -1}),
    create(V, P + "Requested WriteUnitsPerSecond for WarmThroughput for table is lower than WriteCapacityUnits of ProvisionedThroughput",
           BillingMode="PROVISIONED", ProvisionedThroughput={"ReadCapacityUnits": 1, "WriteCapacityUnits": 9},
           WarmThroughput={"WriteUnitsPerSecond": 5}),
    create(V, P + "Duplicate element in NonKeyAttributes: a",
           GlobalSecondaryIndexes=[dict(GSI, Projection={"ProjectionType": "INCLUDE", "NonKeyAttributes": ["a", "a"]})]),
    create(V, P + "The KeySchema exceeds the maximum allowed number of HASH key attributes", **multi("abcde", "")),
    create(V, P + "The KeySchema exceeds the maximum allowed number of RANGE key attributes", **multi("a", "bcdef")),
    create(V, "The KeySchema contains multiple key attributes with the same name", **multi("ab", "a")),
    create(V, ONE + "Value '[KeySchemaElement(attributeName=a, keyType=HASH), ...", **multi("abcd", "efghi")),
    create(V, "The Tag Key provided is invalid, Key: null", Tags=[{}]),
    create(V, P + "Invalid policy document: This policy contains invalid Json", ResourcePolicy=""),
    create("ResourceInUseException", "Table already exists: {T}", TableName="T"),
    # -- the others by name
    ("DescribeTable", {"TableName": ""}, V, ONE + at("", "tableName", "Member must have length greater than or equal to 1")),
    ("DescribeTable", {"TableName": "{TA}/index/gsi"}, V, ONE + "Invalid resource type in '{TA}/index/gsi'"),
    ("DescribeTable", {"TableName": "arn:aws:dynamodb:eu-west-1:000000000000:table/x"}, V,
     ONE + "Invalid AWS region in 'arn:aws:dynamodb:eu-west-1:000000000000:table/x'"),
    ("DeleteTable", {"TableName": "ab"}, V, ONE + at("ab", "tableName", AT_LEAST_3)),
    ("ListTables", {"Limit": 101}, V, ONE + at("101", "limit", "Member must have value less than or equal to 100")),
    # -- UpdateTable
    update("At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, GlobalSecondaryIndexUpdates, SSESpecification, "
           "ReplicaUpdates, MultiAccountReplicaReady, ReplicaTransitRoleArn, MultiRegionConsistency, DeletionProtectionEnabled, "
           "OnDemandThroughput, WarmThroughput or TableClass is required", AttributeDefinitions=[PK]),
    update("At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, GlobalSecondaryIndexUpdates, SSESpecification, "
           "ReplicaUpdates, MultiAccountReplicaReady, ReplicaTransitRoleArn, DeletionProtectionEnabled, "
           "OnDemandThroughput, WarmThroughput or TableClass is required", MultiRegionConsistency="STRONG"),
    update(P + "List of GlobalSecondaryIndexUpdates is empty", **gsi()),
    update(P + "Only one global secondary index action is allowed per GlobalSecondaryIndexUpdate object",
           **gsi({"Delete": {"IndexName": "gsi"}, "Create": GSI})),
    update(P + "Only one global secondary index update per index is allowed simultaneously. Index: gsi",
           **gsi({"Delete": {"IndexName": "gsi"}}, {"Delete": {"IndexName": "gsi"}})),
    update("Requested resource not found: Index ghost for table {T}", NOT_FOUND, **gsi({"Update": {"IndexName": "ghost"}})),
    update(P + "The only Updates for index: gsi when TableThroughputMode is PAY_PER_REQUEST can be to OnDemandThroughput, WarmThroughput",
           **gsi({"Update": {"IndexName": "gsi", "OnDemandThroughput": {}}})),
    update(P + "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified for index: gsi when BillingMode is PAY_PER_REQUEST",
           **gsi({"Update": {"IndexName": "gsi", "ProvisionedThroughput": UNITS}})),
    update(P + "Both ReadCapacityUnits and WriteCapacityUnits must be specified for index: gsi", table="P",
           **gsi({"Update": {"IndexName": "gsi"}})),
    update(P + "WarmThroughput must have at least one of ReadUnitsPerSecond or WriteUnitsPerSecond specified for index: ghost",
           table="missing", **gsi({"Update": {"IndexName": "ghost", "WarmThroughput": {}}})),
    update(P + "Requested ReadUnitsPerSecond for WarmThroughput for index gsi is lower than current WarmThroughput, decreasing "
           "WarmThroughput is not supported", **gsi({"Update": {"IndexName": "gsi", "WarmThroughput": {"ReadUnitsPerSecond": 1}}})),
    update(P + "Requested WriteUnitsPerSecond for WarmThroughput for table is lower than current WarmThroughput, decreasing "
           "WarmThroughput is not supported", WarmThroughput={"WriteUnitsPerSecond": 1}),
    update("Cannot update an index that is not a GlobalSecondaryIndex: lsi", **gsi({"Update": {"IndexName": "lsi"}})),
    update("Cannot delete an index that is not a GlobalSecondaryIndex: lsi", **gsi({"Delete": {"IndexName": "lsi"}})),
    update(P + "MaxReadRequestUnits for OnDemandThroughput cannot be specified when the table BillingMode is PROVISIONED", table="P",
           OnDemandThroughput={"MaxReadRequestUnits": 7}),
    update(P + "Requested MaxReadRequestUnits for OnDemandThroughput for table is outside of valid range",
           OnDemandThroughput={"MaxReadRequestUnits": 0, "MaxWriteRequestUnits": 0}),
    update(P + "Table is already encrypted by default", SSESpecification={"Enabled": False}),
    update("The provisioned throughput for the index gsi will not change. The requested value equals the current value. ...", table="P",
           **gsi({"Update": {"IndexName": "gsi", "ProvisionedThroughput": UNITS}})),
    # -- replicas
    update("Region us-fake-1 is not supported. The latest version of global tables are only supported in the following regions: "
           "[ap-south-2, ap-south-1, ...", ReplicaUpdates=[{"Create": {"RegionName": "us-fake-1"}}]),
    update("Cannot add or delete the local region through ReplicaUpdates. ...", ReplicaUpdates=[{"Create": {"RegionName": "us-east-1"}}]),
    update("Replica specified in the Replica Update or Replica Delete action of the request was not found.",
           ReplicaUpdates=[{"Delete": {"RegionName": "eu-west-3"}}]),
    update("Update table operation with more than one create or delete replica actions not allowed",
           ReplicaUpdates=[{"Create": {"RegionName": "eu-west-3"}}, {"Create": {"RegionName": "eu-west-1"}}]),
    update("Table write capacity should either be Pay-Per-Request or AutoScaled.", table="P",
           ReplicaUpdates=[{"Create": {"RegionName": "eu-west-3"}}]),
    # -- tags
    ("TagResource", {"ResourceArn": "T", "Tags": [{"Key": "a", "Value": "1"}]}, V, P + "ARNs must start with 'arn:': {T}"),
    ("TagResource", {"ResourceArn": "arn:aws:s3:::b", "Tags": [{"Key": "a", "Value": "1"}]}, V,
     P + "Provided Arn is not a DynamoDB resource arn: arn:aws:s3:::b"),
    ("TagResource", {"ResourceArn": "{TA}/index/gsi", "Tags": [{"Key": "a", "Value": "1"}]}, V,
     P + "Invalid resource arn provided, only table or stream is accepted. Provided resource arn: {TA}/index/gsi"),
    ("TagResource", {"ResourceArn": "{TA}", "Tags": []}, V, "Atleast one Tag needs to be provided as Input."),
    ("TagResource", {"ResourceArn": "{TA}", "Tags": [{"Key": "k" * 129, "Value": ""}]}, V, "The Tag Key provided is invalid, Key: " + "k" * 129),
    ("TagResource", {"ResourceArn": "{TA}", "Tags": [{"Key": "k"}]}, V, "The Tag Value provided is invalid, Value: null"),
    ("TagResource", {"ResourceArn": "{TA}", "Tags": [{"Key": "k", "Value": "100%"}]}, V, "The Tag Value provided is invalid, Value: 100%"),
    ("TagResource", {"ResourceArn": "{TA}", "Tags": [{"Key": "d", "Value": "1"}, {"Key": "d", "Value": "2"}]}, V,
     "Duplicate Tag Keys provided as input: Duplicate Tag Key found d"),
    ("TagResource", {"ResourceArn": "{TA}", "Tags": [{"Key": "aws:x", "Value": ""}]}, V, "Tag Key cannot be prefixed with aws:, Key: aws:x"),
    ("UntagResource", {"ResourceArn": "{TA}", "TagKeys": []}, V, "Atleast one Tag Key needs to be provided as Input."),
    ("UntagResource", {"ResourceArn": "{TA}", "TagKeys": [""]}, V, "The Tag Key provided is invalid, Key: "),
    ("UntagResource", {"ResourceArn": "{TA}", "TagKeys": [str(i) for i in range(51)]}, V,
     "Number of Tags exceed the current limit for the provided ResourceArn"),
    # -- policies
    ("PutResourcePolicy", {"ResourceArn": "T", "Policy": "{{}}"}, V, P + "ARNs must start with 'arn:': {T}"),
    ("PutResourcePolicy", {"ResourceArn": "{TA}", "Policy": "{{not json"}, V, P + "Invalid policy document: This policy contains invalid Json"),
    ("PutResourcePolicy", {"ResourceArn": "{TA}", "Policy": "null"}, V, P + "Invalid policy document: This text appears not to be a policy"),
    ("PutResourcePolicy", {"ResourceArn": "{TA}", "Policy": '{{"Statement":[]}}'}, V,
     P + "Invalid policy document: Could not parse the policy: Statement is empty!"),
    ("PutResourcePolicy", {"ResourceArn": "{TA}", "Policy": '{{"Statement":[{{}}]}}'}, V, P + "Invalid policy document: Missing required field Effect"),
    ("PutResourcePolicy", {"ResourceArn": "{TA}", "Policy": '{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Principal":"*",'
     '"Action":["dynamodb:GetRecords","dynamodb:DescribeStream"],"Resource":"*"}}}}'}, V,
     P + 'Invalid policy document: The following action names are invalid: "dynamodb:GetRecords", "dynamodb:DescribeStream"'),
    ("PutResourcePolicy", {"ResourceArn": "{TA}", "Policy": "{{}}" + " " * 20480}, V, P + "Maximum policy size of 20480 bytes exceeded"),
    # -- time to live, recovery
    ("UpdateTimeToLive", {"TableName": "T", "TimeToLiveSpecification": {}}, V,
     "2 validation errors detected: " + null("timeToLiveSpecification.attributeName", "timeToLiveSpecification.enabled")),
    ("UpdateContinuousBackups", {"TableName": "T", "PointInTimeRecoverySpecification": {}}, V,
     ONE + null("pointInTimeRecoverySpecification.pointInTimeRecoveryEnabled")),
    ("UpdateContinuousBackups", {"TableName": "T", "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": False, "RecoveryPeriodInDays": 5}},
     V, "Invalid Request: Cannot specify RecoveryPeriodInDays when disabling point-in-time recovery."),
    ("RestoreTableToPointInTime", {"TargetTableName": "target"}, V,
     "The parameter 'TableName' is required but was not present in the request"),
    ("RestoreTableToPointInTime", {"TargetTableName": "target", "SourceTableName": "T", "SourceTableArn": "{TA}"}, V,
     "Must provide exactly one of: sourceTableArn, sourceTableName"),
    ("RestoreTableToPointInTime", {"TargetTableName": "target", "SourceTableName": "T"}, V,
     "Invalid Request: Either one of RestoreDateTime or UseLatestRestorableTime must be specified, but not both"),
    ("RestoreTableToPointInTime", {"TargetTableName": "target", "SourceTableName": "T", "UseLatestRestorableTime": True},
     "PointInTimeRecoveryUnavailableException", "Point in time recovery is not enabled for table '{T}'"),
    ("RestoreTableToPointInTime", {"TargetTableName": "target", "SourceTableName": "none-at-all", "UseLatestRestorableTime": True},
     "TableNotFoundException", "Table not found: none-at-all"),
    # -- backups
    ("CreateBackup", {"TableName": "none-at-all", "BackupName": "backup"}, "TableNotFoundException", "Table not found: none-at-all"),
    ("DescribeBackup", {"BackupArn": ""}, V, "Invalid Backup ARN"),
    ("DeleteBackup", {"BackupArn": "{TA}"}, V, "Invalid Backup ARN"),
    ("ListBackups", {"Limit": 0}, V, ONE + at("0", "limit", "Member must have value greater than or equal to 1")),
    ("ListBackups", {"TimeRangeLowerBound": 20, "TimeRangeUpperBound": 10}, V,
     P + "Time range lower bound must be less than or equal to upper bound"),
    # -- exports and imports
    ("ExportTableToPointInTime", {"TableArn": "T", "S3Bucket": "bucket"}, V, P + "tableArn is not a valid ARN"),
    ("ExportTableToPointInTime", {"TableArn": "{TA}", "S3Bucket": "bucket"}, "PointInTimeRecoveryUnavailableException",
     "Point in time recovery is not enabled for table '{T}'"),
    ("ExportTableToPointInTime", {"TableArn": "{TA}x", "S3Bucket": "bucket"}, "TableNotFoundException", "Table not found: {TA}x"),
    ("ExportTableToPointInTime", {"TableArn": "{TA}", "S3Bucket": "bucket", "S3SseKmsKeyId": "k"}, V,
     "Invalid Request: KMS Key Id is not supported for this encryption type"),
    ("ExportTableToPointInTime", {"TableArn": "{TA}", "S3Bucket": "bucket", "IncrementalExportSpecification": {"ExportFromTime": 1}}, V,
     "Invalid Request: Export Type expected to be Incremental Export when incremental export specification is provided"),
    ("ExportTableToPointInTime", {"TableArn": "{TA}", "S3Bucket": "bucket", "ExportType": "INCREMENTAL_EXPORT"}, V,
     "Invalid Request: Incremental Export Specification expected when export type is set as Incremental Export"),
    ("ExportTableToPointInTime", {"TableArn": "{TA}", "S3Bucket": "bucket", "ExportType": "INCREMENTAL_EXPORT",
                                  "IncrementalExportSpecification": {}}, V,
     "Invalid Request: ExportFromTime must be provided in IncrementalExportSpecification"),
    ("ExportTableToPointInTime", {"TableArn": "{TA}", "S3Bucket": "a bucket", "S3BucketOwner": "me"}, V, "2 validation errors detected: "
     + at("a bucket", "s3Bucket", "Member must satisfy regular expression pattern: ^[a-z0-9A-Z]+[\\.\\-\\w]*[a-z0-9A-Z]+$") + "; "
     + at("me", "s3BucketOwner", "Member must satisfy regular expression pattern: [0-9]{12}")),
    ("DescribeExport", {"ExportArn": "{TA}"}, V, "Invalid Export ARN"),
    ("DescribeExport", {"ExportArn": "{TA}/export/0"}, "ExportNotFoundException", "Export not found: Export not found: {TA}/export/0"),
    ("DescribeImport", {"ImportArn": "{TA}"}, V, "Invalid Import ARN"),
    ("ImportTable", {"S3BucketSource": {"S3Bucket": "bucket"}, "InputFormat": "DYNAMODB_JSON", "InputFormatOptions": {"Csv": {}},
                     "TableCreationParameters": minimal("NEW")}, V,
     "Invalid Request: Unsupported InputFormatOptions for the given input format: DYNAMODB_JSON."),
    ("ImportTable", {"S3BucketSource": {"S3Bucket": "bucket"}, "InputFormat": "CSV", "InputCompressionType": "BZIP2",
                     "TableCreationParameters": minimal("NEW")}, V,
     ONE + at("BZIP2", "inputCompressionType", "Member must satisfy enum value set: [ZSTD, NONE, GZIP]")),
    # -- insights, Kinesis
    ("DescribeContributorInsights", {"TableName": "T", "IndexName": "ghost"}, NOT_FOUND,
     "Requested resource not found: Index: ghost not found for table: {T}"),
    ("UpdateContributorInsights", {"TableName": "T", "ContributorInsightsAction": ""}, V,
     ONE + at("", "contributorInsightsAction", "Member must satisfy enum value set: [ENABLE, DISABLE]")),
    ("DisableKinesisStreamingDestination", {"TableName": "T", "StreamArn": "arn:aws:kinesis:us-east-1:000000000000:stream/never"}, V,
     "Table is not in a valid state to enable Kinesis Streaming Destination: KinesisStreamingDestination must be ACTIVE to perform "
     "DISABLE operation."),
    ("UpdateKinesisStreamingDestination", {"TableName": "T", "StreamArn": "arn:aws:kinesis:us-east-1:000000000000:stream/never"}, V,
     "Streaming destination cannot be updated with given parameters: UpdateKinesisStreamingConfiguration cannot be null or contain only "
     "null values"),
    # -- global tables of 2017
    ("CreateGlobalTable", {"GlobalTableName": "T", "ReplicationGroup": [{"RegionName": "us-east-1"}]}, V,
     P + "DynamoDB global tables version 2017.11.29 is not supported. We recommend using DynamoDB global tables version 2019.11.21, "
         "instead of version 2017.11.29 (Legacy)."),
    ("DescribeGlobalTable", {"GlobalTableName": ""}, V,
     "TableName must be at least 3 characters long and at most 255 characters long"),
    ("DescribeGlobalTable", {"GlobalTableName": "T"}, "GlobalTableNotFoundException", "Global table with name: '{T}' does not exist."),
    ("DescribeGlobalTableSettings", {"GlobalTableName": "T"}, "GlobalTableNotFoundException",
     "Global table with name: '{T}' does not exist."),
    ("DescribeTableReplicaAutoScaling", {"TableName": "T"}, NOT_FOUND, "Global table with name: '{T}' does not exist."),
]


@pytest.fixture(scope="module")
def tables(client):
    """The names that the cases' T, P, TA and NEW stand for."""
    import uuid
    dynamodb, end = client("dynamodb"), uuid.uuid4().hex[:6]
    local = {"IndexName": "lsi", "KeySchema": KEY + RANGE, "Projection": {"ProjectionType": "ALL"}}
    more = {"AttributeDefinitions": [PK, SK], "KeySchema": KEY + RANGE}
    arn = dynamodb.create_table(**minimal(f"on-demand-{end}", **more, LocalSecondaryIndexes=[local],
                                          GlobalSecondaryIndexes=[dict(GSI, IndexName="gsi")]))["TableDescription"]["TableArn"]
    dynamodb.create_table(**minimal(f"provisioned-{end}", **{"BillingMode": "PROVISIONED"}, ProvisionedThroughput=UNITS,
                                    GlobalSecondaryIndexes=[dict(GSI, IndexName="gsi", ProvisionedThroughput=UNITS)]))
    return {"T": f"on-demand-{end}", "P": f"provisioned-{end}", "TA": arn, "NEW": f"new-{end}"}


def named(value, tables):
    """The request with its names put in: whole values, and {T} within texts."""
    if isinstance(value, dict):
        return {k: named(v, tables) for k, v in value.items()}
    if isinstance(value, list):
        return [named(v, tables) for v in value]
    if not isinstance(value, str):
        return value
    return tables[value] if value in tables else value.format(**tables) if "{" in value else value


def identify(case):
    return f"{case[0]}-{case[3][-60:]}" if isinstance(case, tuple) else None


@pytest.mark.parametrize("case", CASES, ids=identify)
def test_refused_in_aws_words(raw, tables, case):
    operation, request, code, message = case
    response = raw.dynamodb(operation, json.dumps(named(request, tables)))
    answer = response.json()
    found = answer.get("message", answer.get("Message"))
    assert response.status == 400 and answer["__type"].split("#")[1] == code, answer
    # Braces in a message are a placeholder's or nobody's.
    expected = message.format(**tables) if "{T" in message or "{P" in message else message
    if expected.endswith("..."):
        assert found.startswith(expected[:-3])
    else:
        assert found == expected
