#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace millrace {

/// The six parts of an Amazon Resource Name, `arn:partition:service:region:account:resource`; the resource may
/// itself hold colons and slashes.
struct Arn {
  std::string partition = "aws";
  std::string service;
  std::string region;
  std::string account;
  std::string resource;

  static std::optional<Arn> parse(std::string_view text);
  std::string text() const;
};

/// `arn:aws:<service>:<region>:<account>:<resource>`
std::string make_arn(std::string_view service, std::string_view region, std::string_view account,
                     std::string_view resource);

}  // namespace millrace
