// What a process does before anything else, whoever started it, and however.
//
//   int main(int argc, char** argv) {
//     core::prepare_process();
#pragma once

namespace reslab::core {

/// Opens those of the descriptors 0 to 2 that are closed on /dev/null: else the next file that is opened would get that
/// number, and what is printed would land in it.
///
/// Lets a write fail that would end the process: where the reader is gone (SIGPIPE; EPIPE), and where the file is as
/// large as the limit allows (SIGXFSZ; EFBIG). A signal that was set to be ignored stays so. Programs that this one
/// starts have both signals as it had them.
///
/// To be called first of all, while there is one thread.
void prepare_process();

}  // namespace reslab::core
