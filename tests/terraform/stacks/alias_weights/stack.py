def exercise(stack):
    result, answer = stack.invoke("service", Qualifier="live")
    assert (result, answer["ExecutedVersion"]) == (["one", "1", "live"], "1")


def update(stack):
    stack.edit("index.py", '"one"', '"two"')
    stack.edit(
        "main.tf", 'function_version = "1"',
        'function_version = "1"\n  routing_config {\n    additional_version_weights = { (module.service.version) = 0.5 }\n  }',
    )
    return {"module.service.aws_lambda_function.function", "aws_lambda_alias.live"}


def after_update(stack):
    seen = {tuple(stack.invoke("service", Qualifier="live")[0][:2]) for _ in range(60)}
    assert seen == {("one", "1"), ("two", "2")}
    assert stack.invoke("service")[0] == ["two", "$LATEST", "service"]
    functions = stack.client("lambda")
    versions = [v["Version"] for v in functions.list_versions_by_function(FunctionName="service")["Versions"]]
    assert versions == ["$LATEST", "1", "2"]
