#pragma once
// Layers: versions of a shared package, which functions mount under /opt. Stored as one document per version under
// {"lambda", account, region, "layer", name, <10 digits>}, and the next number under {"lambda", ..., "layer-next", name}.

#include "emulator/services/lambda/state.h"

namespace millrace::lambda {

struct LayerSelection {
  Json shown = Json::array();  // [{Arn, CodeSize}]
  Json codes = Json::array();  // the packages' ids
  uint64_t unzipped_size = 0;
};

/// The layer versions of a function's `Layers`. Errors in AWS's words: more than five, unknown, another region, the
/// same layer twice.
Result<LayerSelection> select_layers(Lambda& lambda, const FunctionRef& function, const Json& arns);

}  // namespace millrace::lambda
