// Preloaded into a program, lets a test stop it at a known step of its work: before a chosen call of a function.
//
// The file that PAUSE_FILE names holds `PROGRAM FUNCTION NUMBER`, such as `member rd_kafka_commit 1`, for as long as the
// call is to wait; PROGRAM is `partition` for a process with the argument --partition, and `member` for one without.
// Calls are counted from the first one that finds the file. Once a call waits, there is a file of the same name with
// `.reached` at its end, and the call goes on when the test removes the first one.
#ifndef C_PAUSE_AT_CALL_H
#define C_PAUSE_AT_CALL_H
#endif
