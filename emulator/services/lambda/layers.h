#pragma once
// Layers: versions of a shared package, which functions mount under /opt. One document per version under
// {"lambda", account, region, "layer", name, <10 digits>} with the members as shown, `code` (the package) and
// `statements` (its policy); the next number, which is never given twice, under {"lambda", ..., "layer-next", name}.

#include "emulator/services/lambda/state.h"

namespace millrace::lambda {

struct LayerRef {
  std::string account, region, name;
  int64_t version = 0;  // 0: the layer itself

  std::string arn() const;          // arn:aws:lambda:R:A:layer:name
  std::string version_arn() const;  // ...:version
  std::string key() const;
  std::string prefix() const;  // of all its versions
};

/// A name or the ARN of a layer or of a layer version.
LayerRef parse_layer(const std::string& text, const std::string& account, const std::string& region);

/// The ARN of a layer version, as the API's model has it: at most 2048 characters.
inline constexpr const char* kLayerVersionPattern =
    R"((arn:(aws[a-zA-Z-]*)?:lambda:(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:\d{12}:layer:[a-zA-Z0-9-_]+:[0-9]+)|(arn:[a-zA-Z0-9-]+:lambda:::awslayer:[a-zA-Z0-9-_]+))";

struct LayerSelection {
  Json shown = Json::array();  // [{Arn, CodeSize}]
  Json codes = Json::array();  // the packages' ids
  uint64_t unzipped_size = 0;
};

/// The layer versions of a function's `Layers`. Errors in AWS's words: more than five, unknown, another region, the
/// same layer twice.
Result<LayerSelection> select_layers(Lambda& lambda, const FunctionRef& function, const Json& arns);

/// What a request's `Layers` need: lambda:GetLayerVersion, of the layer's own policy where it is another account's.
/// Error: another account's layer that isn't here.
Result<void> add_layer_needs(Lambda& lambda, const protocol::Call& call, protocol::AccessNeeds& needs);

/// A layer version of another account that isn't known yet, published by vendors for everybody (Powertools, Datadog): taken
/// from <data folder>/layers/ARN.zip or --layers, and readable for all. Error: in neither; the text says what to do.
Result<void> adopt_layer(Lambda& lambda, const LayerRef& ref, const std::string& caller_account);

}  // namespace millrace::lambda
