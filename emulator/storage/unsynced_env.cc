#include "emulator/storage/unsynced_env.h"

#include <rocksdb/file_system.h>

namespace millrace::storage {

namespace {

using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;

class UnsyncedFile final : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  using FSWritableFileOwnerWrapper::FSWritableFileOwnerWrapper;
  IOStatus Sync(const IOOptions&, IODebugContext*) override { return IOStatus::OK(); }
  IOStatus Fsync(const IOOptions&, IODebugContext*) override { return IOStatus::OK(); }
  IOStatus RangeSync(uint64_t, uint64_t, const IOOptions&, IODebugContext*) override { return IOStatus::OK(); }
};

class UnsyncedDirectory final : public rocksdb::FSDirectoryWrapper {
 public:
  using FSDirectoryWrapper::FSDirectoryWrapper;
  IOStatus Fsync(const IOOptions&, IODebugContext*) override { return IOStatus::OK(); }
  IOStatus FsyncWithDirOptions(const IOOptions&, IODebugContext*, const rocksdb::DirFsyncOptions&) override {
    return IOStatus::OK();
  }
};

class UnsyncedFiles final : public rocksdb::FileSystemWrapper {
  using File = std::unique_ptr<rocksdb::FSWritableFile>;

 public:
  using FileSystemWrapper::FileSystemWrapper;
  const char* Name() const override { return "unsynced files"; }

  IOStatus NewWritableFile(const std::string& name, const rocksdb::FileOptions& options, File* result,
                           IODebugContext* context) override {
    return wrapped(target()->NewWritableFile(name, options, result, context), *result);
  }
  IOStatus ReopenWritableFile(const std::string& name, const rocksdb::FileOptions& options, File* result,
                              IODebugContext* context) override {
    return wrapped(target()->ReopenWritableFile(name, options, result, context), *result);
  }
  IOStatus ReuseWritableFile(const std::string& name, const std::string& old_name, const rocksdb::FileOptions& options,
                             File* result, IODebugContext* context) override {
    return wrapped(target()->ReuseWritableFile(name, old_name, options, result, context), *result);
  }
  IOStatus NewDirectory(const std::string& name, const IOOptions& options,
                        std::unique_ptr<rocksdb::FSDirectory>* result, IODebugContext* context) override {
    IOStatus status = target()->NewDirectory(name, options, result, context);
    if (status.ok()) *result = std::make_unique<UnsyncedDirectory>(std::move(*result));
    return status;
  }

 private:
  static IOStatus wrapped(IOStatus status, File& file) {
    if (status.ok()) file = std::make_unique<UnsyncedFile>(std::move(file));
    return status;
  }
};

}  // namespace

rocksdb::Env* unsynced_env() {
  static rocksdb::Env* const kEnv =
      rocksdb::NewCompositeEnv(std::make_shared<UnsyncedFiles>(rocksdb::FileSystem::Default())).release();
  return kEnv;
}

}  // namespace millrace::storage
