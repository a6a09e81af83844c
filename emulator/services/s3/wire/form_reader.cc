#include "emulator/services/s3/wire/form_reader.h"

#include "emulator/base/encoding.h"
#include "emulator/services/s3/errors.h"

namespace millrace::s3 {

namespace {

AwsError malformed() {
  return {errors::malformed_post, "The body of your POST request is not well-formed multipart/form-data."};
}

/// `name="x"` in a Content-Disposition line.
std::optional<std::string> attribute(std::string_view line, std::string_view name) {
  std::string wanted = "; " + std::string(name) + "=\"";
  size_t at = line.find(wanted);
  if (at == std::string_view::npos) return std::nullopt;
  size_t from = at + wanted.size();
  size_t end = line.find('"', from);
  return end == std::string_view::npos ? std::nullopt : std::optional(std::string(line.substr(from, end - from)));
}

std::string_view disposition_of(std::string_view head) {
  while (!head.empty()) {
    std::string_view line = head.substr(0, head.find("\r\n"));
    head.remove_prefix(std::min(head.size(), line.size() + 2));
    if (line.size() > 20 && equals_ignore_case(line.substr(0, 20), "content-disposition:")) return line;
  }
  return {};
}

}  // namespace

std::string FormReader::boundary_of(std::string_view content_type) {
  size_t at = content_type.find("boundary=");
  if (!to_lower(content_type).starts_with("multipart/form-data") || at == std::string_view::npos) return "";
  std::string_view value = content_type.substr(at + 9);
  value = value.substr(0, value.find(';'));
  if (value.size() >= 2 && value.front() == '"' && value.back() == '"') value = value.substr(1, value.size() - 2);
  return std::string(value);
}

FormReader::FormReader(const protocol::HttpRequest& request, std::string boundary)
    // The body begins as if the boundary's line had one before it.
    : request_(request), mark_("\r\n--" + std::move(boundary)), buffer_("\r\n") {}

bool FormReader::fill() {
  if (ended_) return false;
  if (!request_.stream) {
    ended_ = true;
    buffer_ += request_.body;
    return true;
  }
  auto state = request_.stream->read(buffer_, 256u << 10);
  ended_ = state != protocol::BodyReader::State::more;
  return state != protocol::BodyReader::State::cut_off;
}

Result<std::string> FormReader::read_until(std::string_view mark, size_t bytes_max) {
  for (;;) {
    size_t at = buffer_.find(mark);
    if (at != std::string::npos && at <= bytes_max) {
      std::string out = buffer_.substr(0, at);
      buffer_.erase(0, at + mark.size());
      return out;
    }
    if (buffer_.size() > bytes_max + mark.size()) {
      return AwsError(errors::max_post_predata, "Your POST request fields preceding the upload file was too large.",
                      Json{{"MaxPostPreDataLengthBytes", kFieldsBytesMax}});
    }
    if (!fill()) return malformed();
  }
}

Result<void> FormReader::read_fields() {
  size_t left = kFieldsBytesMax;
  TRY(std::string preamble, read_until(mark_, left));
  for (;;) {
    TRY(std::string rest_of_line, read_until("\r\n", left));
    if (rest_of_line.starts_with("--"))
      return AwsError(errors::invalid_argument_kind, "POST requires exactly one file upload per request.",
                      Json{{"ArgumentName", "file"}, {"ArgumentValue", "0"}});
    TRY(std::string head, read_until("\r\n\r\n", left));
    std::string_view disposition = disposition_of(head);
    std::string name = to_lower(attribute(disposition, "name").value_or(""));
    if (name.empty()) return malformed();
    if (name == "file") {
      file_name_ = attribute(disposition, "filename");
      return {};
    }
    TRY(std::string value, read_until(mark_, left));
    size_t used = head.size() + value.size();
    if (used > left) return malformed();
    left -= used;
    fields_.add(name, value);
  }
}

Result<void> FormReader::read_file(const std::function<Result<void>(std::string_view)>& take) {
  for (;;) {
    size_t at = buffer_.find(mark_);
    if (at != std::string::npos) {
      TRY_VOID(take(std::string_view(buffer_).substr(0, at)));
      // What follows the file is ignored, as S3 does; the rest is read so that the connection can go on.
      while (fill()) buffer_.clear();
      return {};
    }
    // The mark may lie across two reads.
    if (buffer_.size() >= mark_.size()) {
      size_t safe = buffer_.size() - mark_.size() + 1;
      TRY_VOID(take(std::string_view(buffer_).substr(0, safe)));
      buffer_.erase(0, safe);
    }
    if (!fill()) return malformed();
  }
}

}  // namespace millrace::s3
