#pragma once
// `millrace trace`: the story of a table, an item, a function, a request, as a tree.

#include <string>

namespace millrace::cli {

struct TraceWanted {
  std::string of, item;
  int last = 10;
  bool follow = false, json = false;
};

/// Prints the trees, or goes on printing what happens. Returns the exit code: 1 if nothing is known.
int trace_story(const TraceWanted& wanted);

}  // namespace millrace::cli
