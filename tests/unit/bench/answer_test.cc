#include "tests/bench/answer.h"

#include <gtest/gtest.h>

namespace millrace::bench {
namespace {

using State = Answer::State;

/// The state after `text` came in pieces of `piece` bytes; before the last one it must not have ended.
State put_in_pieces(Answer& answer, std::string_view text, size_t piece) {
  State state = State::more;
  for (size_t at = 0; at < text.size(); at += piece) {
    EXPECT_EQ(state, State::more) << "ended before byte " << at << " of " << text;
    state = answer.put(text.substr(at, piece));
  }
  return state;
}

struct Case {
  std::string_view text;
  int status;
  uint64_t body_bytes;
};

constexpr Case kWhole[] = {
    {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabcde", 200, 5},
    {"HTTP/1.1 400 Bad\r\nX: 1\r\ncontent-length:2\r\nY: 2\r\n\r\n{}", 400, 2},
    {"HTTP/1.1 200 OK\r\nCONTENT-LENGTH: 0\r\n\r\n", 200, 0},
    {"HTTP/1.1 204 No Content\r\n\r\n", 204, 0},
    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\nB;x=y\r\n0123456789\n\r\n0\r\n\r\n", 200, 16},
    {"HTTP/1.1 500 No\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 500, 0},
};

TEST(Answer, EndsWhereItsHeadSaysHoweverItArrives) {
  for (const Case& each : kWhole) {
    for (size_t piece : {1, 2, 3, 7, 1000}) {
      Answer answer;
      EXPECT_EQ(put_in_pieces(answer, each.text, piece), State::whole) << each.text << " by " << piece;
      EXPECT_EQ(answer.status(), each.status);
      EXPECT_EQ(answer.body_bytes(), each.body_bytes);
      EXPECT_EQ(answer.begin(), each.text);
    }
  }
}

TEST(Answer, IsBrokenWithoutALengthOrWithMoreThanOneAnswer) {
  for (std::string_view text :
       {"HTTP/1.1 200 OK\r\nX: y\r\n\r\n", "hello\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nab"}) {
    EXPECT_EQ(Answer().put(text), State::broken) << text;
  }
}

TEST(Answer, LargeBodiesAreCountedAndNotKept) {
  Answer answer;
  EXPECT_EQ(answer.put("HTTP/1.1 200 OK\r\nContent-Length: 8388608\r\n\r\n"), State::more);
  std::string piece(1 << 20, 'x');
  for (int i = 0; i < 7; ++i) EXPECT_EQ(answer.put(piece), State::more);
  EXPECT_EQ(answer.put(piece), State::whole);
  EXPECT_EQ(answer.body_bytes(), 8388608u);
  EXPECT_LT(answer.begin().size(), 1000u);
}

TEST(Answer, NothingOfTheLastOneIsLeftAfterClear) {
  Answer answer;
  EXPECT_EQ(answer.put("HTTP/1.1 404 No\r\nContent-Length: 3\r\n\r\nabc"), State::whole);
  answer.clear();
  EXPECT_EQ(answer.put("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"), State::whole);
  EXPECT_EQ(answer.status(), 200);
  EXPECT_EQ(answer.body_bytes(), 0u);
}

}  // namespace
}  // namespace millrace::bench
