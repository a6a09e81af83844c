import os


def handler(event, context):
    return [event, context.function_version, os.environ["AWS_LAMBDA_INITIALIZATION_TYPE"]]
