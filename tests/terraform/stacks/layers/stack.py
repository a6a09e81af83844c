MAY_REPLACE = ("aws_lambda_layer_version.greetings",)


def exercise(stack):
    assert stack.invoke("greeter-ada")[0] == "hello ada"
    assert stack.invoke("greeter-grace")[0] == "hello grace"


def update(stack):
    stack.edit("main.tf", "hello {name}", "good morning {name}")
    return {f'module.greeter["{n}"].aws_lambda_function.function' for n in ("ada", "grace")}


def after_update(stack):
    assert stack.invoke("greeter-ada")[0] == "good morning ada"
    arn = stack.client("lambda").get_function(FunctionName="greeter-ada")["Configuration"]["Layers"][0]["Arn"]
    assert arn.endswith(":layer:greetings:2")
