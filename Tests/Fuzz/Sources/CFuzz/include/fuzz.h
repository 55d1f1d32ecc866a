#include <stddef.h>
#include <stdint.h>

/* libFuzzer as a library: parses the arguments and calls with one input after another. */
int LLVMFuzzerRunDriver(
    int *count, char ***arguments, int (*test)(const uint8_t *bytes, size_t count));
