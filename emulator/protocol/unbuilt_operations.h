#pragma once
// Which operations AWS has that nobody built here: they answer 501 and name themselves, so that their user knows where he
// stands. A name that is in neither list is wrong, on AWS too.

#include <string_view>

#include "emulator/protocol/service.h"

namespace millrace::protocol {

/// True if AWS's service has the operation `name` and we haven't. `service`: the target's prefix of a JSON service
/// ("AWSEvents"), the version of a query service ("2010-05-08").
bool is_unbuilt_operation(std::string_view service, std::string_view name);

/// The error of a request for an operation that isn't here: 501 where AWS has it; otherwise AWS's own. `service` as above.
AwsError no_such_json_operation(const ServiceErrors& errors, std::string_view service, std::string_view name);
AwsError no_such_query_action(const ServiceErrors& errors, std::string_view version, std::string_view name);

}  // namespace millrace::protocol
