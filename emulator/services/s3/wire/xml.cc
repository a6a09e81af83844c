#include "emulator/services/s3/wire/xml.h"

#include <fmt/format.h>

#include <stdexcept>

#include "emulator/base/clock.h"
#include "emulator/services/s3/errors.h"

namespace millrace::s3 {

void append_escaped(std::string& out, std::string_view text) {
  for (char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      default:
        if (static_cast<unsigned char>(c) < 0x20)
          fmt::format_to(std::back_inserter(out), "&#x{:x};", c);
        else
          out.push_back(c);
    }
  }
}

XmlWriter& XmlWriter::open(std::string_view name) {
  out_.append("<").append(name).append(">");
  return *this;
}

XmlWriter& XmlWriter::open_root(std::string_view name) {
  return open_with(name, std::string("xmlns=\"") + kNamespace + "\"");
}

XmlWriter& XmlWriter::open_with(std::string_view name, std::string_view attributes) {
  out_.append("<").append(name).append(" ").append(attributes).append(">");
  return *this;
}

XmlWriter& XmlWriter::close(std::string_view name) {
  out_.append("</").append(name).append(">");
  return *this;
}

XmlWriter& XmlWriter::text(std::string_view name, std::string_view value) {
  open(name);
  append_escaped(out_, value);
  return close(name);
}

XmlWriter& XmlWriter::number(std::string_view name, uint64_t value) {
  return text(name, std::to_string(value));
}
XmlWriter& XmlWriter::boolean(std::string_view name, bool value) {
  return text(name, value ? "true" : "false");
}

XmlWriter& XmlWriter::raw(std::string_view xml) {
  out_ += xml;
  return *this;
}

protocol::HttpReply xml_reply(std::string xml, int status) {
  protocol::HttpReply reply;
  reply.status = status;
  reply.headers.set("Content-Type", "application/xml");
  reply.body = std::move(xml);
  return reply;
}

namespace {

bool is_name_character(char c) {
  return isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '-';
}

class NotationReader {
 public:
  explicit NotationReader(std::string_view text) : rest_(text) {}

  XmlShape element() {
    XmlShape out;
    out.name = word();
    if (out.name.empty()) fail();
    if (take('?'))
      out.at_least = 0;
    else if (take('+'))
      out.at_most = -1;
    else if (take('*'))
      out.at_least = 0, out.at_most = -1;
    if (take(':')) {
      std::string kind = word();
      if (kind == "int")
        out.kind = XmlShape::Kind::integer;
      else if (kind == "bool")
        out.kind = XmlShape::Kind::boolean;
      else if (kind == "date")
        out.kind = XmlShape::Kind::date;
      else
        fail();
    } else if (take('=')) {
      out.kind = XmlShape::Kind::enumeration;
      do out.values.push_back(value());
      while (take('|'));
    } else if (take('{')) {
      out.kind = XmlShape::Kind::container;
      while (!take('}')) {
        out.children.push_back(element());
        if (!take(',') && !peek('}')) fail();
      }
    }
    return out;
  }
  void end() {
    skip();
    if (!rest_.empty()) fail();
  }

 private:
  void skip() {
    while (!rest_.empty() && isspace(static_cast<unsigned char>(rest_.front()))) rest_.remove_prefix(1);
  }
  bool peek(char c) {
    skip();
    return !rest_.empty() && rest_.front() == c;
  }
  bool take(char c) {
    if (!peek(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }
  std::string word() {
    skip();
    size_t n = 0;
    while (n < rest_.size() && is_name_character(rest_[n])) ++n;
    std::string out(rest_.substr(0, n));
    rest_.remove_prefix(n);
    return out;
  }
  std::string value() {
    skip();
    size_t n = rest_.find_first_of("|,} \n");
    std::string out(rest_.substr(0, n));
    rest_.remove_prefix(std::min(rest_.size(), n));
    return out;
  }
  [[noreturn]] void fail() { throw std::logic_error("bad XML shape at: " + std::string(rest_)); }
  std::string_view rest_;
};

bool is_integer(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  return !text.empty() && text.size() <= 18 && text.find_first_not_of("0123456789") == std::string_view::npos;
}

/// A prefix such as `s3:` doesn't count.
std::string_view local_name(const pugi::xml_node& node) {
  std::string_view name = node.name();
  size_t colon = name.find(':');
  return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

bool fits(const pugi::xml_node& node, const XmlShape& shape);

bool children_fit(const pugi::xml_node& node, const XmlShape& shape) {
  std::vector<int> seen(shape.children.size(), 0);
  for (const pugi::xml_node& child : node.children()) {
    if (child.type() != pugi::node_element) {
      std::string_view text = child.value();
      if (text.find_first_not_of(" \t\r\n") != std::string_view::npos) return false;
      continue;
    }
    size_t i = 0;
    while (i < shape.children.size() && shape.children[i].name != local_name(child)) ++i;
    if (i == shape.children.size() || !fits(child, shape.children[i])) return false;
    ++seen[i];
  }
  for (size_t i = 0; i < seen.size(); ++i) {
    const XmlShape& child = shape.children[i];
    if (seen[i] < child.at_least || (child.at_most >= 0 && seen[i] > child.at_most)) return false;
  }
  return true;
}

bool fits(const pugi::xml_node& node, const XmlShape& shape) {
  if (shape.kind == XmlShape::Kind::container) return children_fit(node, shape);
  for (const pugi::xml_node& child : node.children()) {
    if (child.type() == pugi::node_element) return false;
  }
  std::string_view text = node.text().get();
  switch (shape.kind) {
    case XmlShape::Kind::integer: return is_integer(text);
    case XmlShape::Kind::boolean: return text == "true" || text == "false" || text == "TRUE" || text == "FALSE";
    case XmlShape::Kind::date: return parse_iso(std::string(text)) >= 0;
    case XmlShape::Kind::enumeration:
      for (const std::string& value : shape.values) {
        if (text == value) return true;
      }
      return false;
    default: return true;
  }
}

struct TextSink : pugi::xml_writer {
  std::string out;
  void write(const void* data, size_t size) override { out.append(static_cast<const char*>(data), size); }
};

}  // namespace

XmlShape xml_shape(std::string_view notation) {
  NotationReader reader(notation);
  XmlShape shape = reader.element();
  reader.end();
  return shape;
}

Result<std::shared_ptr<pugi::xml_document>> parse_xml(std::string_view body, const XmlShape& shape) {
  if (body.empty()) return errors::missing_body();
  auto document = std::make_shared<pugi::xml_document>();
  // parse_ws_pcdata_single keeps a value that is nothing but blanks; a DTD isn't parsed but refused.
  unsigned flags = (pugi::parse_default | pugi::parse_ws_pcdata_single | pugi::parse_doctype) & ~pugi::parse_eol;
  auto parsed = document->load_buffer(body.data(), body.size(), flags, pugi::encoding_utf8);
  if (!parsed) return errors::malformed_xml();
  for (const pugi::xml_node& node : document->children()) {
    if (node.type() == pugi::node_doctype) return errors::malformed_xml();
  }
  pugi::xml_node root = document->document_element();
  if (local_name(root) != shape.name || !fits(root, shape)) return errors::malformed_xml();
  return document;
}

std::string to_xml_text(const pugi::xml_node& root) {
  pugi::xml_document copy;
  pugi::xml_node kept = copy.append_copy(root);
  kept.remove_attributes();
  kept.append_attribute("xmlns") = kNamespace;
  TextSink sink;
  kept.print(sink, "", pugi::format_raw);
  return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" + sink.out;
}

std::string child_text(const pugi::xml_node& node, const char* name, std::string_view fallback) {
  pugi::xml_node child = node.child(name);
  return child ? std::string(child.text().get()) : std::string(fallback);
}

bool has_child(const pugi::xml_node& node, const char* name) {
  return !node.child(name).empty();
}

}  // namespace millrace::s3
