#include "emulator/services/cloudwatch/cbor.h"

#include <cmath>
#include <cstring>

namespace millrace::cloudwatch {

namespace {

constexpr unsigned char kUnsigned = 0x00, kNegative = 0x20, kText = 0x60, kArray = 0x80, kMap = 0xa0, kTag = 0xc0;
constexpr char kFalse = '\xf4', kTrue = '\xf5', kNull = '\xf6', kDouble = '\xfb';

void append_head(std::string& out, unsigned char major, uint64_t value) {
  auto bytes = [&](int n) {
    for (int i = n - 1; i >= 0; --i) out += static_cast<char>(value >> (8 * i));
  };
  if (value < 24) {
    out += static_cast<char>(major | value);
  } else if (value <= 0xff) {
    out += static_cast<char>(major | 24);
    bytes(1);
  } else if (value <= 0xffff) {
    out += static_cast<char>(major | 25);
    bytes(2);
  } else if (value <= 0xffffffff) {
    out += static_cast<char>(major | 26);
    bytes(4);
  } else {
    out += static_cast<char>(major | 27);
    bytes(8);
  }
}

void append_text(std::string& out, const std::string& text) {
  append_head(out, kText, text.size());
  out += text;
}

void append_double(std::string& out, double value) {
  uint64_t bits = 0;
  std::memcpy(&bits, &value, sizeof bits);
  out += kDouble;
  for (int i = 7; i >= 0; --i) out += static_cast<char>(bits >> (8 * i));
}

void append(std::string& out, const Json& value, bool as_time, const std::function<bool(const std::string&)>& is_time) {
  if (as_time && value.is_number()) {
    append_head(out, kTag, 1);
    return append_double(out, value.get<double>());
  }
  if (value.is_object()) {
    append_head(out, kMap, value.size());
    for (const auto& [name, member] : value.items()) {
      append_text(out, name);
      append(out, member, is_time(name), is_time);
    }
  } else if (value.is_array()) {
    append_head(out, kArray, value.size());
    for (const Json& element : value) append(out, element, as_time, is_time);
  } else if (value.is_string()) {
    append_text(out, value.get_ref<const std::string&>());
  } else if (value.is_boolean()) {
    out += value.get<bool>() ? kTrue : kFalse;
  } else if (value.is_number_float()) {
    append_double(out, value.get<double>());
  } else if (value.is_number_unsigned() || (value.is_number_integer() && value.get<int64_t>() >= 0)) {
    append_head(out, kUnsigned, value.get<uint64_t>());
  } else if (value.is_number_integer()) {
    append_head(out, kNegative, static_cast<uint64_t>(-1 - value.get<int64_t>()));
  } else {
    out += kNull;
  }
}

/// A reader that never goes deeper than documents do.
class Decoder {
 public:
  explicit Decoder(std::string_view bytes) : rest_(bytes) {}
  bool at_end() const { return rest_.empty(); }

  std::optional<Json> value(int depth) {
    if (rest_.empty() || depth > kNestingMax) return std::nullopt;
    const auto head = static_cast<unsigned char>(rest_.front());
    rest_.remove_prefix(1);
    const unsigned major = head >> 5, info = head & 31;
    if (major == 7) return simple(info);
    uint64_t number = 0;
    const bool open = info == 31;  // of unknown length
    if (!open && !argument(info, number)) return std::nullopt;
    switch (major) {
      case 0: return open ? std::nullopt : std::optional<Json>(number);
      case 1: return open || number > INT64_MAX ? std::nullopt : std::optional<Json>(-1 - static_cast<int64_t>(number));
      case 4: return array(open, number, depth);
      case 5: return object(open, number, depth);
      case 6: return open ? std::nullopt : value(depth + 1);  // the tag says what the value means
      default: return text(open, number);
    }
  }

 private:
  static constexpr int kNestingMax = 64;
  static constexpr uint64_t kMembersMax = 4096;  // of one map; no structure has nearly as many

  bool argument(unsigned info, uint64_t& out) {
    if (info < 24) {
      out = info;
      return true;
    }
    if (info > 27) return false;
    const size_t width = size_t{1} << (info - 24);
    if (rest_.size() < width) return false;
    out = 0;
    for (size_t i = 0; i < width; ++i) out = out << 8 | static_cast<unsigned char>(rest_[i]);
    rest_.remove_prefix(width);
    return true;
  }
  /// What else a name or a piece of a text could be would be read without end.
  bool begins_text() const {
    const unsigned major = rest_.empty() ? 0 : static_cast<unsigned char>(rest_.front()) >> 5;
    return major == 2 || major == 3;
  }
  bool take_break() {
    if (rest_.empty() || rest_.front() != '\xff') return false;
    rest_.remove_prefix(1);
    return true;
  }

  std::optional<Json> simple(unsigned info) {
    if (info == 20 || info == 21) return Json(info == 21);
    if (info == 22 || info == 23) return Json(nullptr);
    uint64_t bits = 0;
    if (info < 25 || !argument(info, bits)) return std::nullopt;
    if (info == 25) return half(static_cast<uint16_t>(bits));
    double out = 0;
    if (info == 26) {
      const auto narrow = static_cast<uint32_t>(bits);
      float single = 0;
      std::memcpy(&single, &narrow, sizeof single);
      out = static_cast<double>(single);
    } else {
      std::memcpy(&out, &bits, sizeof out);
    }
    return Json(out);
  }
  static Json half(uint16_t bits) {
    const int exponent = bits >> 10 & 31, mantissa = bits & 1023;
    const double value = exponent == 0 ? std::ldexp(mantissa, -24) : std::ldexp(mantissa + 1024, exponent - 25);
    return Json(bits & 0x8000 ? -value : value);
  }

  std::optional<Json> text(bool open, uint64_t length) {
    std::string out;
    if (!open) {
      if (length > rest_.size()) return std::nullopt;
      out = rest_.substr(0, length);
      rest_.remove_prefix(length);
      return Json(std::move(out));
    }
    while (!take_break()) {
      const bool whole = !rest_.empty() && (rest_.front() & 31) != 31;
      std::optional<Json> piece = whole && begins_text() ? value(kNestingMax) : std::nullopt;
      if (!piece) return std::nullopt;
      out += piece->get_ref<const std::string&>();
    }
    return Json(std::move(out));
  }
  std::optional<Json> array(bool open, uint64_t count, int depth) {
    Json out = Json::array();
    for (uint64_t i = 0; open ? !take_break() : i < count; ++i) {
      std::optional<Json> element = value(depth + 1);
      if (!element) return std::nullopt;
      out.push_back(std::move(*element));
    }
    return out;
  }
  std::optional<Json> object(bool open, uint64_t count, int depth) {
    Json out = Json::object();
    for (uint64_t i = 0; open ? !take_break() : i < count; ++i) {
      std::optional<Json> name = begins_text() ? value(kNestingMax) : std::nullopt;
      if (!name || i == kMembersMax) return std::nullopt;
      std::optional<Json> member = value(depth + 1);
      if (!member) return std::nullopt;
      out[name->get<std::string>()] = std::move(*member);
    }
    return out;
  }

  std::string_view rest_;
};

}  // namespace

std::string to_cbor(const Json& value, const std::function<bool(const std::string& member)>& is_time) {
  std::string out;
  append(out, value, false, is_time);
  return out;
}

std::optional<Json> from_cbor(const std::string& bytes) {
  Decoder decoder(bytes);
  std::optional<Json> out = decoder.value(0);
  if (!out || !decoder.at_end()) return std::nullopt;
  return out;
}

}  // namespace millrace::cloudwatch
