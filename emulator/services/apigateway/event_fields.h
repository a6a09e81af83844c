#pragma once
// Fields of events and of functions' answers that APIs of every kind share.

#include <functional>
#include <optional>
#include <string>

#include "emulator/base/json.h"
#include "emulator/protocol/http.h"

namespace millrace::apigateway {

/// Every value of a query parameter or header under its name, in order; the last of each.
Json grouped(const protocol::QueryParameters& fields);
Json last_of(const Json& lists);

/// The answer's statusCode, a number or its text, 100 to 599; `missing` where there is none.
std::optional<int> status_of(const Json& answer, std::optional<int> missing);

/// A mapping's value: `$name` alone is the value, `${name}` within a text is replaced by it.
std::string parameters_replaced(const std::string& expression,
                                const std::function<std::string(const std::string& name)>& value);

}  // namespace millrace::apigateway
