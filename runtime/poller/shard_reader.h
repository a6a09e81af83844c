#pragma once
// How far one shard of a stream has been read, and whether a page may bring something now. Not the checkpoint: what was read
// needn't be finished. All on the executor.

#include <functional>
#include <string>

#include "runtime/poller/settings.h"

namespace millrace::poller {

class ShardReader {
 public:
  ShardReader(const PollerContext& context, std::string shard_id);
  ~ShardReader();
  ShardReader(const ShardReader&) = delete;
  ShardReader& operator=(const ShardReader&) = delete;

  /// Reads anew from behind `position`.
  void begin(std::string position);
  /// Records may be there.
  void wake() { caught_up_ = false; }
  /// Nothing more is asked for by a timer.
  void stop();

  /// False: the shard's end or the present is reached, or the execution role's permission is waited for.
  bool can_read() const;
  /// The next page; the position stays until pass(). An error: the stream or shard is gone, a wake-up looks again.
  Result<ports::StreamReader::Page> read(const std::string& stream_arn);
  /// The record has been taken over: returns the position before it.
  std::string pass(std::string sequence_number);
  /// The whole page has been; `bytes` of it are to be delivered.
  void page_done(const ports::StreamReader::Page& page, size_t records, size_t bytes);

  /// The execution role may not read: tried again later, by `again` on the executor. True for the first time in a row.
  bool refused(std::function<void()> again);

  const std::string& position() const { return position_; }
  bool has_read(const std::string& sequence_number) const { return !position_.empty() && sequence_number <= position_; }
  bool caught_up() const { return caught_up_; }        // the last page was empty and nobody woke us since
  bool at_end() const { return at_end_; }              // of a closed shard
  bool near_present() const { return near_present_; }  // the last page was small: don't wait for more to fill a batch
  bool is_refused() const { return refusals_ > 0; }
  /// When it is read again after a refusal; 0: it isn't waited for.
  Millis reads_again_at_ms() const;

 private:
  const PollerContext& context_;
  const std::string shard_id_;
  std::string position_;  // everything up to here was read
  bool caught_up_ = false;
  bool near_present_ = false;
  bool at_end_ = false;
  int refusals_ = 0;             // in a row
  Millis read_again_at_ms_ = 0;  // not before this
  TimerId timer_ = 0;
};

}  // namespace millrace::poller
