// Runs a fuzz target without libFuzzer: `TARGET RUNS SEED FOLDER` gives it every file of the folder, then
// RUNS inputs made of them by random changes. The same seed gives the same inputs. An input that crashes the
// target, or takes longer than ten seconds of the processor, is written to `crash-TARGET` in the working directory;
// `TARGET FILE...` runs such files again.

#include <fcntl.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "emulator/base/random.h"
#include "fuzz.h"

namespace {

using millrace::Random;

constexpr size_t kInputBytesMax = 4096;
constexpr int kSecondsMax = 10;  // of the processor: the machine may be busy with other things

std::string current;     // the input that runs
std::string crash_file;  // where it goes if it is the one

/// Only calls that are safe in a signal handler.
void keep_input(int signal) {
  int file = open(crash_file.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
  if (file >= 0 && write(file, current.data(), current.size()) < 0) _exit(2);
  constexpr char kText[] = "the input is in the crash file\n";
  if (write(STDERR_FILENO, kText, sizeof kText - 1) < 0) _exit(2);
  std::signal(signal, SIG_DFL);
  raise(signal);
}

void run(std::string input) {
  current = std::move(input);
  const itimerval limit{{0, 0}, {kSecondsMax, 0}};
  setitimer(ITIMER_PROF, &limit, nullptr);
  LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t*>(current.data()), current.size());
}

std::string read_file(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// In the order of their names, so that a seed means the same everywhere.
std::vector<std::string> read_corpus(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  std::vector<std::string> corpus;
  for (const auto& file : files) corpus.push_back(read_file(file));
  return corpus;
}

/// A place in `text`, its end included, and a length from there.
std::pair<size_t, size_t> part_of(const std::string& text, Random& random) {
  size_t from = random.below(text.size() + 1);
  return {from, random.below(std::min<size_t>(text.size() - from, 32) + 1)};
}

void change(std::string& input, const std::vector<std::string>& corpus, Random& random) {
  auto [from, length] = part_of(input, random);
  switch (random.below(6)) {
    case 0:
      if (from < input.size()) input[from] = static_cast<char>(input[from] ^ (1 << random.below(8)));
      break;
    case 1: input.insert(from, 1, static_cast<char>(random.below(256))); break;
    case 2: input.erase(from, length); break;
    case 3: input.insert(from, input.substr(from, length)); break;  // again
    case 4: input.insert(from, 1, " ()[]{},.:'\"<>=?#-+*0"[random.below(21)]); break;
    default: {  // a piece of another input
      const std::string& other = corpus[random.below(corpus.size())];
      auto [other_from, other_length] = part_of(other, random);
      input.replace(from, std::min(length, input.size() - from), other, other_from, other_length);
    }
  }
  if (input.size() > kInputBytesMax) input.resize(kInputBytesMax);
}

}  // namespace

int main(int argc, char** argv) {
  crash_file = "crash-" + std::filesystem::path(argv[0]).filename().string();
  for (int signal : {SIGSEGV, SIGABRT, SIGPROF, SIGFPE, SIGILL, SIGBUS}) std::signal(signal, keep_input);
  const bool random_run = argc == 4 && std::filesystem::is_directory(argv[3]);
  if (!random_run) {
    for (int i = 1; i < argc; ++i) run(read_file(argv[i]));
    return argc > 1 ? 0 : 2;
  }
  const auto corpus = read_corpus(argv[3]);
  if (corpus.empty()) return 2;
  for (const auto& input : corpus) run(input);
  millrace::SeededRandom random(std::stoull(argv[2]));
  const auto runs = std::stoull(argv[1]);
  for (uint64_t i = 0; i < runs; ++i) {
    std::string input = corpus[random.below(corpus.size())];
    for (uint64_t changes = 1 + random.below(8); changes > 0; --changes) change(input, corpus, random);
    run(std::move(input));
  }
  return 0;
}
