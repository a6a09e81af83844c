#pragma once
// A snapshot as one file: the line "millrace snapshot 1", then for each file of the folder a line of JSON, {"name",
// "size"}, and its bytes; the line {} at the end. RocksDB's files are compressed already.

#include <memory>
#include <string>
#include <variant>

#include "emulator/protocol/http.h"

namespace millrace::server {

/// What is below the folder, read while it is sent. Or a sentence.
std::variant<std::shared_ptr<protocol::BodySource>, std::string> export_folder(const std::string& folder);
/// The other way round; the folder exists. Empty, or a sentence.
std::string import_folder(const std::string& folder, protocol::BodyReader& bytes);

}  // namespace millrace::server
