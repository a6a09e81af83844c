#pragma once
// Requests to a running server.

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "emulator/base/json.h"

namespace millrace::cli {

/// What came back: a status and a body, or why nothing did.
struct Answer {
  int status = 0;  // 0: no answer
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers = {};  // names in lower case
  std::string problem;                                            // of the connection, for people
  bool fine() const { return status / 100 == 2; }
  std::string header(const std::string& name) const {
    for (const auto& [own, value] : headers)
      if (own == name) return value;
    return "";
  }
};

struct Question {
  std::string method = "GET";
  std::string target;  // the path with its query, or a whole URL: then the server is asked as a proxy
  std::vector<std::pair<std::string, std::string>> headers = {};
  std::string body = {};
  int timeout_s = 30;
};

/// One request to the server at `url` ("http://127.0.0.1:4566").
Answer ask(const std::string& url, const Question& question);
/// "host:port" as a request's Host header has it; empty if the text is no URL.
std::string authority_of(const std::string& url);

/// Returns after that time: for commands that look again and again.
void pause_for(std::chrono::milliseconds time);

/// Says on standard error why there is no answer or what it refuses, without the document round it. Returns the exit code: 1
/// (refused), 3 (no answer).
int complain(const Answer& answer);

/// What an answer of the admin API says to people.
using InWords = std::string (*)(const Json&);
/// Asks the server that MILLRACE_URL names and prints the answer in words, or as it is: to standard output, or to standard error
/// where the status says that it didn't work. Returns the exit code: 0, 1 (refused), 3 (no answer).
int call_server(const Question& question, bool json, InWords words);

}  // namespace millrace::cli
