#pragma once
// Counts what goes on after a request was answered (events that wait to run, notifications on their way), so that
// /_millrace/drain can wait for its end instead of asking again and again.

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "emulator/base/mutex.h"

namespace millrace {

/// Which work is meant, by whose it is; empty: anybody's.
struct WorkScope {
  std::string account, function;
};

class WorkInProgress {
 public:
  using WaitId = uint64_t;
  /// Whose a piece is, as far as that is known: what isn't known concerns everybody.
  struct Piece {
    std::string account = {}, function = {};
    int64_t since_ms = 0;    // when it began, by the emulator's clock
    int64_t next_ms = 0;     // when it is tried again; 0: it waits for nothing
    std::string error = {};  // of the last try
  };

  /// `pieces` more are under way, nobody knows whose. Before the request that caused them is answered.
  void begin(uint64_t pieces = 1);
  /// One of those ended. Whoever waits is told on this thread.
  void end();
  /// A piece with an id of its own. Once begun it isn't begun again before its end.
  void begin(const std::string& id, Piece piece);
  void end(const std::string& id);
  /// It failed and is tried again then.
  void failed(const std::string& id, int64_t next_ms, std::string error);

  uint64_t under_way() const;
  uint64_t under_way(const WorkScope& scope) const;
  /// How many pieces that concern the scope ever began: unchanged between two looks means that nothing began in between.
  uint64_t begun(const WorkScope& scope = {}) const;
  /// Those with an id that concern the scope, the oldest first, so many at most.
  std::vector<Piece> pieces(const WorkScope& scope, size_t max) const;
  /// Calls `fn` once as soon as nothing that concerns the scope is under way: at once, or on the thread of the last end(),
  /// where it may only set flags and post.
  WaitId when_none(std::function<void()> fn, WorkScope scope = {});
  void forget(WaitId id);

 private:
  struct Waiting {
    WorkScope scope;
    std::function<void()> fn;
  };
  struct Counts {
    uint64_t begun = 0, under_way = 0;
  };
  using Whose = std::pair<std::string, std::string>;  // account, function
  uint64_t count(const WorkScope& scope, uint64_t Counts::*which) const REQUIRES(mutex_);
  std::vector<std::function<void()>> take_done() REQUIRES(mutex_);

  mutable Mutex mutex_;
  std::map<Whose, Counts> counts_ GUARDED_BY(mutex_);       // bounded by the functions there were
  std::map<std::string, Piece> pieces_ GUARDED_BY(mutex_);  // bounded by what may wait
  WaitId last_wait_ GUARDED_BY(mutex_) = 0;
  std::map<WaitId, Waiting> waiting_ GUARDED_BY(mutex_);  // bounded by the drains under way
};

}  // namespace millrace
