#include "emulator/services/logs/insights/record.h"

#include <algorithm>

namespace millrace::logs::insights {

namespace {

/// The end of the object that begins at `from`, one past its brace; npos if it isn't closed.
size_t object_end(std::string_view text, size_t from) {
  int depth = 0;
  bool quoted = false;
  for (size_t i = from; i < text.size(); ++i) {
    char c = text[i];
    if (quoted) {
      if (c == '\\')
        ++i;
      else if (c == '"')
        quoted = false;
    } else if (c == '"') {
      quoted = true;
    } else if (c == '{') {
      ++depth;
    } else if (c == '}' && --depth == 0) {
      return i + 1;
    }
  }
  return std::string_view::npos;
}

void flatten(const Json& json, const std::string& path, std::map<std::string, Value>& out) {
  constexpr size_t kFieldsMax = 200;  // AWS extracts at most 200 fields of an event
  if (out.size() >= kFieldsMax) return;
  if (!json.is_structured()) {
    if (!json.is_null()) out.emplace(path, value_of_json(json));
    return;
  }
  size_t index = 0;
  for (auto it = json.begin(); it != json.end(); ++it) {
    std::string name = json.is_object() ? it.key() : std::to_string(index++);
    flatten(*it, path.empty() ? name : path + "." + name, out);
  }
}

/// The text after `label` up to the next tab or line's end, blanks trimmed.
std::optional<std::string_view> labelled(std::string_view line, std::string_view label) {
  size_t at = line.find(label);
  // "Duration:" is also the end of "Billed Duration:".
  while (at != std::string_view::npos && at > 0 && line[at - 1] != '\t' &&
         !(line[at - 1] == ' ' && label.starts_with("RequestId")))
    at = line.find(label, at + 1);
  if (at == std::string_view::npos) return std::nullopt;
  std::string_view rest = line.substr(at + label.size());
  rest = rest.substr(0, rest.find_first_of("\t\r\n"));
  while (rest.starts_with(' ')) rest.remove_prefix(1);
  return rest;
}

/// "128 MB" as 1.28E8, "12.5 ms" as 12.5.
Value measure(std::string_view line, std::string_view label, double factor) {
  auto text = labelled(line, label);
  if (!text) return {};
  auto number = number_of(std::string(text->substr(0, text->find(' '))));
  return number ? Value(*number * factor) : Value();
}

bool is_uuid(std::string_view text) {
  if (text.size() != 36) return false;
  for (size_t i = 0; i < text.size(); ++i) {
    bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash ? text[i] != '-' : !std::isxdigit(static_cast<unsigned char>(text[i]))) return false;
  }
  return true;
}

/// A platform line names its request; a logger's line has it between tabs.
Value request_id(std::string_view line) {
  if (auto text = labelled(line, "RequestId: ")) return std::string(text->substr(0, text->find(' ')));
  for (size_t at = 0; at < line.size();) {
    size_t end = std::min(line.find('\t', at), line.size());
    if (is_uuid(line.substr(at, end - at))) return std::string(line.substr(at, end - at));
    at = end + 1;
  }
  return {};
}

}  // namespace

std::optional<Json> discovered_json(std::string_view message, bool embedded) {
  size_t from = message.find_first_not_of(" \t\r\n");
  if (from == std::string_view::npos) return std::nullopt;
  if (message[from] == '{') {
    auto whole = parse_json(message);
    if (whole && whole->is_object()) return whole;
  }
  if (!embedded) return std::nullopt;
  from = message.find('{');
  size_t end = from == std::string_view::npos ? from : object_end(message, from);
  if (end == std::string_view::npos) return std::nullopt;
  return parse_json(message.substr(from, end - from));
}

const Json* field_in(const Json& document, std::string_view path) {
  if (document.is_array()) {
    size_t end = std::min(path.find('.'), path.size());
    std::string_view digits = path.substr(0, end);
    if (digits.empty() || digits.size() > 6 || digits.find_first_not_of("0123456789") != std::string_view::npos)
      return nullptr;
    size_t index = std::stoul(std::string(digits));
    if (index >= document.size()) return nullptr;
    return end == path.size() ? &document[index] : field_in(document[index], path.substr(end + 1));
  }
  if (!document.is_object()) return nullptr;
  if (auto whole = document.find(std::string(path)); whole != document.end()) return &*whole;
  for (size_t dot = path.find('.'); dot != std::string_view::npos; dot = path.find('.', dot + 1)) {
    auto member = document.find(std::string(path.substr(0, dot)));
    if (member == document.end()) continue;
    if (const Json* found = field_in(*member, path.substr(dot + 1))) return found;
  }
  return nullptr;
}

Value lambda_field(std::string_view message, std::string_view name) {
  constexpr double kMegabyte = 1'000'000;
  bool start = message.starts_with("START RequestId: "), end = message.starts_with("END RequestId: "),
       report = message.starts_with("REPORT RequestId: ");
  if (name == "@requestId") return request_id(message);
  if (name == "@type") return start ? Value("START") : end ? Value("END") : report ? Value("REPORT") : Value();
  if (!report) return {};
  if (name == "@duration") return measure(message, "Duration: ", 1);
  if (name == "@billedDuration") return measure(message, "Billed Duration: ", 1);
  if (name == "@initDuration") return measure(message, "Init Duration: ", 1);
  if (name == "@memorySize") return measure(message, "Memory Size: ", kMegabyte);
  if (name == "@maxMemoryUsed") return measure(message, "Max Memory Used: ", kMegabyte);
  return {};
}

std::map<std::string, Value> discovered_fields(const Source& source) {
  std::map<std::string, Value> out;
  if (auto document = discovered_json(source.event.message, source.of_lambda)) flatten(*document, "", out);
  if (source.of_lambda) {
    for (const char* name :
         {"@type", "@requestId", "@duration", "@billedDuration", "@initDuration", "@memorySize", "@maxMemoryUsed"}) {
      Value value = lambda_field(source.event.message, name);
      if (!is_absent(value)) out[name] = std::move(value);
    }
  }
  return out;
}

Value Record::get(const std::string& name) const {
  for (const auto& [added, value] : added_) {
    if (added == name) return value;
  }
  for (const auto& [added, value] : added_) {
    auto* structure = std::get_if<Structure>(&value);
    if (!structure || name.size() <= added.size() || name[added.size()] != '.' || !name.starts_with(added)) continue;
    if (const Json* found = field_in(*structure->json, std::string_view(name).substr(added.size() + 1)))
      return part_of(*structure, *found);
  }
  if (!source_) return {};
  if (name.starts_with('@')) {
    if (name == "@message") return source_->event.message;
    if (name == "@timestamp") return Time{source_->event.timestamp_ms};
    if (name == "@ingestionTime") return Time{source_->event.ingested_ms};
    if (name == "@logStream") return source_->stream;
    if (name == "@log") return source_->log;
    if (name == "@ptr") return source_->pointer;
    if (source_->of_lambda) {
      Value value = lambda_field(source_->event.message, name);
      if (!is_absent(value)) return value;
    }
  }
  if (!json_tried_) {
    json_tried_ = true;
    if (auto document = discovered_json(source_->event.message, source_->of_lambda))
      json_ = std::make_shared<const Json>(std::move(*document));
  }
  const Json* found = json_ ? field_in(*json_, name) : nullptr;
  return found ? value_of_json(*found) : Value();
}

void Record::set(const std::string& name, Value value) {
  for (auto& [added, old] : added_) {
    if (added == name) {
      old = std::move(value);
      return;
    }
  }
  added_.emplace_back(name, std::move(value));
}

size_t Record::bytes() const {
  constexpr size_t kOverhead = 256;
  size_t total =
      kOverhead + (source_ ? source_->event.message.size() : 0) + (json_ ? source_->event.message.size() * 4 : 0);
  for (const auto& [name, value] : added_) {
    total += 64 + name.size();
    if (auto* text = std::get_if<std::string>(&value)) total += text->size();
    if (auto* structure = std::get_if<Structure>(&value)) total += structure->bytes;
  }
  return total;
}

}  // namespace millrace::logs::insights
