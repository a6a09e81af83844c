import os
import time

print("importing")
time.sleep(float(os.environ["IMPORT_SECONDS"]))


def handler(event, context):
    return "imported"
