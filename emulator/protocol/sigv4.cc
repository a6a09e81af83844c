#include "emulator/protocol/sigv4.h"

#include <algorithm>
#include <array>

#include "emulator/base/encoding.h"

namespace millrace::protocol {

bool read_credential_scope(std::string_view scope, Credential& out) {
  // From the end: an access key id may itself hold slashes in theory; the scope is the last four.
  std::array<std::string_view, 4> last;
  for (size_t part = last.size(); part-- > 0;) {
    const size_t slash = scope.rfind('/');
    if (slash == std::string_view::npos) return false;
    last[part] = scope.substr(slash + 1);
    scope = scope.substr(0, slash);
  }
  if (last[3] != "aws4_request") return false;
  out.service = last[2];
  out.region = last[1];
  out.date = last[0];
  out.access_key_id = scope.substr(0, scope.find('/'));
  return !out.access_key_id.empty() && !out.service.empty();
}

namespace {

std::vector<std::string> split_on(std::string_view text, char separator) {
  std::vector<std::string> out;
  while (!text.empty()) {
    std::string_view part = text.substr(0, text.find(separator));
    out.emplace_back(part);
    text.remove_prefix(std::min(text.size(), part.size() + 1));
  }
  return out;
}

constexpr std::string_view kVersion2 = "AWS ";  // how its Authorization header begins

CredentialState read_header(std::string_view header, Credential& out) {
  header.remove_prefix(std::string_view("AWS4-HMAC-SHA256").size());
  bool have_credential = false;
  // Its parts stand between commas, or between blanks alone: AWS reads both.
  while (!header.empty()) {
    size_t end = 0;
    while (end < header.size() && header[end] != ',' && header[end] != ' ') ++end;
    const std::string_view field = header.substr(0, end);
    header.remove_prefix(std::min(header.size(), field.size() + 1));
    if (field.starts_with("Credential="))
      have_credential = read_credential_scope(field.substr(11), out);
    else if (field.starts_with("SignedHeaders="))
      out.signed_headers = field.substr(14);
    else if (field.starts_with("Signature="))
      out.signature = field.substr(10);
  }
  return have_credential && !out.signature.empty() && !out.signed_headers.empty() ? CredentialState::present
                                                                                  : CredentialState::malformed;
}

/// Version 2's header: `AWS <key>:<signature>`.
CredentialState read_header_v2(std::string_view header, Credential& out) {
  header.remove_prefix(kVersion2.size());
  size_t colon = header.find(':');
  out.access_key_id = header.substr(0, colon);
  if (colon == std::string_view::npos || out.access_key_id.empty()) return CredentialState::malformed;
  out.signature = header.substr(colon + 1);
  out.version_2 = true;
  out.service = "s3";
  return CredentialState::present;
}

std::string trimmed(std::string_view value) {
  std::string out;
  bool space = false;
  for (char c : value) {
    if (c == ' ' || c == '\t') {
      space = !out.empty();
      continue;
    }
    if (space) out.push_back(' ');
    space = false;
    out.push_back(c);
  }
  return out;
}

std::string canonical_query(std::string_view raw) {
  std::vector<std::pair<std::string, std::string>> pairs;
  for (const auto& [name, value] : parse_query(raw)) {
    if (name == "X-Amz-Signature") continue;
    pairs.emplace_back(percent_encode(name), percent_encode(value));
  }
  std::sort(pairs.begin(), pairs.end());
  std::string out;
  for (const auto& [name, value] : pairs) {
    if (!out.empty()) out += '&';
    out += name + "=" + value;
  }
  return out;
}

}  // namespace

CredentialState read_credential(const HttpRequest& request, const QueryParameters& query, Credential& out) {
  out.security_token = request.headers.get("x-amz-security-token");
  out.timestamp = request.headers.get("x-amz-date");
  std::string_view header = request.headers.get("authorization");
  if (header.starts_with("AWS4-HMAC-SHA256")) return read_header(header, out);
  if (header.starts_with(kVersion2)) return read_header_v2(header, out);
  if (auto scope = query_value(query, "X-Amz-Credential")) {
    out.presigned = true;
    out.timestamp = query_value(query, "X-Amz-Date").value_or("");
    out.signature = query_value(query, "X-Amz-Signature").value_or("");
    out.security_token = query_value(query, "X-Amz-Security-Token").value_or(out.security_token);
    out.signed_headers = query_value(query, "X-Amz-SignedHeaders").value_or("");
    out.expires_s = std::strtoll(query_value(query, "X-Amz-Expires").value_or("0").c_str(), nullptr, 10);
    return read_credential_scope(*scope, out) ? CredentialState::present : CredentialState::malformed;
  }
  if (auto key = query_value(query, "AWSAccessKeyId"); key && !key->empty() && header.empty()) {
    out.presigned = out.version_2 = true;
    out.access_key_id = *key;
    out.service = "s3";
    out.signature = query_value(query, "Signature").value_or("");
    out.security_token = query_value(query, "x-amz-security-token").value_or(out.security_token);
    return CredentialState::present;
  }
  return header.empty() ? CredentialState::absent : CredentialState::malformed;
}

std::string canonical_request(const HttpRequest& request, const Credential& credential,
                              const std::string& payload_hash) {
  std::string path(request.raw_path());
  if (path.empty()) path = "/";
  // Every service but S3 signs the path encoded once more.
  if (credential.service != "s3") path = percent_encode(path, "/");
  std::string out = request.method + "\n" + path + "\n" + canonical_query(request.raw_query()) + "\n";
  for (const std::string& name : split_on(credential.signed_headers, ';')) {
    std::string values;
    for (const auto& [field, value] : request.headers) {
      if (!equals_ignore_case(field, name)) continue;
      if (!values.empty()) values += ',';
      values += trimmed(value);
    }
    out += name + ":" + values + "\n";
  }
  return out + "\n" + credential.signed_headers + "\n" + payload_hash;
}

std::string string_to_sign(const Credential& credential, const std::string& canonical) {
  return "AWS4-HMAC-SHA256\n" + credential.timestamp + "\n" + credential.date + "/" + credential.region + "/" +
         credential.service + "/aws4_request\n" + to_hex(sha256(canonical));
}

std::string signing_key(const std::string& secret, const Credential& credential) {
  std::string key = hmac_sha256("AWS4" + secret, credential.date);
  key = hmac_sha256(key, credential.region);
  key = hmac_sha256(key, credential.service);
  return hmac_sha256(key, "aws4_request");
}

std::string expected_signature(const HttpRequest& request, const Credential& credential, const std::string& secret,
                               const std::string& payload_hash) {
  return to_hex(hmac_sha256(signing_key(secret, credential),
                            string_to_sign(credential, canonical_request(request, credential, payload_hash))));
}

}  // namespace millrace::protocol
