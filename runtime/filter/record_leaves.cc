#include <algorithm>

#include "emulator/base/encoding.h"
#include "runtime/filter/leaves.h"

namespace millrace::filter {

namespace {

/// If the path goes through member `name`: what follows it. Outer nullopt: it doesn't; inner: it ends there.
std::optional<std::optional<std::string_view>> step(std::string_view path, std::string_view name) {
  if (!path.starts_with(name)) return std::nullopt;
  if (path.size() == name.size()) return std::optional<std::string_view>();
  if (path[name.size()] != '.') return std::nullopt;
  return path.substr(name.size() + 1);
}

}  // namespace

RecordLeaves::RecordLeaves(const ports::StreamRecord& record, const RecordSource& source,
                           const std::vector<std::string>& paths)
    : record_(record), source_(source), paths_(paths), table_(paths.size()) {}

const std::vector<Leaf>& RecordLeaves::leaves(size_t path) {
  auto& slot = table_[path];
  if (!slot) {
    target_ = &slot.emplace();
    memberships_.clear();
    walk_record(paths_[path]);
  }
  return *slot;
}

void RecordLeaves::emit(LeafKind kind, std::string_view text) {
  target_->push_back({kind, text, memberships_});
  if (memberships_.size() > 1) std::sort(target_->back().memberships.begin(), target_->back().memberships.end());
}

void RecordLeaves::emit_string(std::string text) {
  emit(LeafKind::string, texts_.emplace_back(std::move(text)));
}

void RecordLeaves::walk_record(std::string_view path) {
  if (auto rest = step(path, "dynamodb")) {
    if (*rest) walk_change(**rest);
  } else if (path == "eventName") {
    emit(LeafKind::string, ports::event_name_text(record_.event_name));
  } else if (path == "eventID") {
    emit(LeafKind::string, record_.event_id);
  } else if (path == "eventVersion") {
    emit(LeafKind::string, "1.1");
  } else if (path == "eventSource") {
    emit(LeafKind::string, "aws:dynamodb");
  } else if (path == "awsRegion") {
    emit(LeafKind::string, source_.region);
  } else if (path == "eventSourceARN") {
    emit(LeafKind::string, source_.stream_arn);
  } else if (record_.by_ttl && path == "userIdentity.principalId") {
    emit(LeafKind::string, "dynamodb.amazonaws.com");
  } else if (record_.by_ttl && path == "userIdentity.type") {
    emit(LeafKind::string, "Service");
  }
}

void RecordLeaves::walk_change(std::string_view path) {
  if (auto new_rest = step(path, "NewImage")) {
    if (*new_rest && record_.new_image) walk_map(*record_.new_image, **new_rest);
  } else if (auto keys_rest = step(path, "Keys")) {
    if (*keys_rest) walk_map(record_.keys, **keys_rest);
  } else if (auto old_rest = step(path, "OldImage")) {
    if (*old_rest && record_.old_image) walk_map(*record_.old_image, **old_rest);
  } else if (path == "SequenceNumber") {
    emit(LeafKind::string, record_.sequence_number);
  } else if (path == "StreamViewType") {
    emit(LeafKind::string, record_.view_type);
  } else if (path == "SizeBytes") {
    emit(LeafKind::number, texts_.emplace_back(std::to_string(record_.size_bytes)));
  } else if (path == "ApproximateCreationDateTime") {
    emit(LeafKind::number, texts_.emplace_back(std::to_string(record_.created_ms / 1000) + ".0"));
  }
}

void RecordLeaves::walk_map(const AttributeMap& map, std::string_view path) {
  // A name may hold dots itself, so each dot is tried as the end of the name.
  for (size_t dot = path.find('.'); dot != std::string_view::npos; dot = path.find('.', dot + 1)) {
    if (const AttributeValue* value = map.find(path.substr(0, dot))) walk_value(*value, path.substr(dot + 1));
  }
}

void RecordLeaves::walk_value(const AttributeValue& value, std::string_view path) {
  if (auto rest = step(path, type_name(value.type()))) walk_content(value, *rest);
}

void RecordLeaves::walk_content(const AttributeValue& value, std::optional<std::string_view> rest) {
  switch (value.type()) {
    case AttributeType::M:
      if (rest) walk_map(*value.get_if<AttributeMap>(), *rest);
      return;
    case AttributeType::L: {
      if (!rest) return;  // its elements are objects
      const List& list = *value.get_if<List>();
      for (uint32_t i = 0; i < list.size(); ++i) {
        memberships_.push_back({reinterpret_cast<uintptr_t>(&list), i});
        walk_value(list[i], *rest);
        memberships_.pop_back();
      }
      return;
    }
    default:
      if (rest) return;
  }
  switch (value.type()) {
    case AttributeType::S: emit(LeafKind::string, *value.get_if<std::string>()); break;
    case AttributeType::N: emit_string(value.get_if<Number>()->text()); break;
    case AttributeType::B: emit_string(to_base64(value.get_if<Binary>()->bytes)); break;
    case AttributeType::BOOL: emit(*value.get_if<bool>() ? LeafKind::true_value : LeafKind::false_value, {}); break;
    case AttributeType::NUL: emit(LeafKind::true_value, {}); break;
    case AttributeType::SS:
      for (const auto& member : value.get_if<StringSet>()->members) emit(LeafKind::string, member);
      break;
    case AttributeType::NS:
      for (const auto& member : value.get_if<NumberSet>()->members) emit_string(member.text());
      break;
    case AttributeType::BS:
      for (const auto& member : value.get_if<BinarySet>()->members) emit_string(to_base64(member));
      break;
    default: break;
  }
}

}  // namespace millrace::filter
