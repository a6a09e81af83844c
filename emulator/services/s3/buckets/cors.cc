// GetBucketCors, PutBucketCors, DeleteBucketCors, and the preflight request.

#include "emulator/services/s3/buckets/cors.h"

#include "emulator/base/encoding.h"
#include "emulator/services/s3/buckets/configuration.h"
#include "emulator/services/s3/buckets/operations.h"
#include "emulator/services/s3/errors.h"

namespace millrace::s3 {

using protocol::Call;
using protocol::HttpReply;

namespace {

constexpr const char* kShape =
    "CORSConfiguration{CORSRule+{ID?, AllowedHeader*, AllowedMethod+, AllowedOrigin+, ExposeHeader*, "
    "MaxAgeSeconds?:int}}";

/// At most one `*`, which stands for any run.
bool matches(std::string_view pattern, std::string_view text) {
  size_t star = pattern.find('*');
  if (star == std::string_view::npos) return pattern == text;
  std::string_view head = pattern.substr(0, star), tail = pattern.substr(star + 1);
  return text.size() >= head.size() + tail.size() && text.starts_with(head) && text.ends_with(tail);
}

std::vector<std::string> texts(const pugi::xml_node& rule, const char* name) {
  std::vector<std::string> out;
  for (const pugi::xml_node& child : rule.children(name)) out.emplace_back(child.text().get());
  return out;
}

std::string joined(const std::vector<std::string>& list) {
  std::string out;
  for (const std::string& one : list) out += (out.empty() ? "" : ", ") + one;
  return out;
}

/// The names in a list with commas, without blanks.
std::vector<std::string> header_names(std::string_view list) {
  std::vector<std::string> out;
  while (!list.empty()) {
    std::string_view item = list.substr(0, list.find(','));
    list.remove_prefix(std::min(list.size(), item.size() + 1));
    while (item.starts_with(' ')) item.remove_prefix(1);
    while (item.ends_with(' ')) item.remove_suffix(1);
    if (!item.empty()) out.emplace_back(item);
  }
  return out;
}

Result<void> check_cors(storage::Txn&, const Call&, const Bucket&, pugi::xml_node root) {
  constexpr size_t kRulesMax = 100;
  size_t rules = 0;
  for (const pugi::xml_node& rule : root.children("CORSRule")) {
    if (++rules > kRulesMax) return errors::malformed_xml();
    for (const std::string& method : texts(rule, "AllowedMethod")) {
      if (method == "GET" || method == "PUT" || method == "POST" || method == "DELETE" || method == "HEAD") continue;
      return errors::invalid("Found unsupported HTTP method in CORS config. Unsupported method is " + method);
    }
    for (const std::string& origin : texts(rule, "AllowedOrigin")) {
      if (origin.find('*') != origin.rfind('*'))
        return errors::invalid("AllowedOrigin \"" + origin + "\" can not have more than one wildcard.");
    }
    for (const std::string& name : texts(rule, "AllowedHeader")) {
      if (name.find('*') != name.rfind('*'))
        return errors::invalid("AllowedHeader \"" + name + "\" can not have more than one wildcard.");
    }
    for (const std::string& name : texts(rule, "ExposeHeader")) {
      if (name.find('*') != std::string::npos)
        return errors::invalid("ExposeHeader \"" + name +
                               "\" contains wildcard. We currently do not support wildcard for ExposeHeader.");
    }
  }
  return {};
}

AwsError forbidden(const Call& call, const std::string& message) {
  return {errors::access_forbidden, message,
          Json{{"Method", header(call, "access-control-request-method")},
               {"ResourceType", key_of(call).empty() ? "BUCKET" : "OBJECT"}}};
}

Result<HttpReply> preflight(S3& s3, const Call& call) {
  std::string_view origin = header(call, "origin");
  if (origin.empty()) return AwsError(errors::bad_request, "Insufficient information. Origin request header needed.");
  std::string_view method = header(call, "access-control-request-method");
  auto bucket = find_bucket(s3.store, bucket_of(call));
  auto rules = bucket ? cors_rules(s3.store, *bucket) : std::vector<CorsRule>();
  if (rules.empty()) return forbidden(call, "CORSResponse: CORS is not enabled for this bucket.");
  if (method.empty()) return AwsError(errors::bad_request, "Invalid Access-Control-Request-Method: null");
  std::string_view headers = header(call, "access-control-request-headers");
  const CorsRule* rule = find_rule(rules, origin, method, headers);
  if (!rule) {
    return forbidden(
        call,
        "CORSResponse: This CORS request is not allowed. This is usually because the evalution of Origin, "
        "request "
        "method / Access-Control-Request-Method or Access-Control-Request-Headers are not whitelisted by the "
        "resource's CORS spec.");
  }
  HttpReply reply = empty_reply(200);
  add_cors_headers(*rule, origin, headers, reply.headers);
  return reply;
}

const Configuration kCors = {
    .kind = "cors",
    .operation = "BucketCors",
    .action = "BucketCORS",
    .removable = true,
    .shape = kShape,
    .missing = &errors::no_such_cors,
    .missing_message = "The CORS configuration does not exist",
    .check = check_cors,
};

}  // namespace

bool CorsRule::allows(std::string_view origin, std::string_view method) const {
  bool origin_fits = false, method_fits = false;
  for (const std::string& one : origins) origin_fits |= matches(one, origin);
  for (const std::string& one : methods) method_fits |= one == method;
  return origin_fits && method_fits;
}

bool CorsRule::allows_headers(std::string_view requested) const {
  for (const std::string& item : header_names(to_lower(requested))) {
    bool fits = false;
    for (const std::string& pattern : headers) fits |= matches(to_lower(pattern), item);
    if (!fits) return false;
  }
  return true;
}

std::vector<CorsRule> cors_rules(const storage::Reader& reader, const Bucket& bucket) {
  static const XmlShape shape = xml_shape(kShape);
  std::vector<CorsRule> out;
  auto text = setting(reader, bucket.name, "cors");
  if (!text) return out;
  auto document = parse_xml(*text, shape);
  if (document.has_error()) return out;
  for (const pugi::xml_node& node : (*document)->document_element().children("CORSRule")) {
    CorsRule rule{texts(node, "AllowedOrigin"),
                  texts(node, "AllowedMethod"),
                  texts(node, "AllowedHeader"),
                  texts(node, "ExposeHeader"),
                  {}};
    if (has_child(node, "MaxAgeSeconds")) rule.max_age_s = node.child("MaxAgeSeconds").text().as_llong();
    out.push_back(std::move(rule));
  }
  return out;
}

const CorsRule* find_rule(const std::vector<CorsRule>& rules, std::string_view origin, std::string_view method,
                          std::string_view requested_headers) {
  for (const CorsRule& rule : rules) {
    if (rule.allows(origin, method) && rule.allows_headers(requested_headers)) return &rule;
  }
  return nullptr;
}

void add_cors_headers(const CorsRule& rule, std::string_view origin, std::string_view requested_headers,
                      protocol::Headers& headers) {
  bool any = false;
  for (const std::string& one : rule.origins) any |= one == "*";
  headers.set("Access-Control-Allow-Origin", any ? "*" : origin);
  headers.set("Access-Control-Allow-Methods", joined(rule.methods));
  if (!requested_headers.empty())
    headers.set("Access-Control-Allow-Headers", joined(header_names(to_lower(requested_headers))));
  if (!rule.expose.empty()) headers.set("Access-Control-Expose-Headers", joined(rule.expose));
  if (rule.max_age_s) headers.set("Access-Control-Max-Age", std::to_string(*rule.max_age_s));
  if (!any) headers.set("Access-Control-Allow-Credentials", "true");
  headers.set("Vary", "Origin, Access-Control-Request-Headers, Access-Control-Request-Method");
}

void add_cors_configuration(Operations& operations, S3& s3) {
  add_configuration(operations, s3, kCors);
  operations.push_back(s3_operation("PreflightRequest", {}, [&s3](Call& call) { return preflight(s3, call); }));
}

}  // namespace millrace::s3
