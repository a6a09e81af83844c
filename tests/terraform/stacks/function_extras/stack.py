MOSTLY_SLEEPS = True


def exercise(stack):
    read = stack.output("read")
    assert read.pop("created")[0]["asked"] == 1
    assert read.pop("functions") == ["extras", "extras-quick"]
    assert read == {"alias": "1", "layer": 1, "signing": "Signed by us", "url_auth": "AWS_IAM", "asked": 2}
    assert stack.invoke("extras:live")[0][1:] == ["1", "provisioned-concurrency"]
    configuration = stack.client("lambda").get_function_configuration(FunctionName="extras")
    assert sorted(configuration["VpcConfig"]["SubnetIds"]) == ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"]
    assert configuration["FileSystemConfigs"][0]["LocalMountPath"] == "/mnt/shared"


def update(stack):
    stack.edit("main.tf", '  vpc_config {\n    subnet_ids         = ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"]', '  vpc_config {\n    subnet_ids         = ["subnet-0123456789abcdef1"]')
    stack.edit("main.tf", 'mode = "Active"', 'mode = "PassThrough"')
    stack.edit("main.tf", 'untrusted_artifact_on_deployment = "Warn"', 'untrusted_artifact_on_deployment = "Enforce"')
    stack.edit("main.tf", "provisioned_concurrent_executions = 1", "provisioned_concurrent_executions = 2")
    stack.edit("main.tf", 'recursive_loop = "Allow"', 'recursive_loop = "Terminate"')
    stack.edit("main.tf", 'update_runtime_on = "FunctionUpdate"', 'update_runtime_on = "Auto"')
    stack.edit("main.tf", "max_age           = 600", "max_age           = 60")
    stack.edit("main.tf", "maximum_retry_attempts       = 1", "maximum_retry_attempts       = 0")
    stack.edit("main.tf", "asked = 1", "asked = 3")
    return {
        "aws_lambda_function.extras", "aws_lambda_alias.live", "aws_lambda_code_signing_config.signing",
        "aws_lambda_provisioned_concurrency_config.live", "aws_lambda_function_recursion_config.extras",
        "aws_lambda_runtime_management_config.extras", "aws_lambda_function_url.live",
        "aws_lambda_function_event_invoke_config.live", "aws_lambda_invocation.crud",
    }


def after_update(stack):
    read = stack.output("read")
    assert (read["alias"], read["created"][0]["asked"]) == ("2", 3)
    assert stack.invoke("extras:live")[0][1:] == ["2", "provisioned-concurrency"]
    shown = stack.client("lambda").get_provisioned_concurrency_config(FunctionName="extras", Qualifier="live")
    assert shown["AllocatedProvisionedConcurrentExecutions"] == 2
