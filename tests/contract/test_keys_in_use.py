"""Customers' KMS keys under what other services keep: who may use them, and what is said where they can't be used.
Queues and objects: test_sqs_kms_keys.py, test_s3_kms_keys.py."""

import json
import time

import pytest
from harness.tables import refusal, until

ABSENT = "00000000-0000-4000-8000-000000000000"


@pytest.fixture
def kms(client):
    return client("kms")


@pytest.fixture
def make_key(kms, account):
    """make_key(*statements) -> ARN; the key's policy has them beside the account's delegation."""

    def make(*statements):
        return kms.create_key(Policy=policy(account, *statements))["KeyMetadata"]["Arn"]

    return make


def policy(account, *statements):
    own = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{account}:root"}, "Action": "kms:*", "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [own, *statements]})


def may(service, *actions, **more):
    return {"Effect": "Allow", "Principal": {"Service": service}, "Action": list(actions) or "kms:*", "Resource": "*", **more}


class TestTopics:
    @pytest.fixture
    def make_topic(self, client, unique):
        return lambda key: client("sns").create_topic(Name=unique("topic"), Attributes={"KmsMasterKeyId": key})["TopicArn"]

    def test_a_key_that_cant_be_used(self, client, kms, make_key, make_topic, account):
        sns, key = client("sns"), make_key()
        topic = make_topic(key)
        sns.publish(TopicArn=topic, Message="m")
        kms.disable_key(KeyId=key)
        code, message = refusal(sns.publish, TopicArn=topic, Message="m")
        assert code == "KMSDisabled"
        assert message.startswith(f"{key} is disabled. (Service: AWSKMS; Status Code: 400; Error Code: DisabledException; Request ID: ")
        kms.schedule_key_deletion(KeyId=key)
        assert refusal(sns.publish, TopicArn=topic, Message="m")[0] == "KMSInvalidState"
        entries = [{"Id": "1", "Message": "m"}]
        assert refusal(sns.publish_batch, TopicArn=topic, PublishBatchRequestEntries=entries)[0] == "KMSInvalidState"
        gone = make_topic(f"arn:aws:kms:us-east-1:{account}:key/{ABSENT}")
        code, message = refusal(sns.publish, TopicArn=gone, Message="m")
        assert code == "KMSNotFound" and message.startswith(f"Key 'arn:aws:kms:us-east-1:{account}:key/{ABSENT}' does not exist (Serv")

    def test_who_publishes_needs_the_key(self, make_key, make_topic, make_principal):
        key = make_key()
        topic = make_topic(key)
        publish = {"Effect": "Allow", "Action": "sns:Publish", "Resource": topic}
        code, message = refusal(make_principal(publish).client("sns").publish, TopicArn=topic, Message="m")
        assert code == "KMSAccessDenied" and f"kms:GenerateDataKey on resource: {key}" in message
        use = {"Effect": "Allow", "Action": ["kms:GenerateDataKey", "kms:Decrypt"], "Resource": key, "Condition": {
            "StringEquals": {"kms:ViaService": "sns.us-east-1.amazonaws.com", "kms:EncryptionContext:aws:sns:topicArn": topic}}}
        assert make_principal(publish, use).client("sns").publish(TopicArn=topic, Message="m")["MessageId"]

    @pytest.mark.parametrize("key", ["alias/aws/sns", "own"])
    def test_another_service_needs_the_keys_policy(self, client, drain, sqs_queue, kms, make_key, make_topic, key, account, unique):
        """AWS's own key lets no other service in: alarms and rules that publish under alias/aws/sns are lost."""
        own = key == "own"
        key = make_key() if own else key
        topic = make_topic(key)
        url, arn = sqs_queue
        sns, events = client("sns"), client("events")
        sns.set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=json.dumps({
            "Version": "2012-10-17", "Statement": [may("events.amazonaws.com", "sns:Publish", Resource=topic)]}))
        sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes={"RawMessageDelivery": "true"})
        source = unique("source")
        events.put_rule(Name=source, EventPattern=json.dumps({"source": [source]}))
        target = {"Id": "1", "Arn": topic, "InputPath": "$.detail", "RetryPolicy": {"MaximumRetryAttempts": 0}}
        events.put_targets(Rule=source, Targets=[target])

        def put(text):
            events.put_events(Entries=[{"Source": source, "DetailType": "t", "Detail": json.dumps({"text": text})}])

        def received():
            return [m["Body"] for m in client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])]

        put("lost")
        drain()
        if own:
            kms.put_key_policy(KeyId=key, PolicyName="default", Policy=policy(
                account, may("events.amazonaws.com", "kms:GenerateDataKey*", "kms:Decrypt")))
        else:
            sns.set_topic_attributes(TopicArn=topic, AttributeName="KmsMasterKeyId", AttributeValue="")
        put("found")
        assert json.loads(until(received)[0])["text"] == "found"
        assert received() == []

    @pytest.fixture
    def sqs_queue(self, client, unique):
        sqs = client("sqs")
        url = sqs.create_queue(QueueName=unique("queue"))["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps({
            "Version": "2012-10-17", "Statement": [may("sns.amazonaws.com", "sqs:SendMessage", Resource=arn)]})})
        return url, arn


class TestLogGroups:
    def refused(self, account, group):
        return ("AccessDeniedException", "The specified KMS key does not exist or is not allowed to be used with Arn "
                f"'arn:aws:logs:us-east-1:{account}:log-group:{group}'")

    def test_the_keys_policy_must_let_the_service_in_for_the_group(self, client, make_key, unique, account):
        logs, name = client("logs"), unique("group")
        closed = make_key()
        assert refusal(logs.create_log_group, logGroupName=name, kmsKeyId=closed) == self.refused(account, name)
        condition = {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": f"arn:aws:logs:us-east-1:{account}:log-group:{name}"}}
        key = make_key(may("logs.us-east-1.amazonaws.com", "kms:Encrypt*", "kms:Decrypt*", "kms:GenerateDataKey*", "kms:Describe*",
                           Condition=condition))
        logs.create_log_group(logGroupName=name, kmsKeyId=key)
        assert refusal(logs.create_log_group, logGroupName=name + "x", kmsKeyId=key) == self.refused(account, name + "x")
        assert refusal(logs.associate_kms_key, logGroupName=name, kmsKeyId=closed) == self.refused(account, name)
        assert logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"][0]["kmsKeyId"] == key
        absent = f"arn:aws:kms:us-east-1:{account}:key/{ABSENT}"
        assert refusal(logs.associate_kms_key, logGroupName=name, kmsKeyId=absent) == self.refused(account, name)
        assert refusal(logs.associate_kms_key, logGroupName=name, kmsKeyId=key.rsplit("/")[-1]) == (
            "InvalidParameterException", f"The specified KMS Key Id could not be found. '{name}'")

    def test_what_is_under_a_disabled_key_is_out_of_reach(self, client, kms, make_key, unique, account):
        logs, name, key = client("logs"), unique("group"), make_key(may("logs.us-east-1.amazonaws.com"))
        logs.create_log_group(logGroupName=name, kmsKeyId=key)
        logs.create_log_stream(logGroupName=name, logStreamName="s")
        at = logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"][0]["creationTime"]
        event = {"logGroupName": name, "logStreamName": "s", "logEvents": [{"timestamp": at, "message": "kept"}]}
        logs.put_log_events(**event)
        kms.disable_key(KeyId=key)
        read = {"logGroupName": name, "logStreamName": "s"}
        assert refusal(logs.get_log_events, **read) == self.refused(account, name)
        assert refusal(logs.filter_log_events, logGroupName=name) == self.refused(account, name)
        assert refusal(logs.put_log_events, **event) == self.refused(account, name)
        assert refusal(logs.start_query, logGroupName=name, startTime=0, endTime=9, queryString="fields @message") == self.refused(account, name)
        kms.enable_key(KeyId=key)
        assert [e["message"] for e in logs.get_log_events(**read)["events"]] == ["kept"]


class TestTables:
    def sse(self, key):
        return {"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": key}

    def test_a_key_by_any_name_is_shown_by_its_arn(self, dynamodb, kms, make_key, make_table, unique):
        key, alias = make_key(), f"alias/{unique('alias')}"
        kms.create_alias(AliasName=alias, TargetKeyId=key)
        name = make_table(SSESpecification=self.sse(alias))
        shown = dynamodb.describe_table(TableName=name)["Table"]["SSEDescription"]
        assert shown == {"Status": "ENABLED", "SSEType": "KMS", "KMSMasterKeyArn": key}

    def test_a_key_that_isnt_there_makes_no_table(self, dynamodb, kms, make_table, account):
        absent = f"arn:aws:kms:us-east-1:{account}:key/{ABSENT}"
        said = refusal(make_table, SSESpecification=self.sse(absent))
        assert said[0] == "ValidationException" and said[1].startswith(
            f"KMS validation error: com.amazonaws.services.kms.model.NotFoundException: Key '{absent}' does not exist (Service: AWSKMS; "
            "Status Code: 400; Error Code: NotFoundException; Request ID: ")
        asymmetric = kms.create_key(KeySpec="RSA_2048", KeyUsage="ENCRYPT_DECRYPT")["KeyMetadata"]["Arn"]
        assert refusal(make_table, SSESpecification=self.sse(asymmetric))[0] == "ValidationException"
        name = make_table()
        assert refusal(dynamodb.update_table, TableName=name, SSESpecification=self.sse(absent)) [0] == "ValidationException"

    def test_a_table_under_a_disabled_key_is_inaccessible(self, dynamodb, kms, make_key, make_table):
        key = make_key()
        name = make_table(SSESpecification=self.sse(key))
        dynamodb.put_item(TableName=name, Item={"pk": {"S": "a"}})
        kms.disable_key(KeyId=key)
        one = {"TableName": name, "Key": {"pk": {"S": "a"}}}
        for operation, arguments in [
                (dynamodb.get_item, one), (dynamodb.put_item, {"TableName": name, "Item": {"pk": {"S": "b"}}}),
                (dynamodb.query, {"TableName": name, "KeyConditionExpression": "pk = :a", "ExpressionAttributeValues": {":a": {"S": "a"}}}),
                (dynamodb.scan, {"TableName": name}), (dynamodb.batch_get_item, {"RequestItems": {name: {"Keys": [one["Key"]]}}}),
                (dynamodb.transact_get_items, {"TransactItems": [{"Get": one}]}),
                (dynamodb.transact_write_items, {"TransactItems": [{"Delete": one}]}),
                (dynamodb.execute_statement, {"Statement": f'SELECT * FROM "{name}"'})]:
            code, message = refusal(operation, **arguments)
            assert code == "AccessDeniedException", operation
            assert message.startswith(f"KMS key access denied error: com.amazonaws.services.kms.model.DisabledException: {key} is disabled. (Se")
        table = dynamodb.describe_table(TableName=name)["Table"]
        assert table["TableStatus"] == "INACCESSIBLE_ENCRYPTION_CREDENTIALS"
        assert table["SSEDescription"]["InaccessibleEncryptionDateTime"]
        kms.enable_key(KeyId=key)
        assert dynamodb.get_item(**one)["Item"] == {"pk": {"S": "a"}}
        table = dynamodb.describe_table(TableName=name)["Table"]
        assert table["TableStatus"] == "ACTIVE" and "InaccessibleEncryptionDateTime" not in table["SSEDescription"]

    def test_who_uses_the_table_needs_the_key(self, client, make_key, make_table, make_principal):
        key = make_key()
        name = make_table(SSESpecification=self.sse(key))
        items = {"Effect": "Allow", "Action": "dynamodb:*", "Resource": "*"}
        item = {"TableName": name, "Item": {"pk": {"S": "a"}}}
        code, message = refusal(make_principal(items).client("dynamodb").put_item, **item)
        assert code == "AccessDeniedException" and message.startswith(
            "KMS key access denied error: com.amazonaws.services.kms.model.AWSKMSException: User: ")
        assert f"is not authorized to perform: kms:Decrypt on resource: {key} because no identity-based policy allows" in message
        use = {"Effect": "Allow", "Action": "kms:Decrypt", "Resource": key, "Condition": {"StringEquals": {
            "kms:ViaService": "dynamodb.us-east-1.amazonaws.com", "kms:EncryptionContext:aws:dynamodb:tableName": name}}}
        user = make_principal(items, use)
        user.client("dynamodb").put_item(**item)
        definition = {"TableName": name + "2", "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}], "BillingMode": "PAY_PER_REQUEST",
                      "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}], "SSESpecification": self.sse(key)}
        code, message = refusal(user.client("dynamodb").create_table, **definition)
        assert code == "AccessDeniedException" and "kms:DescribeKey" in message


    @pytest.fixture
    def streamed(self, dynamodb, make_key, make_table):
        key = make_key()
        name = make_table(SSESpecification=self.sse(key), StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"})
        dynamodb.put_item(TableName=name, Item={"pk": {"S": "a"}})
        return key, name, dynamodb.describe_table(TableName=name)["Table"]["LatestStreamArn"]

    def test_who_reads_the_stream_needs_the_key(self, client, kms, streamed, make_principal):
        key, name, arn = streamed
        streams = client("dynamodbstreams")
        shard = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"][0]["ShardId"]
        at = streams.get_shard_iterator(StreamArn=arn, ShardId=shard, ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
        assert len(streams.get_records(ShardIterator=at)["Records"]) == 1
        reads = {"Effect": "Allow", "Action": "dynamodb:*", "Resource": "*"}
        code, message = refusal(make_principal(reads).client("dynamodbstreams").get_records, ShardIterator=at)
        assert code == "AccessDeniedException" and f"is not authorized to perform: kms:Decrypt on resource: {key}" in message
        use = {"Effect": "Allow", "Action": "kms:Decrypt", "Resource": key}
        assert make_principal(reads, use).client("dynamodbstreams").get_records(ShardIterator=at)["Records"]
        kms.disable_key(KeyId=key)
        code, message = refusal(streams.get_records, ShardIterator=at)
        assert code == "AccessDeniedException" and message.startswith(
            f"KMS key access denied error: com.amazonaws.services.kms.model.DisabledException: {key} is disabled. (Se")
        kms.enable_key(KeyId=key)
        assert streams.get_records(ShardIterator=at)["Records"]

    def test_a_mappings_role_needs_the_key(self, client, drain, streamed, make_role, make_function):
        key, name, arn = streamed
        role = make_role({"Effect": "Allow", "Action": ["dynamodb:*", "logs:*"], "Resource": "*"})
        function = make_function("def handler(event, context):\n    print('got', len(event['Records']))\n", Role=role)
        mapping = client("lambda").create_event_source_mapping(
            FunctionName=function, EventSourceArn=arn, StartingPosition="TRIM_HORIZON")["UUID"]

        def result():
            return client("lambda").get_event_source_mapping(UUID=mapping)["LastProcessingResult"]

        until(lambda: result().startswith("PROBLEM: Cannot access stream"))
        client("iam").put_role_policy(RoleName=role.split("/")[-1], PolicyName="key", PolicyDocument=json.dumps({
            "Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "kms:Decrypt", "Resource": key}]}))
        until(lambda: result() == "OK")


class TestFunctions:
    SOURCE = "import os\ndef handler(event, context):\n    return os.environ['SECRET']\n"

    @pytest.fixture
    def make(self, make_function):
        def under(key, **more):
            return make_function(self.SOURCE, KMSKeyArn=key, Environment={"Variables": {"SECRET": "geheim"}}, **more)

        return under

    def invoke(self, raw, name):
        return raw("lambda", "POST", f"/2015-03-31/functions/{name}/invocations", "{}")

    def test_variables_are_opened_for_the_role_at_its_grant(self, raw, client, kms, make_key, make, make_role, account):
        key = make_key()
        role = make_role({"Effect": "Allow", "Action": "logs:*", "Resource": "*"})
        name = make(key, Role=role)
        assert self.invoke(raw, name).json() == "geheim"
        grant, = kms.list_grants(KeyId=key)["Grants"]
        assert (grant["GranteePrincipal"], sorted(grant["Operations"])) == (role, ["Decrypt", "RetireGrant"])
        context = {"aws:lambda:FunctionArn": f"arn:aws:lambda:us-east-1:{account}:function:{name}"}
        assert grant["Constraints"] == {"EncryptionContextEquals": context}
        shown = client("lambda").get_function_configuration(FunctionName=name)
        assert shown["Environment"] == {"Variables": {"SECRET": "geheim"}} and shown["KMSKeyArn"] == key
        client("lambda").update_function_configuration(FunctionName=name, Description="the same variables")
        assert self.invoke(raw, name).json() == "geheim"
        client("lambda").update_function_configuration(FunctionName=name, KMSKeyArn="")
        kms.disable_key(KeyId=key)
        assert self.invoke(raw, name).json() == "geheim"

    def test_a_new_environment_needs_the_key(self, raw, client, kms, make_key, make):
        key = make_key()
        name = make(key)
        kms.disable_key(KeyId=key)
        answer = self.invoke(raw, name)
        assert (answer.status, answer.headers["x-amzn-errortype"]) == (502, "KMSDisabledException")
        assert answer.json()["Message"].startswith("Lambda was unable to decrypt the environment variables because the KMS key used is disabled")
        kms.schedule_key_deletion(KeyId=key)
        assert self.invoke(raw, name).headers["x-amzn-errortype"] == "KMSInvalidStateException"
        kms.cancel_key_deletion(KeyId=key)
        kms.enable_key(KeyId=key)
        assert self.invoke(raw, name).json() == "geheim"
        kms.disable_key(KeyId=key)  # what runs goes on
        assert self.invoke(raw, name).json() == "geheim"

    def test_a_role_without_the_grant_is_denied(self, raw, kms, make_key, make, make_role):
        key = make_key()
        name = make(key, Role=make_role({"Effect": "Allow", "Action": "logs:*", "Resource": "*"}))
        kms.revoke_grant(KeyId=key, GrantId=kms.list_grants(KeyId=key)["Grants"][0]["GrantId"])
        answer = self.invoke(raw, name)
        assert (answer.status, answer.headers["x-amzn-errortype"]) == (502, "KMSAccessDeniedException")
        assert answer.json()["Message"].startswith(
            "Lambda was unable to decrypt the environment variables because KMS access was denied. Please check the function's KMS key "
            "settings. KMS Exception: AccessDeniedExceptionKMS Message: User: arn:aws:sts::")

    def test_a_key_that_isnt_there_configures_nothing(self, make, account):
        code, message = refusal(make, key=f"arn:aws:kms:us-east-1:{account}:key/{ABSENT}")
        assert code == "InvalidParameterValueException" and message.endswith(
            "because the KMS key is invalid for CreateGrant. Please check your KMS key settings. KMS Exception: NotFoundException KMS "
            f"Message: Key 'arn:aws:kms:us-east-1:{account}:key/{ABSENT}' does not exist")

    def test_who_may_not_decrypt_sees_no_variables(self, make_key, make, make_principal):
        name = make(make_key())
        reader = make_principal({"Effect": "Allow", "Action": "lambda:*", "Resource": "*"}).client("lambda")
        for shown in (reader.get_function_configuration(FunctionName=name), reader.get_function(FunctionName=name)["Configuration"]):
            error = shown["Environment"]["Error"]
            assert "Variables" not in shown["Environment"] and error["ErrorCode"] == "AccessDeniedException"
            assert "kms:Decrypt" in error["Message"]
