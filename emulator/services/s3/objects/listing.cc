#include "emulator/services/s3/objects/listing.h"

#include <charconv>

#include "emulator/base/encoding.h"
#include "emulator/services/s3/errors.h"
#include "emulator/services/s3/objects/keys.h"

namespace millrace::s3 {

using storage::Family;

std::string common_prefix(std::string_view key, std::string_view prefix, std::string_view delimiter) {
  if (delimiter.empty()) return "";
  size_t at = key.find(delimiter, prefix.size());
  return at == std::string_view::npos ? "" : std::string(key.substr(0, at + delimiter.size()));
}

Listing list_current(const storage::Reader& reader, const Bucket& bucket, const std::string& prefix,
                     const std::string& delimiter, const std::string& after, size_t limit) {
  Listing out;
  std::string all = keys::currents(bucket.id, prefix);
  std::string end = storage::prefix_end(all);
  std::string from = all;
  if (!after.empty()) {
    bool is_prefix = !delimiter.empty() && after.ends_with(delimiter) &&
                     !common_prefix(after, prefix, delimiter).empty() &&
                     common_prefix(after, prefix, delimiter) == after;
    // Past every key under a common prefix, or just past the key.
    std::string past =
        is_prefix ? storage::prefix_end(keys::currents(bucket.id, after)) : keys::current(bucket.id, after) + '\0';
    from = std::max(from, past);
  }
  if (limit == 0) return out;
  // One scan for each run of keys; a common prefix ends the scan and the next begins behind it.
  while (from < end) {
    std::string next;
    reader.scan(Family::objects, from, end, [&](std::string_view stored, std::string_view record) {
      std::string key = keys::object_key_of(stored);
      if (out.entries.size() + out.common_prefixes.size() == limit) {
        out.truncated = true;
        return false;
      }
      std::string common = common_prefix(key, prefix, delimiter);
      if (!common.empty()) {
        out.last = common;
        next = storage::prefix_end(keys::currents(bucket.id, common));
        out.common_prefixes.push_back(std::move(common));
        return false;
      }
      auto version = decode(record);
      if (!version) return true;
      out.last = key;
      out.entries.push_back({std::move(key), std::move(*version)});
      return true;
    });
    if (next.empty()) break;
    from = std::move(next);
  }
  return out;
}

std::string ListParameters::shown(std::string_view text) const {
  if (!url_encoded) return std::string(text);
  std::string out = percent_encode(text, "/* ");
  for (char& c : out) {
    if (c == ' ') c = '+';
  }
  return out;
}

void ListParameters::write_restore_status(XmlWriter& xml, const ObjectVersion& version) const {
  if (!restore_status || version.restored_until_ms == 0) return;
  xml.open("RestoreStatus").boolean("IsRestoreInProgress", false);
  xml.text("RestoreExpiryDate", iso_millis(version.restored_until_ms)).close("RestoreStatus");
}

std::string prefix_of_marker(std::string_view marker, const ListParameters& parameters) {
  if (!marker.starts_with(parameters.prefix)) return "";
  return common_prefix(marker, parameters.prefix, parameters.delimiter);
}

Result<ListParameters> list_parameters(const protocol::Call& call, const char* limit_name) {
  ListParameters out;
  out.prefix = parameter(call, "prefix").value_or("");
  out.delimiter = parameter(call, "delimiter").value_or("");
  if (auto encoding = parameter(call, "encoding-type")) {
    if (*encoding != "url")
      return errors::invalid_argument("Invalid Encoding Method specified in Request", "encoding-type", *encoding);
    out.url_encoded = true;
  }
  out.restore_status = header(call, "x-amz-optional-object-attributes").find("RestoreStatus") != std::string_view::npos;
  auto limit = parameter(call, limit_name);
  if (!limit || limit->empty()) return out;
  int64_t value = 0;
  auto [end, error] = std::from_chars(limit->data(), limit->data() + limit->size(), value);
  if (error != std::errc() || end != limit->data() + limit->size())
    return errors::invalid_argument(std::string("Provided ") + limit_name + " not an integer or within integer range",
                                    limit_name, *limit);
  if (value < 0 || value > 2'147'483'647)
    return errors::invalid_argument(std::string("Argument ") +
                                        (limit_name == std::string("max-keys") ? "maxKeys" : limit_name) +
                                        " must be an integer between 0 and 2147483647",
                                    limit_name, *limit);
  out.limit = std::min<size_t>(static_cast<size_t>(value), 1000);
  return out;
}

}  // namespace millrace::s3
