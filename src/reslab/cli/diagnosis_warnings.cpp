#include <cmath>

#include "reslab/cli/data_options.h"
#include "reslab/cli/diagnosis.h"
#include "reslab/core/command.h"
#include "reslab/core/error.h"
#include "reslab/core/quantity.h"

namespace reslab::cli {
namespace {

constexpr std::uint64_t megabyte = 1'000'000;

// The archive and the unpacked files, with room for the work.
constexpr std::uint64_t data_needs = 500 * megabyte;
// A run's weights, optimiser state and two checkpoints.
constexpr std::uint64_t run_needs = 250 * megabyte;
// Data, network and activations of a batch of 512 in fp32, with the allocator's reserve.
constexpr std::uint64_t training_needs = 3000 * megabyte;

void about_speed(const Diagnosis& diagnosis, std::vector<Warning>& found) {
  const track::Machine& machine = diagnosis.machine;
  const core::ThreadBudget& threads = machine.threads;
  if (diagnosis.build.mode == "debug")
    found.push_back({"this is a debug build, many times slower", "use ./reslab, or the CMake preset `release`"});
  if (threads.quota && *threads.quota < threads.affinity)
    found.push_back(
        {core::concatenate("the control group allows ", *threads.quota, " of ", threads.affinity, " processors' time"),
         "raise the container's or service's CPU limit"});
  if (threads.affinity < threads.online)
    found.push_back(
        {core::concatenate("only ", threads.affinity, " of ", threads.online, " processors may be used (CPU affinity)"),
         "start it without taskset or the scheduler's binding, or ask for more cores"});
  if (diagnosis.compute.threads == 1 && !diagnosis.compute.device.is_cuda())
    found.push_back({"training runs on one thread", "use a machine with more processors, or fewer epochs (--epochs)"});
  if (machine.huge_pages == track::HugePages::never)
    found.push_back({"huge pages are switched off, which costs a quarter of the speed or more",
                     "as root: echo madvise > /sys/kernel/mm/transparent_hugepage/enabled"});
}

void about_room(const Diagnosis& diagnosis, std::vector<Warning>& found) {
  if (const std::uint64_t usable = diagnosis.machine.memory.usable(); usable < training_needs)
    found.push_back(
        {core::size_text(usable) + " of memory are free, " + core::size_text(training_needs) + " are usual in training",
         "end other programs, or use a smaller --batch-size"});
  if (diagnosis.cache.path.empty())
    found.push_back(
        {"nothing says where downloaded data is kept: none of RESLAB_CACHE_DIR, XDG_CACHE_HOME and HOME is set",
         "set one of them, or name a place with --cache-dir"});
  else if (diagnosis.data.state != DataState::verified && diagnosis.cache.free < data_needs)
    found.push_back({core::size_text(diagnosis.cache.free) + " are free at " + diagnosis.cache.path.string() +
                         ", the data needs " + core::size_text(data_needs),
                     "free some space, or choose another place with --cache-dir"});
  if (diagnosis.runs.free < run_needs)
    found.push_back({core::size_text(diagnosis.runs.free) + " are free at " + diagnosis.runs.path.string() +
                         ", a run needs " + core::size_text(run_needs),
                     "free some space, or choose another place with --runs-dir"});
}

void about_data(const Diagnosis& diagnosis, std::vector<Warning>& found) {
  if (diagnosis.cache.path.empty()) return;  // about_room says what is missing first
  const DataSet& data = diagnosis.data;
  const std::string fetch = core::command(
      core::joined({{"data", "fetch", data.name}, words_of(DataFlags{.cache_dir = diagnosis.cache_dir})}));
  if (data.state == DataState::missing)
    found.push_back({data.name + " isn't there yet (train fetches it by itself)", fetch});
  if (data.state == DataState::damaged) found.push_back({data.name + " is damaged: " + data.fault, fetch});
}

void about_tools(const Diagnosis& diagnosis, std::vector<Warning>& found) {
  if (!diagnosis.tools.png)
    found.push_back({"built without PNG: no pictures of samples, no data from npm", "install libspng and build again"});
  if (!diagnosis.tools.gnuplot) found.push_back({"gnuplot isn't there: no plots as pictures", "install gnuplot"});
  if (!diagnosis.tools.npm && diagnosis.data.state != DataState::verified)
    found.push_back({"npm isn't there: no second source for the data when its host can't be reached", "install npm"});
}

}  // namespace

std::vector<Warning> warnings(const Diagnosis& diagnosis) {
  std::vector<Warning> found;
  about_speed(diagnosis, found);
  about_room(diagnosis, found);
  about_data(diagnosis, found);
  about_tools(diagnosis, found);
  return found;
}

}  // namespace reslab::cli
