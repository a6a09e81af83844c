// GetRandomPassword.

#include <algorithm>

#include "emulator/services/secretsmanager/manager.h"

namespace millrace::secretsmanager {

using namespace protocol;

namespace {

struct Kind {
  const char* excluded_by;
  std::string_view characters;
};
constexpr Kind kKinds[] = {{"ExcludeLowercase", "abcdefghijklmnopqrstuvwxyz"},
                           {"ExcludeUppercase", "ABCDEFGHIJKLMNOPQRSTUVWXYZ"},
                           {"ExcludeNumbers", "0123456789"},
                           {"ExcludePunctuation", "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"}};

/// The characters of each kind that the request lets be.
std::vector<std::string> kinds_of(const Json& in) {
  std::vector<std::string> kinds;
  for (const Kind& kind : kKinds) {
    if (!bool_of(in, kind.excluded_by)) kinds.emplace_back(kind.characters);
  }
  if (bool_of(in, "IncludeSpace")) kinds.emplace_back(" ");
  const std::string without = text_of(in, "ExcludeCharacters");
  for (std::string& kind : kinds) std::erase_if(kind, [&](char c) { return without.find(c) != std::string::npos; });
  std::erase_if(kinds, [](const std::string& kind) { return kind.empty(); });
  return kinds;
}

}  // namespace

Operation get_random_password(Manager& manager) {
  static const Shape input = structure(
      {optional("PasswordLength", integer().range(1, 4096)), optional("ExcludeCharacters", string().length(0, 4096)),
       optional("ExcludeNumbers", boolean()), optional("ExcludePunctuation", boolean()),
       optional("ExcludeUppercase", boolean()), optional("ExcludeLowercase", boolean()),
       optional("IncludeSpace", boolean()), optional("RequireEachIncludedType", boolean())});
  auto handle = [&manager](Call& call) -> Result<Json> {
    const std::vector<std::string> kinds = kinds_of(call.input);
    const size_t length = static_cast<size_t>(int_of(call.input, "PasswordLength", 32));
    if (kinds.empty())  // unverified
      return bad_parameter("No characters are left to make a password of.");
    const bool each = bool_of(call.input, "RequireEachIncludedType", true);
    if (each && length < kinds.size())
      return bad_parameter("Password length too small for the required types.");  // unverified
    Random& random = manager.context.random;
    std::string all, password;
    for (const std::string& kind : kinds) all += kind;
    if (each) {
      for (const std::string& kind : kinds) password += random.text(1, kind);
    }
    password += random.text(length - password.size(), all);
    for (size_t i = password.size(); i > 1; --i) std::swap(password[i - 1], password[random.below(i)]);
    return Json{{"RandomPassword", password}};
  };
  auto access = [](const Call&) -> Result<AccessNeeds> {
    return AccessNeeds{{"secretsmanager:GetRandomPassword", "*"}};
  };
  return {.name = "GetRandomPassword", .input = &input, .access = access, .handle = JsonHandler(handle)};
}

}  // namespace millrace::secretsmanager
