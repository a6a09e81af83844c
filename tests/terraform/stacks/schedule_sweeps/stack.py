from harness import waiting

MOSTLY_SLEEPS = True


def exercise(stack):
    # The first minute is over one minute after the schedule was made; the server is shared, so its clock stays.
    waiting.until(lambda: {"sweep": "sessions"} in stack.printed_json("/aws/lambda/sweeper"), "the first sweep", 100)


def update(stack):
    stack.edit("main.tf", 'schedule_expression = "rate(1 minutes)"', 'schedule_expression = "cron(0 4 ? * MON-FRI *)"\n  state               = "DISABLED"')
    return {"aws_scheduler_schedule.sweep"}


def after_update(stack):
    shown = stack.client("scheduler").get_schedule(Name="sweep")
    assert (shown["State"], shown["ScheduleExpression"]) == ("DISABLED", "cron(0 4 ? * MON-FRI *)")
