// Version 2: presigned queries, Authorization headers and POST forms.

#include <map>
#include <set>

#include "emulator/base/encoding.h"
#include "emulator/protocol/sigv4.h"

namespace millrace::protocol {

namespace {

std::string hmac_sha1(std::string key, std::string_view text) {
  constexpr size_t kBlock = 64;
  if (key.size() > kBlock) key = sha1(key);
  key.resize(kBlock, '\0');
  std::string inner = key, outer = key;
  for (size_t i = 0; i < kBlock; ++i) {
    inner[i] = static_cast<char>(inner[i] ^ 0x36);
    outer[i] = static_cast<char>(outer[i] ^ 0x5c);
  }
  return sha1(outer + sha1(inner.append(text)));
}

/// Query parameters that are part of the resource.
bool is_sub_resource(const std::string& name) {
  static const std::set<std::string> names = {"accelerate",
                                              "acl",
                                              "cors",
                                              "defaultObjectAcl",
                                              "delete",
                                              "legal-hold",
                                              "lifecycle",
                                              "location",
                                              "logging",
                                              "notification",
                                              "object-lock",
                                              "partNumber",
                                              "policy",
                                              "replication",
                                              "requestPayment",
                                              "response-cache-control",
                                              "response-content-disposition",
                                              "response-content-encoding",
                                              "response-content-language",
                                              "response-content-type",
                                              "response-expires",
                                              "restore",
                                              "retention",
                                              "select",
                                              "select-type",
                                              "tagging",
                                              "torrent",
                                              "uploadId",
                                              "uploads",
                                              "versionId",
                                              "versioning",
                                              "versions",
                                              "website"};
  return names.count(name) > 0;
}

std::string resource_of(const HttpRequest& request, const QueryParameters& query, std::string_view host_bucket) {
  std::string out;
  if (!host_bucket.empty()) out.append("/").append(host_bucket);
  out += request.raw_path();
  std::map<std::string, std::string> sorted;
  for (const auto& [name, value] : query) {
    if (is_sub_resource(name)) sorted[name] = value;
  }
  char separator = '?';
  for (const auto& [name, value] : sorted) {
    out += separator + name + (value.empty() ? "" : "=" + value);
    separator = '&';
  }
  return out;
}

}  // namespace

std::string string_to_sign_v2(const HttpRequest& request, const QueryParameters& query, std::string_view host_bucket) {
  std::map<std::string, std::string> amz;
  for (const auto& [name, value] : request.headers) {
    std::string lower = to_lower(name);
    if (lower.starts_with("x-amz-")) amz[lower] += (amz[lower].empty() ? "" : ",") + value;
  }
  // A presigned URL may carry them in its query.
  for (const auto& [name, value] : query) {
    std::string lower = to_lower(name);
    if (lower.starts_with("x-amz-")) amz[lower] = value;
  }
  auto expires = query_value(query, "Expires");
  std::string date = expires ? *expires : amz.count("x-amz-date") ? "" : std::string(request.headers.get("date"));
  std::string text = request.method + "\n" + std::string(request.headers.get("content-md5")) + "\n" +
                     std::string(request.headers.get("content-type")) + "\n" + date + "\n";
  for (const auto& [name, value] : amz) text += name + ":" + value + "\n";
  return text + resource_of(request, query, host_bucket);
}

std::string signature_v2(const HttpRequest& request, const QueryParameters& query, const std::string& secret,
                         std::string_view host_bucket) {
  return to_base64(hmac_sha1(secret, string_to_sign_v2(request, query, host_bucket)));
}

std::string form_signature(const Credential& credential, const std::string& secret) {
  const std::string& policy = *credential.form_policy;
  if (credential.version_2) return to_base64(hmac_sha1(secret, policy));
  return to_hex(hmac_sha256(signing_key(secret, credential), policy));
}

}  // namespace millrace::protocol
