"""The lists of DynamoDB, S3, SQS, SNS and KMS."""

import json

from harness.walks import by, itself, NAMES, PLAIN, walk


# --- DynamoDB, its streams


@walk("dynamodb", "ListTables")
def tables(w):
    for name in NAMES:
        w.table(name)
    return {}, itself, lambda name: w.dynamodb.delete_table(TableName=name)


@walk("dynamodbstreams", "ListStreams")
def streams(w):
    for name in NAMES:
        w.table(name, StreamSpecification={"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"})
    return {}, by("TableName"), None  # a deleted table's stream stays for a day


@walk("dynamodb", "ListBackups")
def backups(w):
    for name in NAMES:
        w.table(name)
        w.dynamodb.create_backup(TableName=name, BackupName="backup")
    return {}, by("BackupArn"), lambda arn: w.dynamodb.delete_backup(BackupArn=arn)


@walk("dynamodb", "ListContributorInsights")
def insights(w):
    for name in NAMES:
        w.table(name)
        w.dynamodb.update_contributor_insights(TableName=name, ContributorInsightsAction="ENABLE")
    return {}, by("TableName"), lambda name: w.dynamodb.delete_table(TableName=name)


@walk("dynamodb", "ListExports")
def exports(w):
    arn = w.table("ttt")["TableDescription"]["TableArn"]
    w.dynamodb.update_continuous_backups(TableName="ttt",
                                         PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True})
    bucket = w.bucket()
    for _ in range(4):
        w.dynamodb.export_table_to_point_in_time(TableArn=arn, S3Bucket=bucket)
    return {}, by("ExportArn"), None


@walk("dynamodb", "ListImports")
def imports(w):
    bucket = w.bucket()
    for name in NAMES:
        w.dynamodb.import_table(S3BucketSource={"S3Bucket": bucket}, InputFormat="DYNAMODB_JSON", TableCreationParameters={
            "TableName": name, "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}], "BillingMode": "PAY_PER_REQUEST"})
    return {}, by("ImportArn"), None


@walk("dynamodb", "Query", "ExecuteStatement")
def items(w):
    w.dynamodb.create_table(
        TableName="ttt", AttributeDefinitions=[{"AttributeName": n, "AttributeType": "S"} for n in ("pk", "sk")],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        BillingMode="PAY_PER_REQUEST")
    for name in NAMES:
        w.dynamodb.put_item(TableName="ttt", Item={"pk": {"S": "p"}, "sk": {"S": name}})
    return {"TableName": "ttt", "KeyConditionExpression": "pk = :p", "ExpressionAttributeValues": {":p": {"S": "p"}},
            "Statement": "SELECT * FROM ttt WHERE pk = 'p'"}, lambda item: item["sk"]["S"], \
        lambda name: w.dynamodb.delete_item(TableName="ttt", Key={"pk": {"S": "p"}, "sk": {"S": name}})


@walk("dynamodb", "Scan")
def scanned(w):
    parameters, name, delete = items(w)
    return {"TableName": parameters["TableName"]}, name, delete


# --- S3


@walk("s3", "ListObjects", "ListObjectsV2")
def objects(w):
    bucket = w.bucket()
    for name in NAMES:
        w.s3.put_object(Bucket=bucket, Key=name)
    return {"Bucket": bucket}, by("Key"), lambda name: w.s3.delete_object(Bucket=bucket, Key=name)


@walk("s3", "ListObjectVersions")
def object_versions(w):
    bucket = w.bucket()
    w.s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    for name in NAMES[:3]:
        for _ in range(2):
            w.s3.put_object(Bucket=bucket, Key=name)
    return {"Bucket": bucket}, lambda e: (e["Key"], e["VersionId"]), \
        lambda named: w.s3.delete_object(Bucket=bucket, Key=named[0], VersionId=named[1])


@walk("s3", "ListMultipartUploads")
def uploads(w):
    bucket = w.bucket()
    for name in NAMES[:3]:
        for _ in range(2):
            w.s3.create_multipart_upload(Bucket=bucket, Key=name)
    return {"Bucket": bucket}, lambda e: (e["Key"], e["UploadId"]), \
        lambda named: w.s3.abort_multipart_upload(Bucket=bucket, Key=named[0], UploadId=named[1])


@walk("s3", "ListParts")
def parts(w):
    bucket = w.bucket()
    upload = w.s3.create_multipart_upload(Bucket=bucket, Key="k")["UploadId"]
    for number in (1, 2, 5, 7, 9):
        w.s3.upload_part(Bucket=bucket, Key="k", UploadId=upload, PartNumber=number, Body=b"x")
    return {"Bucket": bucket, "Key": "k", "UploadId": upload}, by("PartNumber"), None


@walk("s3", "ListBucketMetricsConfigurations")
def metrics(w):
    bucket = w.bucket()
    ids = [f"id{number:03}" for number in range(103)]
    for name in ids:
        w.s3.put_bucket_metrics_configuration(Bucket=bucket, Id=name, MetricsConfiguration={"Id": name})
    return {"Bucket": bucket}, by("Id"), lambda i: w.s3.delete_bucket_metrics_configuration(Bucket=bucket, Id=i)


# --- SQS, SNS


@walk("sqs", "ListQueues")
def queues(w):
    for name in PLAIN:
        w.sqs.create_queue(QueueName=name)
    return {}, itself, lambda url: w.sqs.delete_queue(QueueUrl=url)


@walk("sqs", "ListDeadLetterSourceQueues")
def source_queues(w):
    dead = w.sqs.create_queue(QueueName="dead")["QueueUrl"]
    policy = json.dumps({"deadLetterTargetArn": f"arn:aws:sqs:us-east-1:{w.account}:dead", "maxReceiveCount": 3})
    for name in PLAIN:
        w.sqs.create_queue(QueueName=name, Attributes={"RedrivePolicy": policy})
    return {"QueueUrl": dead}, itself, lambda url: w.sqs.delete_queue(QueueUrl=url)


@walk("sns", "ListTopics")
def topics(w):
    for number in range(103):
        w.sns.create_topic(Name=f"t{number:03}")
    return {}, by("TopicArn"), lambda arn: w.sns.delete_topic(TopicArn=arn)


@walk("sns", "ListSubscriptions", "ListSubscriptionsByTopic")
def subscriptions(w):
    arn = w.sns.create_topic(Name="aaa")["TopicArn"]
    for number in range(103):
        w.sns.subscribe(TopicArn=arn, Protocol="sqs", Endpoint=f"arn:aws:sqs:us-east-1:{w.account}:q{number}")
    return {"TopicArn": arn}, by("SubscriptionArn"), lambda s: w.sns.unsubscribe(SubscriptionArn=s)


@walk("sns", "ListPlatformApplications")
def platform_applications(w):
    for number in range(103):
        w.sns.create_platform_application(Name=f"a{number:03}", Platform="GCM", Attributes={"PlatformCredential": "c"})
    return {}, by("PlatformApplicationArn"), lambda arn: w.sns.delete_platform_application(PlatformApplicationArn=arn)


@walk("sns", "ListEndpointsByPlatformApplication")
def platform_endpoints(w):
    arn = w.sns.create_platform_application(Name="a", Platform="GCM", Attributes={"PlatformCredential": "c"})["PlatformApplicationArn"]
    for number in range(103):
        w.sns.create_platform_endpoint(PlatformApplicationArn=arn, Token=f"t{number}")
    return {"PlatformApplicationArn": arn}, by("EndpointArn"), lambda one: w.sns.delete_endpoint(EndpointArn=one)


# --- KMS


@walk("kms", "ListAliases")
def aliases(w):
    key = w.kms.create_key()["KeyMetadata"]["KeyId"]
    for name in PLAIN:
        w.kms.create_alias(AliasName="alias/" + name, TargetKeyId=key)
    return {"KeyId": key}, by("AliasName"), lambda name: w.kms.delete_alias(AliasName=name)


@walk("kms", "ListKeys")
def keys(w):
    for _ in range(5):
        w.kms.create_key()
    return {}, by("KeyId"), None


@walk("kms", "ListGrants", "ListResourceTags")
def of_a_key(w):
    key = w.kms.create_key(Tags=[{"TagKey": name, "TagValue": "v"} for name in NAMES])["KeyMetadata"]["KeyId"]
    for _ in range(5):
        w.kms.create_grant(KeyId=key, GranteePrincipal=f"arn:aws:iam::{w.account}:root", Operations=["Decrypt"])

    def delete(name):
        if name in NAMES:
            w.kms.untag_resource(KeyId=key, TagKeys=[name])
        else:
            w.kms.revoke_grant(KeyId=key, GrantId=name)
    return {"KeyId": key}, lambda e: e.get("GrantId") or e["TagKey"], delete
