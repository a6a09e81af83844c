#include "emulator/services/cloudwatch/cbor.h"

#include <gtest/gtest.h>

namespace millrace::cloudwatch {
namespace {

bool is_time(const std::string& member) {
  return member == "At";
}

TEST(Cbor, GoesThereAndBack) {
  const Json value =
      parse_json(R"({"a":1,"b":-300,"c":1.5,"d":"text","e":[true,false,null,{}],"At":12.25,"big":4294967296,"f":[]})")
          .value();
  EXPECT_EQ(from_cbor(to_cbor(value, is_time)), value);
  EXPECT_NE(to_cbor(value, is_time).find("\xc1\xfb"), std::string::npos);
}

TEST(Cbor, ReadsWhatClientsSend) {
  using namespace std::string_literals;
  EXPECT_EQ(from_cbor("\xbf\x61"
                      "a\x9f\x01\x02\xff\xff"s),
            parse_json(R"({"a":[1,2]})"));  // of unknown length
  EXPECT_EQ(from_cbor("\xa1\x61"
                      "t\xc1\x1a\x65\x00\x00\x00"s),
            parse_json(R"({"t":1694498816})"));
  EXPECT_EQ(from_cbor("\xf9\x3e\x00"s), Json(1.5));
  EXPECT_EQ(from_cbor("\xfa\x3f\xc0\x00\x00"s), Json(1.5));
  EXPECT_EQ(from_cbor("\x20"s), Json(-1));
}

TEST(Cbor, RefusesWhatItCannotRead) {
  using namespace std::string_literals;
  for (const std::string& bytes :
       {""s, "\xa1"s, "\xa1\x01\x02"s, "\x9f\x01"s, "\x7b\xff\xff\xff\xff\xff\xff\xff\xff"s, "\x01\x01"s, "\xff"s})
    EXPECT_EQ(from_cbor(bytes), std::nullopt);
  EXPECT_EQ(from_cbor(std::string(100'000, '\x81') + "\x01"), std::nullopt);
  std::string nested;
  for (int i = 0; i < 100'000; ++i)
    nested +=
        "\xa1\x61"
        "a";
  EXPECT_EQ(from_cbor(nested + "\x01"), std::nullopt);
  const std::string whole = to_cbor(parse_json(R"({"a":[1,"two",{"three":3.5}]})").value(), is_time);
  for (size_t n = 0; n < whole.size(); ++n) EXPECT_EQ(from_cbor(whole.substr(0, n)), std::nullopt) << n;
}

}  // namespace
}  // namespace millrace::cloudwatch
