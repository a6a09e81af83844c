def exercise(stack):
    assert stack.invoke("settings")[0] == ["dev", "", "256", True, "/elsewhere/settings"]
    concurrency = stack.client("lambda").get_function(FunctionName="settings")["Concurrency"]
    assert concurrency == {"ReservedConcurrentExecutions": 3}


def update(stack):
    stack.edit("main.tf", "memory_size                    = 256", "memory_size                    = 512")
    stack.edit("main.tf", 'STAGE = "dev"', 'STAGE = "test"')
    stack.edit("main.tf", "reserved_concurrent_executions = 3", "reserved_concurrent_executions = 5")
    stack.edit("main.tf", 'Kind = "settings"', 'Kind = "changed"')
    return {"aws_lambda_function.settings"}


def after_update(stack):
    assert stack.invoke("settings")[0] == ["test", "", "512", True, "/elsewhere/settings"]
    function = stack.client("lambda").get_function(FunctionName="settings")
    assert (function["Concurrency"]["ReservedConcurrentExecutions"], function["Tags"]) == (5, {"Kind": "changed"})
