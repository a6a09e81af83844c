#pragma once
// Event source mappings as they are stored: documents under {"lambda-mapping", account, region, uuid} holding what the
// client set, by the API's member names, with the defaults filled in. The engine (a port) runs them; state and last
// result are its.
//
//   uuid, settings {...}, enabled, modified_ms, tags
//   function_arn    as shown: with the qualifier if one was given

#include <string>
#include <vector>

#include "emulator/services/lambda/state.h"

namespace millrace::lambda {

std::string mapping_key(const std::string& account, const std::string& region, const std::string& uuid);
std::string mappings_prefix(const std::string& account, const std::string& region);

/// Is the source a queue (else a stream)?
bool is_queue(const Json& mapping);

/// ResourceConflictException if another mapping than `own_uuid` (empty: any) joins this source and this function.
Result<void> check_no_duplicate(const storage::Reader& reader, const FunctionRef& ref, const std::string& source,
                                const std::string& own_uuid);

/// The mapping as Get shows it; `state` overrides the engine's.
Json mapping_view(Lambda& lambda, const Json& mapping, const char* state = nullptr);

/// The mapping as the engine needs it. The role is the function's at this moment (empty if it doesn't exist).
ports::MappingConfig mapping_config(Lambda& lambda, const Json& mapping);

/// Gives the engine the mappings of a function again: its role may have changed, or it exists again.
void refresh_mappings_of(Lambda& lambda, const FunctionRef& function);
/// Gives the engine every stored mapping: at start.
void put_all_mappings(Lambda& lambda);

/// The members that Create and Update share.
std::vector<protocol::Member> mapping_setting_members(int64_t batch_size_min);
/// Their checks that AWS words itself, up to the filter patterns.
Result<void> check_mapping_settings(Lambda& lambda, const Json& input, bool queue);
/// May the function's role read the source and write to the failure destination? AWS's words if not.
Result<void> check_mapping_role(Lambda& lambda, const std::string& role, const std::string& source,
                                const Json& settings);
/// What AWS wants of a mapping on a queue: that the queue exists and hides its messages for as long as the function may
/// run; batches above ten with a window, which FIFO queues can't have.
Result<void> check_queue_source(Lambda& lambda, const std::string& queue_arn, const Json& settings,
                                const Json& function_config);
/// Takes what the input sets into `settings`.
void apply_mapping_settings(const Json& input, Json& settings);

}  // namespace millrace::lambda
