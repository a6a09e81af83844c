// Virtual MFA devices and their assignment to users. Authentication codes are not verified: any two different
// six-digit codes enable a device, and no session counts as authenticated by MFA.

#include "emulator/base/arn.h"
#include "emulator/base/encoding.h"
#include "emulator/services/iam/operations.h"

namespace millrace::iam {
namespace {

constexpr Kind kKind = Kind::mfa_device;
constexpr size_t kDevicesPerUserMax = 8;  // IAM quotas

std::string serial_of(const std::string& account, const Json& device) {
  return arn_of(account, kKind, device);
}

/// The device's name from its serial number, "arn:aws:iam::<account>:mfa/<path><name>".
std::string name_of(const Call& call) {
  const std::string serial = text_of(call.input, "SerialNumber");
  return serial.substr(serial.rfind('/') + 1);
}

Result<Json> device_in(const Reader& reader, const Call& call) {
  auto device = find_entity(reader, call.caller.account, kKind, name_of(call));
  if (!device || serial_of(call.caller.account, *device) != text_of(call.input, "SerialNumber")) {
    return no_such(kKind, text_of(call.input, "SerialNumber"));
  }
  return std::move(*device);
}

Result<Json> create_device(State& state, Call& call) {
  TRY(const Json tags, tags_in(call.input));
  return state.write([&](Txn& txn) -> Result<Json> {
    const std::string& account = call.caller.account;
    if (find_entity(txn, account, kKind, text_of(call.input, "VirtualMFADeviceName"))) {
      return AwsError(errors::already_exists, "MFADevice entity at the same path and name already exists.");
    }
    TRY(Json device, new_entity(state, txn, account, kKind, call.input));
    device["Seed"] = state.context.random.text(64, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567");
    set_tags(device, tags);
    put_entity(txn, account, kKind, device);
    // QRCodePNG, the same seed as a picture, is left out.
    Json view = {{"SerialNumber", serial_of(account, device)},
                 {"Base32StringSeed", to_base64(text_of(device, "Seed"))}};
    set_tags(view, tags);
    return Json{{"VirtualMFADevice", std::move(view)}};
  });
}

Result<Json> delete_device(State& state, Call& call) {
  return state.write([&](Txn& txn) -> Result<Json> {
    TRY(const Json device, device_in(txn, call));
    if (device.contains("User")) {
      return AwsError(errors::delete_conflict, "Cannot delete entity, must deactivate MFA device first.");
    }
    erase_entity(txn, call.caller.account, kKind, text_of(device, "Name"));
    return Json(nullptr);
  });
}

Result<Json> list_virtual_devices(State& state, Call& call) {
  const std::string& account = call.caller.account;
  TRY(const Pager page, page_in(call));
  const std::string status = text_of(call.input, "AssignmentStatus", "Any");
  std::vector<std::pair<std::string, Json>> items;
  each_entity(state.store(), account, kKind, [&](const Json& device) {
    const bool assigned = device.contains("User");
    if ((status == "Assigned" && !assigned) || (status == "Unassigned" && assigned)) return true;
    Json view = {{"SerialNumber", serial_of(account, device)}};
    if (assigned) {
      view["EnableDate"] = iso_seconds(int_of(device, "Enabled"));
      if (const auto user = find_entity(state.store(), account, Kind::user, text_of(device, "User"))) {
        view["User"] = user_view(account, *user, false);
      }
    }
    items.emplace_back(to_lower(text_of(device, "Name")), std::move(view));
    return true;
  });
  return paged("VirtualMFADevices", items, page);
}

Result<Json> enable_device(State& state, Call& call) {
  const std::string& account = call.caller.account;
  const std::string name = name_in(call, Kind::user);
  return state.write([&](Txn& txn) -> Result<Json> {
    TRY_VOID(get_entity(txn, account, Kind::user, name));
    TRY(Json device, device_in(txn, call));
    if (device.contains("User")) {
      return AwsError(errors::already_exists, "MFA Device is already in use.");
    }
    if (text_of(call.input, "AuthenticationCode1") == text_of(call.input, "AuthenticationCode2")) {
      return AwsError(errors::invalid_authentication_code, "Authentication code for device is not valid.");
    }
    size_t held = 0;
    each_entity(txn, account, kKind, [&](const Json& other) {
      held += text_of(other, "User") == name;
      return true;
    });
    if (held >= kDevicesPerUserMax) {
      return AwsError(errors::limit_exceeded, "Cannot exceed quota for MFADevicesPerUser: 8");
    }
    device["User"] = name;
    device["Enabled"] = state.now();
    put_entity(txn, account, kKind, device);
    return Json(nullptr);
  });
}

Result<Json> deactivate_device(State& state, Call& call) {
  const std::string& account = call.caller.account;
  TRY(const std::string name, user_in(state, call));
  return state.write([&](Txn& txn) -> Result<Json> {
    TRY_VOID(get_entity(txn, account, Kind::user, name));
    TRY(Json device, device_in(txn, call));
    if (text_of(device, "User") != name) return no_such(kKind, text_of(call.input, "SerialNumber"));
    device.erase("User");
    device.erase("Enabled");
    put_entity(txn, account, kKind, device);
    return Json(nullptr);
  });
}

Result<Json> get_device(State& state, Call& call) {
  TRY(const Json device, device_in(state.store(), call));
  const std::string user = text_of(device, "User"), asked = name_in(call, Kind::user);
  if (user.empty() || (!asked.empty() && asked != user)) return no_such(kKind, text_of(call.input, "SerialNumber"));
  return Json{{"UserName", user},
              {"SerialNumber", serial_of(call.caller.account, device)},
              {"EnableDate", iso_seconds(int_of(device, "Enabled"))}};
}

Result<Json> resync_device(State& state, Call& call) {
  TRY(const Json device, device_in(state.store(), call));
  if (text_of(device, "User") != name_in(call, Kind::user)) return no_such(kKind, text_of(call.input, "SerialNumber"));
  if (text_of(call.input, "AuthenticationCode1") == text_of(call.input, "AuthenticationCode2"))
    return AwsError(errors::invalid_authentication_code, "Authentication code for device is not valid.");
  return Json(nullptr);
}

Result<Json> list_devices(State& state, Call& call) {
  const std::string& account = call.caller.account;
  TRY(const Pager page, page_in(call));
  TRY(const std::string name, user_in(state, call));
  TRY_VOID(get_entity(state.store(), account, Kind::user, name));
  std::vector<std::pair<std::string, Json>> items;
  each_entity(state.store(), account, kKind, [&](const Json& device) {
    if (text_of(device, "User") == name) {
      items.emplace_back(to_lower(text_of(device, "Name")),
                         Json{{"UserName", name},
                              {"SerialNumber", serial_of(account, device)},
                              {"EnableDate", iso_seconds(int_of(device, "Enabled"))}});
    }
    return true;
  });
  return paged("MFADevices", items, page);
}

}  // namespace

Operations mfa_operations(State& state) {
  using protocol::any, protocol::optional, protocol::required, protocol::string;
  const Member serial = required("SerialNumber", string().length(9, 256));
  const Member name = required("UserName", name_shape(Kind::user)),
               maybe = optional("UserName", name_shape(Kind::user));
  const auto code = [](const char* member) { return required(member, string().length(6, 6).pattern("[\\d]+")); };
  const Needs on_serial = [](State&, const Call& call) {
    AccessNeed need;
    need.resource = text_of(call.input, "SerialNumber");
    return need;
  };
  return {
      operation(state, "CreateVirtualMFADevice",
                {optional("Path", string().length(1, 512)), required("VirtualMFADeviceName", string().length(1, 226)),
                 optional("Tags", any())},
                on_entity(kKind), create_device),
      operation(state, "DeleteVirtualMFADevice", {serial}, on_serial, delete_device),
      operation(state, "ListVirtualMFADevices",
                {optional("AssignmentStatus", string().one_of({"Assigned", "Unassigned", "Any"})), page_marker(),
                 page_size()},
                on_anything(), list_virtual_devices),
      operation(state, "EnableMFADevice", {name, serial, code("AuthenticationCode1"), code("AuthenticationCode2")},
                on_entity(Kind::user), enable_device),
      operation(state, "ResyncMFADevice", {name, serial, code("AuthenticationCode1"), code("AuthenticationCode2")},
                on_entity(Kind::user), resync_device),
      operation(state, "GetMFADevice", {serial, maybe}, on_entity(Kind::user), get_device),
      operation(state, "DeactivateMFADevice", {maybe, serial}, on_entity(Kind::user), deactivate_device),
      operation(state, "ListMFADevices", {maybe, page_marker(), page_size()}, on_entity(Kind::user), list_devices),
  };
}

}  // namespace millrace::iam
