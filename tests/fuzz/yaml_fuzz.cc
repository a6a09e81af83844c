// YAML as OpenAPI documents come in it: whatever the text, it is read or refused, and what was read can be written and read
// again.

#include "emulator/services/apigateway/openapi/yaml_json.h"
#include "fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace millrace;
  using namespace millrace::apigateway;
  const auto read = yaml_to_json(fuzz::as_text(data, size));
  if (!read || !read->is_structured()) return 0;
  const auto again = yaml_to_json(json_to_yaml(*read));
  fuzz::promise(again.has_value(), "what is written can be read");
  return 0;
}
