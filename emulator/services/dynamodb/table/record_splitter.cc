#include "emulator/services/dynamodb/table/record_splitter.h"

#include <utility>

namespace millrace::dynamodb {

namespace {

constexpr int kGivenUpLinesMax = 16;  // of a file: each may be looked for in all that a record may be

bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\v' || c == '\f';
}

}  // namespace

void RecordSplitter::feed(std::string_view bytes) {
  for (char c : bytes) {
    const bool csv = format_ == Format::csv;
    if (!csv && record_.empty() && is_blank(c)) continue;
    const bool last = csv ? ends_line(c) : ends_document(c);
    const bool full = record_.size() >= kRecordBytesMax;
    if (last) {
      if (!csv && !full) record_.push_back(c);
      too_long_ = too_long_ || (!csv && full);
      end();
    } else if (!full) {
      record_.push_back(c);
    } else if (!std::exchange(too_long_, true) && give_up_first_line()) {
      feed({&c, 1});
    }
  }
}

void RecordSplitter::finish() {
  while (!record_.empty() && give_up_first_line()) {
  }
  if (!record_.empty()) end();
}

bool RecordSplitter::give_up_first_line() {
  if (format_ != Format::documents || open_ == 0 || given_up_lines_ == kGivenUpLinesMax) return false;
  const size_t line = record_.find('\n');
  if (line == std::string::npos) return false;
  ++given_up_lines_;
  const std::string held = std::exchange(record_, {});
  record_ = held.substr(0, line);
  too_long_ = false;
  end();
  feed(std::string_view(held).substr(line));
  return true;
}

void RecordSplitter::end() {
  take_(record_, too_long_);
  record_.clear();
  too_long_ = in_field_ = false;
  in_ = In::plain;
  open_ = quotes_ = 0;
  before_ = '\0';
}

/// A quote opens a field only at its beginning; two of them in it are one.
bool RecordSplitter::ends_line(char c) {
  switch (in_) {
    case In::text:
      if (c == '"') in_ = In::text_escape;
      return false;
    case In::text_escape:  // after a quote: the field's end, or the first of two
      in_ = c == '"' ? In::text : In::plain;
      if (c == '"') return false;
      break;
    default: break;
  }
  if (c == '\n') return true;
  if (c == delimiter_) {
    in_field_ = false;
  } else if (c == '"' && !in_field_) {
    in_ = In::text;
    in_field_ = true;
  } else if (c != '\r') {
    in_field_ = true;
  }
  return false;
}

bool RecordSplitter::ends_document(char c) {
  const bool ion = format_ == Format::ion;
  // What begins with no brace goes up to the line's end; so does, in Ion, what is outside of all braces.
  if (!ion && (record_.empty() ? c : record_[0]) != '{') return c == '\n';
  if (quotes_ > 0 && in_ == In::plain && c != '\'') {  // ' begins a symbol, '' is an empty one, ''' begins a long text
    in_ = quotes_ == 1 ? In::symbol : quotes_ == 2 ? In::plain : In::long_text;
    quotes_ = 0;
  }
  switch (in_) {
    case In::text_escape: in_ = In::text; return false;
    case In::symbol_escape: in_ = In::symbol; return false;
    case In::long_escape: in_ = In::long_text; return false;
    case In::text:
    case In::symbol:
      if (c == '\\') in_ = in_ == In::text ? In::text_escape : In::symbol_escape;
      if (c == (in_ == In::text ? '"' : '\'')) in_ = In::plain;
      return false;
    case In::long_text:
      quotes_ = c == '\'' ? quotes_ + 1 : 0;
      if (c == '\\') in_ = In::long_escape;
      if (quotes_ == 3) {
        in_ = In::plain;
        quotes_ = 0;
      }
      return false;
    case In::line_note:
      if (c == '\n') in_ = In::plain;
      return false;
    case In::block_note:
      if (c == '/' && before_ == '*') in_ = In::plain;
      before_ = in_ == In::plain ? '\0' : c;
      return false;
    case In::blob:  // {{base64}}
      if (c == '}' && before_ == '}') in_ = In::plain;
      before_ = in_ == In::plain ? '\0' : c;
      return false;
    case In::plain: break;
  }
  const int opened = open_;
  step_plain(c);
  if (opened > 0 && open_ == 0) return true;
  return ion && open_ == 0 && c == '\n' && in_ == In::plain && quotes_ == 0;
}

void RecordSplitter::step_plain(char c) {
  const bool ion = format_ == Format::ion;
  if (c == '"') {
    in_ = In::text;
  } else if (ion && c == '{' && before_ == '{') {
    --open_;
    in_ = In::blob;
    c = '\0';
  } else if (c == '{') {
    ++open_;
  } else if (c == '}') {
    if (open_ > 0) --open_;
  } else if (ion && c == '\'') {
    ++quotes_;
  } else if (ion && before_ == '/' && (c == '/' || c == '*')) {
    in_ = c == '/' ? In::line_note : In::block_note;
    c = '\0';
  }
  before_ = c;
}

}  // namespace millrace::dynamodb
