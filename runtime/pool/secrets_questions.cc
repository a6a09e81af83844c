#include "runtime/pool/secrets_questions.h"

#include <charconv>
#include <cmath>

#include "emulator/base/clock.h"
#include "emulator/base/encoding.h"

namespace millrace::pool {

namespace {

constexpr std::string_view kParameters = "/systemsmanager/parameters/get";
constexpr std::string_view kSecrets = "/secretsmanager/get";

using Query = std::map<std::string, std::string>;

Query read_query(std::string_view text) {
  Query out;
  while (!text.empty()) {
    const std::string_view pair = text.substr(0, text.find('&'));
    text.remove_prefix(std::min(text.size(), pair.size() + 1));
    const size_t equals = std::min(pair.size(), pair.find('='));
    const std::string_view value = pair.substr(std::min(pair.size(), equals + 1));
    out.emplace(percent_decode(pair.substr(0, equals), true), percent_decode(value, true));
  }
  return out;
}

Question refused(int status, std::string text) {
  Question out;
  out.status = status;
  out.refusal = std::move(text);
  return out;
}

std::string value_of(const Query& query, const char* name) {
  auto found = query.find(name);
  return found == query.end() ? "" : found->second;
}

/// The texts of what is refused are unverified.
Question parameter_question(const Query& query) {
  std::string name = value_of(query, "name");
  if (name.empty()) return refused(400, "name is required");
  const std::string version = value_of(query, "version"), label = value_of(query, "label");
  if (!version.empty() && !label.empty()) return refused(400, "version and label can't be used together");
  if (version.find_first_not_of("0123456789") != std::string::npos) return refused(400, "version must be a number");
  if (!version.empty() || !label.empty()) name += ":" + version + label;
  Question out;
  out.input = {{"Name", name}};
  if (equals_ignore_case(value_of(query, "withDecryption"), "true")) out.input["WithDecryption"] = true;
  return out;
}

Question secret_question(const Query& query) {
  Question out;
  out.kind = SecretsCache::Kind::secret;
  if (value_of(query, "secretId").empty()) return refused(400, "secretId is required");
  out.input = {{"SecretId", value_of(query, "secretId")}};
  for (auto [name, member] : {std::pair("versionId", "VersionId"), std::pair("versionStage", "VersionStage")}) {
    if (std::string value = value_of(query, name); !value.empty()) out.input[member] = std::move(value);
  }
  return out;
}

/// Seconds as AWS's JSON has them, as text.
void show_time(Json& document, const char* member) {
  if (const Json* seconds = find(document, member); seconds && seconds->is_number())
    document[member] = iso_millis(static_cast<Millis>(std::llround(seconds->get<double>() * 1000)));
}

void show_absent(Json& document, std::initializer_list<const char*> members) {
  for (const char* member : members) {
    if (!document.contains(member)) document[member] = nullptr;
  }
}

}  // namespace

Question read_question(std::string_view target) {
  const size_t mark = std::min(target.size(), target.find('?'));
  std::string_view path = target.substr(0, mark);
  if (path.ends_with('/')) path.remove_suffix(1);
  if (path != kParameters && path != kSecrets) return refused(404, "404 page not found");
  const Query query = read_query(target.substr(std::min(target.size(), mark + 1)));
  Question out = path == kParameters ? parameter_question(query) : secret_question(query);
  out.key = std::string(path) + " " + to_text(out.input);
  return out;
}

std::string shown_answer(SecretsCache::Kind kind, const std::string& answer) {
  Json document = parse_json(answer).value_or(Json::object());
  if (kind == SecretsCache::Kind::parameter && document.contains("Parameter")) {
    show_time(document["Parameter"], "LastModifiedDate");
    show_absent(document["Parameter"], {"Selector", "SourceResult"});
  } else {
    show_time(document, "CreatedDate");
    show_absent(document, {"SecretBinary", "SecretString"});
  }
  document["ResultMetadata"] = Json::object();
  return to_text(document);
}

std::string refusal_text(const std::string& document) {
  const auto error = parse_json(document);
  if (!error) return document;
  const std::string type = text_of(*error, "__type");
  const std::string message = text_of(*error, "message", text_of(*error, "Message"));
  return type.substr(type.find('#') + 1) + ": " + message;
}

uint16_t wanted_port(const std::map<std::string, std::string>& variables) {
  constexpr uint16_t otherwise = 2773;
  auto found = variables.find(kSecretsPortVariable);
  if (found == variables.end()) return otherwise;
  uint16_t port = 0;
  const std::string& text = found->second;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  return error == std::errc() && end == text.data() + text.size() && port > 0 ? port : otherwise;
}

}  // namespace millrace::pool
