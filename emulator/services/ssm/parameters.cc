#include "emulator/services/ssm/parameters.h"

#include <fmt/format.h>

#include "emulator/base/arn.h"
#include "emulator/storage/document_form.h"

namespace millrace::ssm {

namespace {

std::string history_prefix(const Place& place, const std::string& name) {
  return storage::document_key({"ssm", place.account, place.region, "version", name});
}

bool is_over(const Parameter& parameter, Millis now) {
  return parameter.expires_ms && *parameter.expires_ms <= now;
}

}  // namespace

std::string parameter_key(const Place& place, const std::string& name) {
  return storage::document_key({"ssm", place.account, place.region, "parameter", name});
}

std::string version_key(const Place& place, const std::string& name, int64_t version) {
  return storage::document_key({"ssm", place.account, place.region, "version", name, fmt::format("{:020}", version)});
}

std::string parameter_arn(const Place& place, const std::string& name) {
  return make_arn("ssm", place.region, place.account, "parameter/" + (name.starts_with('/') ? name.substr(1) : name));
}

std::optional<Parameter> read_parameter(const storage::Reader& reader, const Place& place, const std::string& name,
                                        Millis now) {
  auto parameter = storage::get_model<Parameter>(reader, parameter_key(place, name));
  if (parameter && is_over(*parameter, now)) return std::nullopt;
  return parameter;
}

std::optional<Version> read_version(const storage::Reader& reader, const Place& place, const Parameter& parameter,
                                    int64_t version) {
  if (version == parameter.version) return parameter;
  return storage::get_model<Version>(reader, version_key(place, parameter.name, version));
}

std::vector<Version> read_history(const storage::Reader& reader, const Place& place, const Parameter& parameter) {
  std::vector<Version> out = storage::list_models<Version>(reader, history_prefix(place, parameter.name));
  out.push_back(parameter);
  return out;
}

void put_parameter(storage::Txn& txn, const Place& place, const Parameter& parameter) {
  storage::put_model(txn, parameter_key(place, parameter.name), parameter);
}

void put_earlier(storage::Txn& txn, const Place& place, const Version& version) {
  storage::put_model(txn, version_key(place, version.name, version.version), version);
}

void erase_version(storage::Txn& txn, const Place& place, const std::string& name, int64_t version) {
  txn.erase(storage::Family::meta, version_key(place, name, version));
}

void erase_parameter(storage::Txn& txn, const Place& place, const std::string& name) {
  const std::string history = history_prefix(place, name);
  txn.erase_range(storage::Family::meta, history, storage::prefix_end(history));
  txn.erase(storage::Family::meta, parameter_key(place, name));
}

void each_parameter(const storage::Reader& reader, const Place& place, const std::string& after, Millis now,
                    const std::function<bool(Parameter)>& visit) {
  const std::string prefix = storage::document_key({"ssm", place.account, place.region, "parameter"});
  storage::each_model<Parameter>(
      reader, prefix, after.empty() ? "" : parameter_key(place, after),
      [&](Parameter parameter) { return is_over(parameter, now) || visit(std::move(parameter)); });
}

}  // namespace millrace::ssm
