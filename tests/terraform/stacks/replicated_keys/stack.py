MOSTLY_SLEEPS = True  # a changed queue is polled for


def exercise(stack):
    east, west, keys = stack.client("kms"), stack.client("kms", region="us-west-2"), stack.output("keys")
    for key in (keys["primary"], keys["imported"]):
        blob = east.encrypt(KeyId=key, Plaintext=b"over there")["CiphertextBlob"]
        assert west.decrypt(CiphertextBlob=blob)["Plaintext"] == b"over there"
    shown = west.describe_key(KeyId=keys["imported"])["KeyMetadata"]
    assert (shown["Origin"], shown["KeyState"], shown["ExpirationModel"]) == ("EXTERNAL", "Enabled", "KEY_MATERIAL_DOES_NOT_EXPIRE")
    assert east.describe_key(KeyId=keys["imported"])["KeyMetadata"]["ExpirationModel"] == "KEY_MATERIAL_EXPIRES"


def update(stack):
    stack.edit("main.tf", 'description             = "replica"', 'description             = "another"')
    stack.edit("main.tf", "2099-10-31", "2098-10-31")
    stack.edit("main.tf", "is_enabled               = false", "is_enabled               = true")
    stack.edit("main.tf", "maxReceiveCount = 4", "maxReceiveCount = 5")
    stack.edit("main.tf", 'username = "user"', 'username = "another"')
    stack.edit("main.tf", "SUM(Errors)", "MAX(Errors)")
    return {"aws_kms_replica_key.west", "aws_kms_external_key.imported", "aws_kms_key.signing", "aws_sqs_queue_redrive_policy.work",
            "aws_cloudwatch_event_connection.basic", "aws_cloudwatch_metric_alarm.errors"}


def after_update(stack):
    kms, keys = stack.client("kms"), stack.output("keys")
    assert kms.describe_key(KeyId=keys["imported"])["KeyMetadata"]["ValidTo"].year == 2098
    assert kms.sign(KeyId=keys["signing"], Message=b"m", SigningAlgorithm="ECDSA_SHA_256")["Signature"]
