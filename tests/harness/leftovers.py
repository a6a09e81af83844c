"""What an account still holds, by every service's list calls: after `terraform destroy` that is nothing."""

from botocore.exceptions import ClientError

# (service, call, key of the list, how one entry is named, arguments)
_LISTS = (
    ("dynamodb", "list_tables", "TableNames", None, {}),
    ("lambda", "list_functions", "Functions", "FunctionName", {}),
    ("lambda", "list_event_source_mappings", "EventSourceMappings", "UUID", {}),
    ("lambda", "list_layers", "Layers", "LayerName", {}),
    ("iam", "list_roles", "Roles", "RoleName", {}),
    ("iam", "list_policies", "Policies", "PolicyName", {"Scope": "Local"}),
    ("iam", "list_users", "Users", "UserName", {}),
    ("iam", "list_groups", "Groups", "GroupName", {}),
    ("iam", "list_instance_profiles", "InstanceProfiles", "InstanceProfileName", {}),
    ("s3", "list_buckets", "Buckets", "Name", {}),
    ("logs", "describe_log_groups", "logGroups", "logGroupName", {}),
    ("logs", "describe_metric_filters", "metricFilters", "filterName", {}),
    ("logs", "describe_resource_policies", "resourcePolicies", "policyName", {}),
    ("logs", "describe_query_definitions", "queryDefinitions", "name", {}),
    ("sqs", "list_queues", "QueueUrls", None, {}),
    ("sns", "list_topics", "Topics", "TopicArn", {}),
    ("apigateway", "get_rest_apis", "items", "id", {}),
    ("apigateway", "get_api_keys", "items", "id", {}),
    ("apigateway", "get_usage_plans", "items", "id", {}),
    ("apigatewayv2", "get_apis", "Items", "ApiId", {}),
    ("ssm", "describe_parameters", "Parameters", "Name", {}),
    ("secretsmanager", "list_secrets", "SecretList", "Name", {}),
    ("sns", "list_subscriptions", "Subscriptions", "SubscriptionArn", {}),
    ("events", "list_event_buses", "EventBuses", "Name", {}),
    ("events", "list_rules", "Rules", "Name", {}),
    ("events", "list_archives", "Archives", "ArchiveName", {}),
    ("events", "list_connections", "Connections", "Name", {}),
    ("events", "list_api_destinations", "ApiDestinations", "Name", {}),
    ("scheduler", "list_schedules", "Schedules", "Name", {}),
    ("scheduler", "list_schedule_groups", "ScheduleGroups", "Name", {}),
    ("pipes", "list_pipes", "Pipes", "Name", {}),
    ("cloudwatch", "describe_alarms", "MetricAlarms", "AlarmName", {}),
    ("cloudwatch", "describe_alarms", "CompositeAlarms", "AlarmName", {"AlarmTypes": ["CompositeAlarm"]}),
    ("cloudwatch", "list_dashboards", "DashboardEntries", "DashboardName", {}),
    ("kms", "list_aliases", "Aliases", "AliasName", {}),
    ("application-autoscaling", "describe_scalable_targets", "ScalableTargets", "ResourceId", {"ServiceNamespace": "dynamodb"}),
    ("application-autoscaling", "describe_scalable_targets", "ScalableTargets", "ResourceId", {"ServiceNamespace": "lambda"}),
)

# An account always has the default bus and group, and aliases of AWS's own keys. What a deployed API logs of its runs stays,
# on AWS too: API Gateway makes that group, nobody who could delete it.
_ALWAYS = {("events", "default"), ("scheduler", "default")}


def _is_everybodys(service, name):
    return (service, name) in _ALWAYS or str(name).startswith(("alias/aws/", "API-Gateway-Execution-Logs_"))


def leftovers(client):
    """["lambda list_functions: my-function", ...]. An operation that isn't built holds nothing. `client(service)`
    gives a boto3 client. Streams of deleted tables aren't asked for: AWS lists those for another 24 hours."""
    found = []
    for service, call, key, name, arguments in _LISTS:
        try:
            entries = getattr(client(service), call)(**arguments).get(key, [])
        except ClientError as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] == 501:
                continue
            raise
        names = [entry if name is None else entry[name] for entry in entries]
        found += [f"{service} {call}: {one}" for one in names if not _is_everybodys(service, one)]
    return found
