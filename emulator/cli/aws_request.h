#pragma once
// Requests to the emulated services, as the machine's own user: the key of AWS_ACCESS_KEY_ID (any will do) in the region of
// AWS_REGION. For `logs`, `invoke` and `explain access`.

#include <string>

#include "emulator/cli/client.h"

namespace millrace::cli {

struct AwsRequest {
  std::string service;  // "logs"
  std::string method = "POST";
  std::string path = "/";
  std::string target;        // X-Amz-Target; empty: none
  std::string content_type;  // "application/x-amz-json-1.1"
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers = {};  // more of them, in lower case; not signed
  int timeout_s = 30;
};

/// Sends it to the server of MILLRACE_URL.
Answer ask_service(const AwsRequest& request);

}  // namespace millrace::cli
