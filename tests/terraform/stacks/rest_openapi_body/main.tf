# A REST API that a document describes: OpenAPI 3 from a template file, integrations of three kinds, a stage with logs.
variable "stage" {
  type    = string
  default = "v1"
}

variable "log_retention" {
  type    = number
  default = 14
}

provider "aws" {
  region = "us-east-1"
}

data "aws_region" "current" {}

locals {
  name = "pets"
  tags = {
    Service = local.name
    Stage   = var.stage
  }
}

resource "aws_dynamodb_table" "pets" {
  name         = local.name
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "id"
  attribute {
    name = "id"
    type = "S"
  }
  tags = local.tags
}

module "pets" {
  source      = "../modules/python_function"
  name        = local.name
  environment = { TABLE_NAME = aws_dynamodb_table.pets.name }
  statements = [{
    Effect   = "Allow"
    Action   = ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Scan"]
    Resource = [aws_dynamodb_table.pets.arn, "${aws_dynamodb_table.pets.arn}/index/*"]
  }]
}

resource "aws_api_gateway_rest_api" "pets" {
  name = local.name
  body = templatefile("${path.module}/openapi.json", {
    title      = local.name
    region     = data.aws_region.current.name
    lambda_arn = module.pets.arn
  })
  put_rest_api_mode = "overwrite"
  endpoint_configuration {
    types = ["REGIONAL"]
  }
  tags = local.tags
}

resource "aws_api_gateway_deployment" "pets" {
  rest_api_id = aws_api_gateway_rest_api.pets.id
  triggers = {
    redeployment = sha1(jsonencode(aws_api_gateway_rest_api.pets.body))
  }
  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_cloudwatch_log_group" "access" {
  name              = "API-Gateway-Access-Logs_${aws_api_gateway_rest_api.pets.id}/${var.stage}"
  retention_in_days = var.log_retention
  tags              = local.tags
}

data "aws_iam_policy_document" "assume" {
  statement {
    effect = "Allow"
    principals {
      type        = "Service"
      identifiers = ["apigateway.amazonaws.com"]
    }
    actions = ["sts:AssumeRole"]
  }
}

resource "aws_iam_role" "cloudwatch" {
  name_prefix        = "api_gateway_cloudwatch_"
  assume_role_policy = data.aws_iam_policy_document.assume.json
}

resource "aws_iam_role_policy_attachment" "cloudwatch" {
  role       = aws_iam_role.cloudwatch.name
  policy_arn = "arn:aws:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs"
}

resource "aws_api_gateway_account" "this" {
  cloudwatch_role_arn = aws_iam_role.cloudwatch.arn
  depends_on          = [aws_iam_role_policy_attachment.cloudwatch]
}

resource "aws_api_gateway_stage" "pets" {
  deployment_id = aws_api_gateway_deployment.pets.id
  rest_api_id   = aws_api_gateway_rest_api.pets.id
  stage_name    = var.stage
  access_log_settings {
    destination_arn = aws_cloudwatch_log_group.access.arn
    format = jsonencode({
      requestId  = "$context.requestId"
      httpMethod = "$context.httpMethod"
      path       = "$context.path"
      status     = "$context.status"
    })
  }
  tags       = local.tags
  depends_on = [aws_api_gateway_account.this]
}

resource "aws_api_gateway_method_settings" "pets" {
  rest_api_id = aws_api_gateway_rest_api.pets.id
  stage_name  = aws_api_gateway_stage.pets.stage_name
  method_path = "*/*"
  settings {
    logging_level      = "INFO"
    metrics_enabled    = true
    data_trace_enabled = false
  }
}

resource "aws_lambda_permission" "gateway" {
  statement_id  = "AllowAPIGatewayInvoke"
  action        = "lambda:InvokeFunction"
  function_name = module.pets.name
  principal     = "apigateway.amazonaws.com"
  source_arn    = "${aws_api_gateway_rest_api.pets.execution_arn}/*"
}

output "url" {
  value = "${aws_api_gateway_stage.pets.invoke_url}/"
}

output "access_log" {
  value = aws_cloudwatch_log_group.access.name
}
