#pragma once
// What the Runtime API answers a runtime.

#include <string>

namespace millrace::pool {

struct RuntimeAnswer {
  int status = 202;
  std::string headers;
  std::string body = "{\"status\":\"OK\"}\n";
};

RuntimeAnswer error_answer(int status, const char* type, const char* message);

/// A response beyond Lambda's limit.
RuntimeAnswer too_large_answer();

/// The answer as HTTP, up to where its body begins.
std::string head_of(const RuntimeAnswer& answer);

}  // namespace millrace::pool
