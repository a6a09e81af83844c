#pragma once
// The document that an on-failure destination gets for a batch that was given up.

#include "runtime/poller/event_json.h"

namespace millrace::poller {

enum class GivenUp { retries_exhausted, record_age_exceeded };

struct FailedBatch {
  GivenUp condition = GivenUp::retries_exhausted;
  std::string request_id;  // of the last invocation; a fresh one if there was none
  int invoke_count = 0;
  std::string executed_version;  // empty: never invoked, no responseContext
  bool function_error = true;    // false: the answer was a partial failure
  std::string shard_id;
  const std::vector<PendingRecord>* records = nullptr;  // at least one
  std::string payload;                                  // the whole event, for S3
};

/// The message for the mapping's destination: the document, and for a bucket also the key.
ports::Message failure_message(const Settings& settings, const FailedBatch& batch, Millis now, Random& random);

}  // namespace millrace::poller
