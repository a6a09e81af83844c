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

struct LayerSelection {
  Json shown = Json::array();  // [{Arn, CodeSize}]
  Json codes = Json::array();  // the packages' ids
  uint64_t unzipped_size = 0;
};

/// The layer versions of a function's `Layers`. Errors in AWS's words: more than five, unknown, another region, the
/// same layer twice.
Result<LayerSelection> select_layers(Lambda& lambda, const FunctionRef& function, const Json& arns);

/// What a request's `Layers` need: lambda:GetLayerVersion, of the layer's own policy where it is another account's.
void add_layer_needs(const storage::Reader& reader, const protocol::Call& call, protocol::AccessNeeds& needs);

}  // namespace millrace::lambda
