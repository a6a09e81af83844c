from greetings import greet


def handler(event, context):
    return greet(context.function_name.split("-")[1])
