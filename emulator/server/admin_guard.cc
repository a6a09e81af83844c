#include "emulator/server/admin_guard.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/crypto.h>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <stdexcept>

#include "emulator/base/encoding.h"
#include "emulator/base/log.h"

namespace millrace::server {

namespace {

constexpr size_t kTokenDigits = 32;
constexpr std::string_view kScheme = "Bearer ";

/// Written beside and renamed, so that the file is whole whenever the server ends.
bool keep_token(const std::string& file, const std::string& token) {
  const std::string written = file + ".new", text = token + "\n";
  unlink(written.c_str());
  const int fd = open(written.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (fd < 0) return false;
  const bool whole = write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  return (close(fd) == 0) & whole && rename(written.c_str(), file.c_str()) == 0;
}

}  // namespace

std::string admin_token_file(const std::string& folder) {
  return folder + "/admin-token";
}

std::string kept_admin_token(const std::string& folder) {
  std::ifstream file(admin_token_file(folder));
  std::string token;
  std::getline(file, token);
  const bool whole =
      token.size() == kTokenDigits && !file.eof() && token.find_first_not_of("0123456789abcdef") == std::string::npos;
  return whole ? token : "";
}

std::string admin_token(const std::string& folder) {
  const std::string file = admin_token_file(folder);
  if (std::string token = kept_admin_token(folder); !token.empty()) {
    chmod(file.c_str(), S_IRUSR | S_IWUSR);  // whatever a copy made of it
    return token;
  }
  // A secret: from the system itself, not from a generator whose other numbers are seen in ids.
  std::string bytes(kTokenDigits / 2, '\0');
  if (getentropy(bytes.data(), bytes.size()) != 0) throw std::runtime_error("The system gives no random bytes.");
  std::string token = to_hex(bytes);
  if (!keep_token(file, token))
    log::warning("The admin API's token can't be kept in " + file + ": " + std::strerror(errno) +
                 ". It is another after the next start.");
  return token;
}

bool is_loopback_address(const std::string& host) {
  boost::system::error_code failed;
  auto address = boost::asio::ip::make_address(host == "localhost" ? "127.0.0.1" : host, failed);
  return !failed && address.is_loopback();
}

std::string session_of(const std::string& token) {
  return to_hex(sha256("the page's session of " + token)).substr(0, kTokenDigits);
}

namespace {

/// Browsers say where a request comes from; programs don't.
bool is_browser_s(const protocol::HttpRequest& head) {
  return head.headers.has("sec-fetch-site") || head.headers.has("origin");
}

/// Sent by a page of ours, or typed: not by a page of another port of this machine, which is the same site to a cookie.
bool is_ours(const protocol::HttpRequest& head) {
  if (std::string_view site = head.headers.get("sec-fetch-site"); !site.empty())
    return site == "same-origin" || site == "none";
  std::string_view origin = head.headers.get("origin");
  return origin.empty() || origin == "http://" + std::string(head.headers.get("host"));
}

}  // namespace

bool AdminGuard::is_token(std::string_view shown) const {
  return shown.size() == rules_.token.size() && CRYPTO_memcmp(shown.data(), rules_.token.data(), shown.size()) == 0;
}

/// Cookies don't tell ports apart: each server's has a name of its own.
std::string AdminGuard::cookie_name(const ConnectionEnds& ends) const {
  return "millrace-session-" + std::to_string(ends.ours.port());
}

bool AdminGuard::has_session(const protocol::HttpRequest& head, const ConnectionEnds& ends) const {
  if (rules_.session.empty()) return false;
  const std::string wanted = cookie_name(ends) + "=" + rules_.session;
  std::string_view cookies = head.headers.get("cookie");
  while (!cookies.empty()) {
    const size_t end = std::min(cookies.find(';'), cookies.size());
    std::string_view one = cookies.substr(0, end);
    while (one.starts_with(' ')) one.remove_prefix(1);
    if (one.size() == wanted.size() && CRYPTO_memcmp(one.data(), wanted.data(), one.size()) == 0) return is_ours(head);
    cookies.remove_prefix(std::min(end + 1, cookies.size()));
  }
  return false;
}

void AdminGuard::hand_session(protocol::HttpRequest& head, const ConnectionEnds& ends) const {
  head.headers.set(kSessionHeader, "");
  if (rules_.session.empty()) return;
  const auto query = protocol::parse_query(head.raw_query());
  const bool by_token = is_token(protocol::query_value(query, "token").value_or(""));
  const bool freely = !rules_.always && is_ours(head) && !rules_.may_be_a_handler_s(ends);
  if (!by_token && !freely) return;
  head.headers.set(kSessionHeader,
                   cookie_name(ends) + "=" + rules_.session + "; Path=/_millrace/; SameSite=Strict; HttpOnly");
}

std::string AdminGuard::refusal(const protocol::HttpRequest& head, const ConnectionEnds& ends) const {
  std::string_view shown = head.headers.get("authorization");
  const bool bearer =
      shown.size() > kScheme.size() && equals_ignore_case(shown.substr(0, kScheme.size()), std::string(kScheme));
  if (bearer) shown.remove_prefix(kScheme.size());
  if (bearer && is_token(shown)) return "";
  if (has_session(head, ends)) return "";
  const std::string how = " Send its token as 'Authorization: Bearer TOKEN'; commands take it from " +
                          std::string("MILLRACE_ADMIN_TOKEN or from ") + rules_.token_file + ".";
  if (bearer) return "The admin API's token is another." + how;
  if (is_browser_s(head))
    return "The admin API wants the session that its page has, or its token, from browsers." + how;
  if (rules_.always)
    return "The admin API wants its token where the server is reached from other machines or verifies signatures." +
           how;
  if (rules_.may_be_a_handler_s(ends)) return "The admin API wants its token from handlers and other machines." + how;
  return "";
}

}  // namespace millrace::server
