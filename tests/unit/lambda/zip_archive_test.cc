#include "emulator/services/lambda/zip_archive.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "zip_bytes.h"

namespace millrace::lambda {
namespace {

namespace fs = std::filesystem;
using Problem = UnzipOutcome::Problem;

class Unzip : public testing::Test {
 protected:
  Unzip() {
    std::string pattern = (fs::temp_directory_path() / "unzip-test-XXXXXX").string();
    root = mkdtemp(pattern.data());
    folder = root + "/in/code";
  }
  ~Unzip() override { fs::remove_all(root); }

  Problem unzip_these(const std::vector<ZipEntry>& entries, uint64_t bytes_max = 1'000'000) {
    return unzip(zip_bytes(entries), folder, bytes_max).problem;
  }
  std::string content(const std::string& name) {
    std::ifstream in(folder + "/" + name);
    std::stringstream out;
    out << in.rdbuf();
    return out.str();
  }
  size_t files_outside() {
    size_t n = 0;
    for (const auto& entry : fs::recursive_directory_iterator(root)) {
      bool inside = entry.path().string().starts_with(folder);
      n += !inside && entry.is_regular_file();
    }
    return n;
  }

  std::string root, folder;
};

TEST_F(Unzip, FilesFoldersAndModes) {
  ASSERT_EQ(unzip_these({{"lib/", ""}, {"lib/a.py", "a"}, {"bootstrap", "#!", 0100755}, {"private", "p", 0100600}}),
            Problem::none);
  EXPECT_EQ(content("lib/a.py"), "a");
  struct stat info;
  ASSERT_EQ(::stat((folder + "/bootstrap").c_str(), &info), 0);
  EXPECT_TRUE(info.st_mode & S_IXOTH);
  ASSERT_EQ(::stat((folder + "/private").c_str(), &info), 0);
  EXPECT_TRUE(info.st_mode & S_IROTH);
  EXPECT_FALSE(info.st_mode & S_IXUSR);
}

TEST_F(Unzip, NothingLeavesTheFolder) {
  for (const char* name : {"../x", "a/../../x", "/tmp/x-from-unzip-test", "..", "a\\..\\x"}) {
    EXPECT_EQ(unzip_these({{name, "bad"}}), Problem::unreadable) << name;
    fs::remove_all(folder);
  }
  EXPECT_EQ(files_outside(), 0u);
  EXPECT_FALSE(fs::exists("/tmp/x-from-unzip-test"));
}

TEST_F(Unzip, NothingIsWrittenThroughALink) {
  // The link comes first in the archive; the file that goes through it must not land outside.
  Problem problem = unzip_these({{"out", root, 0120777}, {"out/x", "bad"}});
  EXPECT_NE(problem, Problem::none);
  EXPECT_EQ(files_outside(), 0u);
}

TEST_F(Unzip, LinksAreKept) {
  ASSERT_EQ(unzip_these({{"alias", "real", 0120777}, {"real", "text"}}), Problem::none);
  EXPECT_EQ(content("alias"), "text");
}

TEST_F(Unzip, TooLargeIsFoundByWhatIsWritten) {
  EXPECT_EQ(unzip_these({{"a", std::string(600, 'x')}, {"b", std::string(600, 'x')}}, 1000), Problem::too_large);
  fs::remove_all(folder);
  EXPECT_EQ(unzip_these({{"a", std::string(1000, 'x')}}, 1000), Problem::none);
}

TEST_F(Unzip, GarbageAndTruncation) {
  EXPECT_EQ(unzip("not a zip at all", folder, 1000).problem, Problem::unreadable);
  EXPECT_NE(unzip("", folder, 1000).problem, Problem::none);
  std::string whole = zip_bytes({{"a", "some text"}, {"b", "more"}});
  for (size_t cut = 1; cut < whole.size(); cut += 7) {
    fs::remove_all(folder);
    EXPECT_NE(unzip(whole.substr(0, cut), folder, 1000).problem, Problem::none) << cut;
  }
}

}  // namespace
}  // namespace millrace::lambda
