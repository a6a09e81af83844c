#include "runtime/poller/executor.h"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <thread>

#include "emulator/base/guard.h"

namespace millrace::poller {

struct RuntimeThread::State {
  boost::asio::io_context context{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> guard{context.get_executor()};
  std::thread thread;
};

RuntimeThread::RuntimeThread() : state_(std::make_unique<State>()) {
  state_->thread = std::thread([context = &state_->context] { context->run(); });
}

RuntimeThread::~RuntimeThread() {
  state_->context.stop();
  state_->thread.join();
}

void RuntimeThread::post(std::function<void()> task) {
  boost::asio::post(state_->context,
                    [task = std::move(task)] { guarded("a task of the event source mappings", task); });
}

}  // namespace millrace::poller
