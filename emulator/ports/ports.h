#pragma once
// What rooms offer each other, by the type of the port. Rooms are made one after the other, and each finds what those
// before it have offered; what may come from a later room is asked for through Late.

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <typeindex>
#include <unordered_map>
#include <utility>
#include <vector>

#include "emulator/base/mutex.h"

namespace millrace::ports {

class Ports {
 public:
  Ports() = default;
  Ports(const Ports&) = delete;
  Ports& operator=(const Ports&) = delete;
  /// What is kept goes in the opposite order of the offers.
  ~Ports() {
    offered_.clear();
    while (!kept_.empty()) kept_.pop_back();
  }

  /// One implementation per port: a second offer replaces the first for those who ask later. Kept to the end.
  template <class Port>
  void offer(std::shared_ptr<Port> port) {
    MutexLock lock(mutex_);
    kept_.push_back(port);
    offered_[typeid(Port)] = std::move(port);
  }
  /// The room that offers it keeps it; rooms made later may use it until they are destroyed.
  template <class Port>
  void offer(Port& port) {
    MutexLock lock(mutex_);
    offered_[typeid(Port)] = std::shared_ptr<Port>(std::shared_ptr<void>(), &port);
  }

  /// nullptr where no room made so far offers it.
  template <class Port>
  std::shared_ptr<Port> find() const {
    MutexLock lock(mutex_);
    auto found = offered_.find(typeid(Port));
    return found == offered_.end() ? nullptr : std::static_pointer_cast<Port>(found->second);
  }
  /// The list of the rooms must make the one that offers it first: otherwise the program ends here, at its start.
  template <class Port>
  std::shared_ptr<Port> share() const {
    std::shared_ptr<Port> port = find<Port>();
    if (!port) {
      std::fprintf(stderr, "millrace: no room that is made earlier offers %s\n", typeid(Port).name());
      std::abort();
    }
    return port;
  }
  template <class Port>
  Port& get() const {
    return *share<Port>();
  }

 private:
  mutable Mutex mutex_;
  std::unordered_map<std::type_index, std::shared_ptr<void>> offered_ GUARDED_BY(mutex_);
  std::vector<std::shared_ptr<void>> kept_ GUARDED_BY(mutex_);
};

/// A port that a later room may offer, looked up at its first use. May be used from any thread, from Room::start on.
template <class Port>
class Late {
 public:
  explicit Late(const Ports& ports) : ports_(ports) {}
  /// nullptr where no room offers it.
  Port* get() const {
    Port* port = port_.load(std::memory_order_acquire);
    if (!port) port_.store(port = ports_.find<Port>().get(), std::memory_order_release);
    return port;
  }

 private:
  const Ports& ports_;
  mutable std::atomic<Port*> port_{nullptr};
};

}  // namespace millrace::ports
