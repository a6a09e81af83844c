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

std::string AdminGuard::refusal(const protocol::HttpRequest& head, const ConnectionEnds& ends) const {
  std::string_view shown = head.headers.get("authorization");
  const bool bearer =
      shown.size() > kScheme.size() && equals_ignore_case(shown.substr(0, kScheme.size()), std::string(kScheme));
  if (bearer) shown.remove_prefix(kScheme.size());
  if (bearer && shown.size() == rules_.token.size() &&
      CRYPTO_memcmp(shown.data(), rules_.token.data(), shown.size()) == 0)
    return "";
  const std::string how = " Send its token as 'Authorization: Bearer TOKEN'; commands take it from " +
                          std::string("MILLRACE_ADMIN_TOKEN or from ") + rules_.token_file + ".";
  if (bearer) return "The admin API's token is another." + how;
  if (rules_.always)
    return "The admin API wants its token where the server is reached from other machines or verifies signatures." +
           how;
  if (rules_.may_be_a_handler_s(ends)) return "The admin API wants its token from handlers and other machines." + how;
  return "";
}

}  // namespace millrace::server
