# A function that reports which records of a batch it could not take.
provider "aws" {
  region = "us-east-1"
}

module "table" {
  source = "../modules/stream_table"
  name   = "events"
}

module "consumer" {
  source = "../modules/python_function"
  name   = "partial"
}

module "mapping" {
  source     = "../modules/stream_mapping"
  stream_arn = module.table.stream_arn
  function   = module.consumer
  settings   = { response_types = ["ReportBatchItemFailures"], retries = 2, batch_size = 10 }
}
