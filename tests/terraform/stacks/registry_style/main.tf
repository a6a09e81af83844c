# A stack put together of modules in the registry's manner: a function with triggers, a bus by maps, a table with its stream.
provider "aws" {
  region = local.region
}

data "aws_caller_identity" "current" {}

locals {
  region = "us-east-1"
  name   = "ex-${basename("registry-style")}"
  tags = {
    Example    = local.name
    GithubRepo = "none"
  }
}

resource "random_pet" "this" {
  length = 2
}

data "archive_file" "package" {
  type        = "zip"
  output_path = "${path.module}/files/${local.name}.zip"
  source {
    content  = file("${path.module}/app.py")
    filename = "app.py"
  }
}

resource "null_resource" "packaged" {
  triggers = {
    hash = data.archive_file.package.output_base64sha256
  }
}

resource "aws_dynamodb_table" "this" {
  name                        = "${local.name}-${random_pet.this.id}"
  billing_mode                = "PAY_PER_REQUEST"
  hash_key                    = "id"
  range_key                   = "title"
  stream_enabled              = true
  stream_view_type            = "NEW_AND_OLD_IMAGES"
  deletion_protection_enabled = false

  dynamic "attribute" {
    for_each = [{ name = "id", type = "N" }, { name = "title", type = "S" }, { name = "age", type = "N" }]
    content {
      name = attribute.value.name
      type = attribute.value.type
    }
  }

  dynamic "global_secondary_index" {
    for_each = [{ name = "TitleIndex", hash_key = "title", range_key = "age", projection_type = "INCLUDE", non_key_attributes = ["id"] }]
    content {
      name               = global_secondary_index.value.name
      hash_key           = global_secondary_index.value.hash_key
      projection_type    = global_secondary_index.value.projection_type
      range_key          = lookup(global_secondary_index.value, "range_key", null)
      read_capacity      = lookup(global_secondary_index.value, "read_capacity", null)
      write_capacity     = lookup(global_secondary_index.value, "write_capacity", null)
      non_key_attributes = lookup(global_secondary_index.value, "non_key_attributes", null)
    }
  }

  server_side_encryption {
    enabled     = false
    kms_key_arn = null
  }

  point_in_time_recovery {
    enabled = true
  }

  ttl {
    enabled        = true
    attribute_name = "expires"
  }

  tags = merge(local.tags, { "Name" = format("%s", local.name) })

  timeouts {
    create = "10m"
    delete = "10m"
    update = "60m"
  }
}

module "lambda_function" {
  source = "../modules/registry_lambda"

  function_name          = "${local.name}-lambda"
  description            = "My awesome lambda function"
  handler                = "app.lambda_handler"
  runtime                = "python3.12"
  publish                = true
  local_existing_package = data.archive_file.package.output_path
  memory_size            = 256
  architectures          = ["x86_64"]
  tracing_mode           = "Active"
  attach_tracing_policy  = true

  environment_variables = {
    Hello = "World"
  }

  create_async_event_config    = true
  maximum_event_age_in_seconds = 100
  maximum_retry_attempts       = 1

  attach_policy_statements = true
  policy_statements = {
    dynamodb = {
      effect    = "Allow"
      actions   = ["dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:DescribeStream", "dynamodb:ListStreams"]
      resources = [aws_dynamodb_table.this.stream_arn]
    }
    put_item = {
      actions   = ["dynamodb:PutItem"]
      resources = [aws_dynamodb_table.this.arn]
      condition = [{
        test     = "StringEquals"
        variable = "aws:PrincipalAccount"
        values   = [data.aws_caller_identity.current.account_id]
      }]
    }
  }

  event_source_mapping = {
    dynamodb = {
      event_source_arn  = aws_dynamodb_table.this.stream_arn
      starting_position = "TRIM_HORIZON"
      batch_size        = 5
      filter_criteria = [
        { pattern = jsonencode({ eventName = ["INSERT"] }) },
        { pattern = jsonencode({ eventName = ["MODIFY"], dynamodb = { NewImage = { age = { N = ["42"] } } } }) },
      ]
    }
  }

  allowed_triggers = {
    OneRule = {
      principal  = "events.amazonaws.com"
      source_arn = module.eventbridge.eventbridge_rule_arns["orders"]
    }
    Schedules = {
      service        = "scheduler"
      source_account = data.aws_caller_identity.current.account_id
    }
  }

  cloudwatch_logs_retention_in_days = 14
  create_lambda_function_url        = true
  tags                              = local.tags
  depends_on                        = [null_resource.packaged]
}

module "disabled" {
  source = "../modules/registry_lambda"
  create = false
}

module "eventbridge" {
  source = "../modules/registry_events"

  bus_name = "${local.name}-bus"
  rules = {
    orders = {
      description   = "Capture all order data"
      event_pattern = jsonencode({ "source" : ["myapp.orders"] })
      enabled       = true
    }
    emails = {
      description   = "Capture all emails data"
      event_pattern = jsonencode({ "source" : ["myapp.emails"] })
      enabled       = false
    }
  }
  targets = {
    orders = [
      {
        name      = "send-orders-to-lambda"
        arn       = "arn:aws:lambda:${local.region}:${data.aws_caller_identity.current.account_id}:function:${local.name}-lambda"
        target_id = "orders"
        input_transformer = {
          input_paths = {
            order_id = "$.detail.order_id"
          }
          input_template = <<EOF
          {
            "id": <order_id>
          }
          EOF
        }
        retry_policy = {
          maximum_event_age_in_seconds = 180
          maximum_retry_attempts       = 5
        }
      },
    ]
  }
  archives = {
    "${local.name}-archive" = {
      description    = "some archive"
      retention_days = 1
    }
  }
  create_role        = true
  role_name          = "${local.name}-events"
  lambda_target_arns = [module.lambda_function.lambda_function_arn]
  schedules = {
    lambda_cron = {
      description         = "Trigger for a Lambda"
      schedule_expression = "rate(10 hours)"
      timezone            = "Europe/London"
      arn                 = module.lambda_function.lambda_function_arn
      input               = jsonencode({ "job" : "cron-by-rate" })
    }
  }
  tags = local.tags
}

output "table" {
  value = aws_dynamodb_table.this.name
}

output "bus" {
  value = module.eventbridge.eventbridge_bus_arn
}

output "function" {
  value = module.lambda_function.lambda_function_name
}

output "nothing" {
  value = module.disabled.lambda_function_arn
}
