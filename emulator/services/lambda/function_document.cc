#include "emulator/services/lambda/function_document.h"

#include <algorithm>

#include <fmt/format.h>

#include "emulator/base/encoding.h"
#include "emulator/services/lambda/errors.h"

namespace millrace::lambda {

std::string functions_prefix(const std::string& account, const std::string& region) {
  return storage::document_key({"lambda", account, region, "function"});
}
std::string function_key(const FunctionRef& ref) {
  return storage::document_key({"lambda", ref.account, ref.region, "function", ref.name});
}
std::string version_key(const FunctionRef& ref, const std::string& version) {
  // Ten digits, so that versions sort by number.
  return part_key(ref, "version", fmt::format("{:0>10}", version));
}
std::string parts_prefix(const FunctionRef& ref, std::string_view kind) {
  return storage::document_key({"lambda", ref.account, ref.region, kind, ref.name});
}
std::string part_key(const FunctionRef& ref, std::string_view kind, std::string_view name) {
  return storage::document_key({"lambda", ref.account, ref.region, kind, ref.name, name});
}

Result<Json> load_function(const storage::Reader& reader, const FunctionRef& ref, Millis now) {
  auto document = storage::get_document(reader, function_key(ref));
  if (!document) return function_not_found(ref);
  settle(*document, now);
  return std::move(*document);
}

std::optional<Alias> load_alias(const storage::Reader& reader, const FunctionRef& ref, const std::string& name) {
  return storage::get_model<Alias>(reader, part_key(ref, "alias", name));
}

Result<Json> load_qualified(const storage::Reader& reader, const FunctionRef& ref, Millis now) {
  if (ref.qualifier.empty() || ref.qualifier == kLatest) return load_function(reader, ref, now);
  std::string version = ref.qualifier;
  if (!is_version_number(version)) {
    auto alias = load_alias(reader, ref, version);
    if (!alias) return function_not_found(ref);
    version = alias->function_version;
    if (version == kLatest) return load_function(reader, ref, now);
  }
  if (version.size() > 10) return function_not_found(ref);
  auto document = storage::get_document(reader, version_key(ref, version));
  if (!document) return function_not_found(ref);
  settle(*document, now);
  return std::move(*document);
}

AwsError qualified_not_found(const storage::Reader& reader, const FunctionRef& ref) {
  bool alias = !ref.qualifier.empty() && ref.qualifier != kLatest && !is_version_number(ref.qualifier);
  if (alias && storage::get_document(reader, function_key(ref)))
    return errors::not_found("Cannot find alias arn: " + ref.qualified_arn());
  return function_not_found(ref);
}

void settle(Json& document, Millis now) {
  const Json* change = find(document, "change");
  if (!change || now < int_of(*change, "until_ms")) return;
  document["revision"] = text_of(*change, "revision");
  document.erase("change");
}

namespace {
bool changing(const Json& document, std::string_view kind) {
  const Json* change = find(document, "change");
  return change && text_of(*change, "kind") == kind;
}
}  // namespace

bool is_pending(const Json& document) {
  return changing(document, "create");
}
bool is_in_progress(const Json& document) {
  return changing(document, "update");
}

void begin_change(Json& document, const char* kind, Millis now, Millis takes_ms, Random& random) {
  document["modified_ms"] = now;
  document["revision"] = random.uuid();
  document["change"] = Json{{"kind", kind}, {"until_ms", now + takes_ms}, {"revision", random.uuid()}};
}

void touch(Json& document, Random& random) {
  std::string revision = random.uuid();
  document["revision"] = revision;
  if (find(document, "change")) document["change"]["revision"] = revision;
}

namespace {

/// 2022-07-13T13:48:01.000+0000
std::string last_modified(Millis t) {
  std::string text = iso_millis(t);
  text.pop_back();
  return text + "+0000";
}

void add_state(Json& out, const Json& document) {
  if (is_pending(document)) {
    out["State"] = "Pending";
    out["StateReason"] = "The function is being created.";
    out["StateReasonCode"] = "Creating";
    return;
  }
  out["State"] = "Active";
  if (is_in_progress(document)) {
    out["LastUpdateStatus"] = "InProgress";
    out["LastUpdateStatusReason"] = "The function is being created.";  // AWS's text, for updates too
    out["LastUpdateStatusReasonCode"] = "Creating";
  } else {
    out["LastUpdateStatus"] = "Successful";
  }
}

void copy(Json& out, const Json& config, const char* member) {
  if (const Json* value = find(config, member)) out[member] = *value;
}

}  // namespace

bool is_secrets_extension(std::string_view layer_version_arn) {
  constexpr std::string_view kName = ":layer:AWS-Parameters-and-Secrets-Lambda-Extension";
  const size_t at = layer_version_arn.find(kName);
  if (at == std::string_view::npos) return false;
  const std::string_view rest = layer_version_arn.substr(at + kName.size());
  return rest.starts_with(":") || rest.starts_with("-Arm64:");
}

bool has_secrets_extension(const Json& config) {
  const Json* layers = find(config, "Layers");
  if (!layers) return false;
  return std::any_of(layers->begin(), layers->end(),
                     [](const Json& layer) { return is_secrets_extension(text_of(layer, "Arn")); });
}

Json configuration_view(const Json& document, const FunctionRef& ref, const View& view) {
  const Json& config = document.at("config");
  const Json& code = document.at("code");
  Json out = Json::object();
  out["FunctionName"] = ref.name;
  out["FunctionArn"] = view.qualifier.empty() ? ref.arn() : ref.arn() + ":" + view.qualifier;
  copy(out, config, "Runtime");
  out["Role"] = text_of(config, "Role");
  copy(out, config, "Handler");
  out["CodeSize"] = int_of(code, "size");
  out["Description"] = text_of(config, "Description");
  out["Timeout"] = int_of(config, "Timeout", 3);
  out["MemorySize"] = int_of(config, "MemorySize", 128);
  out["LastModified"] = last_modified(int_of(document, "modified_ms"));
  out["CodeSha256"] = text_of(code, "sha256");
  out["Version"] = text_of(document, "version");
  copy(out, config, "VpcConfig");
  copy(out, config, "DeadLetterConfig");
  copy(out, config, "Environment");
  copy(out, config, "KMSKeyArn");
  out["TracingConfig"] = config.value("TracingConfig", Json{{"Mode", "PassThrough"}});
  out["RevisionId"] = text_of(document, "revision");
  if (const Json* layers = find(config, "Layers")) {
    if (!layers->empty()) out["Layers"] = *layers;
  }
  if (!view.in_list) add_state(out, document);
  copy(out, config, "FileSystemConfigs");
  if (const Json* image = find(config, "ImageConfig")) out["ImageConfigResponse"] = Json{{"ImageConfig", *image}};
  out["PackageType"] = config.value("PackageType", "Zip");
  out["Architectures"] = config.value("Architectures", Json::array({"x86_64"}));
  out["EphemeralStorage"] = config.value("EphemeralStorage", Json{{"Size", 512}});
  Json snap_start = config.value("SnapStart", Json{{"ApplyOn", "None"}});
  // A published version of such a function counts as optimised: it starts from the prepared parent as every other.
  bool optimised = text_of(snap_start, "ApplyOn") == "PublishedVersions" && text_of(document, "version") != kLatest;
  snap_start["OptimizationStatus"] = optimised ? "On" : "Off";
  out["SnapStart"] = std::move(snap_start);
  if (!view.in_list) {
    std::string id = to_hex(sha256("runtime " + text_of(config, "Runtime")));
    out["RuntimeVersionConfig"] = Json{{"RuntimeVersionArn", "arn:aws:lambda:" + ref.region + "::runtime:" + id}};
  }
  out["LoggingConfig"] =
      config.value("LoggingConfig", Json{{"LogFormat", "Text"}, {"LogGroup", "/aws/lambda/" + ref.name}});
  for (const char* member : {"CapacityProviderConfig", "DurableConfig", "TenancyConfig"}) copy(out, config, member);
  return out;
}

}  // namespace millrace::lambda
