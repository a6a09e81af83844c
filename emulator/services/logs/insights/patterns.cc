#include "emulator/services/logs/insights/patterns.h"

#include <arpa/inet.h>
#include <re2/re2.h>

#include <algorithm>
#include <cctype>

#include "emulator/base/encoding.h"

namespace millrace::logs::insights {

namespace {

using Kind = PatternToken::Kind;

constexpr std::string_view kBetween = " \t\r\n[]{}()<>,;=:\"'|";

/// "2024-01-31T09:05:07.123Z", "31/Jan/2024:09:05:07 +0000", "09:05:07".
const RE2& time_format() {
  static const RE2 format(
      R"((?:\d{4}[-/]\d{2}[-/]\d{2}(?:[T ]\d{2}:\d{2}:\d{2}(?:[.,]\d+)?(?:Z|[+-]\d{2}:?\d{2})?)?|)"
      R"(\d{2}/[A-Z][a-z]{2}/\d{4}:\d{2}:\d{2}:\d{2}(?: [+-]\d{4})?|\d{2}:\d{2}:\d{2}(?:[.,]\d+)?))");
  return format;
}

Kind kind_of(const std::string& word) {
  static const RE2 uuid("(?i)[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}");
  static const RE2 number(R"([+-]?\d+(?:\.\d+)?%?)");
  auto digits = std::count_if(word.begin(), word.end(), [](unsigned char c) { return std::isdigit(c); });
  if (digits == 0) return Kind::word;
  if (RE2::FullMatch(word, number)) return Kind::number;
  if (RE2::FullMatch(word, uuid)) return Kind::uuid;
  unsigned char address[16];
  if (inet_pton(AF_INET, word.c_str(), address) == 1) return Kind::ip;
  // "12342342k124" is somebody's id; "s3" and "v2" are words.
  constexpr size_t kIdMin = 6;
  return word.size() >= kIdMin && digits >= 2 ? Kind::id : Kind::word;
}

bool is_time_at(std::string_view text, size_t at, size_t& length) {
  if (!std::isdigit(static_cast<unsigned char>(text[at]))) return false;
  re2::StringPiece rest(text.data() + at, text.size() - at), found;
  if (!time_format().Match(rest, 0, rest.size(), RE2::ANCHOR_START, &found, 1)) return false;
  length = found.size();
  return at + length == text.size() || kBetween.find(text[at + length]) != std::string_view::npos;
}

/// The text's tokens; the last one has what stands behind the last word as its `before` and no text.
std::vector<PatternToken> tokens_of(std::string_view text) {
  std::vector<PatternToken> out;
  std::string before;
  size_t at = 0;
  while (at < text.size() && out.size() < Patterns::kTokensMax) {
    size_t length = 0;
    if (is_time_at(text, at, length)) {
      out.push_back({Kind::time, std::move(before), {}});
    } else if (kBetween.find(text[at]) != std::string_view::npos) {
      before.push_back(text[at++]);
      continue;
    } else {
      length = std::min(text.find_first_of(kBetween, at), text.size()) - at;
      std::string word(text.substr(at, length));
      // A full stop behind a word is none of it.
      while (word.size() > 1 && (word.back() == '.' || word.back() == '!' || word.back() == '?')) word.pop_back();
      length = word.size();
      Kind kind = kind_of(word);
      out.push_back({kind, std::move(before), std::move(word)});
      at += length;
      before.clear();
      while (at < text.size() && (text[at] == '.' || text[at] == '!' || text[at] == '?')) before.push_back(text[at++]);
      continue;
    }
    before.clear();
    at += length;
  }
  while (!before.empty() && std::isspace(static_cast<unsigned char>(before.back()))) before.pop_back();
  out.push_back({Kind::word, std::move(before), {}});
  return out;
}

bool same(const PatternToken& of_pattern, const PatternToken& token) {
  if (of_pattern.kind == Kind::any) return true;
  return of_pattern.kind == token.kind && (token.kind != Kind::word || of_pattern.text == token.text);
}

/// Whether so many tokens agree that the rest are variations.
bool alike(const std::vector<PatternToken>& pattern, const std::vector<PatternToken>& tokens) {
  size_t words = tokens.size() - 1, agreeing = 0;
  for (size_t i = 0; i < words; ++i) agreeing += same(pattern[i], tokens[i]);
  return agreeing == words || agreeing * 10 >= words * 7;
}

std::string shape_of(const std::vector<PatternToken>& tokens) {
  std::string shape;
  for (const PatternToken& token : tokens) shape += token.before + '\0';
  return to_hex(sha256(shape));
}

const char* name_of(Kind kind) {
  switch (kind) {
    case Kind::time: return "Time";
    case Kind::uuid: return "UUID";
    case Kind::ip: return "IP";
    case Kind::number: return "Number";
    case Kind::id: return "ID";
    default: return "Token";
  }
}

std::string text_of(const std::vector<PatternToken>& tokens) {
  std::string out;
  int dynamic = 0;
  for (const PatternToken& token : tokens) {
    out += token.before;
    out += token.kind == Kind::word ? token.text
                                    : "<" + std::string(name_of(token.kind)) + "-" + std::to_string(++dynamic) + ">";
  }
  return out;
}

/// The first word that is a level's name.
std::string severity_of(const std::vector<PatternToken>& tokens) {
  static constexpr std::pair<std::string_view, std::string_view> kLevels[] = {
      {"error", "Error"},  {"err", "Error"},       {"fatal", "Error"}, {"critical", "Error"}, {"severe", "Error"},
      {"warn", "Warning"}, {"warning", "Warning"}, {"info", "Info"},   {"debug", "Debug"},    {"trace", "Debug"}};
  for (const PatternToken& token : tokens) {
    if (token.kind != Kind::word) continue;
    for (const auto& [level, label] : kLevels) {
      if (equals_ignore_case(token.text, level)) return std::string(label);
    }
  }
  return "None";
}

}  // namespace

Patterns::Cluster* Patterns::known(const std::string& shape, const std::vector<PatternToken>& tokens) {
  auto candidates = of_.find(shape);
  if (candidates == of_.end()) return nullptr;
  for (size_t index : candidates->second) {
    if (alike(clusters_[index].tokens, tokens)) return &clusters_[index];
  }
  return nullptr;
}

Patterns::Cluster& Patterns::cluster_of(std::vector<PatternToken> tokens) {
  std::string shape = shape_of(tokens);
  Cluster* cluster = known(shape, tokens);
  if (!cluster && clusters_.size() >= kPatternsMax) {
    tokens = {{Kind::any, "", ""}, {Kind::word, "", ""}};
    shape.clear();
    cluster = known(shape, tokens);
  }
  if (!cluster) {
    for (const PatternToken& token : tokens) bytes_ += sizeof(token) + token.before.size() + token.text.size();
    of_[shape].push_back(clusters_.size());
    clusters_.push_back({std::move(tokens)});
    return clusters_.back();
  }
  for (size_t i = 0; i + 1 < tokens.size(); ++i) {
    if (!same(cluster->tokens[i], tokens[i])) cluster->tokens[i].kind = Kind::any;
  }
  return *cluster;
}

void Patterns::add(std::string_view text, bool earlier) {
  Cluster& cluster = cluster_of(tokens_of(text));
  ++(earlier ? cluster.earlier_count : cluster.count);
  if (!earlier) ++count_;
}

std::vector<FoundPattern> Patterns::found() const {
  std::vector<FoundPattern> out;
  for (const Cluster& cluster : clusters_)
    out.push_back({text_of(cluster.tokens), severity_of(cluster.tokens), cluster.count, cluster.earlier_count});
  std::stable_sort(out.begin(), out.end(),
                   [](const FoundPattern& a, const FoundPattern& b) { return a.count > b.count; });
  return out;
}

}  // namespace millrace::logs::insights
