# A library shared by two functions as a layer.
provider "aws" {
  region = "us-east-1"
}

data "archive_file" "layer" {
  type        = "zip"
  output_path = "${path.module}/files/layer.zip"
  source {
    filename = "python/greetings.py"
    content  = "def greet(name):\n    return f'hello {name}'\n"
  }
}

resource "aws_lambda_layer_version" "greetings" {
  layer_name          = "greetings"
  description         = "How we greet"
  filename            = data.archive_file.layer.output_path
  source_code_hash    = data.archive_file.layer.output_base64sha256
  compatible_runtimes = ["python3.12", "python3.13"]
}

module "greeter" {
  source   = "../modules/python_function"
  for_each = toset(["ada", "grace"])
  name     = "greeter-${each.key}"
  layers   = [aws_lambda_layer_version.greetings.arn]
}
