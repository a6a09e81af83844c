import base64
import time

MOSTLY_SLEEPS = True


def exercise(stack):
    blob = stack.client("kms").encrypt(KeyId="alias/all", Plaintext=b"granted")["CiphertextBlob"]
    result, answer = stack.invoke("reader", {"blob": base64.b64encode(blob).decode()})
    assert result == "granted", result
    stack.put("orders", {"pk": "a"})
    bucket = f"files-{stack.account}"
    stack.client("s3").put_object(Bucket=bucket, Key="a", Body=b"x")
    head = stack.client("s3").head_object(Bucket=bucket, Key="a")
    assert (head["ServerSideEncryption"], head["SSEKMSKeyId"]) == ("aws:kms", stack.output("key_arn"))
    stack.client("sqs").send_message(QueueUrl=stack.output("queue_url"), MessageBody="m")
    assert stack.received(stack.output("queue_url")) == ["m"]
    stack.client("sns").publish(TopicArn=f"arn:aws:sns:us-east-1:{stack.account}:news", Message="m")
    logs, event = stack.client("logs"), {"timestamp": int(time.time() * 1000), "message": "seen"}
    logs.create_log_stream(logGroupName="/audit/all", logStreamName="s")
    logs.put_log_events(logGroupName="/audit/all", logStreamName="s", logEvents=[event])
    assert [e["message"] for e in logs.filter_log_events(logGroupName="/audit/all")["events"]] == ["seen"]
    table = stack.client("dynamodb").describe_table(TableName="orders")["Table"]
    assert table["SSEDescription"]["KMSMasterKeyArn"] == stack.output("key_arn")


def update(stack):
    stack.edit("main.tf", 'operations        = ["Decrypt", "GenerateDataKey"]', 'operations        = ["Encrypt"]')
    stack.edit("main.tf", '"everything of this stack"', '"everything"')
    return {"aws_kms_grant.reader", "aws_kms_key.all"}


# A grant is given and taken, never changed.
MAY_REPLACE = ("aws_kms_grant.reader",)


def after_update(stack):
    blob = stack.client("kms").encrypt(KeyId="alias/all", Plaintext=b"x")["CiphertextBlob"]
    result, answer = stack.invoke("reader", {"blob": base64.b64encode(blob).decode()})
    assert answer["FunctionError"] == "Unhandled" and "kms:Decrypt" in result["errorMessage"]
