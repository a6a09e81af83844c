#include "emulator/cli/aws_request.h"

#include <chrono>
#include <cstdlib>
#include <ctime>

#include "emulator/base/encoding.h"
#include "emulator/base/system_time.h"
#include "emulator/cli/env.h"
#include "emulator/protocol/sigv4.h"

namespace millrace::cli {

namespace {

std::string variable(const char* name, const char* otherwise) {
  const char* value = std::getenv(name);
  return value && *value ? value : otherwise;
}

/// YYYYMMDDThhmmssZ by the machine's clock: signatures are checked against it.
std::string now_stamp() {
  const auto now = static_cast<std::time_t>(system_time_ms() / 1000);
  std::tm parts{};
  gmtime_r(&now, &parts);
  char text[32];
  std::strftime(text, sizeof text, "%Y%m%dT%H%M%SZ", &parts);
  return text;
}

std::string region_here() {
  return variable("AWS_REGION", variable("AWS_DEFAULT_REGION", "us-east-1").c_str());
}

}  // namespace

Answer ask_service(const AwsRequest& wanted) {
  const std::string stamp = now_stamp();
  protocol::HttpRequest request;
  request.method = wanted.method;
  request.target = wanted.path;
  request.body = wanted.body;
  Question question{.method = wanted.method, .target = wanted.path, .body = wanted.body, .timeout_s = wanted.timeout_s};
  std::string names;
  auto add = [&](const std::string& name, const std::string& value) {
    if (value.empty()) return;
    request.headers.set(name, value);
    if (name != "host") question.headers.emplace_back(name, value);
    names += (names.empty() ? "" : ";") + name;
  };
  add("content-type", wanted.content_type);
  add("host", authority_of(server_url()));
  add("x-amz-date", stamp);
  add("x-amz-security-token", variable("AWS_SESSION_TOKEN", ""));
  add("x-amz-target", wanted.target);
  const std::string claim = "AWS4-HMAC-SHA256 Credential=" + variable("AWS_ACCESS_KEY_ID", "test") + "/" +
                            stamp.substr(0, 8) + "/" + region_here() + "/" + wanted.service +
                            "/aws4_request, SignedHeaders=" + names + ", Signature=";
  // Read back as the server reads it, with a signature that is none yet.
  request.headers.set("authorization", claim + std::string(64, '0'));
  protocol::Credential credential;
  protocol::read_credential(request, {}, credential);
  question.headers.emplace_back(
      "authorization",
      claim + protocol::expected_signature(request, credential, variable("AWS_SECRET_ACCESS_KEY", "test"),
                                           to_hex(sha256(wanted.body))));
  question.headers.insert(question.headers.end(), wanted.headers.begin(), wanted.headers.end());
  return ask(server_url(), question);
}

}  // namespace millrace::cli
