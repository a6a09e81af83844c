# One stream read by two mappings: one in parallel per item, one in large batches with a window.
provider "aws" {
  region = "us-east-1"
}

module "table" {
  source = "../modules/stream_table"
  name   = "clicks"
}

module "fast" {
  source = "../modules/python_function"
  name   = "fast"
}

module "slow" {
  source = "../modules/python_function"
  name   = "slow"
}

module "fast_mapping" {
  source     = "../modules/stream_mapping"
  stream_arn = module.table.stream_arn
  function   = module.fast
  settings   = { parallelization_factor = 4, batch_size = 5 }
}

module "slow_mapping" {
  source     = "../modules/stream_mapping"
  stream_arn = module.table.stream_arn
  function   = module.slow
  settings   = { window = 1, batch_size = 1000, record_age = 3600, retries = 5 }
}
