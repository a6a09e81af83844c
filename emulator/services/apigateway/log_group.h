#pragma once
// Where access logs go.

#include <optional>
#include <string>

#include "emulator/base/arn.h"
#include "emulator/ports/log_sink.h"

namespace millrace::apigateway {

/// The log group that an access log's destination names, with or without `:*`; nullopt for anything else (Firehose).
inline std::optional<ports::LogTarget> log_group(const std::string& destination) {
  const auto arn = Arn::parse(destination);
  if (!arn || arn->service != "logs" || !arn->resource.starts_with("log-group:")) return std::nullopt;
  ports::LogTarget out;
  out.account = arn->account;
  out.region = arn->region;
  out.group = arn->resource.substr(10);
  if (out.group.ends_with(":*")) out.group.resize(out.group.size() - 2);
  return out;
}

}  // namespace millrace::apigateway
