#include "target.h"

#include <malloc.h>

void target_trim(void) { malloc_trim(0); }
