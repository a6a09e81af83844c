"""Builds the example stack through AWS's APIs, for a machine without Terraform. What exists already is left alone.

The resources and their settings are those of python_handler/users_stream/main.tf; tests/contract/test_demo.py
compares the two.
"""

import io
import json
import pathlib
import zipfile

import clients

STACK = pathlib.Path(__file__).resolve().parents[2] / "python_handler" / "users_stream"
TABLE = "UsersIds"
FUNCTION = "my-function"
ROLE = "iam_for_lambda"
LOG_GROUP = "/aws/lambda/my-function"
BUCKET = "s3-files-dynamo-stream"


def make(what, create, *already_there):
    """Calls `create`; an error named in `already_there` means that an earlier run made it."""
    try:
        create()
        print(f"  {what}: created", flush=True)
    except clients.ClientError as error:
        if error.response["Error"]["Code"] not in already_there:
            raise
        print(f"  {what}: is there already", flush=True)


def put(what, call):
    """For calls that set the same again without an error."""
    call()
    print(f"  {what}: set", flush=True)


def policy(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(actions, resource):
    return {"Effect": "Allow", "Action": actions, "Resource": resource}


def code():
    """index.py as a zip, the same bytes each time."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        entry = zipfile.ZipInfo("index.py", (2049, 1, 1, 0, 0, 0))
        entry.external_attr = 0o644 << 16
        archive.writestr(entry, (STACK / "index.py").read_text())
    return buffer.getvalue()


def build_role(account, table_arn):
    iam = clients.client("iam")
    trust = policy(
        {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "lambda.amazonaws.com"}}
    )
    make(
        f"role {ROLE}",
        lambda: iam.create_role(RoleName=ROLE, AssumeRolePolicyDocument=trust),
        "EntityAlreadyExists",
    )
    log_group_arn = f"arn:aws:logs:{clients.REGION}:{account}:log-group:{LOG_GROUP}"
    read_stream = policy(
        allow(
            [
                "dynamodb:DescribeStream",
                "dynamodb:GetRecords",
                "dynamodb:GetShardIterator",
                "dynamodb:ListStreams",
            ],
            f"{table_arn}/stream/*",
        ),
        allow(["logs:CreateLogStream", "logs:PutLogEvents"], f"{log_group_arn}:*"),
    )
    put(
        "its policy read-stream",
        lambda: iam.put_role_policy(RoleName=ROLE, PolicyName="read-stream", PolicyDocument=read_stream),
    )
    write_logs = policy(
        allow(["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"], "arn:aws:logs:*:*:*")
    )
    make(
        "policy lambda-write-logs",
        lambda: iam.create_policy(
            PolicyName="lambda-write-logs",
            Description="Lets the function write its logs",
            PolicyDocument=write_logs,
        ),
        "EntityAlreadyExists",
    )
    arn = f"arn:aws:iam::{account}:policy/lambda-write-logs"
    put("its attachment", lambda: iam.attach_role_policy(RoleName=ROLE, PolicyArn=arn))
    return f"arn:aws:iam::{account}:role/{ROLE}"


def build_log_group():
    logs = clients.client("logs")
    make(
        f"log group {LOG_GROUP}",
        lambda: logs.create_log_group(logGroupName=LOG_GROUP),
        "ResourceAlreadyExistsException",
    )
    logs.put_retention_policy(logGroupName=LOG_GROUP, retentionInDays=14)


def build_table():
    """Returns the stream's ARN."""
    dynamodb = clients.client("dynamodb")
    make(
        f"table {TABLE}",
        lambda: dynamodb.create_table(
            TableName=TABLE,
            AttributeDefinitions=[{"AttributeName": "UserId", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "UserId", "KeyType": "HASH"}],
            BillingMode="PAY_PER_REQUEST",
            StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
        ),
        "ResourceInUseException",
    )
    dynamodb.get_waiter("table_exists").wait(TableName=TABLE, WaiterConfig={"Delay": 1, "MaxAttempts": 60})
    return dynamodb.describe_table(TableName=TABLE)["Table"]["LatestStreamArn"]


def build_function(role_arn, stream_arn):
    functions = clients.client("lambda")
    make(
        f"function {FUNCTION}",
        lambda: functions.create_function(
            FunctionName=FUNCTION,
            Runtime="python3.8",
            Handler="index.handler",
            Role=role_arn,
            Code={"ZipFile": code()},
        ),
        "ResourceConflictException",
    )
    functions.get_waiter("function_active_v2").wait(
        FunctionName=FUNCTION, WaiterConfig={"Delay": 1, "MaxAttempts": 60}
    )
    filters = [{"Pattern": json.dumps({"eventName": [name]})} for name in ("INSERT", "REMOVE")]
    make(
        "event source mapping from the table's stream",
        lambda: functions.create_event_source_mapping(
            EventSourceArn=stream_arn,
            FunctionName=FUNCTION,
            StartingPosition="LATEST",
            FilterCriteria={"Filters": filters},
        ),
        "ResourceConflictException",
    )


def main():
    account = clients.client("sts").get_caller_identity()["Account"]
    stream_arn = build_table()
    build_log_group()
    role_arn = build_role(account, stream_arn.partition("/stream/")[0])
    build_function(role_arn, stream_arn)
    # In us-east-1 a bucket of one's own can be created again without an error.
    put(f"bucket {BUCKET}", lambda: clients.client("s3").create_bucket(Bucket=BUCKET))


if __name__ == "__main__":
    main()
