#pragma once
// The input shapes that several table operations use.

#include "emulator/protocol/shape.h"

namespace millrace::dynamodb {

/// A structure's name with its package, as AWS names it where it finds a list in its place. The package isn't printed
/// with the structure's values.
std::string model_name(const char* structure);
/// Whole numbers, by the type that AWS names where it finds something else; a text isn't taken for one.
protocol::Shape long_shape();
protocol::Shape integer_shape();

protocol::Shape table_name_shape();   // a new table's name
protocol::Shape named_table_shape();  // a name or an ARN; check_table_name() has the rest
protocol::Shape index_name_shape();
protocol::Shape attribute_definitions_shape();
protocol::Shape key_schema_shape(int max_elements);
protocol::Shape projection_shape();
protocol::Shape throughput_shape();
protocol::Shape on_demand_shape();
protocol::Shape warm_throughput_shape();
protocol::Shape stream_specification_shape();
protocol::Shape sse_specification_shape();
protocol::Shape tags_shape();
protocol::Shape billing_mode_shape();
protocol::Shape local_indexes_shape();
protocol::Shape global_indexes_shape();
protocol::Shape global_index_shape();

}  // namespace millrace::dynamodb
