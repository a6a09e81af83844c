# Written as the widely used modules of the registry are: everything by variables, `create` flags, try() and this[0].

variable "create" {
  type    = bool
  default = true
}

variable "function_name" {
  type    = string
  default = ""
}

variable "description" {
  type    = string
  default = ""
}

variable "handler" {
  type    = string
  default = ""
}

variable "runtime" {
  type    = string
  default = ""
}

variable "local_existing_package" {
  type    = string
  default = null
}

variable "publish" {
  type    = bool
  default = false
}

variable "memory_size" {
  type    = number
  default = 128
}

variable "timeout" {
  type    = number
  default = 10
}

variable "ephemeral_storage_size" {
  type    = number
  default = 512
}

variable "architectures" {
  type    = list(string)
  default = null
}

variable "environment_variables" {
  type    = map(string)
  default = {}
}

variable "attach_cloudwatch_logs_policy" {
  type    = bool
  default = true
}

variable "attach_policy_statements" {
  type    = bool
  default = false
}

variable "policy_statements" {
  type    = any
  default = {}
}

variable "attach_tracing_policy" {
  type    = bool
  default = false
}

variable "tracing_mode" {
  type    = string
  default = null
}

variable "allowed_triggers" {
  type    = map(any)
  default = {}
}

variable "create_current_version_allowed_triggers" {
  type    = bool
  default = true
}

variable "create_unqualified_alias_allowed_triggers" {
  type    = bool
  default = true
}

variable "event_source_mapping" {
  type    = any
  default = {}
}

variable "create_async_event_config" {
  type    = bool
  default = false
}

variable "maximum_event_age_in_seconds" {
  type    = number
  default = null
}

variable "maximum_retry_attempts" {
  type    = number
  default = null
}

variable "destination_on_failure" {
  type    = string
  default = null
}

variable "cloudwatch_logs_retention_in_days" {
  type    = number
  default = null
}

variable "create_lambda_function_url" {
  type    = bool
  default = false
}

variable "tags" {
  type    = map(string)
  default = {}
}

data "aws_partition" "current" {}
data "aws_region" "current" {}
data "aws_caller_identity" "current" {}

locals {
  create_role   = var.create
  role_name     = coalesce(var.function_name, "*")
  log_group_arn = "arn:${data.aws_partition.current.partition}:logs:${data.aws_region.current.name}:${data.aws_caller_identity.current.account_id}:log-group:/aws/lambda/${var.function_name}"
}

data "aws_iam_policy_document" "assume_role" {
  count = local.create_role ? 1 : 0
  statement {
    effect  = "Allow"
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = distinct(concat(["lambda.amazonaws.com"], []))
    }
  }
}

resource "aws_iam_role" "lambda" {
  count                 = local.create_role ? 1 : 0
  name                  = local.role_name
  description           = null
  path                  = null
  force_detach_policies = true
  permissions_boundary  = null
  assume_role_policy    = data.aws_iam_policy_document.assume_role[0].json
  tags                  = var.tags
}

data "aws_iam_policy_document" "logs" {
  count = local.create_role && var.attach_cloudwatch_logs_policy ? 1 : 0
  statement {
    effect    = "Allow"
    actions   = compact(["logs:CreateLogStream", "logs:PutLogEvents"])
    resources = flatten([for _ in ["%v:*", "%v:*:*"] : format(_, local.log_group_arn)])
  }
}

resource "aws_iam_policy" "logs" {
  count  = local.create_role && var.attach_cloudwatch_logs_policy ? 1 : 0
  name   = "${local.role_name}-logs"
  path   = "/"
  policy = data.aws_iam_policy_document.logs[0].json
  tags   = var.tags
}

resource "aws_iam_role_policy_attachment" "logs" {
  count      = local.create_role && var.attach_cloudwatch_logs_policy ? 1 : 0
  role       = aws_iam_role.lambda[0].name
  policy_arn = aws_iam_policy.logs[0].arn
}

data "aws_iam_policy" "tracing" {
  count = local.create_role && var.attach_tracing_policy ? 1 : 0
  arn   = "arn:${data.aws_partition.current.partition}:iam::aws:policy/AWSXRayDaemonWriteAccess"
}

resource "aws_iam_policy" "tracing" {
  count  = local.create_role && var.attach_tracing_policy ? 1 : 0
  name   = "${local.role_name}-tracing"
  path   = "/"
  policy = data.aws_iam_policy.tracing[0].policy
  tags   = var.tags
}

resource "aws_iam_role_policy_attachment" "tracing" {
  count      = local.create_role && var.attach_tracing_policy ? 1 : 0
  role       = aws_iam_role.lambda[0].name
  policy_arn = aws_iam_policy.tracing[0].arn
}

data "aws_iam_policy_document" "additional_inline" {
  count = local.create_role && var.attach_policy_statements ? 1 : 0
  dynamic "statement" {
    for_each = var.policy_statements
    content {
      sid           = try(statement.value.sid, replace(statement.key, "/[^0-9A-Za-z]*/", ""))
      effect        = try(statement.value.effect, null)
      actions       = try(statement.value.actions, null)
      not_actions   = try(statement.value.not_actions, null)
      resources     = try(statement.value.resources, null)
      not_resources = try(statement.value.not_resources, null)
      dynamic "condition" {
        for_each = try(statement.value.condition, [])
        content {
          test     = condition.value.test
          variable = condition.value.variable
          values   = condition.value.values
        }
      }
    }
  }
}

resource "aws_iam_policy" "additional_inline" {
  count  = local.create_role && var.attach_policy_statements ? 1 : 0
  name   = "${local.role_name}-inline"
  path   = "/"
  policy = data.aws_iam_policy_document.additional_inline[0].json
  tags   = var.tags
}

resource "aws_iam_role_policy_attachment" "additional_inline" {
  count      = local.create_role && var.attach_policy_statements ? 1 : 0
  role       = aws_iam_role.lambda[0].name
  policy_arn = aws_iam_policy.additional_inline[0].arn
}

resource "aws_cloudwatch_log_group" "lambda" {
  count             = var.create ? 1 : 0
  name              = "/aws/lambda/${var.function_name}"
  retention_in_days = var.cloudwatch_logs_retention_in_days
  kms_key_id        = null
  skip_destroy      = false
  tags              = merge(var.tags, {})
}

resource "aws_lambda_function" "this" {
  count = var.create ? 1 : 0

  function_name                      = var.function_name
  description                        = var.description
  role                               = aws_iam_role.lambda[0].arn
  handler                            = var.handler
  memory_size                        = var.memory_size
  reserved_concurrent_executions     = -1
  runtime                            = var.runtime
  layers                             = null
  timeout                            = var.timeout
  publish                            = var.publish
  kms_key_arn                        = null
  package_type                       = "Zip"
  architectures                      = var.architectures
  code_signing_config_arn            = null
  replace_security_groups_on_destroy = null
  skip_destroy                       = null
  filename                           = var.local_existing_package
  source_code_hash                   = try(filebase64sha256(var.local_existing_package), null)

  dynamic "ephemeral_storage" {
    for_each = var.ephemeral_storage_size == null ? [] : [true]
    content {
      size = var.ephemeral_storage_size
    }
  }

  dynamic "environment" {
    for_each = length(keys(var.environment_variables)) == 0 ? [] : [true]
    content {
      variables = merge({}, var.environment_variables)
    }
  }

  dynamic "tracing_config" {
    for_each = var.tracing_mode == null ? [] : [true]
    content {
      mode = var.tracing_mode
    }
  }

  dynamic "logging_config" {
    for_each = [true]
    content {
      log_group             = aws_cloudwatch_log_group.lambda[0].name
      log_format            = "Text"
      application_log_level = null
      system_log_level      = null
    }
  }

  timeouts {
    create = null
    update = null
    delete = null
  }

  tags       = merge({ terraform-aws-modules = "lambda" }, var.tags)
  depends_on = [aws_cloudwatch_log_group.lambda, aws_iam_role_policy_attachment.logs, aws_iam_role_policy_attachment.additional_inline, aws_iam_role_policy_attachment.tracing]
}

resource "aws_lambda_function_event_invoke_config" "this" {
  for_each = { for k, v in { current_version = true, unqualified_alias = true } : k => v if var.create && var.create_async_event_config }

  function_name                = aws_lambda_function.this[0].function_name
  qualifier                    = each.key == "current_version" ? aws_lambda_function.this[0].version : null
  maximum_event_age_in_seconds = var.maximum_event_age_in_seconds
  maximum_retry_attempts       = var.maximum_retry_attempts

  dynamic "destination_config" {
    for_each = var.destination_on_failure != null ? [true] : []
    content {
      dynamic "on_failure" {
        for_each = var.destination_on_failure != null ? [true] : []
        content {
          destination = var.destination_on_failure
        }
      }
    }
  }
}

resource "aws_lambda_permission" "current_version_triggers" {
  for_each = { for k, v in var.allowed_triggers : k => v if var.create && var.create_current_version_allowed_triggers }

  function_name = aws_lambda_function.this[0].function_name
  qualifier     = aws_lambda_function.this[0].version

  statement_id_prefix = try(each.value.statement_id, each.key)
  action              = try(each.value.action, "lambda:InvokeFunction")
  principal           = try(each.value.principal, format("%s.amazonaws.com", try(each.value.service, "")))
  source_arn          = try(each.value.source_arn, null)
  source_account      = try(each.value.source_account, null)

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_lambda_permission" "unqualified_alias_triggers" {
  for_each = { for k, v in var.allowed_triggers : k => v if var.create && var.create_unqualified_alias_allowed_triggers }

  function_name = aws_lambda_function.this[0].function_name

  statement_id   = try(each.value.statement_id, each.key)
  action         = try(each.value.action, "lambda:InvokeFunction")
  principal      = try(each.value.principal, format("%s.amazonaws.com", try(each.value.service, "")))
  source_arn     = try(each.value.source_arn, null)
  source_account = try(each.value.source_account, null)
}

resource "aws_lambda_event_source_mapping" "this" {
  for_each = { for k, v in var.event_source_mapping : k => v if var.create }

  function_name                      = aws_lambda_function.this[0].arn
  event_source_arn                   = try(each.value.event_source_arn, null)
  batch_size                         = try(each.value.batch_size, null)
  maximum_batching_window_in_seconds = try(each.value.maximum_batching_window_in_seconds, null)
  enabled                            = try(each.value.enabled, true)
  starting_position                  = try(each.value.starting_position, null)
  parallelization_factor             = try(each.value.parallelization_factor, null)
  maximum_retry_attempts             = try(each.value.maximum_retry_attempts, null)
  maximum_record_age_in_seconds      = try(each.value.maximum_record_age_in_seconds, null)
  bisect_batch_on_function_error     = try(each.value.bisect_batch_on_function_error, null)
  function_response_types            = try(each.value.function_response_types, null)

  dynamic "scaling_config" {
    for_each = try([each.value.scaling_config], [])
    content {
      maximum_concurrency = try(scaling_config.value.maximum_concurrency, null)
    }
  }

  dynamic "filter_criteria" {
    for_each = try([each.value.filter_criteria], [])
    content {
      dynamic "filter" {
        for_each = try(flatten([filter_criteria.value]), [])
        content {
          pattern = try(filter.value.pattern, null)
        }
      }
    }
  }
}

resource "aws_lambda_function_url" "this" {
  count              = var.create && var.create_lambda_function_url ? 1 : 0
  function_name      = aws_lambda_function.this[0].function_name
  qualifier          = null
  authorization_type = "AWS_IAM"
  invoke_mode        = null

  dynamic "cors" {
    for_each = [{ allow_origins = ["*"], allow_methods = ["GET"], max_age = 86400 }]
    content {
      allow_credentials = try(cors.value.allow_credentials, null)
      allow_headers     = try(cors.value.allow_headers, null)
      allow_methods     = try(cors.value.allow_methods, null)
      allow_origins     = try(cors.value.allow_origins, null)
      expose_headers    = try(cors.value.expose_headers, null)
      max_age           = try(cors.value.max_age, null)
    }
  }
}

output "lambda_function_arn" {
  value = try(aws_lambda_function.this[0].arn, "")
}

output "lambda_function_name" {
  value = try(aws_lambda_function.this[0].function_name, "")
}

output "lambda_function_version" {
  value = try(aws_lambda_function.this[0].version, "")
}

output "lambda_role_arn" {
  value = try(aws_iam_role.lambda[0].arn, "")
}

output "lambda_function_url" {
  value = try(aws_lambda_function_url.this[0].function_url, "")
}
