#pragma once
// The room's operations, each in the file of its name (small siblings share one).

#include "emulator/protocol/operation.h"
#include "emulator/services/lambda/state.h"

namespace millrace::lambda {

// Functions.
protocol::Operation create_function(Lambda& lambda);
protocol::Operation get_function(Lambda& lambda);
protocol::Operation get_function_configuration(Lambda& lambda);
protocol::Operation list_functions(Lambda& lambda);
protocol::Operation update_function_code(Lambda& lambda);
protocol::Operation update_function_configuration(Lambda& lambda);
protocol::Operation delete_function(Lambda& lambda);
/// Ours: what GetFunction's Code.Location leads to.
protocol::Operation download_code(Lambda& lambda);

// Event source mappings.
protocol::Operation create_event_source_mapping(Lambda& lambda);
protocol::Operation get_event_source_mapping(Lambda& lambda);
protocol::Operation list_event_source_mappings(Lambda& lambda);
protocol::Operation update_event_source_mapping(Lambda& lambda);
protocol::Operation delete_event_source_mapping(Lambda& lambda);

// Versions and aliases.
protocol::Operation publish_version(Lambda& lambda);
protocol::Operation list_versions_by_function(Lambda& lambda);

// Tags.
protocol::Operation tag_resource(Lambda& lambda);
protocol::Operation untag_resource(Lambda& lambda);
protocol::Operation list_tags(Lambda& lambda);

// Settings of a function and of the account.
protocol::Operation get_function_code_signing_config(Lambda& lambda);

// Running.
protocol::Operation invoke(Lambda& lambda);
protocol::Operation invoke_async(Lambda& lambda);

}  // namespace millrace::lambda
