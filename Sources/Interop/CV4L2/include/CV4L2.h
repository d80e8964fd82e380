#pragma once

// V4L2 capture devices with memory-mapped buffers, single- and multi-planar. Thin: no policy, one system call or one small
// family of them a function. Functions give 0 or more, or a negated error number.

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// MARK: Which devices there are

struct sotto_v4l2_nodes;

enum sotto_v4l2_text {
  SOTTO_V4L2_PATH = 0,     // /dev/video0
  SOTTO_V4L2_BY_ID = 1,    // usb-046d_HD_Webcam-video-index0, of /dev/v4l/by-id; "" where udev made none
  SOTTO_V4L2_BY_PATH = 2,  // platform-fd500000.pcie-…, of /dev/v4l/by-path
  SOTTO_V4L2_CARD = 3,     // HD Webcam
  SOTTO_V4L2_BUS = 4,      // usb-0000:01:00.0-1.2
  SOTTO_V4L2_DRIVER = 5,   // uvcvideo
};

// All of /dev/video*, by number; what cannot be opened is there with its path and error alone. How many there are.
int sotto_v4l2_list(struct sotto_v4l2_nodes **nodes);
void sotto_v4l2_list_free(struct sotto_v4l2_nodes *nodes);
const char *sotto_v4l2_node_text(const struct sotto_v4l2_nodes *nodes, int index, int32_t which);
// 1 when it is a capture device for video that streams, 0 when it is not, or the error of looking.
int sotto_v4l2_node_captures(const struct sotto_v4l2_nodes *nodes, int index);

// MARK: One device

struct sotto_v4l2 {
  int fd;
  bool multi_planar;
};

// Opens a device; the descriptor becomes readable with each frame. -ENOTTY when it is no V4L2 device, -EOPNOTSUPP when it does
// not capture video or does not stream.
int sotto_v4l2_open(const char *path, struct sotto_v4l2 *camera);
void sotto_v4l2_close(struct sotto_v4l2 *camera);
// The name of its hardware and where that is; each text is cut to `capacity` with its final zero.
int sotto_v4l2_names(const struct sotto_v4l2 *camera, char *card, char *bus, size_t capacity);

// MARK: Formats

static const int32_t SOTTO_V4L2_EMULATED = 2;  // V4L2_FMT_FLAG_EMULATED

// The pixel format number `index`: its four-character code. -EINVAL past the last one.
int sotto_v4l2_format_at(const struct sotto_v4l2 *camera, uint32_t index, uint32_t *code, uint32_t *flags);

// A step of 0 means one size or interval only.
struct sotto_v4l2_sizes {
  uint32_t least_width, most_width, width_step;
  uint32_t least_height, most_height, height_step;
};
int sotto_v4l2_sizes_at(const struct sotto_v4l2 *camera, uint32_t code, uint32_t index, struct sotto_v4l2_sizes *sizes);

// Nanoseconds from one frame to the next.
struct sotto_v4l2_intervals {
  int64_t least, most;
};
int sotto_v4l2_intervals_at(
    const struct sotto_v4l2 *camera, uint32_t code, uint32_t width, uint32_t height, uint32_t index,
    struct sotto_v4l2_intervals *intervals);

struct sotto_v4l2_plane {
  uint32_t stride;
  uint32_t size;
};

struct sotto_v4l2_format {
  uint32_t code;
  uint32_t width;
  uint32_t height;
  // Memory planes, not colour planes: NV12 may have one or two.
  uint32_t planes;
  struct sotto_v4l2_plane plane[3];
};

// Asks for code and size; the driver answers in `format` with the nearest that it has.
int sotto_v4l2_set_format(const struct sotto_v4l2 *camera, struct sotto_v4l2_format *format);
int sotto_v4l2_get_format(const struct sotto_v4l2 *camera, struct sotto_v4l2_format *format);
// Asks for a frame interval in nanoseconds and gives the one that the driver set. -ENOTTY when it lets none be set.
int64_t sotto_v4l2_set_interval(const struct sotto_v4l2 *camera, int64_t nanoseconds);

// MARK: Controls

enum sotto_v4l2_control_name {
  SOTTO_V4L2_EXPOSURE_MODE = 0x009a0901,  // V4L2_CID_EXPOSURE_AUTO: 1 manual, 3 aperture priority, 0 automatic
  SOTTO_V4L2_EXPOSURE_TIME = 0x009a0902,  // V4L2_CID_EXPOSURE_ABSOLUTE, units of 100 µs
  SOTTO_V4L2_EXPOSURE = 0x00980911,       // V4L2_CID_EXPOSURE, the sensor's own units
  SOTTO_V4L2_AUTO_GAIN = 0x00980912,
  SOTTO_V4L2_GAIN = 0x00980913,
  SOTTO_V4L2_ANALOGUE_GAIN = 0x009e0903,
  SOTTO_V4L2_MIRROR = 0x00980914,  // V4L2_CID_HFLIP
  SOTTO_V4L2_FLIP = 0x00980915,    // V4L2_CID_VFLIP
};

struct sotto_v4l2_range {
  int32_t least, most, step, usual;
};
// -EINVAL when the device has no such control or has switched it off.
int sotto_v4l2_control_range(const struct sotto_v4l2 *camera, uint32_t control, struct sotto_v4l2_range *range);
int sotto_v4l2_control_get(const struct sotto_v4l2 *camera, uint32_t control, int32_t *value);
// The value that the driver set, in `value`.
int sotto_v4l2_control_set(const struct sotto_v4l2 *camera, uint32_t control, int32_t *value);

// MARK: Buffers and frames

// Buffers that the driver made, at most `count`; 0 gives all back.
int sotto_v4l2_request(const struct sotto_v4l2 *camera, uint32_t count);
// Maps one plane of one buffer for reading.
int sotto_v4l2_map(const struct sotto_v4l2 *camera, uint32_t index, uint32_t plane, const uint8_t **bytes, size_t *size);
void sotto_v4l2_unmap(const uint8_t *bytes, size_t size);
// The same plane as a DMA buffer for another driver: a descriptor that its taker closes. Read only.
int sotto_v4l2_export(const struct sotto_v4l2 *camera, uint32_t index, uint32_t plane);

int sotto_v4l2_queue(const struct sotto_v4l2 *camera, uint32_t index, uint32_t planes);

struct sotto_v4l2_part {
  uint32_t offset;
  uint32_t used;
};

struct sotto_v4l2_frame {
  uint32_t index;
  uint32_t sequence;
  // Nanoseconds of CLOCK_MONOTONIC; 0 when the driver stamps by another clock.
  int64_t stamp;
  // The driver marks the frame as damaged. Its buffer is dequeued all the same.
  bool damaged;
  uint32_t planes;
  struct sotto_v4l2_part plane[3];
};
// Takes the oldest frame. -EAGAIN when there is none.
int sotto_v4l2_dequeue(const struct sotto_v4l2 *camera, struct sotto_v4l2_frame *frame);
int sotto_v4l2_stream_on(const struct sotto_v4l2 *camera);
// Ends the stream; every buffer belongs to the program again.
int sotto_v4l2_stream_off(const struct sotto_v4l2 *camera);

// MARK: Conversion of rare formats, by libv4lconvert

struct sotto_v4l2_converter;
// Whether the library turns frames of this code into planar 4:2:0.
bool sotto_v4l2_converts(uint32_t code);
int sotto_v4l2_converter_create(const struct sotto_v4l2 *camera, struct sotto_v4l2_converter **converter);
void sotto_v4l2_converter_destroy(struct sotto_v4l2_converter *converter);
// One frame as luma, blue and red chroma planes without gaps between rows: `width * height * 3 / 2` bytes. How many were written.
int sotto_v4l2_convert(
    struct sotto_v4l2_converter *converter, const struct sotto_v4l2_format *format, const uint8_t *bytes, size_t count,
    uint8_t *output, size_t capacity);

static const int32_t SOTTO_V4L2_AGAIN = -11;    // -EAGAIN
static const int32_t SOTTO_V4L2_REMOVED = -19;  // -ENODEV
