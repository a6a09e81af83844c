// Imports' files: the first byte says of which format and in pieces of what size; what is found mustn't depend on these.

#include "emulator/services/dynamodb/table/import_reader.h"
#include "fuzz.h"

namespace {

using namespace millrace;

struct Found {
  std::vector<AttributeMap> items;
  size_t errors = 0;
};

Found read(const char* format, std::string_view text, size_t piece) {
  static const tables::Table table = [] {
    tables::Table made;
    made.attributes = {{"pk", AttributeType::S}, {"n", AttributeType::N}, {"b", AttributeType::B}};
    return made;
  }();
  Found found;
  dynamodb::ImportReader reader(
      format, Json::object(), table, [&](AttributeMap item) { found.items.push_back(std::move(item)); },
      [&] { ++found.errors; });
  for (size_t at = 0; at < text.size(); at += std::min(piece, text.size() - at)) reader.feed(text.substr(at, piece));
  reader.finish();
  return found;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  static constexpr const char* kFormats[] = {"CSV", "DYNAMODB_JSON", "ION"};
  const char* format = kFormats[data[0] % 3];
  const size_t piece = 1 + data[0] / 3 % 16;
  std::string_view text = fuzz::as_text(data + 1, size - 1);
  const Found whole = read(format, text, SIZE_MAX), pieces = read(format, text, piece);
  fuzz::promise(whole.items == pieces.items && whole.errors == pieces.errors, "pieces make no difference");
  fuzz::promise(whole.items.size() + whole.errors <= text.size() + 1, "no record is made of nothing");
  return 0;
}
