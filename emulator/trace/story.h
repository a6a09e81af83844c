#pragma once
// Steps and requests as trees: what came from what.

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "emulator/base/trace.h"
#include "emulator/ports/mapping_engine.h"
#include "emulator/ports/service_calls.h"
#include "emulator/ports/stream_reader.h"

namespace millrace::trace {

/// One thing in a tree.
struct Node {
  uint64_t number = 0;  // of the request or step; 0: it was found by asking
  Millis at_ms = 0;     // 0: now
  std::string kind, key, subject, text, reason;
  std::vector<std::string> lines;
  bool failed = false;
  int64_t took_us = -1;
  std::vector<Node> children;
};

/// Whom a story asks for what isn't noted. All outlive it.
struct Sources {
  ports::StreamReader& streams;
  const ports::MappingEngine& mappings;
  ports::ServiceCalls* calls = nullptr;  // null: nobody can be asked about tables
  bool clock_stands = false;             // what waits for a time waits for the clock
};

/// What is wanted: a table, queue, topic, bucket, function, rule, by name, ARN or URL; a request's or message's id.
struct Wanted {
  std::string of;
  std::string item;  // of a table: what a record's keys must contain
  size_t last = 10;  // trees at most, the newest
  std::vector<std::string> also =
      {};  // further names: the sources of a function's mappings, whose records it may not get
};

class Story {
 public:
  Story(Everything everything, Sources sources);
  /// The trees that have to do with what is wanted, oldest first. What was shown in one tree is only named in the next.
  std::vector<Node> trees(const Wanted& wanted);

 private:
  /// A request or a step.
  struct Item {
    uint64_t number = 0;
    Millis at_ms = 0;
    const Kept<Request>* request = nullptr;
    const Kept<Step>* step = nullptr;      // the beginning, where there is one
    const Kept<Step>* finished = nullptr;  // its end
    std::vector<std::string> causes;
  };
  void add_requests();
  void add_steps();
  bool is_wanted(const Item& item, const std::vector<std::string>& names) const;
  size_t root_of(size_t index) const;
  std::optional<size_t> parent_of(const Item& item) const;
  Node tree(size_t index);
  Node node_of(const Item& item) const;
  void add_children(Node& node, const Item& item);
  void add_caused(Node& node, const std::string& key, uint64_t until);

  // Records (records.cc)
  struct Found {
    std::string shard_id;
    ports::StreamRecord record;
  };
  std::optional<Found> find_record(const Write& write) const;
  Node record_node(const Write& write);
  void add_fates(Node& node, const Write& write, const Found& found);
  std::string allowed_by(const Request& request) const;
  void add_absences(Node& node, const Request& request) const;
  void add_readers(Node& node, const Step& message) const;
  bool touches_item(const Item& item, const std::string& wanted) const;
  std::string until(Millis due_ms) const;

  const Everything everything_;
  const Sources sources_;
  std::vector<Item> items_;                                  // by number
  std::map<std::string, std::vector<size_t>> by_key_;        // whose key it is
  std::map<std::string, std::vector<size_t>> caused_by_;     // who came from it
  std::map<std::string, std::vector<const Write*>> writes_;  // by the request
  std::map<std::string, std::string> request_of_record_;     // by sequence number
  std::set<uint64_t> shown_;
};

/// A record's number as clients see it (emulator/tables/stream_log.h), by which steps name records.
std::string record_key(uint64_t sequence);

}  // namespace millrace::trace
