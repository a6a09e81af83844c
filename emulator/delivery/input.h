#pragma once
// What a target gets of an event: JSON paths, and templates with placeholders, as EventBridge's rules and Pipes have them.

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/base/json.h"

namespace millrace::delivery {

/// True for `$`, and for `$` followed by `.member`, `['member']` and `[n]`.
bool is_path(std::string_view text);
/// The node that a path leads to, or nullptr.
const Json* node_at(const Json& document, std::string_view path);

/// A node as text: strings bare, objects and arrays as JSON without their quotes.
std::string bare_text(const Json& value);

/// What stands between `<` and `>` in a template, in order: names of letters, digits, `_`, `-`, `.`, and paths.
std::vector<std::string> placeholders(std::string_view text);

/// Fills in a template. `value_of` gives a placeholder's value, nullopt for a path that leads nowhere. nullopt if what comes
/// out isn't JSON (or lines of quoted strings, for a template that begins with a quote): it is not delivered then.
std::optional<std::string> fill_in(std::string_view text,
                                   const std::function<std::optional<Json>(const std::string& name)>& value_of);

}  // namespace millrace::delivery
