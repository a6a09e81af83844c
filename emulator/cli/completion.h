#pragma once
// Completion scripts and the manual page, made from the same tree of commands and options as --help.

#include <CLI/CLI.hpp>
#include <string>

namespace millrace::cli {

/// The script for "bash", "zsh" or "fish".
std::string completion_script(const CLI::App& app, const std::string& shell);

/// The manual page in roff: `millrace man | man -l -`.
std::string manual_page(const CLI::App& app, const std::string& version);

}  // namespace millrace::cli
