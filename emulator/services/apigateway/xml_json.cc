#include "emulator/services/apigateway/xml_json.h"

namespace millrace::apigateway {

namespace {

constexpr int kDepthMax = 64;

class Reader {
 public:
  explicit Reader(std::string_view xml) : xml_(xml) {}

  std::optional<Json> run() {
    while (skip_blanks(), xml_.substr(at_).starts_with("<?")) {
      const size_t end = xml_.find("?>", at_);
      if (end == std::string_view::npos) return std::nullopt;
      at_ = end + 2;
    }
    Json out = Json::object();
    if (!element(out, 0)) return std::nullopt;
    return out;
  }

 private:
  void skip_blanks() {
    while (at_ < xml_.size() && (xml_[at_] == ' ' || xml_[at_] == '\n' || xml_[at_] == '\r' || xml_[at_] == '\t'))
      ++at_;
  }

  /// One element into its parent's document.
  bool element(Json& parent, int depth) {
    if (depth > kDepthMax || at_ >= xml_.size() || xml_[at_] != '<') return false;
    const size_t end = xml_.find('>', at_);
    if (end == std::string_view::npos) return false;
    std::string_view tag = xml_.substr(at_ + 1, end - at_ - 1);
    at_ = end + 1;
    const bool empty = tag.ends_with('/');
    if (empty) tag.remove_suffix(1);
    const std::string name(tag.substr(0, tag.find_first_of(" \t\n")));
    Json value = "";
    if (!empty && !content(name, value, depth)) return false;
    if (!parent.contains(name)) {
      parent[name] = std::move(value);
    } else {
      if (!parent[name].is_array()) parent[name] = Json::array({parent[name]});
      parent[name].push_back(std::move(value));
    }
    return true;
  }

  /// Up to and with the end tag.
  bool content(const std::string& name, Json& value, int depth) {
    std::string text;
    Json members = Json::object();
    while (at_ < xml_.size()) {
      if (xml_.substr(at_).starts_with("</")) {
        const std::string end = "</" + name + ">";
        if (!xml_.substr(at_).starts_with(end)) return false;
        at_ += end.size();
        value = members.empty() ? Json(unescaped(text)) : std::move(members);
        return true;
      }
      if (xml_[at_] == '<') {
        if (!element(members, depth + 1)) return false;
      } else {
        text += xml_[at_++];
      }
    }
    return false;
  }

  static std::string unescaped(const std::string& text) {
    static constexpr std::pair<std::string_view, char> kEntities[] = {
        {"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'}, {"&apos;", '\''}, {"&amp;", '&'}};
    std::string out;
    for (size_t i = 0; i < text.size();) {
      bool found = false;
      for (const auto& [entity, c] : kEntities) {
        if (text.compare(i, entity.size(), entity) != 0) continue;
        out += c;
        i += entity.size();
        found = true;
        break;
      }
      if (!found) out += text[i++];
    }
    return out;
  }

  std::string_view xml_;
  size_t at_ = 0;
};

}  // namespace

std::optional<Json> xml_to_json(std::string_view xml) {
  return Reader(xml).run();
}

}  // namespace millrace::apigateway
