#include "reslab/cli/program.h"

int main(int argc, char** argv) { return reslab::cli::run_program(argc, argv); }
