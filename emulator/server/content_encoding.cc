#include "emulator/server/content_encoding.h"

#include <algorithm>
#include <vector>

#include "emulator/base/compression.h"
#include "emulator/base/encoding.h"

namespace millrace::server {

using protocol::HttpReply;
using protocol::HttpRequest;
using protocol::Service;

namespace {

constexpr size_t kPackedFrom = 1024 + 1;  // bytes; smaller answers gain nothing
constexpr size_t kEncodingsMax = 2;       // unpacked one after the other

bool codes_content(const Service& service) {
  return dynamic_cast<const protocol::JsonService*>(&service) || dynamic_cast<const protocol::QueryService*>(&service);
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

std::vector<std::string> words_of(std::string_view list) {
  std::vector<std::string> words;
  while (!list.empty()) {
    size_t comma = std::min(list.find(','), list.size());
    std::string word = to_lower(trimmed(list.substr(0, comma)));
    if (!word.empty()) words.push_back(std::move(word));
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
  return words;
}

/// The encodings to undo; none if there is one among them that isn't known.
/// unverified: that AWS then takes the body as it came
std::vector<std::string> encodings_of(const HttpRequest& request) {
  std::vector<std::string> words = words_of(request.headers.get("content-encoding"));
  std::erase(words, "identity");
  for (std::string& word : words) {
    if (word == "x-gzip") word = "gzip";
    if (word != "gzip" && word != "deflate") return {};
  }
  if (words.size() > kEncodingsMax) return {};
  return words;
}

/// Does a word of Accept-Encoding ("gzip;q=0.5") ask for the encoding? A weight of 0 refuses it.
bool asks_for(const std::string& word, std::string_view encoding) {
  if (!word.starts_with(encoding)) return false;
  std::string_view rest = trimmed(std::string_view(word).substr(encoding.size()));
  if (rest.empty()) return true;
  if (rest.front() != ';') return false;
  rest = trimmed(rest.substr(1));
  if (!rest.starts_with("q=")) return true;
  return rest.substr(2).find_first_not_of("0.") != std::string_view::npos;
}

}  // namespace

bool is_packed(const HttpRequest& request, const Service& service) {
  return request.headers.has("content-encoding") && codes_content(service) && !encodings_of(request).empty();
}

Unpacked unpack_body(HttpRequest& request, uint64_t bytes_max) {
  std::vector<std::string> encodings = encodings_of(request);
  std::string body;
  for (size_t i = encodings.size(); i-- > 0;) {
    Inflated inflated = inflate_any(body.empty() ? request.body : body, bytes_max);
    if (inflated.too_large) return Unpacked::too_large;
    if (!inflated.bytes) return Unpacked::malformed;
    body = std::move(*inflated.bytes);
  }
  request.body = std::move(body);
  return Unpacked::done;
}

void pack_body(const HttpRequest& request, const Service& service, HttpReply& reply) {
  if (reply.body.size() < kPackedFrom || reply.stream) return;
  std::string_view accepted = request.headers.get("accept-encoding");
  if (accepted.empty() || accepted == "identity" || reply.headers.has("content-encoding") || !codes_content(service))
    return;
  std::vector<std::string> words = words_of(accepted);
  for (const char* encoding : {"gzip", "deflate"}) {
    if (std::none_of(words.begin(), words.end(), [&](const std::string& word) { return asks_for(word, encoding); }))
      continue;
    reply.body = encoding == std::string_view("gzip") ? quick_gzip(reply.body) : quick_deflate(reply.body);
    reply.headers.set("Content-Encoding", encoding);
    return;
  }
}

}  // namespace millrace::server
