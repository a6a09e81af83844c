#pragma once
// The query protocol's XML answers as the JSON that these services give who accepts JSON. Pure.

#include <optional>
#include <string_view>

#include "emulator/base/json.h"

namespace millrace::apigateway {

/// `<A><B>x</B></A>` as {"A": {"B": "x"}}; what comes more than once is a list. nullopt: it isn't such a document.
std::optional<Json> xml_to_json(std::string_view xml);

}  // namespace millrace::apigateway
