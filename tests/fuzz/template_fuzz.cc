// API Gateway's mapping templates, JSON paths and XML answers: a template, a path, a document, with line ends between them.

#include "emulator/services/apigateway/json_path.h"
#include "emulator/services/apigateway/vtl/budget.h"
#include "emulator/services/apigateway/vtl/template.h"
#include "emulator/services/apigateway/xml_json.h"
#include "fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace millrace;
  using namespace millrace::apigateway;
  const std::string_view text = fuzz::as_text(data, size);
  const size_t first = std::min(text.find('\n'), text.size());
  const std::string_view rest = text.substr(std::min(first + 1, text.size()));
  const size_t second = std::min(rest.find('\n'), rest.size());
  const std::string_view document = rest.substr(std::min(second + 1, rest.size()));
  const Json parsed = parse_json(document).value_or(Json(std::string(document)));
  (void)json_path(parsed, rest.substr(0, second));
  (void)xml_to_json(document);
  vtl::Budget budget;
  vtl::Names names;
  names["input"] = vtl::from_json(parsed);
  names["l"] = vtl::new_list();
  names["m"] = vtl::new_map();
  auto rendered = vtl::render(std::string(text.substr(0, first)), names);
  if (auto* out = std::get_if<std::string>(&rendered))
    fuzz::promise(out->size() <= (11u << 20), "a template's result is bounded");
  return 0;
}
