#include "emulator/base/compression.h"

#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <memory>
#include <new>

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

struct Unpacker::State {
  Format format;
  bool complete = false;
  z_stream deflated{};
  std::unique_ptr<ZSTD_DStream, size_t (*)(ZSTD_DStream*)> zstd{nullptr, ZSTD_freeDStream};
  std::string out = std::string(kStep, '\0');

  /// Takes bytes off the front of `in`; how many were unpacked, nothing where they are malformed.
  std::optional<size_t> step(std::string_view& in) {
    if (format == Format::zstd) {
      ZSTD_inBuffer from{in.data(), in.size(), 0};
      ZSTD_outBuffer to{out.data(), out.size(), 0};
      const size_t state = ZSTD_decompressStream(zstd.get(), &to, &from);
      if (ZSTD_isError(state)) return std::nullopt;
      complete = state == 0;
      in.remove_prefix(from.pos);
      return to.pos;
    }
    if (complete && inflateReset(&deflated) != Z_OK) return std::nullopt;  // files of several members
    deflated.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(in.data()));
    deflated.avail_in = static_cast<uInt>(in.size());
    deflated.next_out = reinterpret_cast<Bytef*>(out.data());
    deflated.avail_out = static_cast<uInt>(out.size());
    const int state = inflate(&deflated, Z_NO_FLUSH);
    if (state != Z_OK && state != Z_STREAM_END && state != Z_BUF_ERROR) return std::nullopt;
    complete = state == Z_STREAM_END;
    in.remove_prefix(in.size() - deflated.avail_in);
    return out.size() - deflated.avail_out;
  }
};

Unpacker::Unpacker(Format format) : state_(std::make_unique<State>()) {
  state_->format = format;
  if (format == Format::zstd)
    state_->zstd.reset(ZSTD_createDStream());
  else if (inflateInit2(&state_->deflated, kGzipWindow) != Z_OK)
    throw std::bad_alloc();
}

Unpacker::~Unpacker() {
  inflateEnd(&state_->deflated);
}

bool Unpacker::feed(std::string_view bytes, const std::function<bool(std::string_view)>& take) {
  for (;;) {
    const size_t before = bytes.size();
    if (before == 0 && state_->complete) return true;
    auto unpacked = state_->step(bytes);
    if (!unpacked) return false;
    if (*unpacked > 0 && !take(std::string_view(state_->out).substr(0, *unpacked))) return true;
    // Nothing taken and nothing given: it wants more, or stands still before rubbish.
    if (*unpacked < kStep && bytes.empty()) return true;
    if (*unpacked == 0 && bytes.size() == before) return false;
  }
}

bool Unpacker::complete() const {
  return state_->complete;
}

}  // namespace millrace
