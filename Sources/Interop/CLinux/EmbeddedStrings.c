// A correction of the Embedded Swift runtime of Swift 6.3, linked instead of the runtime's own weak functions.
//
// The compiler takes these two to return what they were given, and on arm64 goes on with their result. The runtime's own return the bare
// pointer without the bits that tell what kind of string it is, so that a short string (up to 15 bytes, kept in place of the pointer) is
// taken for a long one whose bytes lie at an address made of its letters. Corrected in Swift by github.com/swiftlang/swift/pull/91151;
// with a toolchain that has this, the file can go.
#ifdef SOTTO_EMBEDDED
#include <stdint.h>

// Of the runtime: `object` is a Swift object.
extern void *swift_retain_n(void *object, uint32_t count);

// What a string keeps beside the pointer to its storage, by Swift's 64-bit layout of bridge objects: the upper four bits and the lower three.
static const uintptr_t pointer_bits = 0x0ffffffffffffff8;
// Set where there is nothing to count: short strings and literals.
static const uintptr_t immortal_bit = (uintptr_t)1 << 63;

void *swift_bridgeObjectRetain_n(void *object, uint32_t count);
void *swift_bridgeObjectRetain(void *object);

void *swift_bridgeObjectRetain_n(void *object, uint32_t count) {
  uintptr_t bits = (uintptr_t)object;
  if (!(bits & immortal_bit) && (bits & pointer_bits)) swift_retain_n((void *)(bits & pointer_bits), count);
  return object;
}

void *swift_bridgeObjectRetain(void *object) { return swift_bridgeObjectRetain_n(object, 1); }
#endif
