"""The lists of EventBridge, Scheduler, Pipes, CloudWatch, Application Auto Scaling, SSM, Secrets Manager, API Gateway."""

import datetime
import json
import time

from harness.walks import ALLOW, by, NAMES, PLAIN, walk


# --- EventBridge


@walk("events", "ListEventBuses")
def buses(w):
    for name in NAMES:
        w.events.create_event_bus(Name=name)
    return {}, by("Name"), lambda name: w.events.delete_event_bus(Name=name)


@walk("events", "ListRules", "ListRuleNamesByTarget")
def rules(w):
    arn = f"arn:aws:sqs:us-east-1:{w.account}:q"
    for name in NAMES:
        w.events.put_rule(Name=name, EventPattern='{"source": ["a"]}')
        w.events.put_targets(Rule=name, Targets=[{"Id": "i", "Arn": arn}])

    def delete(name):
        w.events.remove_targets(Rule=name, Ids=["i"])
        w.events.delete_rule(Name=name)
    return {"TargetArn": arn}, lambda e: e if isinstance(e, str) else e["Name"], delete


@walk("events", "ListTargetsByRule")
def targets(w):
    w.events.put_rule(Name="r", EventPattern='{"source": ["a"]}')
    ids = NAMES[:5]
    w.events.put_targets(Rule="r", Targets=[{"Id": i, "Arn": f"arn:aws:sqs:us-east-1:{w.account}:q"} for i in ids])
    return {"Rule": "r"}, by("Id"), lambda i: w.events.remove_targets(Rule="r", Ids=[i])


@walk("events", "ListArchives")
def archives(w):
    for name in NAMES:
        w.events.create_archive(ArchiveName=name, EventSourceArn=f"arn:aws:events:us-east-1:{w.account}:event-bus/default")
    return {}, by("ArchiveName"), lambda name: w.events.delete_archive(ArchiveName=name)


@walk("events", "ListReplays")
def replays(w):
    bus = f"arn:aws:events:us-east-1:{w.account}:event-bus/default"
    archive = w.events.create_archive(ArchiveName="a", EventSourceArn=bus)["ArchiveArn"]
    end = datetime.datetime.now(datetime.timezone.utc)
    for name in NAMES:
        w.events.start_replay(ReplayName=name, EventSourceArn=archive, Destination={"Arn": bus},
                              EventStartTime=end - datetime.timedelta(minutes=1), EventEndTime=end)
    return {}, by("ReplayName"), None


def connection(w, name):
    return w.events.create_connection(Name=name, AuthorizationType="API_KEY", AuthParameters={
        "ApiKeyAuthParameters": {"ApiKeyName": "k", "ApiKeyValue": "v"}})["ConnectionArn"]


@walk("events", "ListConnections")
def connections(w):
    for name in NAMES:
        connection(w, name)
    return {}, by("Name"), lambda name: w.events.delete_connection(Name=name)


@walk("events", "ListApiDestinations")
def destinations(w):
    arn = connection(w, "c")
    for name in PLAIN:
        w.events.create_api_destination(Name=name, ConnectionArn=arn, HttpMethod="POST",
                                        InvocationEndpoint="https://example.com/")
    return {}, by("Name"), lambda name: w.events.delete_api_destination(Name=name)


# --- Scheduler, Pipes


def trusted(w, service):
    document = {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": service}}]}
    w.iam.create_role(RoleName="w", AssumeRolePolicyDocument=json.dumps(document))
    w.iam.put_role_policy(RoleName="w", PolicyName="p", PolicyDocument=ALLOW.replace("s3:*", "*"))
    return f"arn:aws:iam::{w.account}:role/w"


@walk("scheduler", "ListScheduleGroups")
def schedule_groups(w):
    for name in NAMES:
        w.scheduler.create_schedule_group(Name=name)
    return {}, by("Name"), lambda name: w.scheduler.delete_schedule_group(Name=name)


@walk("scheduler", "ListSchedules")
def schedules(w):
    role = trusted(w, "scheduler.amazonaws.com")
    for name in NAMES:
        w.scheduler.create_schedule(
            Name=name, ScheduleExpression="rate(1 day)", FlexibleTimeWindow={"Mode": "OFF"},
            Target={"Arn": f"arn:aws:sqs:us-east-1:{w.account}:q", "RoleArn": role})
    return {}, by("Name"), lambda name: w.scheduler.delete_schedule(Name=name)


@walk("pipes", "ListPipes")
def pipes(w):
    role = trusted(w, "pipes.amazonaws.com")
    arns = []
    for name in ("source", "target"):
        w.sqs.create_queue(QueueName=name)
        arns.append(f"arn:aws:sqs:us-east-1:{w.account}:{name}")
    for name in NAMES:
        w.pipes.create_pipe(Name=name, Source=arns[0], Target=arns[1], RoleArn=role, DesiredState="STOPPED")
    return {}, by("Name"), lambda name: w.pipes.delete_pipe(Name=name)


# --- CloudWatch


@walk("cloudwatch", "DescribeAlarms")
def alarms(w):
    for name in NAMES:
        w.cloudwatch.put_metric_alarm(AlarmName=name, Namespace="N", MetricName="m", Statistic="Sum", Period=60, Threshold=1,
                                      EvaluationPeriods=1, ComparisonOperator="GreaterThanThreshold")
    w.cloudwatch.put_composite_alarm(AlarmName="bbb-all", AlarmRule="FALSE")  # what it names couldn't be deleted
    return {"AlarmTypes": ["MetricAlarm", "CompositeAlarm"]}, by("AlarmName"), lambda name: w.cloudwatch.delete_alarms(AlarmNames=[name])


@walk("cloudwatch", "DescribeAlarmHistory")
def alarm_history(w):
    alarms(w)
    return {"HistoryItemType": "ConfigurationUpdate"}, by("AlarmName"), None


@walk("cloudwatch", "ListMetrics")
def metrics(w):
    w.cloudwatch.put_metric_data(Namespace="N", MetricData=[{"MetricName": f"m{n:03}", "Value": 1} for n in range(503)])
    return {}, by("MetricName"), None


@walk("cloudwatch", "DescribeAnomalyDetectors")
def anomaly_detectors(w):
    for name in NAMES:
        w.cloudwatch.put_anomaly_detector(Namespace="N", MetricName=name, Stat="Sum")
    return {}, by("MetricName"), lambda name: w.cloudwatch.delete_anomaly_detector(Namespace="N", MetricName=name, Stat="Sum")


@walk("cloudwatch", "DescribeInsightRules")
def insight_rules(w):
    for name in NAMES:
        w.cloudwatch.put_insight_rule(RuleName=name, RuleDefinition='{"Schema": {"Name": "CloudWatchLogRule", "Version": 1}}')
    return {}, by("Name"), lambda name: w.cloudwatch.delete_insight_rules(RuleNames=[name])


@walk("cloudwatch", "ListMetricStreams")
def metric_streams(w):
    for name in NAMES:
        w.cloudwatch.put_metric_stream(Name=name, FirehoseArn="f", RoleArn="r", OutputFormat="json")
    return {}, by("Name"), lambda name: w.cloudwatch.delete_metric_stream(Name=name)


# --- Application Auto Scaling


@walk("application-autoscaling", "DescribeScalableTargets", "DescribeScalingPolicies", "DescribeScheduledActions",
      "DescribeScalingActivities")
def scalable_targets(w):
    scaling = getattr(w, "application-autoscaling")
    targets = []
    for table in ("aaa", "aaa-b", "aaa.c"):
        w.dynamodb.create_table(
            TableName=table, AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
            ProvisionedThroughput={"ReadCapacityUnits": 1, "WriteCapacityUnits": 1})
        for side in ("Read", "Write"):
            targets.append((f"table/{table}", f"dynamodb:table:{side}CapacityUnits"))
    for resource, dimension in targets:
        of = {"ServiceNamespace": "dynamodb", "ResourceId": resource, "ScalableDimension": dimension}
        scaling.register_scalable_target(**of, MinCapacity=2, MaxCapacity=9)
        scaling.put_scaling_policy(**of, PolicyName="p", PolicyType="TargetTrackingScaling",
                                   TargetTrackingScalingPolicyConfiguration={"TargetValue": 50.0})
        scaling.put_scheduled_action(**of, ScheduledActionName="a", Schedule="at(2099-01-01T00:00:00)",
                                     ScalableTargetAction={"MinCapacity": 1})
    limit = time.monotonic() + 20
    while len(scaling.describe_scaling_activities(ServiceNamespace="dynamodb")["ScalingActivities"]) < len(targets):
        assert time.monotonic() < limit, "the capacities are moved"
        time.sleep(0.02)

    def delete(name):
        scaling.deregister_scalable_target(ServiceNamespace="dynamodb", ResourceId=name[0], ScalableDimension=name[1])
    return {"ServiceNamespace": "dynamodb"}, lambda e: (e["ResourceId"], e["ScalableDimension"]), delete


# --- SSM, Secrets Manager


@walk("ssm", "DescribeParameters", "GetParametersByPath")
def parameters(w):
    for name in NAMES:
        w.ssm.put_parameter(Name="/p/" + name, Type="String", Value="v")
    return {"Path": "/p"}, by("Name"), lambda name: w.ssm.delete_parameter(Name=name)


@walk("ssm", "GetParameterHistory")
def history(w):
    for number in range(12):
        w.ssm.put_parameter(Name="p", Type="String", Value=str(number), Overwrite=True)
    return {"Name": "p"}, by("Version"), None


@walk("secretsmanager", "ListSecrets")
def secrets(w):
    for name in NAMES:
        w.secretsmanager.create_secret(Name=name, SecretString="v")
    return {}, by("Name"), \
        lambda name: w.secretsmanager.delete_secret(SecretId=name, ForceDeleteWithoutRecovery=True)


@walk("secretsmanager", "ListSecretVersionIds")
def secret_versions(w):
    w.secretsmanager.create_secret(Name="s", SecretString="0")
    for number in range(1, 6):
        w.secretsmanager.put_secret_value(SecretId="s", SecretString=str(number))
    return {"SecretId": "s", "IncludeDeprecated": True}, by("VersionId"), None


# --- API Gateway: HTTP APIs


@walk("apigatewayv2", "GetApis")
def apis(w):
    for name in NAMES:
        w.apigatewayv2.create_api(Name=name, ProtocolType="HTTP")
    return {}, by("ApiId"), lambda i: w.apigatewayv2.delete_api(ApiId=i)


@walk("apigatewayv2", "GetStages", "GetRoutes", "GetIntegrations", "GetDeployments", "GetAuthorizers")
def parts_of_an_api(w):
    api = w.apigatewayv2.create_api(Name="a", ProtocolType="HTTP")["ApiId"]
    deletes = {}
    for name in ("aaa", "bbb", "ccc", "ddd"):
        w.apigatewayv2.create_stage(ApiId=api, StageName=name)
        deletes[name] = lambda n=name: w.apigatewayv2.delete_stage(ApiId=api, StageName=n)
        route = w.apigatewayv2.create_route(ApiId=api, RouteKey=f"GET /{name}")["RouteId"]
        deletes[route] = lambda i=route: w.apigatewayv2.delete_route(ApiId=api, RouteId=i)
        made = w.apigatewayv2.create_integration(
            ApiId=api, IntegrationType="AWS_PROXY", PayloadFormatVersion="2.0",
            IntegrationUri=f"arn:aws:lambda:us-east-1:{w.account}:function:f")["IntegrationId"]
        deletes[made] = lambda i=made: w.apigatewayv2.delete_integration(ApiId=api, IntegrationId=i)
        made = w.apigatewayv2.create_deployment(ApiId=api)["DeploymentId"]
        deletes[made] = lambda i=made: w.apigatewayv2.delete_deployment(ApiId=api, DeploymentId=i)
        made = w.apigatewayv2.create_authorizer(
            ApiId=api, AuthorizerType="JWT", Name=name, IdentitySource=["$request.header.Authorization"],
            JwtConfiguration={"Issuer": "https://example.com", "Audience": ["a"]})["AuthorizerId"]
        deletes[made] = lambda i=made: w.apigatewayv2.delete_authorizer(ApiId=api, AuthorizerId=i)

    def name(entry):
        return next(entry[m] for m in ("RouteId", "IntegrationId", "StageName", "DeploymentId", "AuthorizerId")
                    if m in entry)
    return {"ApiId": api}, name, lambda i: deletes[i]()


# --- API Gateway: REST APIs


@walk("apigateway", "GetRestApis")
def rest_apis(w):
    for name in NAMES:
        w.apigateway.create_rest_api(name=name)
    return {}, by("id"), lambda i: w.apigateway.delete_rest_api(restApiId=i)


@walk("apigateway", "GetResources", "GetAuthorizers", "GetRequestValidators", "GetModels", "GetDeployments")
def parts_of_a_rest_api(w):
    gateway = w.apigateway
    api = gateway.create_rest_api(name="a")["id"]
    root = gateway.get_resources(restApiId=api)["items"][0]["id"]
    kept, deletes = {"Error", "Empty", root}, {}
    for name in ("aaa", "bbb", "ccc", "ddd"):
        made = gateway.create_resource(restApiId=api, parentId=root, pathPart=name)["id"]
        deletes[made] = lambda i=made: gateway.delete_resource(restApiId=api, resourceId=i)
        made = gateway.create_authorizer(
            restApiId=api, name=name, type="TOKEN", identitySource="method.request.header.Authorization",
            authorizerUri="arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/"
                          f"arn:aws:lambda:us-east-1:{w.account}:function:f/invocations")["id"]
        deletes[made] = lambda i=made: gateway.delete_authorizer(restApiId=api, authorizerId=i)
        made = gateway.create_request_validator(restApiId=api, name=name)["id"]
        deletes[made] = lambda i=made: gateway.delete_request_validator(restApiId=api, requestValidatorId=i)
        gateway.create_model(restApiId=api, name=name, contentType="application/json", schema="{}")
        deletes[name] = lambda n=name: gateway.delete_model(restApiId=api, modelName=n)
    gateway.put_method(restApiId=api, resourceId=root, httpMethod="GET", authorizationType="NONE")
    gateway.put_integration(restApiId=api, resourceId=root, httpMethod="GET", type="MOCK")
    for _ in range(4):
        made = gateway.create_deployment(restApiId=api)["id"]
        deletes[made] = lambda i=made: gateway.delete_deployment(restApiId=api, deploymentId=i)

    def name(entry):
        return entry["name"] if "contentType" in entry else entry["id"]
    return {"restApiId": api}, name, lambda i: None if i in kept else deletes.get(i, lambda: None)()


@walk("apigateway", "GetGatewayResponses")
def gateway_responses(w):
    return {"restApiId": w.apigateway.create_rest_api(name="a")["id"]}, by("responseType"), None


@walk("apigateway", "GetApiKeys", "GetUsagePlanKeys")
def api_keys(w):
    plan = w.apigateway.create_usage_plan(name="p")["id"]
    for name in NAMES:
        made = w.apigateway.create_api_key(name=name, enabled=True)["id"]
        w.apigateway.create_usage_plan_key(usagePlanId=plan, keyId=made, keyType="API_KEY")
    return {"usagePlanId": plan}, by("id"), lambda i: w.apigateway.delete_api_key(apiKey=i)


@walk("apigateway", "GetUsagePlans")
def usage_plans(w):
    for name in NAMES:
        w.apigateway.create_usage_plan(name=name)
    return {}, by("id"), lambda i: w.apigateway.delete_usage_plan(usagePlanId=i)


@walk("apigateway", "GetDomainNames")
def domain_names(w):
    for name in NAMES:
        w.apigateway.create_domain_name(domainName=f"{name}.example.com", regionalCertificateArn=(
            f"arn:aws:acm:us-east-1:{w.account}:certificate/c"), endpointConfiguration={"types": ["REGIONAL"]})
    return {}, by("domainName"), lambda name: w.apigateway.delete_domain_name(domainName=name)


@walk("apigateway", "GetBasePathMappings")
def base_path_mappings(w):
    domain = f"{w.account}.example.com"  # a name is one account's
    w.apigateway.create_domain_name(domainName=domain, endpointConfiguration={"types": ["REGIONAL"]}, regionalCertificateArn=(
        f"arn:aws:acm:us-east-1:{w.account}:certificate/c"))
    api = w.apigateway.create_rest_api(name="a")["id"]
    for name in PLAIN:
        w.apigateway.create_base_path_mapping(domainName=domain, basePath=name, restApiId=api)
    return {"domainName": domain}, by("basePath"), lambda name: w.apigateway.delete_base_path_mapping(
        domainName=domain, basePath=name)


@walk("apigateway", "GetClientCertificates")
def client_certificates(w):
    for name in NAMES:
        w.apigateway.generate_client_certificate(description=name)
    return {}, by("clientCertificateId"), lambda i: w.apigateway.delete_client_certificate(clientCertificateId=i)


@walk("apigateway", "GetDocumentationParts")
def documentation_parts(w):
    api = w.apigateway.create_rest_api(name="a")["id"]
    for path in ("/aaa", "/bbb", "/ccc", "/ddd"):
        w.apigateway.create_documentation_part(restApiId=api, location={"type": "RESOURCE", "path": path}, properties='{"a": 1}')
    return {"restApiId": api}, by("id"), lambda i: w.apigateway.delete_documentation_part(restApiId=api, documentationPartId=i)


@walk("apigateway", "GetDocumentationVersions")
def documentation_versions(w):
    api = w.apigateway.create_rest_api(name="a")["id"]
    for name in PLAIN:
        w.apigateway.create_documentation_version(restApiId=api, documentationVersion=name)
    return {"restApiId": api}, by("version"), lambda v: w.apigateway.delete_documentation_version(
        restApiId=api, documentationVersion=v)
