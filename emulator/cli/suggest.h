#pragma once
// What was meant by a command or an option that there isn't.

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace millrace::cli {

/// The nearest of `known` to a mistyped word: at most a third of its letters differ (or it begins with the word). Empty: none.
std::string nearest(const std::string& word, const std::vector<std::string>& known);

/// For a command line that wasn't understood: "Did you mean 'status'?" or "". Looks for the first word that is neither a command
/// nor an option of the command that it stands in.
std::string did_you_mean(const CLI::App& app, const std::vector<std::string>& words);

/// What is wrong where a command is missing: "there is no command 'serv'", or which there are.
std::string missing_command(const CLI::App& app, const std::vector<std::string>& words);

}  // namespace millrace::cli
