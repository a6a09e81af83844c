#pragma once
// What is kept and shown without acting: documents of one kind, found by their names.

#include <string>

#include "emulator/base/page_token.h"
#include "emulator/protocol/pages.h"
#include "emulator/services/cloudwatch/state.h"

namespace millrace::cloudwatch {

/// {"cloudwatch", account, region, kind, name}
std::string kept_key(const Scope& scope, const char* kind, const std::string& name);
/// Without the members that are ours, which begin with "_".
Json shown_of(const Json& document);
std::vector<Json> kept_of(const storage::Reader& reader, const Scope& scope, const char* kind);

/// A page of those that `show` gives something for, under the member `list`; positions are the documents' `_name`.
Result<Json> page_of_kept(const storage::Reader& reader, const protocol::Call& call, const char* kind, const char* list,
                          const std::function<std::optional<Json>(const Json& document)>& show);

// anomaly_detectors.cc, insight_rules.cc, metric_streams.cc
void add_anomaly_detectors(std::vector<protocol::Operation>& operations, CloudWatch& watch);
void add_insight_rules(std::vector<protocol::Operation>& operations, CloudWatch& watch);
void add_metric_streams(std::vector<protocol::Operation>& operations, CloudWatch& watch);

}  // namespace millrace::cloudwatch
