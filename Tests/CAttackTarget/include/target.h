/* Gives freed memory back to the system, so that what is resident is what is in use. Swift's Glibc
   has no <malloc.h>. */
void target_trim(void);
