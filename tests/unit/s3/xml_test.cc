#include "emulator/services/s3/wire/xml.h"

#include <gtest/gtest.h>

#include <stdexcept>

namespace millrace::s3 {
namespace {

const XmlShape& shape() {
  static const XmlShape one = xml_shape("Root{Name, Count?:int, On?:bool, Kind*=A|B, Item+{Key}}");
  return one;
}

bool fits(std::string_view body) {
  return !parse_xml(body, shape()).has_error();
}

TEST(Xml, Shapes) {
  EXPECT_TRUE(fits("<Root><Name>x</Name><Item><Key>k</Key></Item></Root>"));
  EXPECT_TRUE(
      fits("<Root xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Item><Key/></Item>\n  "
           "<Name/><Kind>A</Kind><Kind>B</Kind></Root>"));
  EXPECT_TRUE(
      fits("<?xml "
           "version=\"1.0\"?><Root><Name>x</Name><Count>-5</Count><On>true</On><Item><Key>k</Key></Item></Root>"));
  for (const char* bad : {"", "x", "<Root>", "<Other/>", "<Root><Name>x</Name></Root>",               // no Item
                          "<Root><Name>x</Name><Name>y</Name><Item><Key>k</Key></Item></Root>",       // twice
                          "<Root><Name>x</Name><Extra/><Item><Key>k</Key></Item></Root>",             // unknown
                          "<Root><Name>x</Name><Count>many</Count><Item><Key>k</Key></Item></Root>",  // type
                          "<Root><Name>x</Name><Kind>C</Kind><Item><Key>k</Key></Item></Root>",       // value
                          "<Root><Name><b/></Name><Item><Key>k</Key></Item></Root>", "<Root>text<Name>x</Name></Root>"})
    EXPECT_FALSE(fits(bad)) << bad;
}

TEST(Xml, NoDocumentTypes) {
  EXPECT_FALSE(fits("<!DOCTYPE Root [<!ENTITY a \"b\">]><Root><Name>&a;</Name><Item><Key>k</Key></Item></Root>"));
  auto unknown_entity = parse_xml("<Root><Name>&a;</Name><Item><Key>k</Key></Item></Root>", shape());
  ASSERT_FALSE(unknown_entity.has_error());
  EXPECT_EQ(child_text((*unknown_entity)->document_element(), "Name"), "&a;");  // stays as it stands
}

TEST(Xml, BlanksAreValues) {
  auto document = parse_xml("<Root><Name> </Name><Item><Key>a b</Key></Item></Root>", shape());
  ASSERT_FALSE(document.has_error());
  EXPECT_EQ(child_text((*document)->document_element(), "Name"), " ");
}

TEST(Xml, RoundTrip) {
  auto document = parse_xml("<Root a='b'><Name>&lt;&amp;</Name><Item><Key/></Item></Root>", shape());
  ASSERT_FALSE(document.has_error());
  std::string text = to_xml_text((*document)->document_element());
  EXPECT_NE(text.find("<Root xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Name>&lt;&amp;</Name>"),
            std::string::npos)
      << text;
  EXPECT_FALSE(parse_xml(text, shape()).has_error());
}

TEST(Xml, WriterEscapes) {
  EXPECT_EQ(XmlWriter().text("K", "a<b>&\"\x01").take(),
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<K>a&lt;b&gt;&amp;&quot;&#x1;</K>");
}

TEST(Xml, BadNotationIsABug) {
  EXPECT_THROW(xml_shape("A{B"), std::logic_error);
}

}  // namespace
}  // namespace millrace::s3
