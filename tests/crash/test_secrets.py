"""kill -9 with keys, parameters and secrets: what was acknowledged is deciphered afterwards, and a rotation goes on."""

import io
import json
import zipfile

from harness import waiting

# Stops in its second step until there is a file: the server is killed meanwhile.
ROTATES = """
import boto3, os, time

def handler(event, context):
    client = boto3.client("secretsmanager")
    arn, token, step = event["SecretId"], event["ClientRequestToken"], event["Step"]
    boto3.client("ssm").put_parameter(Name="/step/" + step, Value="x", Type="String", Overwrite=True)
    if step == "createSecret":
        try:
            client.get_secret_value(SecretId=arn, VersionId=token, VersionStage="AWSPENDING")
        except client.exceptions.ResourceNotFoundException:
            client.put_secret_value(SecretId=arn, ClientRequestToken=token, SecretString="two", VersionStages=["AWSPENDING"])
    if step == "setSecret":
        while not boto3.client("ssm").get_parameters(Names=["/go"])["Parameters"]:
            time.sleep(0.02)
    if step == "finishSecret":
        stages = client.describe_secret(SecretId=arn)["VersionIdsToStages"]
        current, = [version for version, names in stages.items() if "AWSCURRENT" in names]
        if current != token:
            client.update_secret_version_stage(SecretId=arn, VersionStage="AWSCURRENT", MoveToVersionId=token, RemoveFromVersionId=current)
"""


def make_function(connect):
    iam, aws_lambda = connect("iam"), connect("lambda")
    trust = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "lambda.amazonaws.com"}}]}
    role = iam.create_role(RoleName="r", AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    everything = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    iam.put_role_policy(RoleName="r", PolicyName="p", PolicyDocument=json.dumps(everything))
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("index.py", ROTATES)
    arn = aws_lambda.create_function(FunctionName="rotates", Runtime="python3.12", Handler="index.handler", Role=role, Timeout=60,
                                     Code={"ZipFile": code.getvalue()})["FunctionArn"]
    aws_lambda.add_permission(FunctionName="rotates", StatementId="s", Action="lambda:InvokeFunction", Principal="secretsmanager.amazonaws.com")
    return arn


def test_a_rotation_goes_on_after_a_kill(durable, connect):
    function, secrets = make_function(connect), connect("secretsmanager")
    secrets.create_secret(Name="password", SecretString="one")
    new = secrets.rotate_secret(SecretId="password", RotationLambdaARN=function)["VersionId"]
    waiting.until(lambda: connect("ssm").get_parameters(Names=["/step/setSecret"])["Parameters"], "its second step")
    durable.kill()
    durable.start()
    stages = connect("secretsmanager").describe_secret(SecretId="password")["VersionIdsToStages"]
    assert stages[new] == ["AWSPENDING"]
    connect("ssm").put_parameter(Name="/go", Value="x", Type="String")
    waiting.drain(durable.endpoint, timeout_s=60)
    read = connect("secretsmanager").get_secret_value(SecretId="password")
    assert (read["SecretString"], read["VersionId"]) == ("two", new)


def test_what_was_encrypted_is_deciphered_after_a_kill(durable, connect):
    kms = connect("kms")
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    kms.create_alias(AliasName="alias/mine", TargetKeyId=key)
    doomed = kms.create_key()["KeyMetadata"]["KeyId"]
    kms.schedule_key_deletion(KeyId=doomed, PendingWindowInDays=7)
    blob = kms.encrypt(KeyId=key, Plaintext=b"x", EncryptionContext={"a": "b"})["CiphertextBlob"]
    connect("ssm").put_parameter(Name="/sealed", Value="s", Type="SecureString", KeyId="alias/mine")
    connect("secretsmanager").create_secret(Name="own", SecretString="t")
    durable.kill()
    durable.start()
    kms = connect("kms")
    assert kms.decrypt(CiphertextBlob=blob, EncryptionContext={"a": "b"})["Plaintext"] == b"x"
    assert connect("ssm").get_parameter(Name="/sealed", WithDecryption=True)["Parameter"]["Value"] == "s"
    assert connect("secretsmanager").get_secret_value(SecretId="own")["SecretString"] == "t"
    assert kms.describe_key(KeyId=doomed)["KeyMetadata"]["KeyState"] == "PendingDeletion"
