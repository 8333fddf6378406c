// Types only: the library is loaded when it is first needed, and does without where it is not installed.
#include <isa-l/igzip_lib.h>
