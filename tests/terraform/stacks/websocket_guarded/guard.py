def handler(event, context):
    who = event["queryStringParameters"]["token"]
    effect = "Deny" if who == "mallory" else "Allow"
    return {"principalId": who, "context": {"who": who}, "policyDocument": {"Version": "2012-10-17", "Statement": [
        {"Action": "execute-api:Invoke", "Effect": effect, "Resource": event["methodArn"]}]}}
