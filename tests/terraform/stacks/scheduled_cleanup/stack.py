from harness import waiting


def exercise(stack):
    # A rate fires as soon as it is there.
    def ran():
        stack.drain()
        return [record["by"] for record in stack.printed_json("/aws/lambda/cleanup")]

    assert waiting.until(ran, "the schedule to run the function") == ["scheduler"]
    stack.put("jobs", {"pk": "old"})


def update(stack):
    stack.edit("main.tf", 'schedule_expression          = "rate(1 hour)"', 'schedule_expression          = "rate(2 hours)"')
    stack.edit("main.tf", "cron(0 3 * * ? *)", "cron(0 4 ? * MON-FRI *)")
    return {"aws_scheduler_schedule.cleanup", "aws_cloudwatch_event_rule.nightly"}


def after_update(stack):
    def cleared():
        stack.drain()
        return not stack.client("dynamodb").scan(TableName="jobs")["Items"]

    waiting.until(cleared, "the changed schedule to begin anew")
