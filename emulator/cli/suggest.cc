#include "emulator/cli/suggest.h"

#include <algorithm>
#include <numeric>

namespace millrace::cli {

namespace {

/// Levenshtein's distance; a swap of neighbours counts as two.
size_t distance(const std::string& a, const std::string& b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      size_t changed = diagonal + (a[i - 1] != b[j - 1]);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, changed});
    }
  }
  return row[b.size()];
}

std::vector<std::string> options_of(const CLI::App& app) {
  std::vector<std::string> out;
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) out.push_back("--" + name);
  }
  return out;
}

std::vector<std::string> commands_of(const CLI::App& app) {
  std::vector<std::string> out;
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    if (!command->get_name().empty()) out.push_back(command->get_name());
  }
  return out;
}

}  // namespace

std::string nearest(const std::string& word, const std::vector<std::string>& known) {
  std::string best;
  size_t best_distance = std::max<size_t>(1, word.size() / 3) + 1;
  for (const std::string& candidate : known) {
    size_t away = word.size() >= 2 && candidate.starts_with(word) ? 1 : distance(word, candidate);
    if (away < best_distance) {
      best_distance = away;
      best = candidate;
    }
  }
  return best;
}

std::string did_you_mean(const CLI::App& app, const std::vector<std::string>& words) {
  const CLI::App* here = &app;
  for (const std::string& word : words) {
    bool is_option = word.starts_with("--") && word.size() > 2;
    std::string name = is_option ? word.substr(0, word.find('=')) : word;
    std::vector<std::string> known = is_option ? options_of(*here) : commands_of(*here);
    if (std::find(known.begin(), known.end(), name) != known.end()) {
      if (!is_option) here = here->get_subcommand(name);
      continue;
    }
    if (!is_option && known.empty()) continue;  // a value
    std::string meant = nearest(name, known);
    if (!meant.empty()) return "Did you mean '" + meant + "'?";
    if (is_option || here != &app) continue;
    for (const std::string& outer : known) {  // "audit" for "iam audit"
      const std::vector<std::string> inner = commands_of(*app.get_subcommand(outer));
      if (std::find(inner.begin(), inner.end(), name) != inner.end())
        return "Did you mean '" + outer + " " + name + "'?";
    }
    return "";
  }
  return "";
}

std::string missing_command(const CLI::App& app, const std::vector<std::string>& words) {
  const CLI::App* here = &app;
  for (const std::string& word : words) {
    const std::vector<std::string> known = commands_of(*here);
    if (std::find(known.begin(), known.end(), word) != known.end()) {
      here = here->get_subcommand(word);
      continue;
    }
    if (!word.starts_with('-') && !known.empty()) return "there is no command '" + word + "'";
  }
  std::string which;
  for (const std::string& name : commands_of(*here)) which += (which.empty() ? "" : ", ") + name;
  return here->get_name() + " needs a command: " + which;
}

}  // namespace millrace::cli
