#include "emulator/base/compression.h"

#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <memory>

namespace millrace {

namespace {
constexpr int kGzipWindow = 15 + 16;  // zlib's way to ask for gzip's header
constexpr int kGzipOrZlibWindow = 15 + 32;
constexpr size_t kStep = 1 << 18;
constexpr size_t kRatioMax = 1032;  // of deflate
}  // namespace

namespace {

std::string deflated(std::string_view bytes, int level, int window) {
  z_stream stream{};
  if (deflateInit2(&stream, level, Z_DEFLATED, window, 8, Z_DEFAULT_STRATEGY) != Z_OK) return {};
  std::string out(deflateBound(&stream, bytes.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

Inflated inflated(std::string_view bytes, size_t bytes_max, int window) {
  z_stream stream{};
  if (inflateInit2(&stream, window) != Z_OK) return {};
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  std::string out;
  out.reserve(std::min(bytes_max, bytes.size() * kRatioMax) + kStep);  // grown in place: no copy beside it
  int state = Z_OK;
  while (state == Z_OK && out.size() <= bytes_max) {
    size_t before = out.size();
    out.resize(before + kStep);
    stream.next_out = reinterpret_cast<Bytef*>(out.data() + before);
    stream.avail_out = kStep;
    state = inflate(&stream, Z_NO_FLUSH);
    out.resize(out.size() - stream.avail_out);
  }
  inflateEnd(&stream);
  if (out.size() > bytes_max) return {std::nullopt, true};
  if (state != Z_STREAM_END) return {};
  return {std::move(out), false};
}

}  // namespace

std::string gzip(std::string_view bytes) {
  return deflated(bytes, Z_DEFAULT_COMPRESSION, kGzipWindow);
}

std::string quick_gzip(std::string_view bytes) {
  return deflated(bytes, Z_BEST_SPEED, kGzipWindow);
}

std::string quick_deflate(std::string_view bytes) {
  return deflated(bytes, Z_BEST_SPEED, MAX_WBITS);
}

std::optional<std::string> gunzip(std::string_view bytes, size_t bytes_max) {
  return inflated(bytes, bytes_max, kGzipWindow).bytes;
}

Inflated inflate_any(std::string_view bytes, size_t bytes_max) {
  Inflated found = inflated(bytes, bytes_max, kGzipOrZlibWindow);
  if (found.bytes || found.too_large) return found;
  return inflated(bytes, bytes_max, -MAX_WBITS);  // what some clients send as "deflate"
}

std::optional<std::string> unzstd(std::string_view bytes, size_t bytes_max) {
  std::unique_ptr<ZSTD_DStream, size_t (*)(ZSTD_DStream*)> stream(ZSTD_createDStream(), ZSTD_freeDStream);
  ZSTD_inBuffer in{bytes.data(), bytes.size(), 0};
  std::string out;
  out.reserve(bytes_max + kStep);  // grown in place; what isn't written to costs nothing
  size_t state = 1;                // 0: at the end of a frame
  while (in.pos < in.size || state != 0) {
    size_t before = out.size();
    if (before > bytes_max) return std::nullopt;
    out.resize(before + kStep);
    ZSTD_outBuffer to{out.data() + before, kStep, 0};
    size_t read = in.pos;
    state = ZSTD_decompressStream(stream.get(), &to, &in);
    out.resize(before + to.pos);
    bool stuck = in.pos == read && to.pos == 0;  // cut off
    if (ZSTD_isError(state) || stuck) return std::nullopt;
  }
  return out.size() <= bytes_max ? std::optional(std::move(out)) : std::nullopt;
}

}  // namespace millrace
