#include "emulator/services/lambda/layers.h"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <set>

#include "emulator/base/arn.h"
#include "emulator/services/lambda/code_store.h"
#include "emulator/services/lambda/errors.h"
#include "emulator/services/lambda/function_code.h"
#include "emulator/services/lambda/policy.h"
#include "emulator/services/lambda/zip_archive.h"

namespace millrace::lambda {

namespace {
constexpr size_t kLayersMax = 5;                        // [AWS quota]
constexpr int64_t kSecretsExtensionBytes = 11'264'000;  // unverified: about what AWS's package has

/// What is published for everybody.
std::string public_policy(const LayerRef& ref) {
  return to_text({{"Version", "2012-10-17"},
                  {"Statement", Json::array({{{"Effect", "Allow"},
                                              {"Principal", "*"},
                                              {"Action", "lambda:GetLayerVersion"},
                                              {"Resource", ref.version_arn()}}})}});
}

}  // namespace

std::string LayerRef::arn() const {
  return make_arn("lambda", region, account, "layer:" + name);
}
std::string LayerRef::version_arn() const {
  return arn() + ":" + std::to_string(version);
}
std::string LayerRef::prefix() const {
  return storage::document_key({"lambda", account, region, "layer", name});
}
std::string LayerRef::key() const {
  return storage::document_key({"lambda", account, region, "layer", name, fmt::format("{:010}", version)});
}

LayerRef parse_layer(const std::string& text, const std::string& account, const std::string& region) {
  LayerRef ref{account, region, text, 0};
  auto arn = Arn::parse(text);
  if (!arn || !arn->resource.starts_with("layer:")) return ref;
  ref.account = arn->account;
  ref.region = arn->region;
  ref.name = arn->resource.substr(6);
  size_t colon = ref.name.find(':');
  if (colon != std::string::npos) {
    std::string number = ref.name.substr(colon + 1);
    if (is_version_number(number) && number.size() < 10) ref.version = std::stoll(number);
    ref.name.resize(colon);
  }
  return ref;
}

Result<void> adopt_layer(Lambda& lambda, const LayerRef& ref, const std::string& caller_account) {
  if (ref.version == 0 || ref.account == caller_account) return {};
  if (storage::get_document(lambda.context.store, ref.key())) return {};
  std::filesystem::path own = std::filesystem::path(lambda.context.files_folder).parent_path() / "layers";
  std::string name = ref.version_arn() + ".zip";
  std::string zip;
  for (const std::filesystem::path& folder : {own, std::filesystem::path(lambda.ports.options.layers_folder)}) {
    std::ifstream file(folder / name, std::ios::binary);
    if (!folder.empty() && file) zip.assign(std::istreambuf_iterator<char>(file), {});
    if (!zip.empty()) break;
  }
  if (zip.empty())
    return AwsError(errors::access_denied, "The layer " + ref.version_arn() +
                                               " isn't on this machine: put its zip under " + (own / name).string() +
                                               ", or into the folder of `millrace serve --layers DIR`");
  TRY(CodePackage package, lambda.functions.code().add(zip, kUnzippedBytesMax));
  std::string created = iso_millis(lambda.now());
  created.pop_back();
  Json document = {{"name", ref.name},       {"code", to_json(package)},
                   {"Description", ""},      {"CreatedDate", created + "+0000"},
                   {"version", ref.version}, {"policy_revision", lambda.context.random.uuid()}};
  document["statements"] = Json::array({{{"Sid", "public"},
                                         {"Effect", "Allow"},
                                         {"Principal", "*"},
                                         {"Action", "lambda:GetLayerVersion"},
                                         {"Resource", ref.version_arn()}}});
  return lambda.context.store.transact([&](storage::Txn& txn) -> Result<void> {
    storage::put_document(txn, ref.key(), document);
    return {};
  });
}

Result<void> add_layer_needs(Lambda& lambda, const protocol::Call& call, protocol::AccessNeeds& needs) {
  const Json* layers = find(call.input, "Layers");
  if (!layers) return {};
  for (const Json& layer : *layers) {
    if (!layer.is_string()) continue;
    LayerRef ref = parse_layer(layer.get<std::string>(), call.caller.account, call.caller.region);
    if (!is_secrets_extension(ref.version_arn())) TRY_VOID(adopt_layer(lambda, ref, call.caller.account));
    protocol::AccessNeed need{"lambda:GetLayerVersion", layer.get<std::string>()};
    if (is_secrets_extension(ref.version_arn())) need.resource_policy = public_policy(ref);
    if (auto document = storage::get_document(lambda.context.store, ref.key()))
      need.resource_policy = policy_text(*document);
    if (ref.account != call.caller.account) need.resource_account = ref.account;
    needs.push_back(std::move(need));
  }
  return {};
}

Result<LayerSelection> select_layers(Lambda& lambda, const FunctionRef& function, const Json& arns) {
  if (arns.size() > kLayersMax) return errors::invalid("Cannot reference more than 5 layers.");
  LayerSelection out;
  std::map<std::string, std::string> seen;  // a layer's ARN to the version's
  for (const Json& given : arns) {
    std::string text = given.get<std::string>();
    LayerRef ref = parse_layer(text, function.account, function.region);
    if (ref.region != function.region)
      return errors::invalid("Layers are not in the same region as the function. Layers are expected to be in region " +
                             function.region + ".");
    auto [before, fresh] = seen.emplace(ref.arn(), text);
    if (!fresh)
      return errors::invalid(
          "Two different versions of the same layer are not allowed to be referenced in the same function. " +
          before->second + " and " + text + " are versions of the same layer.");
    if (is_secrets_extension(ref.version_arn())) {
      out.shown.push_back({{"Arn", ref.version_arn()}, {"CodeSize", kSecretsExtensionBytes}});
      continue;
    }
    auto document = ref.version > 0 ? storage::get_document(lambda.context.store, ref.key()) : std::nullopt;
    if (!document) return errors::invalid("Layer version " + text + " does not exist.");
    const Json& code = document->at("code");
    out.shown.push_back({{"Arn", ref.version_arn()}, {"CodeSize", int_of(code, "size")}});
    out.codes.push_back(text_of(code, "id"));
    out.unzipped_size += static_cast<uint64_t>(int_of(code, "unzipped"));
  }
  return out;
}

}  // namespace millrace::lambda
