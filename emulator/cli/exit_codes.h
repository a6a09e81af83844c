#pragma once
// What the program's exit codes say.

namespace millrace::cli {

inline constexpr int kFine = 0;
inline constexpr int kRefused = 1;   // it was asked and the answer is no; something is wrong
inline constexpr int kUsage = 2;     // the command line isn't one
inline constexpr int kNoAnswer = 3;  // no server answers at MILLRACE_URL

}  // namespace millrace::cli
