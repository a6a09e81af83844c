#include "emulator/services/apigateway/openapi/document.h"

#include <algorithm>

#include "emulator/services/apigateway/errors.h"
#include "emulator/services/apigateway/openapi/yaml_json.h"

namespace millrace::apigateway {

namespace {

constexpr size_t kDocumentMax = 6u << 20;  // API Gateway's quota for a definition

/// `~1` is a slash, `~0` a tilde.
std::string pointer_segment(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '~' && i + 1 < text.size() && (text[i + 1] == '0' || text[i + 1] == '1')) {
      out += text[++i] == '0' ? '~' : '/';
    } else {
      out += text[i];
    }
  }
  return out;
}

/// `basePath`, or the path of the first server's URL with its variables' defaults. Without a slash at the end.
std::string base_path_of(const Json& document) {
  std::string base = text_of(document, "basePath");
  const Json* servers = find(document, "servers");
  if (base.empty() && servers && servers->is_array() && !servers->empty()) {
    const Json& server = servers->front();
    std::string url = text_of(server, "url");
    const Json& variables = object_in(server, "variables");
    for (const auto& [name, variable] : variables.items()) {
      const std::string mark = "{" + name + "}";
      const std::string value = text_of(variable, "default");
      for (size_t at = url.find(mark); at != std::string::npos; at = url.find(mark, at + value.size()))
        url.replace(at, mark.size(), value);
    }
    const size_t scheme = url.find("://");
    const size_t slash = url.find('/', scheme == std::string::npos ? 0 : scheme + 3);
    base = slash == std::string::npos ? "" : url.substr(slash);
  }
  while (base.starts_with("//")) base.erase(0, 1);
  while (base.ends_with('/')) base.pop_back();
  return base.empty() || base.starts_with('/') ? base : "/" + base;
}

}  // namespace

BasePath base_path_mode(const std::string& text) {
  return text == "prepend" ? BasePath::prepend : text == "split" ? BasePath::split : BasePath::ignore;
}

Result<Json> parse_openapi(const std::string& body, bool allow_swagger) {
  const AwsError refusal = errors::bad_request("Invalid OpenAPI input.");
  if (body.size() > kDocumentMax) return refusal;
  auto parsed = parse_json(body);
  if (!parsed) parsed = yaml_to_json(body);
  if (!parsed || !parsed->is_object()) return refusal;
  const auto version = [&](const char* member) {
    const Json* found = find(*parsed, member);
    return found ? scalar_text(*found) : std::string();
  };
  // unverified: 3.1 is refused here; AWS's guide speaks of 3.0 only.
  const bool known = (allow_swagger && version("swagger").starts_with("2.0")) || version("openapi").starts_with("3.0");
  if (!known) return refusal;
  return std::move(*parsed);
}

const Json& referred(const Json& document, const Json& node) {
  const Json* at = &node;
  for (int hops = 0; hops < 10; ++hops) {
    const std::string reference = text_of(*at, "$ref");
    if (!reference.starts_with("#/")) return *at;
    const Json* next = &document;
    for (size_t from = 2; next && from <= reference.size();) {
      const size_t slash = std::min(reference.find('/', from), reference.size());
      next = find(*next, pointer_segment(std::string_view(reference).substr(from, slash - from)));
      from = slash + 1;
    }
    if (!next) return *at;
    at = next;
  }
  return *at;
}

std::string placed_path(const Json& document, const std::string& path, BasePath mode) {
  std::string base = mode == BasePath::ignore ? "" : base_path_of(document);
  if (mode == BasePath::split) {
    const size_t second = base.find('/', 1);
    base = second == std::string::npos ? "" : base.substr(second);
  }
  return base.empty() || path != "/" ? base + path : base;
}

const Json& object_in(const Json& document, const char* member) {
  static const Json none = Json::object();
  const Json* found = find(document, member);
  return found && found->is_object() ? *found : none;
}

std::string scalar_text(const Json& value) {
  return value.is_string() ? value.get<std::string>() : value.is_null() ? "" : to_text(value);
}

std::string upper(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::toupper(c); });
  return text;
}

}  // namespace millrace::apigateway
