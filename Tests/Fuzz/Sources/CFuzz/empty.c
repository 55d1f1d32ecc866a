/* A module needs a source. */
#include "fuzz.h"
