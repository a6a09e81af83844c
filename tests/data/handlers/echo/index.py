import os

calls = 0


def handler(event, context):
    global calls
    calls += 1
    print("event", event)
    return {"event": event, "calls": calls, "pid": os.getpid()}
