#pragma once
// A multipart/form-data body, read as it arrives: small fields first, then the file, which passes through in
// pieces.

#include <functional>
#include <optional>
#include <string>

#include "emulator/base/result.h"
#include "emulator/protocol/http.h"

namespace millrace::s3 {

class FormReader {
 public:
  /// The boundary of a Content-Type header, "" if there is none.
  static std::string boundary_of(std::string_view content_type);

  FormReader(const protocol::HttpRequest& request, std::string boundary);

  /// Reads the fields before the file. Errors: MalformedPOSTRequest, MaxPostPreDataLengthExceededError.
  Result<void> read_fields();
  const protocol::Headers& fields() const { return fields_; }
  /// Of the file; nothing where it came as text, without a name.
  const std::optional<std::string>& file_name() const { return file_name_; }

  /// Passes the file's bytes on. Errors: MalformedPOSTRequest, and what `take` returns.
  Result<void> read_file(const std::function<Result<void>(std::string_view)>& take);

 private:
  static constexpr size_t kFieldsBytesMax = 20u << 10;  // S3's limit for what comes before the file
  bool fill();                                          // reads more; false at the end
  Result<std::string> read_until(std::string_view mark, size_t bytes_max);

  const protocol::HttpRequest& request_;
  std::string mark_;  // "\r\n--boundary"
  std::string buffer_;
  bool ended_ = false;
  protocol::Headers fields_;
  std::optional<std::string> file_name_;
};

}  // namespace millrace::s3
