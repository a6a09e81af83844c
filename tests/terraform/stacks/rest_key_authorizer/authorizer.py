def handler(event, context):
    user = event["authorizationToken"].removeprefix("Bearer ")
    if user == "nobody":
        raise Exception("Unauthorized")
    effect = "Deny" if user == "mallory" else "Allow"
    statement = {"Action": "execute-api:Invoke", "Effect": effect, "Resource": event["methodArn"]}
    return {"principalId": user, "policyDocument": {"Version": "2012-10-17", "Statement": [statement]}, "context": {"user": user}}
