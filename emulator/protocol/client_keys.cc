#include "emulator/protocol/client_keys.h"

namespace millrace::protocol {

namespace {

/// The address without its port: "127.0.0.1:5000", "[::1]:5000".
std::string address_of(const std::string& peer) {
  if (peer.starts_with('[')) return peer.substr(1, peer.find(']') - 1);
  const size_t colon = peer.find(':');
  return colon == peer.rfind(':') ? peer.substr(0, colon) : peer;
}

}  // namespace

ConditionContext client_keys(const Call& call) {
  ConditionContext keys;
  const auto put = [&keys](const char* key, std::string value) {
    if (!value.empty()) keys.emplace(key, std::vector<std::string>{std::move(value)});
  };
  put("aws:requestedregion", call.caller.region);
  put("aws:sourceip", address_of(call.http.peer));
  put("aws:useragent", std::string(call.http.headers.get("user-agent")));
  put("aws:referer", std::string(call.http.headers.get("referer")));
  return keys;
}

}  // namespace millrace::protocol
