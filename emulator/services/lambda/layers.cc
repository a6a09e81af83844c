#include "emulator/services/lambda/layers.h"

namespace millrace::lambda {

Result<LayerSelection> select_layers(Lambda&, const FunctionRef&, const Json&) { return LayerSelection{}; }

}  // namespace millrace::lambda
