#pragma once
// Where the records of an import's file end: it comes in pieces, and only one record of it is held at a time.

#include <functional>
#include <string>
#include <string_view>

namespace millrace::dynamodb {

/// An item of 400 KB in the longest of ordinary writings; a longer record is none.
inline constexpr size_t kRecordBytesMax = 4u << 20;

class RecordSplitter {
 public:
  /// documents: what stands between a brace and its partner, outside of texts in double quotes, with or without an end
  /// of line behind it; ion: the same with Ion's other quotes, its comments, and what stands before a brace; csv: a line
  /// whose fields in quotes may hold line ends.
  enum class Format { documents, ion, csv };
  /// Gets each record; `too_long`: its beginning.
  using Take = std::function<void(std::string_view record, bool too_long)>;

  RecordSplitter(Format format, char delimiter, Take take)
      : format_(format), delimiter_(delimiter), take_(std::move(take)) {}

  void feed(std::string_view bytes);
  /// What is left is the last record, whole or not.
  void finish();

 private:
  enum class In {
    plain,
    text,
    text_escape,
    symbol,
    symbol_escape,
    long_text,
    long_escape,
    line_note,
    block_note,
    blob
  };

  /// True at a record's last byte.
  bool ends_document(char c);
  bool ends_line(char c);
  void step_plain(char c);
  /// A document that never ends is no more than its first line; what follows is looked at again. False if it can't be.
  bool give_up_first_line();
  void end();

  Format format_;
  char delimiter_;
  Take take_;
  std::string record_;
  bool too_long_ = false;
  In in_ = In::plain;
  int open_ = 0;           // braces
  int quotes_ = 0;         // of Ion's ' one after the other
  char before_ = '\0';     // the byte before this one, outside of texts
  bool in_field_ = false;  // csv: the field at hand has begun
  int given_up_lines_ = 0;
};

}  // namespace millrace::dynamodb
