"""Prints what happened to the users: one JSON line per stream record, then how many there were."""

import json


def handler(event, context):
    records = event["Records"]
    for record in records:
        print(json.dumps(record))
    print(f"{len(records)} record{'' if len(records) == 1 else 's'}")
    return {"records": len(records)}
