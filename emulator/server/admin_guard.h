#pragma once
// Who may use the admin API: the developer, and not the code that runs here. A token, kept in the data folder where
// only the server's user reads it, is wanted where others reach the server or its keys are checked, and always from
// handlers' processes.

#include <functional>
#include <string>

#include "emulator/protocol/http.h"
#include "emulator/server/http_server.h"

namespace millrace::server {

/// `<folder>/admin-token`, mode 0600: 32 hexadecimal digits and a newline.
std::string admin_token_file(const std::string& folder);
/// The token that is there; empty if there is none or it can't be read.
std::string kept_admin_token(const std::string& folder);
/// The folder's token, made when there is none (whole) yet. One that can't be kept (a full disk) is this run's alone; a
/// sentence in the log says so.
std::string admin_token(const std::string& folder);

/// True if only processes of this machine reach a server that listens on `host`, an address or "localhost".
bool is_loopback_address(const std::string& host);

/// What the page's cookie holds: other than the token, so that a page's storage tells nobody the token.
std::string session_of(const std::string& token);
inline constexpr char kSessionHeader[] = "X-Millrace-Session";

class AdminGuard {
 public:
  struct Rules {
    std::string token;
    std::string token_file;  // named to those who lack it
    bool always = false;     // wanted from everybody
    std::function<bool(const ConnectionEnds&)> may_be_a_handler_s;
    std::string session = {};  // what the page's cookie holds: session_of(token); empty: there is no page
  };
  explicit AdminGuard(Rules rules) : rules_(std::move(rules)) {}

  /// Empty if the request may come in, else the sentence to answer with 401.
  std::string refusal(const protocol::HttpRequest& head, const ConnectionEnds& ends) const;
  /// Puts the page's cookie into a header of ours (kSessionHeader) where whoever asks for the page may use the admin API: by
  /// the token in the page's query (`?token=`), or without one where none is wanted. Takes away what a client put there.
  void hand_session(protocol::HttpRequest& head, const ConnectionEnds& ends) const;

 private:
  std::string cookie_name(const ConnectionEnds& ends) const;
  bool has_session(const protocol::HttpRequest& head, const ConnectionEnds& ends) const;
  bool is_token(std::string_view shown) const;

  Rules rules_;
};

}  // namespace millrace::server
