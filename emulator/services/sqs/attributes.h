#pragma once
// The attributes of a queue: names, defaults, bounds. Source: SetQueueAttributes in the API reference.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/base/json.h"
#include "emulator/base/result.h"

namespace millrace::sqs {

/// The default of a numeric attribute; nullopt for others.
std::optional<int64_t> default_number(std::string_view attribute);
/// The attributes that only FIFO queues have, with their defaults.
std::vector<std::pair<std::string, std::string>> fifo_defaults();
/// InvalidAttributeName / InvalidAttributeValue, worded as AWS. On a standard queue a FIFO attribute may only be
/// "false", which says nothing.
Result<void> check_attributes(const Json& attributes, bool fifo);

/// The MD5 that SQS gives for message attributes (lower-case hex); empty for none. Source: developer guide,
/// "Calculating the MD5 message digest for message attributes".
std::string md5_of_attributes(const Json& message_attributes);

}  // namespace millrace::sqs
