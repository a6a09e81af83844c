VERSION = "one"


def handler(event, context):
    return [VERSION, context.function_version, context.invoked_function_arn.split(":")[-1]]
