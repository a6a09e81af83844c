#include "emulator/ports/mapping_engine.h"

namespace millrace::ports {

const char* mapping_state_text(MappingState state) {
  switch (state) {
    case MappingState::creating: return "Creating";
    case MappingState::enabling: return "Enabling";
    case MappingState::enabled: return "Enabled";
    case MappingState::disabling: return "Disabling";
    case MappingState::disabled: return "Disabled";
    case MappingState::updating: return "Updating";
    case MappingState::deleting: return "Deleting";
  }
  return "";
}

}  // namespace millrace::ports
