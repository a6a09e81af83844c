import base64
import hashlib


def exercise(stack):
    s3, account = stack.client("s3"), stack.account
    assert stack.output("record") == {"kept": True}
    assert stack.output("photos") == ["photos/one.txt"]
    assert stack.output("checksum") == base64.b64encode(hashlib.sha256(b"one").digest()).decode()
    assert s3.get_object(Bucket=f"work-{account}", Key="kept/one.txt")["Body"].read() == b"one"
    stack.drain()
    assert s3.get_object(Bucket=f"copies-{account}", Key="photos/one.txt")["Body"].read() == b"one"
    assert s3.get_object_retention(Bucket=f"records-{account}", Key="record.json")["Retention"]["Mode"] == "GOVERNANCE"


def update(stack):
    stack.edit("main.tf", 'frequency = "Weekly"', 'frequency = "Daily"')
    stack.edit("main.tf", "days        = 125", "days        = 180")
    stack.edit("main.tf", 'target_prefix = "access/"', 'target_prefix = "log/"')
    stack.edit("main.tf", 'status = "Enabled"\n}\n\nresource "aws_s3_bucket_request', 'status = "Suspended"\n}\n\nresource "aws_s3_bucket_request')
    stack.edit("main.tf", "days = 1\n", "days = 2\n")
    return {
        "aws_s3_bucket_inventory.work",
        "aws_s3_bucket_intelligent_tiering_configuration.work",
        "aws_s3_bucket_logging.work",
        "aws_s3_bucket_accelerate_configuration.work",
        "aws_s3_bucket_object_lock_configuration.records",
    }


def after_update(stack):
    s3, bucket = stack.client("s3"), f"work-{stack.account}"
    inventory = s3.get_bucket_inventory_configuration(Bucket=bucket, Id="weekly")["InventoryConfiguration"]
    assert inventory["Schedule"] == {"Frequency": "Daily"}
    assert s3.get_bucket_logging(Bucket=bucket)["LoggingEnabled"]["TargetPrefix"] == "log/"
    assert s3.get_bucket_accelerate_configuration(Bucket=bucket)["Status"] == "Suspended"
