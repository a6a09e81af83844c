#pragma once
// The system's files, of which the nth read or write fails, or whose disk is full.

#include <rocksdb/env.h>
#include <rocksdb/file_system.h>

#include <atomic>
#include <memory>
#include <string>

namespace millrace::storage {

/// What fails, shared by all files.
struct Failures {
  std::atomic<int> reads_until_failure = -1;   // < 0: none fails; 0: the next and all after it
  std::atomic<int> writes_until_failure = -1;  // appends and syncs
  std::atomic<int64_t> free_bytes = -1;        // < 0: what the disk has
  std::atomic<int> reads = 0, writes = 0;      // so far, of tables' blocks / to any file

  static bool due(std::atomic<int>& counter) {
    int left = counter.load();
    if (left > 0) counter.store(left - 1);
    return left == 0;
  }
};

class FailingFile final : public rocksdb::FSRandomAccessFileOwnerWrapper {
 public:
  FailingFile(std::unique_ptr<rocksdb::FSRandomAccessFile> file, std::string name, Failures& failures)
      : FSRandomAccessFileOwnerWrapper(std::move(file)), name_(std::move(name)), failures_(failures) {}
  rocksdb::IOStatus Read(uint64_t offset, size_t n, const rocksdb::IOOptions& options, rocksdb::Slice* result,
                         char* scratch, rocksdb::IODebugContext* debug) const override {
    ++failures_.reads;
    if (Failures::due(failures_.reads_until_failure)) return rocksdb::IOStatus::IOError("unreadable", name_);
    return FSRandomAccessFileOwnerWrapper::Read(offset, n, options, result, scratch, debug);
  }
  rocksdb::IOStatus MultiRead(rocksdb::FSReadRequest* requests, size_t count, const rocksdb::IOOptions& options,
                              rocksdb::IODebugContext* debug) override {
    if (Failures::due(failures_.reads_until_failure)) return rocksdb::IOStatus::IOError("unreadable", name_);
    return FSRandomAccessFileOwnerWrapper::MultiRead(requests, count, options, debug);
  }

 private:
  std::string name_;
  Failures& failures_;
};

class FailingWriter final : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  FailingWriter(std::unique_ptr<rocksdb::FSWritableFile> file, Failures& failures)
      : FSWritableFileOwnerWrapper(std::move(file)), failures_(failures) {}
  rocksdb::IOStatus Append(const rocksdb::Slice& data, const rocksdb::IOOptions& options,
                           rocksdb::IODebugContext* debug) override {
    if (fails()) return full();
    return FSWritableFileOwnerWrapper::Append(data, options, debug);
  }
  rocksdb::IOStatus Append(const rocksdb::Slice& data, const rocksdb::IOOptions& options,
                           const rocksdb::DataVerificationInfo& info, rocksdb::IODebugContext* debug) override {
    if (fails()) return full();
    return FSWritableFileOwnerWrapper::Append(data, options, info, debug);
  }
  rocksdb::IOStatus Sync(const rocksdb::IOOptions& options, rocksdb::IODebugContext* debug) override {
    if (fails()) return full();
    return FSWritableFileOwnerWrapper::Sync(options, debug);
  }

 private:
  bool fails() {
    ++failures_.writes;
    return Failures::due(failures_.writes_until_failure);
  }
  static rocksdb::IOStatus full() { return rocksdb::IOStatus::NoSpace("No space left on device"); }
  Failures& failures_;
};

class FailingFiles final : public rocksdb::FileSystemWrapper {
 public:
  explicit FailingFiles(Failures& failures) : FileSystemWrapper(rocksdb::FileSystem::Default()), failures_(failures) {}
  const char* Name() const override { return "FailingFiles"; }
  rocksdb::IOStatus NewRandomAccessFile(const std::string& name, const rocksdb::FileOptions& options,
                                        std::unique_ptr<rocksdb::FSRandomAccessFile>* result,
                                        rocksdb::IODebugContext* debug) override {
    auto status = FileSystemWrapper::NewRandomAccessFile(name, options, result, debug);
    if (status.ok()) *result = std::make_unique<FailingFile>(std::move(*result), name, failures_);
    return status;
  }
  rocksdb::IOStatus NewWritableFile(const std::string& name, const rocksdb::FileOptions& options,
                                    std::unique_ptr<rocksdb::FSWritableFile>* result,
                                    rocksdb::IODebugContext* debug) override {
    auto status = FileSystemWrapper::NewWritableFile(name, options, result, debug);
    if (status.ok() && !name.ends_with("/LOG"))
      *result = std::make_unique<FailingWriter>(std::move(*result), failures_);
    return status;
  }
  rocksdb::IOStatus GetFreeSpace(const std::string& path, const rocksdb::IOOptions& options, uint64_t* bytes,
                                 rocksdb::IODebugContext* debug) override {
    if (failures_.free_bytes < 0) return FileSystemWrapper::GetFreeSpace(path, options, bytes, debug);
    *bytes = static_cast<uint64_t>(failures_.free_bytes.load());
    return rocksdb::IOStatus::OK();
  }

 private:
  Failures& failures_;
};

}  // namespace millrace::storage
