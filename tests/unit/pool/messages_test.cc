#include "runtime/messages/messages.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>

#include "runtime/messages/message_socket.h"

namespace millrace::worker {

TEST(Messages, WhatOneSideOrdersTheOtherReads) {
  const SpawnRequest ordered{.id = "7",
                             .python = false,
                             .argv = {"/usr/bin/node", "-e", "a=b"},
                             .env = {"A=1", "EMPTY=", "B=x=y"},
                             .task_folder = "/code",
                             .layer_folders = {"/one", "/two"},
                             .tmp_folder = "/scratch/7",
                             .tmp_mb = 1024,
                             .memory_mb = 256};
  SpawnRequest read;
  ASSERT_TRUE(parse_spawn(split_fields(join_fields(spawn_fields(ordered))), read));
  EXPECT_EQ(read.id, ordered.id);
  EXPECT_FALSE(read.python);
  EXPECT_EQ(read.argv, ordered.argv);
  EXPECT_EQ(read.env, ordered.env);
  EXPECT_EQ(read.task_folder, ordered.task_folder);
  EXPECT_EQ(read.layer_folders, ordered.layer_folders);
  EXPECT_EQ(read.tmp_folder, ordered.tmp_folder);
  EXPECT_EQ(read.tmp_mb, 1024);
  EXPECT_EQ(read.memory_mb, 256);
  EXPECT_EQ(read.log_fd, -1);
}

TEST(Messages, FieldsThatNobodyKnowsAreRefused) {
  SpawnRequest read;
  EXPECT_FALSE(parse_spawn({"spawn"}, read));
  EXPECT_FALSE(parse_spawn({"spawn", "1", "colour=red"}, read));
  EXPECT_FALSE(parse_spawn({"spawn", "1", "task"}, read));
}

TEST(Messages, AnEmptyFieldIsAField) {
  EXPECT_EQ(split_fields(join_fields({"forget", "", "x"})), (std::vector<std::string>{"forget", "", "x"}));
  EXPECT_TRUE(split_fields("").empty());
}

TEST(Messages, ADescriptorGoesBesideAMessage) {
  int ends[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
  const int given = open("/dev/null", O_RDONLY | O_CLOEXEC);
  ASSERT_GE(given, 0);
  ASSERT_TRUE(send_message(ends[0], join_fields({"with"}), given));
  ASSERT_TRUE(send_message(ends[0], join_fields({"without"}), -1));
  char buffer[64];
  const ReceivedMessage with = receive_message(ends[1], buffer, sizeof buffer);
  EXPECT_EQ(split_fields({buffer, static_cast<size_t>(with.size)}).at(0), "with");
  struct stat sent {
  }, got{};
  ASSERT_GE(with.fd, 0);
  EXPECT_EQ(fstat(given, &sent), 0);
  EXPECT_EQ(fstat(with.fd, &got), 0);
  EXPECT_EQ(got.st_ino, sent.st_ino);
  const ReceivedMessage without = receive_message(ends[1], buffer, sizeof buffer);
  EXPECT_EQ(without.fd, -1);
  const ReceivedMessage none = receive_message(ends[1], buffer, sizeof buffer, MSG_DONTWAIT);
  EXPECT_EQ(none.size, -1);
  close(ends[0]);
  EXPECT_EQ(receive_message(ends[1], buffer, sizeof buffer).size, 0);
  for (int fd : {ends[1], given, with.fd}) close(fd);
}

}  // namespace millrace::worker
