"""Lambda's lists."""

import io
import zipfile

from harness.walks import ALLOW, by, itself, PLAIN, walk


# --- Lambda


@walk("lambda", "ListFunctions")
def functions(w):
    for name in PLAIN:
        w.function(name)
    return {}, by("FunctionName"), lambda name: w.lambda_.delete_function(FunctionName=name)


@walk("lambda", "ListFunctions ALL")
def functions_and_versions(w):
    for name in ("aaa", "aaa-b", "ccc"):
        w.function(name, Publish=True)

    def delete(arn):
        try:
            w.lambda_.delete_function(FunctionName=arn.removesuffix(":$LATEST"))
        except w.lambda_.exceptions.ResourceNotFoundException:
            pass  # went with its function
    return {"FunctionVersion": "ALL"}, by("FunctionArn"), delete


@walk("lambda", "ListVersionsByFunction")
def versions(w):
    w.function()
    w.versions(5)
    return {"FunctionName": "f"}, by("Version"), lambda v: w.lambda_.delete_function(
        FunctionName="f", Qualifier=v) if v != "$LATEST" else None


@walk("lambda", "ListAliases", "ListFunctionUrlConfigs", "ListFunctionEventInvokeConfigs")
def of_aliases(w):
    w.function()
    w.versions(1)
    for name in PLAIN:
        w.lambda_.create_alias(FunctionName="f", Name=name, FunctionVersion="1")
        w.lambda_.create_function_url_config(FunctionName="f", Qualifier=name, AuthType="NONE")
        w.lambda_.put_function_event_invoke_config(FunctionName="f", Qualifier=name, MaximumRetryAttempts=1)

    def delete(name):
        w.lambda_.delete_function_url_config(FunctionName="f", Qualifier=name)
        w.lambda_.delete_function_event_invoke_config(FunctionName="f", Qualifier=name)
        w.lambda_.delete_alias(FunctionName="f", Name=name)
    return {"FunctionName": "f"}, lambda e: e.get("Name") or e["FunctionArn"].split(":")[-1], delete


@walk("lambda", "ListProvisionedConcurrencyConfigs")
def provisioned(w):
    w.function()
    w.versions(4)
    for number in range(1, 5):
        w.lambda_.put_provisioned_concurrency_config(FunctionName="f", Qualifier=str(number),
                                                     ProvisionedConcurrentExecutions=1)
    return {"FunctionName": "f"}, lambda e: e["FunctionArn"].split(":")[-1], \
        lambda q: w.lambda_.delete_provisioned_concurrency_config(FunctionName="f", Qualifier=q)


@walk("lambda", "ListEventSourceMappings")
def mappings(w):
    w.function()
    w.iam.put_role_policy(RoleName="r", PolicyName="p", PolicyDocument=ALLOW.replace("s3:*", "*"))
    for name in PLAIN:
        w.sqs.create_queue(QueueName=name)
        w.lambda_.create_event_source_mapping(FunctionName="f", Enabled=False,
                                              EventSourceArn=f"arn:aws:sqs:us-east-1:{w.account}:{name}")
    return {}, by("UUID"), lambda uuid: w.lambda_.delete_event_source_mapping(UUID=uuid)


@walk("lambda", "ListLayers", "ListLayerVersions")
def layers(w):
    w.function()  # a zip
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("python/lib.py", "")
    for name in PLAIN:
        w.lambda_.publish_layer_version(LayerName=name, Content={"ZipFile": code.getvalue()})
    for _ in range(5):
        w.lambda_.publish_layer_version(LayerName="ccc", Content={"ZipFile": code.getvalue()})
    return {"LayerName": "ccc"}, lambda e: e.get("LayerName") or e["Version"], lambda name: (
        w.lambda_.delete_layer_version(LayerName="ccc", VersionNumber=name) if isinstance(name, int) else
        w.lambda_.delete_layer_version(LayerName=name, VersionNumber=1))


@walk("lambda", "ListCodeSigningConfigs")
def code_signing(w):
    for _ in range(5):
        w.lambda_.create_code_signing_config(AllowedPublishers={"SigningProfileVersionArns": [
            f"arn:aws:signer:us-east-1:{w.account}:/signing-profiles/p/abcdefghij"]})
    return {}, by("CodeSigningConfigArn"), lambda arn: w.lambda_.delete_code_signing_config(CodeSigningConfigArn=arn)


@walk("lambda", "ListFunctionsByCodeSigningConfig")
def signed_functions(w):
    code_signing(w)
    arn = w.lambda_.list_code_signing_configs()["CodeSigningConfigs"][0]["CodeSigningConfigArn"]
    for name in PLAIN:
        w.function(name, CodeSigningConfigArn=arn)
    return {"CodeSigningConfigArn": arn}, itself, lambda f: w.lambda_.delete_function(FunctionName=f)
