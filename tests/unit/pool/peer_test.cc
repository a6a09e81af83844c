// Whose a connection on this machine is.

#include "runtime/pool/peer.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>

namespace millrace::pool {
namespace {

using boost::asio::ip::tcp;

/// A connection between two sockets of this process, on 127.0.0.1 or ::1.
struct Connection {
  explicit Connection(const char* address)
      : acceptor(io, tcp::endpoint(boost::asio::ip::make_address(address), 0)), client(io), served(io) {
    client.connect(acceptor.local_endpoint());
    acceptor.accept(served);
  }
  boost::asio::io_context io;
  tcp::acceptor acceptor;
  tcp::socket client, served;
};

/// A child that holds our descriptors until it is told to end.
class Child {
 public:
  Child() {
    EXPECT_EQ(pipe(pipe_), 0);
    pid = fork();
    if (pid == 0) {
      close(pipe_[1]);
      char byte;
      _exit(read(pipe_[0], &byte, 1) < 0);
    }
  }
  ~Child() {
    close(pipe_[0]);
    close(pipe_[1]);
    waitpid(pid, nullptr, 0);
  }
  pid_t pid = -1;

 private:
  int pipe_[2] = {-1, -1};
};

class Peer : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    boost::asio::io_context io;
    boost::system::error_code failed;
    tcp::acceptor probe(io);
    const tcp::endpoint endpoint(boost::asio::ip::make_address(GetParam()), 0);
    probe.open(endpoint.protocol(), failed);
    if (!failed) probe.bind(endpoint, failed);
    if (failed) GTEST_SKIP() << GetParam() << " isn't on this machine";
  }
};

TEST_P(Peer, IsFoundWithItsUser) {
  Connection connection(GetParam());
  auto client = peer_socket(connection.served.remote_endpoint(), connection.served.local_endpoint());
  ASSERT_TRUE(client);
  EXPECT_EQ(client->user, geteuid());
  auto served = peer_socket(connection.client.remote_endpoint(), connection.client.local_endpoint());
  ASSERT_TRUE(served);
  EXPECT_NE(client->inode, served->inode);
}

TEST_P(Peer, ThatHasGoneIsNotFound) {
  Connection connection(GetParam());
  const auto client = connection.served.remote_endpoint(), ours = connection.served.local_endpoint();
  connection.client.close();
  EXPECT_FALSE(peer_socket(client, ours));
  EXPECT_TRUE(may_be_a_handler_s(client, ours));
}

TEST_P(Peer, IsHeldByItsProcessAndByNoOther) {
  Connection connection(GetParam());
  auto client = peer_socket(connection.served.remote_endpoint(), connection.served.local_endpoint());
  ASSERT_TRUE(client);
  EXPECT_TRUE(hold_socket({getpid()}, client->inode));
  Child child;  // holds copies of both
  EXPECT_TRUE(hold_socket({child.pid}, client->inode));
  EXPECT_FALSE(hold_socket({4'000'001}, client->inode));  // nobody's id
  EXPECT_FALSE(hold_socket({}, client->inode));
}

TEST_P(Peer, OfOursMayBeAHandlers) {
  Connection connection(GetParam());
  const auto client = connection.served.remote_endpoint(), ours = connection.served.local_endpoint();
  EXPECT_TRUE(may_be_a_handler_s(client, ours));  // we send what a stack's integrations tell us to
  Child child;
  connection.client.close();
  EXPECT_TRUE(may_be_a_handler_s(client, ours));
}

TEST_P(Peer, OfAProcessThatIsNotOursIsNoHandlers) {
  Connection connection(GetParam());
  const auto client = connection.served.remote_endpoint(), ours = connection.served.local_endpoint();
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  const pid_t child = fork();
  if (child == 0) {
    if (fork() != 0) _exit(0);  // what it leaves is nobody's child of ours
    close(ends[1]);
    char byte;
    _exit(read(ends[0], &byte, 1) < 0);
  }
  waitpid(child, nullptr, 0);
  connection.client.close();
  EXPECT_FALSE(may_be_a_handler_s(client, ours));
  close(ends[0]);
  close(ends[1]);
}

INSTANTIATE_TEST_SUITE_P(Addresses, Peer, testing::Values("127.0.0.1", "::1"));

TEST(FarPeer, OfOtherMachinesMayBeAnybody) {
  const tcp::endpoint far(boost::asio::ip::make_address("192.0.2.1"), 4711),
      ours(boost::asio::ip::make_address("127.0.0.1"), 4566);
  EXPECT_TRUE(may_be_a_handler_s(far, ours));
}

}  // namespace
}  // namespace millrace::pool
