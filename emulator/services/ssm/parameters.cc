#include "emulator/services/ssm/parameters.h"

#include <fmt/format.h>

#include "emulator/base/arn.h"
#include "emulator/storage/documents.h"

namespace millrace::ssm {

namespace {

// What a version has of its own.
constexpr const char* kOfVersion[] = {"name",        "type",        "value", "sealed",    "key_id",
                                      "description", "pattern",     "tier",  "data_type", "policies",
                                      "version",     "modified_ms", "user"};

std::string parameter_key(const Place& place, const std::string& name) {
  return storage::document_key({"ssm", place.account, place.region, "parameter", name});
}

std::string history_prefix(const Place& place, const std::string& name) {
  return storage::document_key({"ssm", place.account, place.region, "version", name});
}

std::string history_key(const Place& place, const std::string& name, int64_t version) {
  return storage::document_key({"ssm", place.account, place.region, "version", name, fmt::format("{:020}", version)});
}

Json version_of(const Parameter& parameter) {
  Json out = Json::object();
  for (const char* member : kOfVersion) {
    if (const Json* value = find(parameter, member)) out[member] = *value;
  }
  return out;
}

}  // namespace

std::string parameter_arn(const Place& place, const std::string& name) {
  return make_arn("ssm", place.region, place.account, "parameter/" + (name.starts_with('/') ? name.substr(1) : name));
}

Millis expires_ms(const Parameter& parameter) {
  return int_of(parameter, "expires_ms");
}

std::optional<Parameter> read_parameter(const storage::Reader& reader, const Place& place, const std::string& name,
                                        Millis now) {
  auto parameter = storage::get_document(reader, parameter_key(place, name));
  if (parameter && expires_ms(*parameter) && expires_ms(*parameter) <= now) return std::nullopt;
  return parameter;
}

std::optional<Json> read_version(const storage::Reader& reader, const Place& place, const Parameter& parameter,
                                 int64_t version) {
  if (version == int_of(parameter, "version")) return version_of(parameter);
  return storage::get_document(reader, history_key(place, text_of(parameter, "name"), version));
}

std::vector<Json> read_history(const storage::Reader& reader, const Place& place, const Parameter& parameter) {
  std::vector<Json> out = storage::list_documents(reader, history_prefix(place, text_of(parameter, "name")));
  out.push_back(version_of(parameter));
  return out;
}

void put_parameter(storage::Txn& txn, const Place& place, const Parameter& parameter) {
  storage::put_document(txn, parameter_key(place, text_of(parameter, "name")), parameter);
}

void put_earlier(storage::Txn& txn, const Place& place, const Parameter& parameter) {
  storage::put_document(txn, history_key(place, text_of(parameter, "name"), int_of(parameter, "version")),
                        version_of(parameter));
}

void erase_version(storage::Txn& txn, const Place& place, const std::string& name, int64_t version) {
  txn.erase(storage::Family::meta, history_key(place, name, version));
}

void erase_parameter(storage::Txn& txn, const Place& place, const std::string& name) {
  const std::string history = history_prefix(place, name);
  txn.erase_range(storage::Family::meta, history, storage::prefix_end(history));
  txn.erase(storage::Family::meta, parameter_key(place, name));
}

void each_parameter(const storage::Reader& reader, const Place& place, const std::string& after, Millis now,
                    const std::function<bool(Parameter)>& visit) {
  const std::string prefix = storage::document_key({"ssm", place.account, place.region, "parameter"});
  storage::each_document(reader, prefix, after.empty() ? "" : parameter_key(place, after),
                         [&](std::string_view, Json parameter) {
                           if (expires_ms(parameter) && expires_ms(parameter) <= now) return true;
                           return visit(std::move(parameter));
                         });
}

}  // namespace millrace::ssm
