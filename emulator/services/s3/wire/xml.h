#pragma once
// XML in and out. Requests are parsed without DTDs or entities beyond XML's own five, and held to a shape.

#include <cstdint>
#include <memory>
#include <pugixml.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/base/result.h"
#include "emulator/protocol/http.h"

namespace millrace::s3 {

inline constexpr const char* kNamespace = "http://s3.amazonaws.com/doc/2006-03-01/";

/// Escapes for element text; control characters become character references, as S3 writes them.
void append_escaped(std::string& out, std::string_view text);

/// Writes a document element by element.
class XmlWriter {
 public:
  XmlWriter() : out_("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n") {}
  XmlWriter& open(std::string_view name);
  /// The root of a result, with S3's namespace.
  XmlWriter& open_root(std::string_view name);
  XmlWriter& open_with(std::string_view name, std::string_view attributes);
  XmlWriter& close(std::string_view name);
  XmlWriter& text(std::string_view name, std::string_view value);
  XmlWriter& number(std::string_view name, uint64_t value);
  XmlWriter& boolean(std::string_view name, bool value);
  XmlWriter& raw(std::string_view xml);
  std::string take() { return std::move(out_); }

 private:
  std::string out_;
};

protocol::HttpReply xml_reply(std::string xml, int status = 200);

/// An element's name, how often it may stand, and what is in it.
struct XmlShape {
  enum class Kind { text, integer, boolean, date, enumeration, container };
  std::string name;
  int at_least = 1;
  int at_most = 1;  // -1: any number
  Kind kind = Kind::text;
  std::vector<std::string> values;  // enumeration
  std::vector<XmlShape> children;   // container
};

/// Reads a shape's notation: `Name` text, `Name:int`, `Name:bool`, `Name:date`, `Name=A|B`, `Name{child,
/// child}`; after the name `?` (at most once), `+`, `*`. A mistake in the notation is a bug and throws at
/// start.
XmlShape xml_shape(std::string_view notation);

/// Parses and checks; the error is MalformedXML, MissingRequestBodyError for an empty body. The root's namespace is not
/// looked at.
Result<std::shared_ptr<pugi::xml_document>> parse_xml(std::string_view body, const XmlShape& shape);

/// The element and all below it, as compact text; the root with S3's namespace.
std::string to_xml_text(const pugi::xml_node& root);

/// Text of a child, or the fallback.
std::string child_text(const pugi::xml_node& node, const char* name, std::string_view fallback = {});
bool has_child(const pugi::xml_node& node, const char* name);

}  // namespace millrace::s3
