# A chat: connections in a table, what one says goes to all by @connections.
provider "aws" {
  region = "us-east-1"
}

resource "aws_dynamodb_table" "connections" {
  name         = "chat-connections"
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "id"
  attribute {
    name = "id"
    type = "S"
  }
}

module "chat" {
  source      = "../modules/python_function"
  name        = "chat"
  environment = { TABLE = aws_dynamodb_table.connections.name }
  statements = [
    { Effect = "Allow", Action = ["dynamodb:PutItem", "dynamodb:DeleteItem", "dynamodb:Scan"], Resource = aws_dynamodb_table.connections.arn },
    { Effect = "Allow", Action = "execute-api:ManageConnections", Resource = "${aws_apigatewayv2_api.chat.execution_arn}/*" }
  ]
}

resource "aws_apigatewayv2_api" "chat" {
  name                       = "chat"
  protocol_type              = "WEBSOCKET"
  route_selection_expression = "$request.body.action"
}

resource "aws_apigatewayv2_integration" "chat" {
  api_id           = aws_apigatewayv2_api.chat.id
  integration_type = "AWS_PROXY"
  integration_uri  = "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/${module.chat.arn}/invocations"
}

resource "aws_apigatewayv2_route" "routes" {
  for_each  = toset(["$connect", "$disconnect", "say"])
  api_id    = aws_apigatewayv2_api.chat.id
  route_key = each.value
  target    = "integrations/${aws_apigatewayv2_integration.chat.id}"
}

resource "aws_apigatewayv2_deployment" "chat" {
  api_id     = aws_apigatewayv2_api.chat.id
  depends_on = [aws_apigatewayv2_route.routes]
  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_apigatewayv2_stage" "dev" {
  api_id          = aws_apigatewayv2_api.chat.id
  name            = "dev"
  deployment_id   = aws_apigatewayv2_deployment.chat.id
  stage_variables = { greeting = "hello" }
}

resource "aws_lambda_permission" "gateway" {
  statement_id  = "gateway"
  function_name = module.chat.name
  action        = "lambda:InvokeFunction"
  principal     = "apigateway.amazonaws.com"
  source_arn    = "${aws_apigatewayv2_api.chat.execution_arn}/*/*"
}

output "url" {
  value = aws_apigatewayv2_stage.dev.invoke_url
}

output "api" {
  value = aws_apigatewayv2_api.chat.id
}
