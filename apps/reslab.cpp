#include "reslab/cli/program.h"
#include "reslab/core/process_start.h"

int main(int argc, char** argv) {
  reslab::core::prepare_process();
  return reslab::cli::run_program(argc, argv);
}
