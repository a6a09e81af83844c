#pragma once
// CBOR (RFC 8949) as the rpc-v2-cbor protocol uses it.

#include <functional>
#include <optional>
#include <string>

#include "emulator/base/json.h"

namespace millrace::cloudwatch {

/// Members for which `is_time` is true are numbers of epoch seconds and carry tag 1.
std::string to_cbor(const Json& value, const std::function<bool(const std::string& member)>& is_time);
/// nullopt for what isn't CBOR, or holds what JSON can't. Tags are dropped: times become numbers.
std::optional<Json> from_cbor(const std::string& bytes);

}  // namespace millrace::cloudwatch
