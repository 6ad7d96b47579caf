#include "reslab/train/checkpoint.h"

#include <torch/version.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <utility>

#include "reslab/core/error.h"
#include "reslab/exchange/safetensors.h"
#include "reslab/nn/kernels/norm_rows.h"
#include "reslab/nn/kernels/winograd.h"

namespace reslab::train {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kept = 2;
constexpr std::string_view prefix = "epoch-", suffix = ".safetensors";

std::string file_name(std::int64_t epoch) {
  std::array<char, 48> text{};
  std::snprintf(text.data(), text.size(), "epoch-%04lld.safetensors", static_cast<long long>(epoch));
  return text.data();
}

std::optional<std::int64_t> number(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value < 0) return std::nullopt;
  return value;
}

struct File {
  std::int64_t epoch;
  fs::path path;
};

// Newest first.
std::vector<File> files_in(const fs::path& folder) {
  std::vector<File> files;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with(prefix) || !name.ends_with(suffix) || name.size() <= prefix.size() + suffix.size()) continue;
    const auto epoch =
        number(std::string_view(name).substr(prefix.size(), name.size() - prefix.size() - suffix.size()));
    if (epoch) files.push_back({*epoch, entry.path()});
  }
  std::ranges::sort(files, std::greater{}, &File::epoch);
  return files;
}

std::vector<exchange::NamedTensor> tensors_of(const TrainerState& state) {
  std::vector<exchange::NamedTensor> tensors;
  for (const auto& [name, tensor] : state.network) tensors.push_back({"network." + name, tensor});
  for (const auto& [name, buffer] : state.momenta) tensors.push_back({"momentum." + name, buffer});
  for (const auto& [name, buffer] : state.more) tensors.push_back({name, buffer});
  return tensors;
}

std::string text_of(const exchange::Metadata& metadata, const std::string& key) {
  const auto found = metadata.find(key);
  return found == metadata.end() ? "" : found->second;
}

CheckpointIdentity identity_in(const exchange::Metadata& metadata) {
  return {.recipe_hash = text_of(metadata, "reslab.recipe"),
          .device = text_of(metadata, "reslab.device"),
          .precision = text_of(metadata, "reslab.precision"),
          .threads = static_cast<int>(number(text_of(metadata, "reslab.threads")).value_or(0)),
          .engine = text_of(metadata, "reslab.engine"),
          .data = text_of(metadata, "reslab.data")};
}

[[noreturn]] void refuse_other_recipe(const File& file, const std::string& found, const std::string& expected) {
  throw core::UserError({.attempted = "resume from " + file.path.string(),
                         .found = "it belongs to another recipe (hash " + found.substr(0, 12) + "…, the run's is " +
                                  expected.substr(0, 12) + "…)",
                         .remedy = "undo the change to the run's recipe.toml, or start a new run with `reslab train`"});
}

[[noreturn]] void refuse_other_data(const File& file, const std::string& found, const std::string& expected) {
  throw core::UserError({.attempted = "resume from " + file.path.string(),
                         .found = "the run was trained on other data (fingerprint " + found.substr(0, 12) +
                                  "…, that of the data here is " + expected.substr(0, 12) + "…)",
                         .remedy = "put the data back that it was begun with, or start a new run with `reslab train`"});
}

// Its identity; throws UserError when the file is damaged.
CheckpointIdentity read_identity(const File& file) {
  const exchange::Metadata metadata = exchange::read_safetensors_header(file.path).metadata;
  if (number(text_of(metadata, "reslab.epoch")) != file.epoch)
    throw core::UserError({.attempted = "resume from " + file.path.string(),
                           .found = "it says epoch '" + text_of(metadata, "reslab.epoch") + "' inside"});
  return identity_in(metadata);
}

}  // namespace

#ifdef RESLAB_HAS_KERNELS
// To be raised whenever a kernel of ours rounds otherwise than before.
constexpr int kernel_revision = 2;
#endif

std::string engine(const Compute& compute) {
  std::string text = std::string("libtorch ") + TORCH_VERSION;
#ifdef RESLAB_HAS_KERNELS
  if (compute.device.is_cpu()) {
    const char* const instructions = nn::kernels::winograd_instructions(compute.activations);
    text += core::concatenate(" with ", instructions == nullptr ? nn::kernels::row_instructions() : instructions,
                              " kernels, revision ", kernel_revision);
  }
#else
  (void)compute;
#endif
  return text;
}

std::string describe(const CheckpointIdentity& identity) {
  return core::concatenate(identity.device, ", ", identity.precision, ", ", identity.threads,
                           identity.threads == 1 ? " thread" : " threads", identity.engine.empty() ? "" : ", ",
                           identity.engine);
}

void write_checkpoint(const fs::path& path, const TrainerState& state, const CheckpointIdentity& identity) {
  exchange::write_safetensors(path, tensors_of(state),
                              {{"reslab.epoch", std::to_string(state.epoch)},
                               {"reslab.recipe", identity.recipe_hash},
                               {"reslab.device", identity.device},
                               {"reslab.precision", identity.precision},
                               {"reslab.threads", std::to_string(identity.threads)},
                               {"reslab.engine", identity.engine},
                               {"reslab.data", identity.data}});
}

std::optional<CheckpointIdentity> newest_identity(const fs::path& folder) {
  for (const File& file : files_in(folder)) {
    try {
      return read_identity(file);
    } catch (const core::UserError&) {
      continue;  // restore_newest passes it over too, and says why
    }
  }
  return std::nullopt;
}

Resumed restore_newest(const fs::path& folder, Trainer& trainer, const CheckpointIdentity& identity) {
  Resumed result;
  for (const File& file : files_in(folder)) {
    CheckpointIdentity found;
    try {
      found = read_identity(file);
      // A file of another recipe isn't damaged: nothing older would be right either.
      if (found.recipe_hash == identity.recipe_hash) exchange::load_safetensors(file.path, tensors_of(trainer.state()));
    } catch (const core::UserError& error) {
      result.passed_over.push_back(file.path.string() + ": " + error.parts().found);
      continue;
    }
    if (found.recipe_hash != identity.recipe_hash) refuse_other_recipe(file, found.recipe_hash, identity.recipe_hash);
    if (!found.data.empty() && found.data != identity.data) refuse_other_data(file, found.data, identity.data);
    trainer.set_epoch(file.epoch);
    result.epoch = file.epoch;
    result.path = file.path;
    // An older file doesn't say.
    if (found.engine.empty()) found.engine = identity.engine;
    if (found.data.empty()) found.data = identity.data;
    if (found != identity) result.differing = found;
    return result;
  }
  if (!result.passed_over.empty())
    throw core::UserError({.attempted = "resume from " + folder.string(),
                           .found = "no checkpoint there can be used; the newest is " + result.passed_over.front(),
                           .remedy = "start a new run with `reslab train`"});
  return result;
}

CheckpointWriter::CheckpointWriter(fs::path folder, const Trainer& trainer, CheckpointIdentity identity)
    : folder_(std::move(folder)), trainer_(trainer), identity_(std::move(identity)) {}

void CheckpointWriter::on_epoch_done(const EpochDone& event) {
  write_checkpoint(folder_ / file_name(event.epoch + 1), trainer_.state(), identity_);
  const std::vector<File> files = files_in(folder_);
  // Only after the new one is on the disk, and never one that is needed.
  for (std::size_t i = kept; i < files.size(); ++i) {
    std::error_code ignored;
    fs::remove(files[i].path, ignored);
  }
}

}  // namespace reslab::train
