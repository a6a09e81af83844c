#pragma once
// Web pages: what a browser says of the page that asks (Origin, Sec-Fetch-Site), and which pages may ask for anything.
// Code runs here and unknown keys are root's, so a page of anywhere else gets nothing but what is meant for it: what a
// bucket's or a function URL's own CORS rules grant, and plain links.

#include <string>
#include <string_view>
#include <vector>

#include "emulator/protocol/http.h"

namespace millrace::server {

/// "localhost", "*.localhost", 127.0.0.0/8 or ::1 (without brackets), in lower case.
bool is_loopback_name(std::string_view name);

class BrowserGuard {
 public:
  /// `more_origins`: --allow-origin; "https://app.example.com" as browsers write it.
  explicit BrowserGuard(std::vector<std::string> more_origins) : more_origins_(std::move(more_origins)) {}

  enum class Sender {
    trusted,       // no browser, or a page of this machine
    foreign_page,  // a page with an Origin that isn't ours: the service's own rules for it decide
    foreign_link,  // another site's image, form or link: it names no Origin
  };
  Sender sender(const protocol::HttpRequest& head) const;
  /// What a page that isn't let in is told with 403.
  static std::string refusal(const protocol::HttpRequest& head);
  /// True for what a browser sends without a page's script being named: an address typed, a link, an image. Such a
  /// request must not change anything.
  static bool is_navigation(const protocol::HttpRequest& head);

 private:
  bool origin_is_ours(std::string_view origin) const;
  std::vector<std::string> more_origins_;
};

}  // namespace millrace::server
