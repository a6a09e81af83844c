#include "runtime/poller/shard_reader.h"

#include <utility>

#include "runtime/poller/retry_policy.h"

namespace millrace::poller {

namespace {

// A page is one turn on the executor; other shards get theirs between two pages.
constexpr size_t page_records_max = 1000;
constexpr size_t page_bytes_max = 1 << 20;
// A page smaller than this has reached the present: what is there is invoked without looking for more.
constexpr size_t small_page = 100;

}  // namespace

ShardReader::ShardReader(const PollerContext& context, std::string shard_id)
    : context_(context), shard_id_(std::move(shard_id)) {}

ShardReader::~ShardReader() {
  stop();
}

void ShardReader::begin(std::string position) {
  position_ = std::move(position);
  at_end_ = caught_up_ = near_present_ = false;
  refusals_ = 0;
  read_again_at_ms_ = 0;
}

void ShardReader::stop() {
  if (timer_ != 0) context_.timers.cancel(timer_);
  timer_ = 0;
}

bool ShardReader::can_read() const {
  return !caught_up_ && !at_end_ && read_again_at_ms_ <= context_.clock.now_ms();
}

Millis ShardReader::reads_again_at_ms() const {
  return read_again_at_ms_ > context_.clock.now_ms() ? read_again_at_ms_ : 0;
}

Result<ports::StreamReader::Page> ShardReader::read(const std::string& stream_arn) {
  auto page = context_.streams.read(stream_arn, shard_id_, position_, page_records_max, page_bytes_max);
  if (page.has_error()) caught_up_ = true;
  return page;
}

std::string ShardReader::pass(std::string sequence_number) {
  return std::exchange(position_, std::move(sequence_number));
}

void ShardReader::page_done(const ports::StreamReader::Page& page, size_t records, size_t bytes) {
  refusals_ = 0;
  at_end_ = page.end_of_shard;
  caught_up_ = records == 0;
  near_present_ = records < small_page && bytes < page_bytes_max / 2;
}

bool ShardReader::refused(std::function<void()> again) {
  const bool first = refusals_ == 0;
  read_again_at_ms_ = context_.clock.now_ms() + refusal_delay_ms(++refusals_);
  stop();
  timer_ =
      context_.timers.at(read_again_at_ms_, [gate = context_.gate, again = std::move(again)] { gate->post(again); });
  return first;
}

}  // namespace millrace::poller
