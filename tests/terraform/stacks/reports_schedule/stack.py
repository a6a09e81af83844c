from harness import waiting

MOSTLY_SLEEPS = True


def ran(stack):
    stack.drain()
    return [event["report"] for event in stack.printed_json("/aws/lambda/report")]


def exercise(stack):
    # A rate fires as soon as it is there.
    assert waiting.until(lambda: ran(stack), "the first report") == ["hourly"]
    (event,) = stack.printed_json("/aws/lambda/report")
    assert event["by"] == f"arn:aws:scheduler:us-east-1:{stack.account}:schedule/{stack.output('group')}/hourly" and event["at"].endswith("Z")
    waiting.until(lambda: "tick" in stack.received(stack.output("ticks")), "the message by the API's name")
    names = [one["Name"] for one in stack.client("scheduler").list_schedules(GroupName=stack.output("group"))["Schedules"]]
    assert sorted(names) == ["hourly", "nightly", "once-0", "once-1", "paused"]


def update(stack):
    stack.edit("main.tf", 'expression = "rate(5 minutes)", enabled = false', 'expression = "rate(5 minutes)"')
    stack.edit("main.tf", '"America/New_York"', '"Asia/Tokyo"')
    stack.edit("main.tf", "count               = 2", "count               = 1")
    stack.edit("main.tf", 'Team = "finance"', 'Team = "sales"')
    return {'aws_scheduler_schedule.report["paused"]', 'aws_scheduler_schedule.report["nightly"]', "aws_scheduler_schedule.once[1]",
            "aws_scheduler_schedule_group.reports"}


# The second of two is gone.
MAY_REPLACE = ("aws_scheduler_schedule.once[1]",)


def after_update(stack):
    waiting.until(lambda: "paused" in ran(stack), "the schedule that was off")
