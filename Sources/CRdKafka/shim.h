// Types only: the library is loaded when a source reads a topic of Kafka, and is not needed by anything else.
#include <librdkafka/rdkafka.h>
