import os


def handler(event, context):
    left_s = context.get_remaining_time_in_millis() / 1000
    return [os.environ["STAGE"], os.environ["EMPTY"], context.memory_limit_in_mb, 0 < left_s <= 7, context.log_group_name]
