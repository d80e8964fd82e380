#pragma once

#include <linux/videodev2.h>
#include <stdint.h>

// The value of a V4L2 call, or the negated error number; made again when a signal interrupted it.
int sotto_v4l2_call(int fd, unsigned long request, void *argument);
// What this node can do, where the driver tells nodes apart; else what the whole device can.
uint32_t sotto_v4l2_abilities(const struct v4l2_capability *capability);
