#pragma once
// Tokens of list operations. A token is a position in a stated order, not the name of a thing: the list goes on behind
// it, whether or not what was there still is.

#include <optional>
#include <string>
#include <string_view>

namespace millrace {

/// A token for `position` in the list that `list` names: its operation, and whatever else the order depends on.
std::string page_token(std::string_view list, std::string_view position);

/// The position that a token stands for; nullopt for one that isn't of this list or was altered.
std::optional<std::string> page_position(std::string_view list, std::string_view token);

/// One page of a list. The caller offers its entries by their positions, in ascending order, and shows what is taken:
///
///   auto pager = Pager::open(list, token, 100);
///   if (!pager) return <the service's error>;
///   for (const Topic& topic : topics) {
///     if (pager->takes(topic.arn())) shown.push_back(view(topic));
///   }
///   if (auto next = pager->next_token()) answer["NextToken"] = *next;
class Pager {
 public:
  /// The page behind `token`; the first one for an empty token. nullopt for a token that isn't of this list.
  static std::optional<Pager> open(std::string list, std::string_view token, size_t entries_max);

  /// Whether the page has the entry at `position`: it lies behind the token, and there was room.
  bool takes(std::string_view position);
  /// An entry was offered that the page has no room for; nothing more is taken.
  bool is_full() const { return full_; }
  /// The position behind which the page begins; empty for the first page.
  const std::string& after() const { return after_; }
  /// The next page's token; nullopt where this one is the last.
  std::optional<std::string> next_token() const;

 private:
  std::string list_, after_, last_;
  size_t room_ = 0;
  bool full_ = false;
};

}  // namespace millrace
