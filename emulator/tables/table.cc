#include "emulator/tables/table.h"

namespace millrace::tables {

const char* text(TableStatus status) {
  switch (status) {
    case TableStatus::creating: return "CREATING";
    case TableStatus::updating: return "UPDATING";
    case TableStatus::deleting: return "DELETING";
    case TableStatus::active: return "ACTIVE";
  }
  return "ACTIVE";
}

const char* text(IndexStatus status) {
  return text(static_cast<TableStatus>(status));
}

const char* text(ProjectionType type) {
  switch (type) {
    case ProjectionType::all: return "ALL";
    case ProjectionType::keys_only: return "KEYS_ONLY";
    case ProjectionType::include: return "INCLUDE";
  }
  return "ALL";
}

const char* text(ViewType type) {
  switch (type) {
    case ViewType::keys_only: return "KEYS_ONLY";
    case ViewType::new_image: return "NEW_IMAGE";
    case ViewType::old_image: return "OLD_IMAGE";
    case ViewType::new_and_old_images: return "NEW_AND_OLD_IMAGES";
  }
  return "NEW_AND_OLD_IMAGES";
}

const char* text(BillingMode mode) {
  return mode == BillingMode::provisioned ? "PROVISIONED" : "PAY_PER_REQUEST";
}

std::optional<ProjectionType> parse_projection_type(std::string_view name) {
  for (auto type : {ProjectionType::all, ProjectionType::keys_only, ProjectionType::include}) {
    if (name == text(type)) return type;
  }
  return std::nullopt;
}

std::optional<ViewType> parse_view_type(std::string_view name) {
  for (auto type : {ViewType::keys_only, ViewType::new_image, ViewType::old_image, ViewType::new_and_old_images}) {
    if (name == text(type)) return type;
  }
  return std::nullopt;
}

const KeyAttribute* KeySchema::find(std::string_view name) const {
  for (const auto* side : {&partition, &sort}) {
    for (const KeyAttribute& attribute : *side) {
      if (attribute.name == name) return &attribute;
    }
  }
  return nullptr;
}

const Index* Table::index(std::string_view index_name) const {
  for (const Index& candidate : indexes) {
    if (candidate.name == index_name) return &candidate;
  }
  return nullptr;
}

std::optional<AttributeType> Table::attribute_type(std::string_view attribute) const {
  for (const KeyAttribute& candidate : attributes) {
    if (candidate.name == attribute) return candidate.type;
  }
  return std::nullopt;
}

std::string kms_key_of(const Table& table) {
  const Json* description = find(table.settings, "SSEDescription");
  return description ? text_of(*description, "KMSMasterKeyArn") : "";
}

}  // namespace millrace::tables
