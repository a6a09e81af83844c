def handler(event, context):
    pass
x = = 1
