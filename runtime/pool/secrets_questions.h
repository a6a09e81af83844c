#pragma once
// What handlers ask AWS's Parameters and Secrets extension, as the services' operations take it, and how it answers.

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "emulator/base/json.h"
#include "runtime/pool/secrets_cache.h"

namespace millrace::pool {

struct Question {
  SecretsCache::Kind kind = SecretsCache::Kind::parameter;
  Json input = Json::object();  // of GetParameter or GetSecretValue
  std::string key;              // the same for the same question
  int status = 200;
  std::string refusal = {};  // why it is none, with that status
};

/// A request's target: path and query.
Question read_question(std::string_view target);

/// The service's answer as the extension gives it: times as text, members that aren't there as null, ResultMetadata.
std::string shown_answer(SecretsCache::Kind kind, const std::string& answer);

/// What the extension says of a service's error document.
std::string refusal_text(const std::string& document);

inline constexpr const char* kSecretsPortVariable = "PARAMETERS_SECRETS_EXTENSION_HTTP_PORT";
/// The port that the function's variables ask for: 2773 where they don't.
uint16_t wanted_port(const std::map<std::string, std::string>& variables);

}  // namespace millrace::pool
