#pragma once
// DynamoDB Streams: ListStreams, DescribeStream, GetShardIterator, GetRecords, and the port by which pollers read.

#include "emulator/services/room.h"

namespace millrace::streams {

Room make_room(const RoomContext& context, ports::Ports& ports);

}  // namespace millrace::streams
