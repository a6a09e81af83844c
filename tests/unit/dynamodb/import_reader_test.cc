// Imports' files come in pieces; which pieces makes no difference, and no file makes the reader large or slow.

#include "emulator/services/dynamodb/table/import_reader.h"

#include <gtest/gtest.h>

#include <chrono>

#include "emulator/base/attribute/item_json.h"

namespace millrace::dynamodb {
namespace {

struct Read {
  std::vector<AttributeMap> items;
  int errors = 0;
  friend bool operator==(const Read&, const Read&) = default;
};

tables::Table table() {
  tables::Table table;
  table.attributes = {{"pk", AttributeType::S}, {"n", AttributeType::N}, {"b", AttributeType::B}};
  return table;
}

Read read(const std::string& format, std::string_view text, size_t piece = SIZE_MAX,
          const Json& options = Json::object()) {
  static const tables::Table definition = table();
  Read out;
  ImportReader reader(
      format, options, definition, [&](AttributeMap item) { out.items.push_back(std::move(item)); },
      [&] { ++out.errors; });
  for (size_t at = 0; at < text.size(); at += std::min(piece, text.size() - at)) reader.feed(text.substr(at, piece));
  reader.finish();
  return out;
}

std::string text_of(const AttributeMap& item, std::string_view name) {
  const AttributeValue* value = item.find(name);
  const std::string* text = value ? value->get_if<std::string>() : nullptr;
  return text ? *text : "(none)";
}

struct File {
  const char* format;
  std::string text;
  size_t items;
  int errors;
};

std::vector<File> files() {
  return {
      {"CSV", "pk,n,b,x\na,1,AAA=,one\nb,2,,\n", 2, 0},
      {"CSV", "pk,x\r\na,\"quoted, with \"\"quotes\"\" and\na line\"\r\nb,\"\"\r\n\r\nc,d\"e\"f", 3, 0},
      {"CSV", "pk,n\na,no number\nb,1,one more\nc,\nd", 2, 2},
      {"CSV", "", 0, 0},
      {"CSV", "pk\n", 0, 0},
      {"DYNAMODB_JSON",
       R"({"Item":{"pk":{"S":"a}{"}}} {"Item":{"pk":{"S":"q\"}"}}})"
       "\n\n"
       R"({"Item":{"pk":{"S":"\\"}}})",
       3, 0},
      {"DYNAMODB_JSON",
       "{\n \"Item\": {\n \"pk\": {\"S\": \"a\"}\n }\n}\nrubbish } with { braces\n{\"Item\":{\"pk\":{\"S\":\"b\"}}}", 2,
       1},
      {"DYNAMODB_JSON", R"({"Item":{"pk":{"S":"a"}}}{"item":1}[1]
{"Item":{"pk":{"Q":"a"}}} {"Item":{"pk":{"S":"cut)",
       1, 4},
      {"DYNAMODB_JSON",
       "{\"Item\":{\"pk\":{\"S\":\"cut\n{\"Item\":{\"pk\":{\"S\":\"b\"}}}\n{\"Item\":{\n{\"Item\":{\"pk\":{\"S\":\"c\"}"
       "}}\n",
       2, 2},
      {"ION", "$ion_1_0\n{Item:{pk:\"a}\",'odd}{name':1.,b:{{AA//}}, long:'''it's } ''' '''two'''}}\n{Item:{pk:'sym'}}",
       2, 0},
      {"ION", "$ion_1_0 {Item:{pk:\"a\"}} // a { note\n /* { */ $ion_1_0\n{Item:{pk:\"b\"/*}*/}}", 2, 0},
      {"ION", "{Item:{pk:\"a\"}} {Item:1} {Item:{pk:\"b\"}} {pk::} {Item:{pk:\"c\"}}", 2, 2},
  };
}

TEST(ImportReader, FindsTheRecords) {
  for (const File& file : files()) {
    const Read found = read(file.format, file.text);
    EXPECT_EQ(found.items.size(), file.items) << file.text;
    EXPECT_EQ(found.errors, file.errors) << file.text;
  }
}

TEST(ImportReader, FindsTheSameInPiecesOfAnySize) {
  for (const File& file : files()) {
    const Read whole = read(file.format, file.text);
    for (size_t piece : {1, 2, 3, 7, 16})
      EXPECT_TRUE(read(file.format, file.text, piece) == whole) << piece << ": " << file.text;
  }
}

TEST(ImportReader, ReadsWhatFieldsSay) {
  const Read found = read("CSV", "pk,x,n\r\na,\"quoted, with \"\"quotes\"\" and\na line\",1\r\n");
  ASSERT_EQ(found.items.size(), 1u);
  EXPECT_EQ(text_of(found.items[0], "x"), "quoted, with \"quotes\" and\na line");
  EXPECT_EQ(found.items[0].find("n")->type(), AttributeType::N);
}

TEST(ImportReader, TakesAHeaderListAndAnotherDelimiter) {
  const Json options = {{"Csv", {{"Delimiter", ";"}, {"HeaderList", {"pk", "x"}}}}};
  const Read found = read("CSV", "a;1,2\nb;3\n", 1, options);
  ASSERT_EQ(found.items.size(), 2u);
  EXPECT_EQ(text_of(found.items[0], "x"), "1,2");
}

TEST(ImportReader, KeepsTheLastOfColumnsOfOneName) {
  const Read found = read("CSV", "pk,x,x\na,1,2\n");
  EXPECT_EQ(text_of(found.items.at(0), "x"), "2");
}

double seconds(const std::function<void()>& task) {
  const auto since = std::chrono::steady_clock::now();
  task();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - since).count();
}

std::string wide_csv(int columns) {
  std::string header = "pk", record = "a";
  for (int i = 1; i < columns; ++i) {
    header += "," + std::to_string(columns - i);
    record += ",1";
  }
  return header + "\n" + record + "\n" + record + "\n";
}

// The bounds are a hundred times what it takes: they tell linear from quadratic, not fast from slow.
TEST(ImportReader, TakesTimeInProportionToTheColumns) {
  EXPECT_LT(seconds([] { EXPECT_EQ(read("CSV", wide_csv(90'000)).items.size(), 2u); }), 10);
}

TEST(ImportReader, GivesUpAFileWithTooManyColumns) {
  EXPECT_LT(seconds([] {
              const Read found = read("CSV", wide_csv(200'000));
              EXPECT_EQ(found.items.size(), 0u);
              EXPECT_EQ(found.errors, 1);
            }),
            10);
}

TEST(ImportReader, TakesTimeInProportionToAnItemsNames) {
  std::string ion = "{Item:{", json = R"({"Item":{)";
  for (int i = 60'000; i > 0; --i) {
    ion += "a" + std::to_string(i) + ":1.,";
    json += (i < 60'000 ? ",\"a" : "\"a") + std::to_string(i) + R"(":{"N":"1"})";
  }
  EXPECT_LT(seconds([&] { EXPECT_EQ(read("ION", ion + "}}").items.size(), 1u); }), 10);
  EXPECT_LT(seconds([&] { EXPECT_EQ(read("DYNAMODB_JSON", json + "}}").items.size(), 1u); }), 10);
}

TEST(ImportReader, DropsARecordThatIsTooLongAndGoesOn) {
  const std::string filling(kRecordBytesMax + 10, 'x');
  EXPECT_EQ(read("CSV", "pk,x\na,1\nb,\"" + filling + "\"\nc,2\n", 1000).items.size(), 2u);
  EXPECT_EQ(read("DYNAMODB_JSON", R"({"Item":{"pk":{"S":")" + filling + R"("}}}{"Item":{"pk":{"S":"b"}}})", 1000)
                .items.size(),
            1u);
  EXPECT_EQ(read("ION", "{Item:{pk:\"" + filling + "\"}}{Item:{pk:\"b\"}}", 1000).items.size(), 1u);
  // One that never ends costs a line, not the file.
  const Read cut = read("DYNAMODB_JSON", "{\"Item\":{\n" + filling + "\n{\"Item\":{\"pk\":{\"S\":\"b\"}}}", 1000);
  EXPECT_EQ(cut.items.size(), 1u);
  EXPECT_EQ(cut.errors, 2);
  const Read header = read("CSV", "pk," + filling + "\na,b\n", 1000);
  EXPECT_EQ(header.items.size(), 0u);
  EXPECT_EQ(header.errors, 1);
}

}  // namespace
}  // namespace millrace::dynamodb
