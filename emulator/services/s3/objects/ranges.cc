#include "emulator/services/s3/objects/ranges.h"

#include <charconv>

#include "emulator/services/s3/errors.h"

namespace millrace::s3 {

namespace {

std::optional<uint64_t> number(std::string_view text) {
  uint64_t value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// To the second, as HTTP dates are.
Millis whole_seconds(Millis t) {
  return t / 1000 * 1000;
}

Millis date_of(std::string_view header) {
  if (header.empty()) return -1;
  Millis parsed = parse_http_date(std::string(header));
  return parsed >= 0 ? parsed : parse_iso(std::string(header));
}

AwsError invalid_range(std::string_view header, uint64_t size) {
  return errors::with_header(AwsError(errors::invalid_range, "The requested range is not satisfiable",
                                      Json{{"RangeRequested", header}, {"ActualObjectSize", size}}),
                             "Content-Range", "bytes */" + std::to_string(size));
}

}  // namespace

Result<std::optional<ByteRange>> parse_range(std::string_view header, uint64_t size) {
  std::optional<ByteRange> whole;
  if (!header.starts_with("bytes=")) return whole;
  std::string_view spec = header.substr(6);
  size_t dash = spec.find('-');
  if (dash == std::string_view::npos || spec.find(',') != std::string_view::npos) return whole;
  std::string_view from = spec.substr(0, dash), to = spec.substr(dash + 1);
  auto first = number(from), last = number(to);
  if (from.empty()) {
    if (!last) return whole;
    if (*last == 0 || size == 0) return invalid_range(header, size);
    uint64_t count = std::min(*last, size);
    return std::optional<ByteRange>(ByteRange{size - count, size - 1});
  }
  if (!first || (!to.empty() && !last) || (last && *last < *first)) return whole;
  if (*first >= size) return invalid_range(header, size);
  return std::optional<ByteRange>(ByteRange{*first, std::min(last.value_or(size - 1), size - 1)});
}

Result<ByteRange> parse_copy_range(std::string_view header, uint64_t size) {
  constexpr std::string_view kPrefix = "bytes=";
  std::string_view spec = header.starts_with(kPrefix) ? header.substr(kPrefix.size()) : std::string_view();
  size_t dash = spec.find('-');
  auto first = number(spec.substr(0, dash == std::string_view::npos ? 0 : dash));
  auto last = dash == std::string_view::npos ? std::nullopt : number(spec.substr(dash + 1));
  if (!first || !last || *last < *first) {
    return errors::invalid_argument(
        "The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the "
        "zero-based "
        "offsets of the first and last bytes to copy",
        "x-amz-copy-source-range", header);
  }
  if (*first >= size) return errors::invalid("The specified copy range is invalid for the source object size");
  if (*last >= size) {
    return errors::invalid_argument("Range specified is not valid for source object of size: " + std::to_string(size),
                                    "x-amz-copy-source-range", header);
  }
  return ByteRange{*first, *last};
}

bool etag_matches(std::string_view header, std::string_view etag) {
  while (!header.empty()) {
    std::string_view one = header.substr(0, header.find(','));
    header.remove_prefix(std::min(header.size(), one.size() + 1));
    while (one.starts_with(' ')) one.remove_prefix(1);
    while (one.ends_with(' ')) one.remove_suffix(1);
    if (one.starts_with("W/")) one.remove_prefix(2);
    // S3 takes a tag with one quote missing as well.
    if (one.starts_with('"')) one.remove_prefix(1);
    if (one.ends_with('"')) one.remove_suffix(1);
    if (one == "*" || one == etag) return true;
  }
  return false;
}

ReadConditions read_conditions(const protocol::Headers& headers) {
  return {headers.get("if-match"), headers.get("if-none-match"), headers.get("if-modified-since"),
          headers.get("if-unmodified-since")};
}

ReadConditions copy_source_conditions(const protocol::Headers& headers) {
  return {headers.get("x-amz-copy-source-if-match"), headers.get("x-amz-copy-source-if-none-match"),
          headers.get("x-amz-copy-source-if-modified-since"), headers.get("x-amz-copy-source-if-unmodified-since")};
}

Verdict judge(const ReadConditions& conditions, std::string_view etag, Millis modified, Millis now,
              std::string& failed_condition) {
  modified = whole_seconds(modified);
  if (!conditions.if_match.empty()) {
    if (!etag_matches(conditions.if_match, etag)) {
      failed_condition = "If-Match";
      return Verdict::failed;
    }
  } else if (Millis since = date_of(conditions.if_unmodified_since); since >= 0 && modified > since) {
    failed_condition = "If-Unmodified-Since";
    return Verdict::failed;
  }
  if (!conditions.if_none_match.empty()) {
    if (!etag_matches(conditions.if_none_match, etag)) return Verdict::send;
    failed_condition = "If-None-Match";
    return Verdict::not_modified;
  }
  Millis since = date_of(conditions.if_modified_since);
  if (since >= 0 && since <= now && modified <= since) {
    failed_condition = "If-Modified-Since";
    return Verdict::not_modified;
  }
  return Verdict::send;
}

}  // namespace millrace::s3
