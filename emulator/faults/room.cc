#include "emulator/faults/room.h"

#include "emulator/faults/faulty_invoker.h"

namespace millrace::faults {

Room make_faulty_invoker(const RoomContext& context, ports::Ports& ports) {
  auto invoker = std::make_shared<FaultyInvoker>(ports.get<ports::Invoker>(), ports.get<ports::Environments>(),
                                                 ports.get<ports::Faults>(), context.clock);
  ports.offer<ports::Invoker>(*invoker);
  return {.name = "faulty-invoker", .state = invoker};
}

}  // namespace millrace::faults
