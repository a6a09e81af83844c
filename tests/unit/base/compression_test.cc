#include "emulator/base/compression.h"

#include <gtest/gtest.h>
#include <zstd.h>

namespace millrace {
namespace {

using Format = Unpacker::Format;

struct Unpacked {
  std::string bytes;
  bool well_formed = true, complete = false;
};

Unpacked unpack(Format format, std::string_view packed, size_t piece = SIZE_MAX) {
  Unpacker unpacker(format);
  Unpacked out;
  for (size_t at = 0; at < packed.size() && out.well_formed; at += std::min(piece, packed.size() - at))
    out.well_formed = unpacker.feed(packed.substr(at, piece), [&](std::string_view bytes) {
      EXPECT_LE(bytes.size(), 256u << 10);
      out.bytes += bytes;
      return true;
    });
  out.complete = unpacker.complete();
  return out;
}

std::string zstd(std::string_view bytes) {
  std::string out(ZSTD_compressBound(bytes.size()), '\0');
  out.resize(ZSTD_compress(out.data(), out.size(), bytes.data(), bytes.size(), 3));
  return out;
}

std::string text(size_t size) {
  std::string out;
  for (uint32_t seed = 1; out.size() < size; seed = seed * 1664525 + 1013904223)
    out += std::to_string(seed >> 20) + ",";
  out.resize(size);
  return out;
}

TEST(Unpacker, GivesWhatWasPackedInPiecesOfAnySize) {
  for (size_t size : {size_t{0}, size_t{1}, size_t{256} << 10, (size_t{256} << 10) + 1, size_t{1} << 20}) {
    const std::string plain = text(size);
    for (size_t piece : {size_t{7}, size_t{1000}, SIZE_MAX}) {
      for (const auto& [format, packed] :
           {std::pair(Format::gzip, gzip(plain)), std::pair(Format::zstd, zstd(plain))}) {
        const Unpacked found = unpack(format, packed, piece);
        EXPECT_TRUE(found.well_formed && found.complete) << size << " " << piece;
        EXPECT_TRUE(found.bytes == plain) << size << " " << piece;
      }
    }
  }
}

TEST(Unpacker, ReadsFilesOfSeveralMembers) {
  EXPECT_EQ(unpack(Format::gzip, gzip("one,") + gzip("two")).bytes, "one,two");
  EXPECT_EQ(unpack(Format::zstd, zstd("one,") + zstd("two"), 3).bytes, "one,two");
}

TEST(Unpacker, KnowsWhatIsCutOffOrMalformed) {
  for (const auto& [format, packed] :
       {std::pair(Format::gzip, gzip(text(9999))), std::pair(Format::zstd, zstd(text(9999)))}) {
    const Unpacked cut = unpack(format, std::string_view(packed).substr(0, packed.size() / 2));
    EXPECT_TRUE(cut.well_formed && !cut.complete);
    EXPECT_FALSE(unpack(format, packed + "rubbish behind it").well_formed);
    EXPECT_FALSE(unpack(format, "no such thing").well_formed);
    std::string damaged = packed;
    damaged[0] ^= 1;
    EXPECT_FALSE(unpack(format, damaged).well_formed);
  }
}

TEST(Unpacker, StopsWhenItIsTold) {
  Unpacker unpacker(Format::gzip);
  size_t taken = 0;
  const std::string bomb = gzip(std::string(64u << 20, ' '));
  EXPECT_TRUE(unpacker.feed(bomb, [&](std::string_view bytes) {
    taken += bytes.size();
    return taken < 1'000'000;
  }));
  EXPECT_LT(taken, 2'000'000u);
}

}  // namespace
}  // namespace millrace
