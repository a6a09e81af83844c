from harness import waiting


def seen(stack):
    return [m.strip() for m in stack.log_messages("/aws/lambda/watcher") if m.startswith("seen ")]


def exercise(stack):
    stack.invoke("noisy", {"say": "all is well"})
    stack.invoke("noisy", {"say": "ERROR one"})
    waiting.until(lambda: seen(stack) == ["seen /aws/lambda/noisy ERROR one"], "the watcher's line")


def update(stack):
    stack.edit("main.tf", 'filter_pattern  = "ERROR"', 'filter_pattern  = "?WARN ?ERROR"')
    return {"aws_cloudwatch_log_subscription_filter.errors"}


def after_update(stack):
    stack.invoke("noisy", {"say": "WARN two"})
    waiting.until(lambda: seen(stack)[1:] == ["seen /aws/lambda/noisy WARN two"], "the watcher's second line")
