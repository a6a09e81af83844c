# What few functions have: network, keys, file systems, SnapStart, code signing, provisioned concurrency, recursion and
# runtime management, invocations, layer permissions.
provider "aws" {
  region = "us-east-1"
}

data "archive_file" "code" {
  type        = "zip"
  source_file = "${path.module}/index.py"
  output_path = "${path.module}/files/code.zip"
}

resource "aws_iam_role" "role" {
  name = "extras-role"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "lambda.amazonaws.com" } }]
  })
}

resource "aws_iam_role_policy" "role" {
  role = aws_iam_role.role.name
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = ["logs:*", "sqs:SendMessage", "lambda:InvokeFunction"], Resource = "*" }]
  })
}

resource "aws_cloudwatch_log_group" "logs" {
  for_each = toset(["extras", "extras-quick"])
  name     = "/aws/lambda/${each.key}"
}

resource "aws_sqs_queue" "dead" {
  name = "extras-dead"
}

resource "aws_lambda_code_signing_config" "signing" {
  description = "Signed by us"
  allowed_publishers {
    signing_profile_version_arns = ["arn:aws:signer:us-east-1:123456789012:/signing-profiles/mine/abcdefgh"]
  }
  policies {
    untrusted_artifact_on_deployment = "Warn"
  }
  tags = { Kind = "signing" }
}

resource "aws_lambda_layer_version" "shared" {
  layer_name          = "extras-layer"
  filename            = data.archive_file.code.output_path
  source_code_hash    = data.archive_file.code.output_base64sha256
  compatible_runtimes = ["python3.12"]
}

resource "aws_lambda_layer_version_permission" "everyone" {
  layer_name     = aws_lambda_layer_version.shared.layer_name
  version_number = aws_lambda_layer_version.shared.version
  statement_id   = "everyone"
  principal      = "*"
  action         = "lambda:GetLayerVersion"
}

resource "aws_kms_key" "variables" {
  description             = "environment variables"
  deletion_window_in_days = 7
}

resource "aws_lambda_function" "extras" {
  function_name           = "extras"
  runtime                 = "python3.12"
  handler                 = "index.handler"
  role                    = aws_iam_role.role.arn
  filename                = data.archive_file.code.output_path
  source_code_hash        = data.archive_file.code.output_base64sha256
  publish                 = true
  layers                  = [aws_lambda_layer_version.shared.arn]
  kms_key_arn             = aws_kms_key.variables.arn
  code_signing_config_arn = aws_lambda_code_signing_config.signing.arn

  environment {
    variables = { STAGE = "dev" }
  }
  vpc_config {
    subnet_ids         = ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"]
    security_group_ids = ["sg-0123456789abcdef0"]
  }
  file_system_config {
    arn              = "arn:aws:elasticfilesystem:us-east-1:123456789012:access-point/fsap-0123456789abcdef0"
    local_mount_path = "/mnt/shared"
  }
  dead_letter_config {
    target_arn = aws_sqs_queue.dead.arn
  }
  tracing_config {
    mode = "Active"
  }
  depends_on = [aws_iam_role_policy.role, aws_cloudwatch_log_group.logs]
}

resource "aws_lambda_function" "quick" {
  function_name = "extras-quick"
  runtime       = "python3.12"
  handler       = "index.handler"
  role          = aws_iam_role.role.arn
  filename      = data.archive_file.code.output_path
  publish       = true
  snap_start {
    apply_on = "PublishedVersions"
  }
  depends_on = [aws_cloudwatch_log_group.logs]
}

resource "aws_lambda_alias" "live" {
  name             = "live"
  function_name    = aws_lambda_function.extras.function_name
  function_version = aws_lambda_function.extras.version
}

resource "aws_lambda_provisioned_concurrency_config" "live" {
  function_name                     = aws_lambda_alias.live.function_name
  qualifier                         = aws_lambda_alias.live.name
  provisioned_concurrent_executions = 1
}

resource "aws_lambda_function_recursion_config" "extras" {
  function_name  = aws_lambda_function.extras.function_name
  recursive_loop = "Allow"
}

resource "aws_lambda_runtime_management_config" "extras" {
  function_name     = aws_lambda_function.extras.function_name
  update_runtime_on = "FunctionUpdate"
}

resource "aws_lambda_permission" "bucket" {
  statement_id   = "bucket"
  action         = "lambda:InvokeFunction"
  function_name  = aws_lambda_function.extras.function_name
  qualifier      = aws_lambda_alias.live.name
  principal      = "s3.amazonaws.com"
  source_arn     = "arn:aws:s3:::some-bucket"
  source_account = "123456789012"
}

resource "aws_lambda_function_url" "live" {
  function_name      = aws_lambda_function.extras.function_name
  qualifier          = aws_lambda_alias.live.name
  authorization_type = "AWS_IAM"
  invoke_mode        = "RESPONSE_STREAM"
  cors {
    allow_credentials = true
    allow_origins     = ["https://example.com"]
    allow_methods     = ["GET", "POST"]
    allow_headers     = ["date"]
    expose_headers    = ["date"]
    max_age           = 600
  }
}

resource "aws_lambda_function_event_invoke_config" "live" {
  function_name                = aws_lambda_function.extras.function_name
  qualifier                    = aws_lambda_alias.live.name
  maximum_event_age_in_seconds = 120
  maximum_retry_attempts       = 1
  destination_config {
    on_failure {
      destination = aws_sqs_queue.dead.arn
    }
  }
}

resource "aws_lambda_invocation" "crud" {
  function_name   = aws_lambda_function.extras.function_name
  qualifier       = aws_lambda_alias.live.name
  input           = jsonencode({ asked = 1 })
  lifecycle_scope = "CRUD"
  depends_on      = [aws_lambda_provisioned_concurrency_config.live]
}

data "aws_lambda_alias" "live" {
  function_name = aws_lambda_alias.live.function_name
  name          = aws_lambda_alias.live.name
}

data "aws_lambda_layer_version" "shared" {
  layer_name = aws_lambda_layer_version.shared.layer_name
}

data "aws_lambda_code_signing_config" "signing" {
  arn = aws_lambda_code_signing_config.signing.arn
}

data "aws_lambda_function_url" "live" {
  function_name = aws_lambda_function_url.live.function_name
  qualifier     = aws_lambda_function_url.live.qualifier
}

data "aws_lambda_functions" "all" {
  depends_on = [aws_lambda_function.extras, aws_lambda_function.quick]
}

data "aws_lambda_invocation" "asked" {
  function_name = aws_lambda_function.extras.function_name
  qualifier     = aws_lambda_alias.live.name
  input         = jsonencode({ asked = 2 })
}

output "read" {
  value = {
    alias     = data.aws_lambda_alias.live.function_version
    layer     = data.aws_lambda_layer_version.shared.version
    signing   = data.aws_lambda_code_signing_config.signing.description
    url_auth  = data.aws_lambda_function_url.live.authorization_type
    functions = data.aws_lambda_functions.all.function_names
    asked     = jsondecode(data.aws_lambda_invocation.asked.result)[0].asked
    created   = jsondecode(aws_lambda_invocation.crud.result)
  }
}
