#include "emulator/cli/env.h"

#include <algorithm>
#include <cstdlib>
#include <string_view>

namespace millrace::cli {

namespace {

constexpr const char* kLines = R"sh(# Take over with: eval "$(millrace env)"
# Terraform with hashicorp/aws 5 and 6, the AWS CLI 2.13 and 1.29 and newer, boto3 1.28 and newer, other SDKs of 2023 and
# newer. Older ones take the address as an argument: --endpoint-url, endpoint_url=...
export AWS_ENDPOINT_URL=@
export AWS_ACCESS_KEY_ID=test
export AWS_SECRET_ACCESS_KEY=test
export AWS_DEFAULT_REGION=us-east-1
export AWS_REGION=us-east-1
# Clients that write a label before the endpoint's host (000000000000.127.0.0.1), which no resolver knows, ask for that
# name by a proxy: hashicorp/aws from 6.23 on for every aws_s3_bucket (S3 Control), `aws s3control`, boto3's s3control,
# Step Functions' StartSyncExecution. Nobody else needs it, and hashicorp/aws 5 doesn't. Only names of this server are
# served, nothing is forwarded; https goes its own way. Node needs NODE_USE_ENV_PROXY=1 besides.
export HTTP_PROXY=@
)sh";

}  // namespace

std::string environment_lines(const std::string& url, const std::string& no_proxy) {
  std::string out;
  for (char c : std::string_view(kLines)) {
    if (c == '@')
      out += url;
    else
      out.push_back(c);
  }
  for (std::string_view rest = no_proxy; !rest.empty();) {
    std::string entry(rest.substr(0, rest.find(',')));
    rest.remove_prefix(std::min(rest.size(), entry.size() + 1));
    std::erase(entry, ' ');
    const bool undoes = entry == "*" || entry == "localhost" || entry == ".localhost" || entry == "127.0.0.1";
    if (!undoes) continue;
    out += "# NO_PROXY holds " + entry + ": " +
           (entry == "127.0.0.1" ? "boto3 and the AWS CLI then don't use the proxy for 000000000000.127.0.0.1.\n"
                                 : "the proxy isn't used for *.localhost; take the address 127.0.0.1.\n");
  }
  return out;
}

std::string server_url() {
  const char* given = std::getenv("MILLRACE_URL");
  return given && *given ? given : "http://127.0.0.1:4566";
}

}  // namespace millrace::cli
