#include "emulator/cli/completion.h"

#include <vector>

namespace millrace::cli {

namespace {

std::vector<const CLI::App*> commands_of(const CLI::App& app) {
  std::vector<const CLI::App*> out;
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    if (!command->get_name().empty()) out.push_back(command);
  }
  return out;
}

std::vector<std::string> words_of(const CLI::App& app) {
  std::vector<std::string> out;
  for (const CLI::App* command : commands_of(app)) out.push_back(command->get_name());
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) out.push_back("--" + name);
  }
  return out;
}

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) out += (out.empty() ? "" : " ") + word;
  return out;
}

/// A shell's `case` arms: for each command (of up to two words) what may follow it.
void add_arms(const CLI::App& app, const std::string& path, std::string& out) {
  for (const CLI::App* command : commands_of(app)) {
    std::string here = path.empty() ? command->get_name() : path + " " + command->get_name();
    out += "    '" + here + "') words='" + joined(words_of(*command)) + "' ;;\n";
    add_arms(*command, here, out);
  }
}

std::string bash_script(const CLI::App& app) {
  std::string arms;
  add_arms(app, "", arms);
  return "# millrace completion bash > /etc/bash_completion.d/millrace\n"
         "_millrace() {\n"
         "  local words='" +
         joined(words_of(app)) +
         "' path='' word\n"
         "  for word in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do\n"
         "    [[ $word == -* ]] && break\n"
         "    path=\"${path:+$path }$word\"\n"
         "    case \"$path\" in\n" +
         arms +
         "    *) words='' ;;\n"
         "    esac\n"
         "  done\n"
         "  COMPREPLY=($(compgen -W \"$words\" -- \"${COMP_WORDS[COMP_CWORD]}\"))\n"
         "}\n"
         "complete -o default -F _millrace millrace\n";
}

std::string zsh_script(const CLI::App& app) {
  return "#compdef millrace\nautoload -U +X bashcompinit && bashcompinit\n" + bash_script(app);
}

/// fish quotes with single quotes; one within ends them.
std::string fish_text(const std::string& text) {
  std::string out = "'";
  for (char c : text) out += c == '\'' || c == '\\' ? std::string("\\") + c : std::string(1, c);
  return out + "'";
}

void add_fish(const CLI::App& app, const std::string& condition, std::string& out) {
  for (const CLI::App* command : commands_of(app)) {
    out += "complete -c millrace -f -n " + fish_text(condition) + " -a " + command->get_name() + " -d " +
           fish_text(command->get_description()) + "\n";
  }
  for (const CLI::App* command : commands_of(app)) {
    std::string inside = "__fish_seen_subcommand_from " + command->get_name();
    for (const CLI::Option* option : command->get_options()) {
      for (const std::string& name : option->get_lnames())
        out += "complete -c millrace -n " + fish_text(inside) + " -l " + name + " -d " +
               fish_text(option->get_description()) + "\n";
    }
    if (!commands_of(*command).empty()) add_fish(*command, inside, out);
  }
}

/// roff takes a line's first dot and backslashes for its own.
std::string roff(const std::string& text) {
  std::string out;
  for (char c : text) {
    if (c == '\\')
      out += "\\e";
    else if (c == '-')
      out += "\\-";
    else
      out += c;
  }
  return out.starts_with('.') ? "\\&" + out : out;
}

void add_command(const CLI::App& command, const std::string& path, std::string& out) {
  out += ".SS " + roff(path) + "\n" + roff(command.get_description()) + ".\n";
  for (const CLI::Option* option : command.get_options()) {
    if (option->get_lnames().empty() && option->get_name().empty()) continue;
    if (option->check_lname("help")) continue;
    std::string name = option->get_name(false, true);
    std::string value = option->get_type_size() == 0 || option->get_positional() ? "" : " VALUE";
    out += ".TP\n.B " + roff(option->get_positional() ? option->get_name() : name + value) + "\n";
    out += roff(option->get_description()) + ".";
    if (!option->get_default_str().empty()) out += " Default: " + roff(option->get_default_str()) + ".";
    if (!option->get_envname().empty()) out += " Variable: " + option->get_envname() + ".";
    out += "\n";
  }
  for (const CLI::App* inner : commands_of(command)) add_command(*inner, path + " " + inner->get_name(), out);
}

}  // namespace

std::string completion_script(const CLI::App& app, const std::string& shell) {
  if (shell == "zsh") return zsh_script(app);
  if (shell != "fish") return bash_script(app);
  std::string out = "# millrace completion fish > ~/.config/fish/completions/millrace.fish\n";
  add_fish(app, "__fish_use_subcommand", out);
  return out;
}

std::string manual_page(const CLI::App& app, const std::string& version) {
  std::string out = ".TH MILLRACE 1 \"\" \"millrace " + version + "\"\n.SH NAME\nmillrace \\- " +
                    "DynamoDB, its streams, Lambda and what stands round them on your own machine\n" +
                    ".SH SYNOPSIS\n.B millrace\n.I COMMAND\n[options]\n.SH COMMANDS\n";
  for (const CLI::App* command : commands_of(app)) add_command(*command, command->get_name(), out);
  out +=
      ".SH ENVIRONMENT\n.TP\n.B MILLRACE_URL\nThe server that commands ask. Default: http://127.0.0.1:4566.\n"
      ".TP\n.B MILLRACE_...\nEvery option of serve: \\-\\-data\\-dir is MILLRACE_DATA_DIR. The command line wins.\n"
      ".TP\n.B NO_COLOR\nNo colours.\n"
      ".SH EXIT STATUS\n.TP\n0\nDone.\n.TP\n1\nRefused, or something is wrong.\n.TP\n2\nThe command line isn't one.\n"
      ".TP\n3\nNo server answers.\n";
  return out;
}

}  // namespace millrace::cli
